import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { refuse } from './refusals.ts';

const { nn } = torch;
const F = nn.functional;

const t = (values: torch.TensorData) => torch.tensor(values, { dtype: 'float64' });
const ids = (...values: number[]) => torch.tensor(values, { dtype: 'int64' });
const relu = (value: number) => Math.max(0, value);
const float64 = { dtype: 'float64' } as const;

/** The numbers of a test: scores [B, K] with classes, a weight and a cost. */
function problem() {
  const scores = torch.randn([7, 4], float64).tolist() as number[][];
  const classes = [0, 3, 1, 2, 2, 0, 3];
  const weight = [1, 0.5, 2, 3];
  const cost = Array.from({ length: 4 }, (_, c) => Array.from({ length: 4 }, (__, j) => Math.abs(c - j) * 0.6));
  return { scores, classes, weight, cost };
}

function expectEach(loss: torch.Tensor, expected: readonly number[]): void {
  const values = loss.tolist() as number[];
  expect(values).to.have.length(expected.length);
  for (const [i, value] of values.entries()) expect(value, `sample ${i}`).to.be.closeTo(expected[i]!, 1e-12);
}

describe('hinge losses of several classes', () => {
  beforeEach(() => torch.manualSeed(0));

  const wrong = (row: readonly number[], c: number, required: (j: number) => number) =>
    row.flatMap((score, j) => (j === c ? [] : [score - row[c]! + required(j)]));
  const sum = (values: readonly number[], power: number) =>
    values.reduce((all, value) => all + relu(value) ** power, 0);
  const largest = (values: readonly number[], power: number) => relu(Math.max(...values)) ** power;

  for (const power of [1, 2] as const) {
    it(`are what loops over classes say, power ${power}`, () => {
      const { scores, classes, weight, cost } = problem();
      const [s, y, w, m] = [t(scores), ids(...classes), t(weight), 0.7];
      const each = (value: (row: number[], c: number) => number) => scores.map((row, i) => value(row, classes[i]!));
      const options = { margin: m, power, reduction: 'none' } as const;
      expectEach(
        F.multiclassHingeLoss(s, y, options),
        each((row, c) =>
          sum(
            wrong(row, c, () => m),
            power,
          ),
        ),
      );
      expectEach(
        F.multiclassHingeLoss(s, y, { ...options, weight: w, cost: t(cost) }),
        each(
          (row, c) =>
            weight[c]! *
            sum(
              wrong(row, c, (j) => m * cost[c]![j]!),
              power,
            ),
        ),
      );
      expectEach(
        F.crammerSingerLoss(s, y, { ...options, weight: w }),
        each(
          (row, c) =>
            weight[c]! *
            largest(
              wrong(row, c, () => m),
              power,
            ),
        ),
      );
      expectEach(
        F.structuredHingeLoss(s, y, t(cost), { ...options, margin: 1 }),
        each((row, c) => {
          const all = row.map((score, j) => cost[c]![j]! + score);
          return (Math.max(...all) - row[c]!) ** power;
        }),
      );
      expectEach(
        F.structuredHingeLoss(s, y, t(cost), { ...options, margin: 1, rescaling: 'slack', weight: w }),
        each(
          (row, c) => weight[c]! * Math.max(...row.map((score, j) => cost[c]![j]! * (1 + score - row[c]!))) ** power,
        ),
      );
    });
  }

  it('have the gradient that finite differences give', () => {
    const { classes, weight, cost } = problem();
    const [y, w] = [ids(...classes), t(weight)];
    const s = torch.randn([7, 4], { ...float64, requiresGrad: true });
    const losses: ((x: torch.Tensor) => torch.Tensor)[] = [
      (x) => F.multiclassHingeLoss(x, y, { power: 2, weight: w, cost: t(cost) }),
      (x) => F.crammerSingerLoss(x, y, { weight: w }),
      (x) => F.crammerSingerLoss(x, y, { power: 2, reduction: 'sum' }),
      (x) => F.structuredHingeLoss(x, y, t(cost)),
      (x) => F.structuredHingeLoss(x, y, t(cost), { rescaling: 'slack', power: 2 }),
    ];
    for (const loss of losses) expect(torch.autograd.gradcheck(loss, [s])).to.equal(true);
  });

  it('agree where they are one', () => {
    const { scores, classes } = problem();
    const [s, y] = [t(scores), ids(...classes)];
    const all = torch.ones([4, 4], float64).sub(torch.eye(4, float64));
    const worst = F.crammerSingerLoss(s, y).item() as number;
    expect(F.structuredHingeLoss(s, y, all).item()).to.equal(worst);
    expect(F.structuredHingeLoss(s, y, all, { rescaling: 'slack' }).item()).to.be.closeTo(worst, 1e-15);
    expect(F.multiclassHingeLoss(s, y, { cost: all }).item()).to.equal(F.multiclassHingeLoss(s, y).item());
    // PyTorch's divides by the number of classes.
    const ours = F.multiclassHingeLoss(s, y, { power: 2, weight: t([1, 2, 3, 4]), margin: 0.5 }).item() as number;
    const theirs = F.multiMarginLoss(s, y, { p: 2, weight: t([1, 2, 3, 4]), margin: 0.5 }).item() as number;
    expect(ours).to.be.closeTo(4 * theirs, 1e-12);
    // Of two classes there is one wrong one.
    const two = s.narrow(1, 0, 2);
    const bits = ids(0, 1, 1, 0, 0, 1, 0);
    const margin = { margin: 1, reduction: 'none' } as const;
    const difference = two.select(1, 1).sub(two.select(1, 0));
    const binary = F.hingeLoss(difference, bits, { ...margin, labels: '01' }).tolist();
    expect(F.crammerSingerLoss(two, bits, margin).tolist()).to.deep.equal(binary);
    expect(F.multiclassHingeLoss(two, bits, margin).tolist()).to.deep.equal(binary);
  });

  it('share the gradient among wrong classes that tie, and have one at the kink', () => {
    const s = t([
      [0, 0.5, 0.5],
      [1, 0, -3],
    ]).requiresGrad_();
    F.crammerSingerLoss(s, ids(0, 0), { reduction: 'sum' }).backward();
    expect(s.grad?.add(0).tolist()).to.deep.equal([
      [-1, 0.5, 0.5],
      [-1, 1, 0],
    ]);
  });

  it('are 0 for one class', () => {
    const s = t([[3], [-2]]).requiresGrad_();
    for (const loss of [F.multiclassHingeLoss, F.crammerSingerLoss]) {
      s.grad = null;
      const value = loss(s, ids(0, 0));
      value.backward();
      expect(value.item()).to.equal(0);
      expect(s.grad!.abs().sum().item()).to.equal(0);
    }
  });

  it('are modules that keep weight and cost as buffers', () => {
    const { scores, classes, weight, cost } = problem();
    const [s, y, w, c] = [t(scores), ids(...classes), t(weight), t(cost)];
    const pairs: [torch.nn.Module & ((s: torch.Tensor, y: torch.Tensor) => torch.Tensor), torch.Tensor, string[]][] = [
      [
        new nn.MulticlassHingeLoss(0.5, { power: 2, weight: w, cost: c }) as never,
        F.multiclassHingeLoss(s, y, 0.5, { power: 2, weight: w, cost: c }),
        ['weight', 'cost'],
      ],
      [new nn.CrammerSingerLoss({ weight: w }) as never, F.crammerSingerLoss(s, y, { weight: w }), ['weight']],
      [
        new nn.StructuredHingeLoss(c, { rescaling: 'slack' }) as never,
        F.structuredHingeLoss(s, y, c, { rescaling: 'slack' }),
        ['cost'],
      ],
    ];
    for (const [module, expected, buffers] of pairs) {
      expect(module(s, y).item()).to.equal(expected.item());
      expect([...module.stateDict().keys()].sort()).to.deep.equal(buffers.sort());
    }
    expect(String(new nn.StructuredHingeLoss(c, { rescaling: 'slack', power: 2 }))).to.equal(
      "StructuredHingeLoss(margin=1.0, power=2, rescaling='slack')",
    );
  });

  const [logits, y] = [torch.zeros([2, 3]), ids(0, 2)];
  refuse([
    ['a power of 3', () => F.crammerSingerLoss(logits, y, { power: 3 as never }), RangeError, 'power must be 1 or 2'],
    [
      'a weight for other classes',
      () => F.multiclassHingeLoss(logits, y, { weight: torch.ones([2]) }),
      torch.ShapeError,
      'weight must be [3], one for each class, got [2]',
    ],
    [
      'a cost of staying right',
      () => F.structuredHingeLoss(logits, y, torch.ones([3, 3])),
      RangeError,
      'cost must be 0 on the diagonal',
    ],
    [
      'a cost below 0',
      () => new nn.StructuredHingeLoss(torch.eye(3).sub(1)),
      RangeError,
      'StructuredHingeLoss: cost must be 0 on the diagonal and nowhere below 0',
    ],
    [
      'a cost that is NaN',
      () => F.structuredHingeLoss(logits, y, torch.full([3, 3], NaN).fillDiagonal_(0)),
      RangeError,
      'or NaN',
    ],
    [
      'a cost of other classes',
      () => F.structuredHingeLoss(logits, y, torch.zeros([2, 2])),
      torch.ShapeError,
      'cost must be [3, 3], a row for each right class, got [2, 2]',
    ],
    [
      'another rescaling',
      () => F.structuredHingeLoss(logits, y, torch.zeros([3, 3]), { rescaling: 'cost' as never }),
      RangeError,
      "rescaling must be 'margin' or 'slack'",
    ],
  ]);
});

describe('hinge losses of two classes', () => {
  const scores = [2, 0.3, -0.5, -2, 0.9];
  const signs = [1, 1, -1, -1, -1];
  const bits = signs.map((y) => (y + 1) / 2);

  it('take a power and a weight for each class', () => {
    const violations = scores.map((s, i) => relu(1.5 - signs[i]! * s));
    const options = { margin: 1.5, power: 2, weight: t([0.25, 4]), reduction: 'none' } as const;
    const expected = violations.map((v, i) => v * v * (signs[i]! > 0 ? 4 : 0.25));
    expectEach(F.hingeLoss(t(scores), t(signs), options), expected);
    expectEach(new nn.HingeLoss(options)(t(scores), t(signs)), expected);
    const { power: _, ...squared } = options;
    expectEach(F.squaredHingeLoss(t(scores), t(signs), squared), expected);
    expectEach(new nn.SquaredHingeLoss(squared)(t(scores), t(signs)), expected);
    expect(F.hingeLoss(t(scores), t(signs), { ...options, reduction: 'mean' }).item()).to.be.closeTo(
      expected.reduce((sum, value) => sum + value) / 5,
      1e-12,
    );
    expectEach(
      F.pairwiseRankingLoss(t([1, 0]), t([0.2, 0.4]), { margin: 0.5, power: 2, reduction: 'none' }),
      [0, 0.81],
    );
  });

  it('take labels of either convention', () => {
    const expected = F.hingeLoss(t(scores), t(signs)).item();
    for (const labels of ['01', 'auto'] as const) {
      for (const y of [t(bits), ids(...bits), t(bits).bool()]) {
        expect(F.hingeLoss(t(scores), y, { labels }).item(), `${labels}, ${y.dtype}`).to.equal(expected);
        expect(new nn.HingeLoss({ labels })(t(scores), y).item()).to.equal(expected);
      }
    }
    expect(F.hingeLoss(t(scores), t(signs), { labels: 'auto' }).item()).to.equal(expected);
    const ones = t([1, 1, 1, 1, 1]);
    expect(F.hingeLoss(t(scores), ones, { labels: 'auto' }).item()).to.equal(F.hingeLoss(t(scores), ones).item());
    const [z1, z2] = [torch.randn([5, 2], float64), torch.randn([5, 2], float64)];
    const similar = F.contrastiveMarginLoss(z1, z2, t(bits)).item();
    for (const labels of ['pm1', 'auto'] as const) {
      expect(F.contrastiveMarginLoss(z1, z2, ids(...signs), { labels }).item()).to.equal(similar);
    }
    expect(new nn.ContrastiveMarginLoss({ labels: 'auto' })(z1, z2, t(bits)).item()).to.equal(similar);
  });

  it("take labels of either convention in PyTorch's losses of signs too", () => {
    const [z1, z2] = [torch.randn([5, 2], float64), torch.randn([5, 2], float64)];
    const [s, others] = [t(scores), t(scores).neg()];
    const losses: ((y: torch.Tensor, labels: 'pm1' | '01' | 'auto') => torch.Tensor)[] = [
      (y, labels) => F.softMarginLoss(s, y, { labels }),
      (y, labels) => F.hingeEmbeddingLoss(s, y, { labels }),
      (y, labels) => F.marginRankingLoss(s, others, y, { labels, margin: 1 }),
      (y, labels) => F.cosineEmbeddingLoss(z1, z2, y, { labels }),
      (y, labels) => new nn.SoftMarginLoss({ labels })(s, y),
      (y, labels) => new nn.HingeEmbeddingLoss({ labels })(s, y),
      (y, labels) => new nn.MarginRankingLoss({ labels })(s, others, y),
      (y, labels) => new nn.CosineEmbeddingLoss({ labels })(z1, z2, y),
    ];
    for (const [i, loss] of losses.entries()) {
      const expected = loss(t(signs), 'pm1').item();
      for (const [y, labels] of [
        [t(signs), 'auto'],
        [t(bits), 'auto'],
        [t(bits), '01'],
        [t(bits).bool(), 'auto'],
        [ids(...bits), '01'],
      ] as const) {
        expect(loss(y, labels).item(), `loss ${i}, ${labels}, ${y.dtype}`).to.equal(expected);
      }
      expect(() => loss(t(bits), 'pm1')).to.throw(RangeError, 'must be -1 or +1');
    }
    const ties = t([1, 0, -1, 0, 1]);
    expect(F.marginRankingLoss(s, others, ties, { labels: 'auto' }).item()).to.equal(
      F.marginRankingLoss(s, others, ties).item(),
    );
  });

  refuse([
    [
      '-1 and +1 as 0 and 1',
      () => F.hingeLoss(t(scores), t(signs), { labels: '01' }),
      RangeError,
      'hingeLoss: targets must be 0 or 1, got -1, 1; convert -1 and +1 with targets.add(1).div(2)',
    ],
    [
      'three labels',
      () => F.hingeLoss(t([1, 1, 1]), t([-1, 0, 1]), { labels: 'auto' }),
      RangeError,
      'hingeLoss: targets must be -1 or +1, got -1, 0, 1',
    ],
    ['2', () => F.hingeLoss(t([1, 1]), t([1, 2]), { labels: 'auto' }), RangeError, 'targets must be 0 or 1, got 1, 2'],
    [
      'an unknown convention',
      () => new nn.HingeLoss({ labels: 'binary' as never }),
      RangeError,
      "HingeLoss: labels must be 'pm1', '01' or 'auto', got \"binary\"",
    ],
    [
      'a weight for three classes',
      () => new nn.SquaredHingeLoss({ weight: t([1, 2, 3]) }),
      torch.ShapeError,
      'weight must be [2]',
    ],
    ['a power of 0', () => new nn.HingeLoss({ power: 0 as never }), RangeError, 'power must be 1 or 2, got 0'],
    [
      'a power of the square',
      () => new nn.SquaredHingeLoss({ power: 1 } as never),
      TypeError,
      'there is no option power',
    ],
  ]);
});
