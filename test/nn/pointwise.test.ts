import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

const { nn } = torch;
const F = nn.functional;
type Refusal = readonly [
  what: string,
  act: () => unknown,
  type: new (...values: never[]) => Error,
  message: string | RegExp,
];

function refuse(rows: readonly Refusal[]): void {
  for (const [what, act, type, message] of rows) {
    it(`refuse ${what}`, () => {
      expect(act).to.throw(type, message);
    });
  }
}

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

describe('losses of PyTorch', () => {
  const zeroOne = torch.tensor([0, 1, 1, 0]);
  const four = torch.randn([4]);
  const ranked = (target: torch.Tensor) => new nn.MarginRankingLoss()(four, four, target);

  it('keep their tensors where a scope ends, and list their weights as buffers', () => {
    const loss = torch.scope(() => new nn.BCEWithLogitsLoss(torch.ones([3]), { posWeight: torch.ones([3]) }));
    expect([...loss.stateDict().keys()]).to.deep.equal(['weight', 'pos_weight']);
    expect(loss(x, torch.zeros([4, 3])).ndim).to.equal(0);
    expect([...new nn.CrossEntropyLoss().stateDict().keys()]).to.deep.equal([]);
  });

  it('take empty batches as PyTorch does', () => {
    const none = torch.zeros([0]);
    expect(new nn.MSELoss()(none, none).item()).to.deep.equal(Number.NaN);
    expect(new nn.HingeEmbeddingLoss({ reduction: 'sum' })(none, none).item()).to.equal(0);
    expect(new nn.SoftMarginLoss({ reduction: 'none' })(none, none).shape).to.deep.equal([0]);
  });

  it('take labels as integers, and any where validation is off', () => {
    const signs = zeroOne.mul(2).sub(1);
    const loss = new nn.HingeEmbeddingLoss();
    expect(loss(four, signs.long()).item()).to.equal(loss(four, signs).item());
    expect(F.softMarginLoss(four, zeroOne, { validate: false }).ndim).to.equal(0);
    expect(new nn.MultiLabelSoftMarginLoss({ validate: false })(x, torch.full([4, 3], -1)).ndim).to.equal(0);
  });

  it('take ties of ranks where the labels are signs', () => {
    const loss = F.marginRankingLoss(four, four.neg(), torch.tensor([1, -1, 0, 0]), 0.5, { reduction: 'none' });
    expect(loss.narrow(0, 2, 2).tolist()).to.deep.equal([0.5, 0.5]);
  });

  it('compute on meta, where there are no labels to look at', () => {
    const meta = (...shape: number[]) => torch.empty(shape, { device: 'meta' });
    expect(F.softMarginLoss(meta(4), meta(4), { reduction: 'none' }).shape).to.deep.equal([4]);
    expect(F.marginRankingLoss(meta(4), meta(4), meta(4)).shape).to.deep.equal([]);
  });

  it('leave no tensors of their checks behind', () => {
    const target = zeroOne.mul(2).sub(1);
    globalThis.gc?.(); // what earlier tests left
    const before = torch.memory().tensors;
    F.softMarginLoss(four, target).dispose();
    expect(torch.memory().tensors).to.equal(before);
  });

  it('compute the divergence of the definition', () => {
    const p = torch.tensor([[0.5, 0.5]]);
    const q = torch.tensor([[0.25, 0.75]]);
    const expected = 0.5 * Math.log(0.5 / 0.25) + 0.5 * Math.log(0.5 / 0.75);
    expect(new nn.KLDivLoss({ reduction: 'batchmean' })(q.log(), p).item()).to.be.closeTo(expected, 1e-6);
  });

  refuse([
    [
      '0 and 1 for signs',
      () => F.hingeEmbeddingLoss(four, zeroOne),
      RangeError,
      'hingeEmbeddingLoss: targets must be -1 or +1, got 0, 1; convert 0 and 1 with targets.mul(2).sub(1)',
    ],
    [
      '0 and 1 for signs of scores',
      () => new nn.SoftMarginLoss()(four, zeroOne),
      RangeError,
      'SoftMarginLoss: targets must be -1 or +1',
    ],
    [
      '0 and 1 for ranks',
      () => ranked(zeroOne),
      RangeError,
      'MarginRankingLoss: targets must be -1 or +1, got 0, 1; convert 0 and 1',
    ],
    ['a tie elsewhere', () => F.softMarginLoss(four, torch.tensor([1, -1, 0, 1])), RangeError, 'got -1, 0, 1'],
    ['a half', () => ranked(torch.tensor([1, -1, 0.5, 1])), RangeError, 'got -1, 0.5, 1'],
    ['booleans for signs', () => ranked(zeroOne.bool()), torch.DTypeError, 'which bool cannot hold'],
    [
      'NaN for a sign',
      () => new nn.CosineEmbeddingLoss()(x, x, torch.full([4], Number.NaN)),
      RangeError,
      'targets must be -1 or +1, got NaN',
    ],
    [
      'other ranks',
      () => F.marginRankingLoss(four, x, torch.ones([4])),
      torch.ShapeError,
      'marginRankingLoss: all inputs must have as many dimensions',
    ],
    [
      'a class beyond',
      () => new nn.MultiMarginLoss()(x, ids(0, 1, 2, 3)),
      RangeError,
      'MultiMarginLoss: targets must be class ids from 0 to 2, because there are 3 scores per sample, got 3; ids count from 0',
    ],
    [
      'classes as floats',
      () => F.multiMarginLoss(x, torch.zeros([4])),
      torch.DTypeError,
      'convert with targets.long()',
    ],
    ['a power of 3', () => new nn.MultiMarginLoss(3 as never), RangeError, 'MultiMarginLoss: p must be 1 or 2, got 3'],
    [
      'a matrix of weights',
      () => new nn.MultiMarginLoss({ weight: x }),
      torch.ShapeError,
      'MultiMarginLoss: weight must have one dimension, got [4, 3]',
    ],
    [
      'answers for lists',
      () => new nn.MultiLabelMarginLoss()(x, torch.ones([4, 3]).long()),
      RangeError,
      'got a 0 or 1 for each class',
    ],
    [
      'a list with classes beyond',
      () => F.multilabelMarginLoss(x, torch.full([4, 3], 3n)),
      RangeError,
      'multilabelMarginLoss: targets must be class ids from 0 to 2, or -1 after the last, because there are 3 scores per sample, got 3',
    ],
    [
      'lists of floats',
      () => F.multilabelMarginLoss(x, torch.ones([4, 3])),
      torch.DTypeError,
      'convert with target.long()',
    ],
    [
      'signs for answers',
      () => new nn.MultiLabelSoftMarginLoss()(x, torch.full([4, 3], -1)),
      RangeError,
      'convert -1 and +1 with target.add(1).div(2)',
    ],
    ['NaN for an answer', () => F.multilabelSoftMarginLoss(x, x.mul(Number.NaN)), RangeError, 'got NaN'],
    [
      'an unknown reduction',
      () => F.l1Loss(x, x, { reduction: 'average' as never }),
      RangeError,
      "l1Loss: reduction must be 'none', 'mean' or 'sum', got \"average\"",
    ],
    [
      'batchmean of others',
      () => F.mseLoss(x, x, { reduction: 'batchmean' as never }),
      RangeError,
      'mseLoss: reduction',
    ],
    [
      'weights of another shape',
      () => F.mseLoss(x, x, { weight: four }),
      torch.ShapeError,
      'mseLoss: weight must be [4, 3] to match input, got [4]',
    ],
    [
      'answers of another shape',
      () => new nn.BCELoss()(x.sigmoid(), four),
      torch.ShapeError,
      'BCELoss: target must be [4, 3] to match input, got [4]',
    ],
    [
      'logits of another shape',
      () => F.binaryCrossEntropyWithLogits(x, four),
      torch.ShapeError,
      'target must be [4, 3]',
    ],
    [
      'negative variances',
      () => F.gaussianNllLoss(x, x, x.abs().neg()),
      RangeError,
      'gaussianNllLoss: variance must not be negative',
    ],
    [
      'a negative variance',
      () => new nn.GaussianNLLLoss()(x, x, -1),
      RangeError,
      'GaussianNLLLoss: variance must not be negative, got -1',
    ],
    [
      'variances of another shape',
      () => F.gaussianNllLoss(x, x, torch.ones([1, 1])),
      torch.ShapeError,
      'variance must be [4, 3] to match input',
    ],
    [
      'a delta that is no number',
      () => new nn.HuberLoss('mean', '1' as never),
      TypeError,
      'HuberLoss: delta must be a number, got "1"',
    ],
    [
      'a margin of 0',
      () => new nn.TripletMarginWithDistanceLoss({ margin: 0 }),
      RangeError,
      'TripletMarginWithDistanceLoss: margin must be greater than 0, got 0',
    ],
    [
      'a distance that is none',
      () => new nn.TripletMarginWithDistanceLoss({ distanceFunction: 2 as never }),
      TypeError,
      'distanceFunction must be a function, got 2',
    ],
    [
      'triplets of other ranks',
      () => F.tripletMarginWithDistanceLoss(x, x, four),
      torch.ShapeError,
      'must have as many dimensions, got 2, 2, 1',
    ],
    [
      'an array for a target',
      () => new nn.CrossEntropyLoss()(x, [0, 1] as never),
      TypeError,
      'CrossEntropyLoss: target must be a Tensor, got [0, 1]',
    ],
    ['too many arguments', () => new nn.L1Loss('mean' as never), TypeError, 'L1Loss: too many arguments, got "mean"'],
    [
      'lengths that are too long',
      () => F.ctcLoss(torch.randn([4, 1, 3]), ids(1, 2).unsqueeze(0), [5], [2]),
      torch.TorchError,
      /.+/,
    ],
  ]);
});

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
