import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

const { nn } = torch;
const F = nn.functional;

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const relu = (value: number) => Math.max(0, value);
const t = (values: torch.TensorData) => torch.tensor(values, { dtype: 'float64' });
const ids = (...values: number[]) => torch.tensor(values, { dtype: 'int64' });

describe('margin losses', () => {
  const s = [2, 0.3, -0.5, -2, 0.9];
  const y = [1, 1, -1, -1, -1];
  const violations = s.map((score, i) => relu(1 - (y[i] as number) * score));

  it('hinge: max(0, m - ys)', () => {
    expect(F.hingeLoss(t(s), t(y)).item()).to.be.closeTo(mean(violations), 1e-12);
    expect(F.hingeLoss(t(s), t(y), { reduction: 'none' }).tolist()).to.deep.equal(violations);
    expect(F.hingeLoss(t(s), t(y), 3, { reduction: 'sum' }).item()).to.be.closeTo(
      s.reduce((sum, score, i) => sum + relu(3 - (y[i] as number) * score), 0),
      1e-12,
    );
    expect(F.hingeLoss(t(s), ids(...y)).item(), 'integer labels').to.be.closeTo(mean(violations), 1e-12);
  });

  it('squared hinge: max(0, m - ys)²', () => {
    expect(new nn.SquaredHingeLoss()(t(s), t(y)).item()).to.be.closeTo(mean(violations.map((v) => v * v)), 1e-12);
  });

  it('multiclass hinge: the sum over wrong classes, not divided by their number', () => {
    const scores = [
      [1, 2, 0.5],
      [0, 3, 1],
    ];
    const expected = [relu(2 - 1 + 1) + relu(0.5 - 1 + 1), relu(0 - 1 + 1) + relu(3 - 1 + 1)];
    const loss = new nn.MulticlassHingeLoss({ reduction: 'none' });
    expect(loss(t(scores), ids(0, 2)).tolist()).to.deep.equal(expected);
    expect(F.multiMarginLoss(t(scores), ids(0, 2)).item()).to.be.closeTo(mean(expected) / 3, 1e-12);
  });

  it('pairwise ranking: max(0, m - s⁺ + s⁻)', () => {
    expect(new nn.PairwiseRankingLoss(0.5)(t([1, 0]), t([0.2, 0.4])).item()).to.be.closeTo(mean([0, 0.9]), 1e-12);
  });

  it('contrastive: is 0 for dissimilar pairs whose squared distance overflows', () => {
    for (const [dtype, value] of [
      ['float16', 200],
      ['float32', 1e20],
    ] as const) {
      const z1 = torch.full([2, 4], value, { dtype, requiresGrad: true });
      const loss = F.contrastiveMarginLoss(z1, torch.zeros([2, 4], { dtype }), torch.tensor([0, 0]));
      loss.backward();
      expect(loss.item()).to.equal(0);
      expect((z1.grad as torch.Tensor).eq(0).all().item()).to.equal(true);
    }
  });

  it('contrastive: y·d² + (1 - y)·max(0, m - d)²', () => {
    const z1 = t([
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
    const z2 = t([
      [3, 4],
      [0.3, 0.4],
      [3, 4],
    ]);
    const loss = F.contrastiveMarginLoss(z1, z2, t([1, 0, 0]), { reduction: 'none' });
    const [similar, near, far] = loss.tolist() as number[];
    expect(similar).to.be.closeTo(25, 1e-12);
    expect(near).to.be.closeTo(0.25, 1e-12);
    expect(far).to.equal(0);
    const asBooleans = F.contrastiveMarginLoss(z1, z2, torch.tensor([true, false, false]), { reduction: 'none' });
    expect(asBooleans.tolist()).to.deep.equal(loss.tolist());
  });

  it('triplet: max(0, d(a, p) - d(a, n) + m)', () => {
    const loss = new nn.TripletMarginLoss({ margin: 2, eps: 0 })(t([[0, 0]]), t([[3, 4]]), t([[0, 4]]));
    expect(loss.item()).to.be.closeTo(5 - 4 + 2, 1e-12);
  });

  it('have no gradient outside of the margin', () => {
    const scores = torch.tensor([2, 0.5, -3], { requiresGrad: true });
    new nn.HingeLoss({ reduction: 'sum' })(scores, torch.tensor([1, 1, -1])).backward();
    expect(scores.grad?.add(0).tolist()).to.deep.equal([0, -1, 0]);
  });

  it('leave no tensors of their checks behind', () => {
    const [scores, targets] = [torch.randn([8]), torch.ones([8])];
    globalThis.gc?.(); // what earlier tests left
    const before = torch.memory().tensors;
    const loss = F.hingeLoss(scores, targets);
    loss.dispose();
    globalThis.gc?.();
    expect(torch.memory().tensors).to.be.at.most(before + 3);
  });
});

describe('labels of a wrong convention', () => {
  const five = torch.randn([5]);
  const logits = torch.randn([4, 3]);
  const z = torch.randn([3, 2]);
  const zeroOne = torch.tensor([0, 1, 1, 0, 1]);
  const signs = torch.tensor([-1, 1, 1, -1, 1]);

  const refused: [string, () => unknown, new (...values: never[]) => Error, string][] = [
    [
      '0 and 1',
      () => F.hingeLoss(five, zeroOne),
      RangeError,
      'hingeLoss: targets must be -1 or +1, got 0, 1; convert 0 and 1 with targets.mul(2).sub(1)',
    ],
    [
      '0 and 1 as integers',
      () => F.squaredHingeLoss(five, zeroOne.long()),
      RangeError,
      'convert 0 and 1 with targets.mul(2).sub(1)',
    ],
    ['0 and 1 as booleans', () => F.hingeLoss(five, zeroOne.bool()), torch.DTypeError, 'which bool cannot hold'],
    ['0 and 1 to a module', () => new nn.HingeLoss()(five, zeroOne), RangeError, 'HingeLoss: targets must be -1 or +1'],
    ['0 and 1 to its square', () => new nn.SquaredHingeLoss()(five, zeroOne), RangeError, 'SquaredHingeLoss: targets'],
    ['NaN', () => F.hingeLoss(five, torch.full([5], Number.NaN)), RangeError, 'targets must be -1 or +1, got NaN'],
    ['something between', () => F.hingeLoss(five, signs.mul(0.5)), RangeError, 'got -0.5, 0.5'],
    ['infinity', () => F.hingeLoss(five, signs.div(0)), RangeError, 'targets must be -1 or +1'],
    [
      'a column',
      () => F.hingeLoss(five, signs.unsqueeze(1)),
      torch.ShapeError,
      'hingeLoss: targets must be [5] to match scores, got [5, 1]; drop or add dimensions of size 1',
    ],
    [
      'too few',
      () => F.hingeLoss(five, signs.narrow(0, 0, 4)),
      torch.ShapeError,
      'targets must be [5] to match scores, got [4]',
    ],
    [
      'none',
      () => F.hingeLoss(torch.zeros([0]), torch.zeros([0])),
      torch.ShapeError,
      'scores must not be empty, got [0]',
    ],
    [
      'integer scores',
      () => F.hingeLoss(signs.long(), signs),
      torch.DTypeError,
      'scores must be a floating tensor, got int64',
    ],
    [
      'an array',
      () => F.hingeLoss(five, [1, 1] as never),
      TypeError,
      'hingeLoss: targets must be a Tensor, got [1, 1]',
    ],
    [
      'a class beyond',
      () => F.multiclassHingeLoss(logits, ids(0, 1, 2, 3)),
      RangeError,
      'multiclassHingeLoss: targets must be class ids from 0 to 2, because there are 3 scores per sample, got 3; ids count from 0',
    ],
    ['a negative class', () => F.multiclassHingeLoss(logits, ids(0, -1, 2, 1)), RangeError, 'got -1'],
    [
      'classes as floats',
      () => F.multiclassHingeLoss(logits, torch.zeros([4])),
      torch.DTypeError,
      'targets must be class ids of dtype int64, got float32; convert with targets.long()',
    ],
    [
      'one-hot classes',
      () => new nn.MulticlassHingeLoss()(logits, torch.zeros([4, 3])),
      torch.ShapeError,
      'MulticlassHingeLoss: targets must be [4] to match scores, got [4, 3]',
    ],
    [
      'scores of one sample',
      () => F.multiclassHingeLoss(five, ids(0)),
      torch.ShapeError,
      'scores must be [B, K], got [5]',
    ],
    [
      '-1 and +1 for pairs',
      () => F.contrastiveMarginLoss(z, z, torch.tensor([1, -1, 1])),
      RangeError,
      'contrastiveMarginLoss: y must be 1 (similar) or 0 (dissimilar), got -1, 1; convert -1 and +1 with y.add(1).div(2)',
    ],
    ['NaN for pairs', () => F.contrastiveMarginLoss(z, z, torch.full([3], Number.NaN)), RangeError, 'got NaN'],
    [
      'a label too many',
      () => F.contrastiveMarginLoss(z, z, torch.ones([4])),
      torch.ShapeError,
      'y must be [3] to match z1, got [4]',
    ],
    [
      'pairs of other sizes',
      () => F.contrastiveMarginLoss(z, torch.ones([3, 4]), torch.ones([3])),
      torch.ShapeError,
      'z2 must be [3, 2] to match z1, got [3, 4]',
    ],
    [
      'ranking of other sizes',
      () => F.pairwiseRankingLoss(five, torch.ones([4])),
      torch.ShapeError,
      'negativeScores must be [5] to match positiveScores, got [4]',
    ],
    [
      'an unknown reduction',
      () => F.hingeLoss(five, signs, { reduction: 'average' as never }),
      RangeError,
      "hingeLoss: reduction must be 'none', 'mean' or 'sum', got \"average\"",
    ],
    [
      'a reduction of an object',
      () => F.tripletMarginLoss(z, z, z, { reduction: 'toString' as never }),
      RangeError,
      'reduction must be',
    ],
    [
      'a margin that is no number',
      () => F.hingeLoss(five, signs, { margin: '1' as never }),
      TypeError,
      'hingeLoss: margin must be a number, got "1"',
    ],
    [
      'a margin of 0',
      () => F.tripletMarginLoss(z, z, z, { margin: 0 }),
      RangeError,
      'margin must be greater than 0, got 0',
    ],
    [
      'a margin below 0',
      () => new nn.TripletMarginLoss({ margin: -1 }),
      RangeError,
      'TripletMarginLoss: margin must be greater than 0, got -1',
    ],
    [
      'a power of 3',
      () => F.multiMarginLoss(logits, ids(0, 1, 2, 0), { p: 3 as never }),
      RangeError,
      'multiMarginLoss: p must be 1 or 2, got 3',
    ],
  ];

  for (const [name, act, type, message] of refused) {
    it(`are refused: ${name}`, () => {
      expect(act).to.throw(type).with.property('message').that.includes(message);
    });
  }

  it('pass where validation is off', () => {
    expect(F.hingeLoss(five, zeroOne, { validate: false }).ndim).to.equal(0);
    expect(() => F.hingeLoss(five, zeroOne.unsqueeze(1), { validate: false })).to.throw(torch.ShapeError);
  });

  it('do not exist among right labels', () => {
    for (const dtype of ['float16', 'bfloat16', 'float32', 'float64', 'int8', 'int64'] as const) {
      expect(F.hingeLoss(five, signs.to(dtype)).item(), dtype).to.be.closeTo(
        F.hingeLoss(five, signs).item() as number,
        1e-6,
      );
    }
    expect(F.contrastiveMarginLoss(z, z, torch.zeros([3], { dtype: 'int64' })).item()).to.equal(1);
  });
});
