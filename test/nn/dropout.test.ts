import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { refuse } from './refusals.ts';

const { nn } = torch;
const F = nn.functional;
const x = torch.randn([4, 3]);

describe('dropout of channels', () => {
  it('sets whole channels to zero', () => {
    torch.manualSeed(0);
    for (const [module, shape] of [
      [new nn.Dropout1d(), [8, 16, 5]],
      [new nn.Dropout2d(), [8, 16, 5, 2]],
      [new nn.Dropout3d(), [8, 16, 5, 2, 2]],
    ] as const) {
      const sums = module(torch.ones(shape)).reshape([128, -1]).mean(1).tolist();
      expect(new Set(sums as number[])).to.deep.equal(new Set([0, 2]));
    }
  });

  it('keeps mean and variance where it is of the alpha form', () => {
    torch.manualSeed(0);
    const dropped = new nn.AlphaDropout(0.3)(torch.randn([20_000]));
    expect(dropped.mean().item()).to.be.closeTo(0, 0.05);
    expect(dropped.var().item()).to.be.closeTo(1, 0.1);
  });

  it('does nothing in evaluation mode', () => {
    for (const module of [new nn.Dropout1d(), new nn.AlphaDropout(), new nn.FeatureAlphaDropout(1)]) {
      expect(torch.equal(module.eval()(x), x)).to.equal(true);
    }
  });

  refuse([
    [
      'a probability beyond 1',
      () => new nn.Dropout2d(1.5),
      RangeError,
      'Dropout2d: p must be between 0 and 1, got 1.5',
    ],
    ['NaN', () => F.alphaDropout(x, Number.NaN), RangeError, 'alphaDropout: p must be between 0 and 1, got NaN'],
    [
      'a row',
      () => F.dropout1d(torch.ones([3])),
      torch.ShapeError,
      'dropout1d: input must be [N, C, L] or [C, L], got [3]',
    ],
    ['what is no tensor', () => F.dropout3d(null as never), TypeError, 'dropout3d: input must be a Tensor, got null'],
  ]);
});
