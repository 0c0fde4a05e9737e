import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { refuse } from './refusals.ts';

const { nn } = torch;
const x = torch.randn([4, 3]);

describe('CrossMapLRN2d', () => {
  it('divides by the sum over neighbouring channels, and the first of them once more', () => {
    const input = torch.ones([1, 4, 1, 1]);
    const expected = [2, 3, 4, 3].map((count) => Math.fround(1 / (1 + count)));
    expect(new nn.CrossMapLRN2d(3, 3, 1)(input).flatten().tolist()).to.deep.equal(expected);
  });

  it('has gradients that finite differences confirm, and leaves no tensors', () => {
    const input = torch.randn([2, 2, 2, 1], { dtype: 'float64', requiresGrad: true });
    const module = new nn.CrossMapLRN2d(5, 0.7);
    expect(torch.autograd.gradcheck((x: torch.Tensor) => module(x), [input])).to.equal(true);
    globalThis.gc?.(); // what earlier tests left
    const before = torch.memory().tensors;
    torch.scope(() => torch.noGrad(() => void module(input)));
    expect(torch.memory().tensors).to.be.at.most(before);
  });

  refuse([
    [
      'a matrix',
      () => new nn.CrossMapLRN2d(3)(x),
      torch.ShapeError,
      'CrossMapLRN2d: input must be [N, C, H, W], got [4, 3]',
    ],
    [
      'no channels to look at',
      () => new nn.CrossMapLRN2d(0),
      RangeError,
      'CrossMapLRN2d: size must be at least 1, got 0',
    ],
  ]);
});
