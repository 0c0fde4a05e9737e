import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { refuse } from './refusals.ts';

const { nn } = torch;
const F = nn.functional;
const x = torch.randn([4, 3]);
const ids = (...values: number[]) => torch.tensor(values, { dtype: 'int64' });

describe('activations', () => {
  it('compute what their definitions say', () => {
    const values = torch.tensor([-4, -0.25, 0, 0.25, 8]);
    const list = (module: torch.nn.Layer) => module(values).add(0).tolist(); // no -0
    expect(list(new nn.Threshold(0.2, 9))).to.deep.equal([9, 9, 9, 0.25, 8]);
    expect(list(new nn.Hardtanh())).to.deep.equal([-1, -0.25, 0, 0.25, 1]);
    expect(list(new nn.ReLU6())).to.deep.equal([0, 0, 0, 0.25, 6]);
    expect(list(new nn.LeakyReLU(0.5))).to.deep.equal([-2, -0.125, 0, 0.25, 8]);
    expect(list(new nn.PReLU())).to.deep.equal([-1, -0.0625, 0, 0.25, 8]);
    expect(list(new nn.Hardshrink())).to.deep.equal([-4, 0, 0, 0, 8]);
    expect(list(new nn.Softshrink(0.25))).to.deep.equal([-3.75, 0, 0, 0, 7.75]);
    expect(list(new nn.Softsign())).to.deep.equal([-0.8, -0.2, 0, 0.2, 8 / 9].map(Math.fround));
    expect(list(new nn.RReLU(0.5, 0.5))).to.deep.equal([-2, -0.125, 0, 0.25, 8]);
  });

  it('change their input where they are told to', () => {
    for (const module of [
      new nn.Threshold(0, -1, true),
      new nn.ReLU(true),
      new nn.ReLU6({ inplace: true }),
      new nn.Hardtanh({ inplace: true }),
      new nn.ELU({ inplace: true }),
      new nn.Mish(true),
      new nn.RReLU({ inplace: true }),
    ]) {
      const input = torch.randn([8]);
      expect(module(input), String(module)).to.equal(input);
    }
    const input = torch.randn([8]);
    expect(F.silu(input, true)).to.equal(input);
    expect(F.relu(input)).to.not.equal(input);
  });

  it('give distributions, and one-hot vectors of hard Gumbel samples', () => {
    const near = (tensor: torch.Tensor) => torch.allclose(tensor, torch.ones([4]));
    expect(near(new nn.Softmax(1)(x).sum(1))).to.equal(true);
    expect(near(new nn.Softmin(1)(x).sum(1))).to.equal(true);
    expect(near(F.gumbelSoftmax(x).sum(1))).to.equal(true);
    const hard = F.gumbelSoftmax(x, { hard: true });
    expect(hard.max(1)[0].sub(1).abs().max().item()).to.be.lessThan(1e-6);
  });

  refuse([
    [
      'a range that is none',
      () => new nn.Hardtanh(1, 1),
      RangeError,
      'Hardtanh: maxVal must be greater than minVal, got 1 and 1',
    ],
    ['a range in reverse', () => F.hardtanh(x, 1, 0), RangeError, 'hardtanh: minVal must not exceed maxVal'],
    ['an alpha that is no number', () => new nn.ELU('1' as never), TypeError, 'ELU: alpha must be a number, got "1"'],
    [
      'no threshold',
      () => new (nn.Threshold as never as new () => unknown)(),
      TypeError,
      'Threshold: threshold must be a number',
    ],
    [
      'another approximation',
      () => new nn.GELU('sigmoid' as never),
      RangeError,
      "GELU: approximate must be 'none' or 'tanh'",
    ],
    ['a number as input', () => F.relu(3 as never), TypeError, 'relu: input must be a Tensor, got 3'],
    ['an array as input', () => F.softmin([1] as never, 0), TypeError, 'softmin: input must be a Tensor, got [1]'],
    [
      'options that are none',
      () => F.elu(x, { beta: 1 } as never),
      TypeError,
      'elu: there is no option beta; options are alpha, inplace',
    ],
    ['an odd size to halve', () => new nn.GLU()(x), torch.TorchError, 'must be even'],
    [
      'no dimension to halve',
      () => new nn.GLU()(torch.tensor(1)),
      torch.ShapeError,
      'GLU: input must have a dimension',
    ],
    [
      'a matrix of channels',
      () => new nn.Softmax2d()(x),
      torch.ShapeError,
      'Softmax2d: input must be [N, C, H, W] or [C, H, W], got [4, 3]',
    ],
    ['integers', () => new nn.Mish()(ids(1)), torch.TorchError, /.+/],
    ['a fraction of slopes', () => new nn.PReLU(1.5), TypeError, 'PReLU: numParameters must be an integer, got 1.5'],
    [
      'a tensor that is gone',
      () => {
        const gone = torch.ones([2]);
        gone.dispose();
        new nn.ELU()(gone);
      },
      torch.DisposedError,
      /.+/,
    ],
  ]);
});
