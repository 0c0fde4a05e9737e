import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { refuse } from './refusals.ts';

const { nn } = torch;
const F = nn.functional;
const x = torch.randn([4, 3]);
const ids = (...values: number[]) => torch.tensor(values, { dtype: 'int64' });

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

  describe('SoftMarginLoss beyond what exp holds', () => {
    const dtypes = ['float16', 'bfloat16', 'float32', 'float64'] as const;
    const limits = { float16: 11, bfloat16: 88, float32: 88, float64: 709 };
    const scores = (dtype: (typeof dtypes)[number], ...more: number[]) => {
      const limit = limits[dtype];
      const values = [0, 1, -1, limit, -limit, limit + 0.5, -limit - 0.5, 2 * limit, -2 * limit, ...more];
      return torch.tensor(values, { dtype, requiresGrad: true });
    };
    const kernel = (input: torch.Tensor, target: torch.Tensor, code: number) =>
      torch.ops.aten?.soft_margin_loss?.(input, target, code) as torch.Tensor;

    for (const dtype of dtypes) {
      for (const y of [1, -1]) {
        it(`differs from PyTorch, being finite in ${dtype} for labels ${y}`, () => {
          const input = scores(dtype, 6e4, -6e4);
          const target = torch.full([input.numel()], y, { dtype });
          for (const validate of [true, false]) {
            input.grad = null;
            const loss = F.softMarginLoss(input, target, { reduction: 'none', validate });
            loss.sum({ dtype: 'float64' }).backward();
            const got = [
              loss.double().tolist(),
              (input.grad as unknown as torch.Tensor).double().tolist(),
            ] as number[][];
            for (const [i, x] of (input.double().tolist() as number[]).entries()) {
              const exact = Math.max(0, -y * x) + Math.log1p(Math.exp(-Math.abs(x)));
              const slope = -y / (1 + Math.exp(y * x));
              const eps = { float16: 2 ** -10, bfloat16: 2 ** -7, float32: 2 ** -23, float64: 2 ** -52 }[dtype];
              expect(got[0]?.[i]).to.be.closeTo(exact, 2 * eps * Math.max(1, exact));
              expect(got[1]?.[i]).to.be.closeTo(slope, 4 * eps);
            }
          }
          expect(kernel(input, target, 0).isfinite().all().item()).to.equal(false);
        });
      }

      it(`keeps the kernel's bits elsewhere in ${dtype}`, () => {
        const some = torch.randn([50], { dtype }).mul(3);
        const target = torch.randn([50]).sign().to(dtype);
        for (const [code, reduction] of (['none', 'mean', 'sum'] as const).entries()) {
          for (const validate of [true, false]) {
            const [ours, plain] = [some, some].map((data) => data.clone().requiresGrad_());
            const loss = F.softMarginLoss(ours as torch.Tensor, target, { reduction, validate });
            const expected = kernel(plain as torch.Tensor, target, code);
            loss.sum().backward();
            expected.sum().backward();
            expect(torch.equal(loss, expected), reduction).to.equal(true);
            expect(torch.equal(ours?.grad as torch.Tensor, plain?.grad as torch.Tensor), reduction).to.equal(true);
          }
        }
      });
    }

    it('reduces a batch of both kinds, with integers for labels', () => {
      const input = scores('float64');
      const target = torch.ones([input.numel()], { dtype: 'int64' });
      const each = new nn.SoftMarginLoss({ reduction: 'none' })(input, target);
      expect(new nn.SoftMarginLoss()(input, target).item()).to.be.closeTo(each.mean().item() as number, 1e-12);
      expect(new nn.SoftMarginLoss({ reduction: 'sum' })(input, target).item()).to.equal(each.sum().item());
    });

    it('passes gradcheck and gradgradcheck on both sides', () => {
      const input = torch.tensor([0.5, -3, 800, -800, 30], { dtype: 'float64', requiresGrad: true });
      const target = torch.tensor([1, -1, 1, 1, -1], { dtype: 'float64' });
      const lossFn = (x: torch.Tensor) => F.softMarginLoss(x, target, { reduction: 'none' });
      expect(torch.autograd.gradcheck(lossFn, [input])).to.equal(true);
      expect(torch.autograd.gradgradcheck(lossFn, [input])).to.equal(true);
    });

    it('leaves what is not finite as it is', () => {
      const loss = F.softMarginLoss(torch.tensor([Number.NaN, -Infinity, Infinity]), torch.ones([3]), {
        reduction: 'none',
      });
      expect(loss.tolist()).to.deep.equal([Number.NaN, Infinity, 0]);
    });
  });

  describe('CosineEmbeddingLoss of norms whose squares overflow', () => {
    const huge = { float16: 3e4, bfloat16: 1e38, float32: 1e38, float64: 1e300 };
    const target = torch.tensor([1, -1, 1]);
    // Wide ones as well: the product of two squared norms of 512 overflows in float16.
    for (const [dtype, size] of [
      ['float16', 4],
      ['float16', 512],
      ['bfloat16', 4],
      ['float32', 4],
      ['float64', 4],
    ] as const) {
      it(`differs from PyTorch, being that of the same directions, in ${dtype} of ${size} dimensions`, () => {
        torch.manualSeed(0);
        const direction = () => torch.randn([3, size], { dtype: 'float64' }).clamp({ min: -2, max: 2 }).div(2);
        const [a, b] = [direction(), direction()];
        const factors = torch.tensor([[1], [huge[dtype]], [huge[dtype]]], { dtype: 'float64' });
        const [far1, far2] = [a, b].map((x) => x.mul(factors.clamp({ max: 1e6 }))) as [torch.Tensor, torch.Tensor];
        const expected = F.cosineEmbeddingLoss(far1, far2, target.double(), { reduction: 'none' });
        for (const validate of [true, false]) {
          const [x1, x2] = [a, b].map((x) => x.mul(factors).to(dtype).requiresGrad_()) as [torch.Tensor, torch.Tensor];
          const loss = F.cosineEmbeddingLoss(x1, x2, target.to(dtype), { reduction: 'none', validate });
          loss.sum().backward();
          const eps = { float16: 2 ** -10, bfloat16: 2 ** -7, float32: 2 ** -23, float64: 2 ** -52 }[dtype];
          expect(loss.double().sub(expected).abs().max().item()).to.be.below(16 * eps);
          expect((x1.grad as unknown as torch.Tensor).isfinite().all().item()).to.equal(true);
          expect((x2.grad as unknown as torch.Tensor).isfinite().all().item()).to.equal(true);
        }
      });
    }

    it('takes zero and tiny rows of float16', () => {
      for (const value of [0, 1e-7]) {
        const x = torch.full([2, 4], value, { dtype: 'float16', requiresGrad: true });
        const loss = F.cosineEmbeddingLoss(x, torch.ones([2, 4], { dtype: 'float16' }), torch.tensor([1, -1]));
        loss.backward();
        expect(loss.dtype).to.equal('float16');
        expect(loss.isfinite().item()).to.equal(true);
        expect((x.grad as unknown as torch.Tensor).isnan().any().item()).to.equal(false);
      }
    });

    it("keeps the kernel's bits in a batch that has such a row too", () => {
      const [a, b] = [torch.randn([3, 4]), torch.randn([3, 4])];
      const some = a.clone();
      some.select(0, 1).mul_(1e38 / 4);
      const plain = F.cosineEmbeddingLoss(a, b, target, { reduction: 'none' });
      const mixed = F.cosineEmbeddingLoss(some, b, target, { reduction: 'none' });
      const rows = torch.tensor([0, 2], { dtype: 'int64' });
      expect(torch.equal(mixed.index([rows]), plain.index([rows]))).to.equal(true);
      const single = F.cosineEmbeddingLoss(torch.tensor([1e30, 0]), torch.tensor([1e30, 1e30]), torch.tensor(1));
      expect(single.item()).to.be.closeTo(1 - Math.SQRT1_2, 1e-6);
    });
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
