import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { refuse } from './refusals.ts';

const { nn } = torch;
const F = nn.functional;

const t = (values: torch.TensorData) => torch.tensor(values, { dtype: 'float64' });
const float64 = { dtype: 'float64' } as const;

interface Pairs {
  readonly sums: Map<number, number>;
  readonly gradient: number[];
  readonly counts: { total: number; active: number; hard: number; tied: number };
  readonly totals: Map<number, number>;
}

/** Every pair of a group whose first has the greater relevance, one after the other. */
function everyPair(
  scores: readonly number[],
  relevances: readonly number[],
  groups: readonly number[],
  margin: number,
  power: number,
): Pairs {
  const sums = new Map<number, number>();
  const totals = new Map<number, number>();
  const gradient = scores.map(() => 0);
  const counts = { total: 0, active: 0, hard: 0, tied: 0 };
  scores.forEach((own, i) => {
    const group = groups[i]!;
    if (!sums.has(group)) sums.set(group, 0);
    scores.forEach((other, j) => {
      if (groups[j] !== group || !(relevances[i]! > relevances[j]!)) return;
      const value = margin - (own - other);
      counts.total++;
      totals.set(group, (totals.get(group) ?? 0) + 1);
      counts.active += value > 0 ? 1 : 0;
      counts.hard += own <= other ? 1 : 0;
      counts.tied += own === other ? 1 : 0;
      if (value < 0) return;
      sums.set(group, sums.get(group)! + value ** power);
      const slope = power === 1 ? 1 : 2 * value;
      gradient[i]! -= slope;
      gradient[j]! += slope;
    });
  });
  return { sums, gradient, counts, totals };
}

const values = (sums: Map<number, number>) => [...sums.entries()].sort(([a], [b]) => a - b).map(([, value]) => value);
const total = (numbers: readonly number[]) => numbers.reduce((sum, value) => sum + value, 0);

function near(actual: number, expected: number, where: string): void {
  expect(Math.abs(actual - expected), `${where}: ${actual} for ${expected}`).to.be.at.most(
    1e-11 * Math.max(1, Math.abs(expected)),
  );
}

const scoresOf: Readonly<Record<string, () => torch.Tensor>> = {
  random: () => torch.randn([83], float64),
  // Eighths: pairs meet margins of eighths exactly, and tie.
  ties: () => torch.randint(-8, 9, [83]).double().div(8),
  // Tenths: rounded sums and differences disagree about which pairs meet a margin of tenths.
  tenths: () => torch.randint(-9, 10, [83]).double().div(10),
  'far from 0': () => torch.randn([83], float64).add(1e6),
  'one value': () => torch.full([83], 0.3, float64),
};

describe('hinge losses over all pairs', () => {
  beforeEach(() => torch.manualSeed(1));

  for (const [name, make] of Object.entries(scoresOf)) {
    for (const power of [1, 2] as const) {
      it(`are what a loop over pairs says: ${name}, power ${power}`, () => {
        for (const margin of [0, 0.1, 0.125, 1, 3, -0.25]) {
          for (const grades of [2, 3, 7, 1000]) {
            const scores = make().requiresGrad_();
            const relevances = torch.randint(0, grades, [83]);
            const groups = torch.randint(0, 5, [83]).mul(7).sub(11);
            const [s, r, g] = [scores, relevances, groups].map((each) => each.tolist() as number[]);
            const expected = everyPair(s!, r!, g!, margin, power);
            const where = `margin ${margin}, ${grades} grades`;
            const sums = F.listwiseHingeLoss(scores, relevances, { margin, power, groups, reduction: 'none' });
            const tolerance = name === 'far from 0' ? 1e-7 : 1e-10;
            (sums.tolist() as number[]).forEach((sum, i) => {
              expect(sum, where).to.be.closeTo(values(expected.sums)[i]!, tolerance);
            });
            sums.sum().backward();
            (scores.grad!.tolist() as number[]).forEach((slope, i) => {
              if (power === 1) expect(slope === expected.gradient[i], `${where}: ${slope}`).to.equal(true);
              else expect(slope, where).to.be.closeTo(expected.gradient[i]!, tolerance);
            });
            const counts = F.countRankedPairs(scores, relevances, { margin, groups });
            expect(counts, where).to.deep.equal(expected.counts);
          }
        }
      });
    }
  }

  it('reduce over pairs, groups or violations', () => {
    const scores = torch.randn([60], float64);
    const [bits, groups] = [torch.randint(0, 2, [60]), torch.randint(0, 20, [60])];
    const [s, b, g] = [scores, bits, groups].map((each) => each.tolist() as number[]);
    const { sums, totals, counts } = everyPair(s!, b!, g!, 0.5, 1);
    const all = total(values(sums));
    const options = { margin: 0.5, groups } as const;
    near(F.allPairsHingeLoss(scores, bits, { ...options, reduction: 'sum' }).item() as number, all, 'sum');
    near(F.allPairsHingeLoss(scores, bits, options).item() as number, all / counts.total, 'pairs');
    near(
      F.allPairsHingeLoss(scores, bits, { ...options, average: 'violations' }).item() as number,
      all / counts.active,
      'violations',
    );
    const means = [...totals].map(([group, count]) => sums.get(group)! / count);
    expect(means.length).to.be.lessThan(20); // some group has no pairs
    const perGroup = total(means) / means.length;
    near(F.allPairsHingeLoss(scores, bits, { ...options, average: 'groups' }).item() as number, perGroup, 'groups');
    near(F.listwiseHingeLoss(scores, bits, options).item() as number, perGroup, 'listwise');
  });

  it('take labels of either convention, rows as groups, and modules', () => {
    const scores = torch.randn([6, 9], float64);
    const bits = torch.randint(0, 2, [6, 9]);
    const groups = torch.arange(6).repeatInterleave(9);
    const flat = F.allPairsHingeLoss(scores.flatten(), bits.flatten(), { groups }).item();
    for (const targets of [bits, bits.bool(), bits.double(), bits.mul(2).sub(1)]) {
      expect(F.allPairsHingeLoss(scores, targets).item()).to.equal(flat);
      expect(new nn.AllPairsHingeLoss()(scores, targets).item()).to.equal(flat);
    }
    expect(new nn.AllPairsHingeLoss(1, { power: 2 })(scores.flatten(), bits.flatten(), groups).item()).to.equal(
      F.allPairsHingeLoss(scores, bits, { power: 2 }).item(),
    );
    expect(new nn.ListwiseHingeLoss({ average: 'pairs' })(scores.flatten(), bits.flatten(), groups).item()).to.equal(
      flat,
    );
    expect(String(new nn.ListwiseHingeLoss({ power: 2 }))).to.equal('ListwiseHingeLoss(margin=1.0, power=2)');
  });

  it('agree with the ranking loss of listed pairs, gradient included', () => {
    const scores = torch.randint(0, 5, [20]).double().requiresGrad_();
    const bits = torch.randint(0, 2, [20]).bool();
    F.allPairsHingeLoss(scores, bits, { reduction: 'sum' }).backward();
    const ours = scores.grad!.tolist();
    scores.grad = null;
    const [up, down] = [scores.index([bits]), scores.index([bits.logicalNot()])];
    const [m, n] = [up.numel(), down.numel()];
    F.pairwiseRankingLoss(up.unsqueeze(1).expand([m, n]).contiguous(), down.expand([m, n]).contiguous(), {
      reduction: 'sum',
    }).backward();
    expect(ours).to.deep.equal(scores.grad!.tolist());
  });

  it('have the gradient that finite differences give', () => {
    const scores = torch.randn([14], { ...float64, requiresGrad: true });
    const [grades, groups] = [torch.randint(0, 4, [14]), torch.randint(0, 2, [14])];
    for (const average of ['pairs', 'groups', 'violations'] as const) {
      for (const power of [1, 2] as const) {
        const loss = (x: torch.Tensor) => F.listwiseHingeLoss(x, grades, { power, groups, average });
        expect(torch.autograd.gradcheck(loss, [scores])).to.equal(true);
      }
    }
  });

  it('are 0, with gradient 0, where there are no pairs', () => {
    const scores = torch.randn([4], { ...float64, requiresGrad: true });
    const ones = torch.ones([4]);
    const apart = torch.arange(4);
    const without: [torch.Tensor, torch.Tensor | null][] = [
      [ones, null],
      [torch.tensor([0, 1, 0, 1]), apart],
    ];
    for (const [targets, groups] of without) {
      for (const average of ['pairs', 'groups', 'violations'] as const) {
        scores.grad = null;
        const loss = F.allPairsHingeLoss(scores, targets, { groups, average });
        loss.backward();
        expect(loss.item()).to.equal(0);
        expect(scores.grad!.abs().sum().item()).to.equal(0);
      }
    }
  });

  it('give the AUC with their counts', () => {
    const { total: pairs, hard, tied } = F.countRankedPairs(t([3, 1, 1, 0]), t([1, 1, 0, 0]));
    expect({ pairs, hard, tied }).to.deep.equal({ pairs: 4, hard: 1, tied: 1 });
    expect(1 - (hard - tied / 2) / pairs).to.equal(0.875);
  });

  it('need no list of pairs: 200,000 scores, float32 and half', () => {
    const scores = torch.randn([200_000]).requiresGrad_();
    const bits = torch.rand([200_000]).gt(0.5);
    const before = torch.memory().bytes;
    const loss = F.allPairsHingeLoss(scores, bits);
    loss.backward();
    expect(torch.memory().bytes - before).to.be.lessThan(20e6);
    // Of two standard normals the expected hinge is E max(0, 1 + √2 z).
    expect(loss.item()).to.be.closeTo(1.1996, 0.02);
    expect(scores.grad!.sum().abs().item()).to.be.lessThan(1e-3);
    const half = scores.detach().narrow(0, 0, 500).half().requiresGrad_();
    const few = bits.narrow(0, 0, 500);
    const value = F.allPairsHingeLoss(half, few);
    value.backward();
    expect(value.dtype).to.equal('float32');
    expect(half.grad!.dtype).to.equal('float16');
    expect(value.item()).to.be.closeTo(F.allPairsHingeLoss(half.detach().double(), few).item() as number, 1e-6);
  });

  it('shows NaN', () => {
    const loss = F.allPairsHingeLoss(t([1, NaN, 0]), t([1, 0, 0]));
    expect(Number.isNaN(loss.item())).to.equal(true);
  });

  it('leaves no tensors behind in a scope', () => {
    const scores = torch.randn([50], { requiresGrad: true });
    const grades = torch.randint(0, 4, [50]);
    const step = () => torch.scope(() => F.listwiseHingeLoss(scores, grades, { average: 'violations' }).item());
    step();
    const before = torch.memory().tensors;
    step();
    expect(torch.memory().tensors).to.equal(before);
  });

  const three = t([1, 2, 3]);
  refuse([
    [
      'labels of three classes',
      () => F.allPairsHingeLoss(three, t([0, 1, 2])),
      RangeError,
      'allPairsHingeLoss: targets must be 0 or 1, got 0, 1, 2',
    ],
    [
      'other shapes',
      () => F.listwiseHingeLoss(three, t([0, 1])),
      torch.ShapeError,
      'listwiseHingeLoss: relevances must be [3] to match scores, got [2]',
    ],
    [
      'a cube',
      () => F.listwiseHingeLoss(torch.zeros([1, 1, 1]), torch.zeros([1, 1, 1])),
      torch.ShapeError,
      'scores must be [N], or [Q, L] of Q queries, got [1, 1, 1]',
    ],
    ['a relevance of NaN', () => F.listwiseHingeLoss(three, t([0, 1, NaN])), RangeError, 'relevances must be numbers'],
    [
      'groups of floats',
      () => F.allPairsHingeLoss(three, t([0, 1, 1]), { groups: three }),
      torch.DTypeError,
      'groups must be int64, got float64; convert with groups.long()',
    ],
    [
      'groups beside rows',
      () => new nn.AllPairsHingeLoss()(three.unsqueeze(0), t([[0, 1, 1]]), torch.zeros([3], { dtype: 'int64' })),
      TypeError,
      'AllPairsHingeLoss: rows of scores [Q, L] are groups',
    ],
    [
      'another average',
      () => new nn.ListwiseHingeLoss({ average: 'queries' as never }),
      RangeError,
      "ListwiseHingeLoss: average must be 'pairs', 'groups' or 'violations', got \"queries\"",
    ],
    [
      'a margin that is no number',
      () => F.allPairsHingeLoss(three, t([0, 1, 1]), { margin: NaN }),
      TypeError,
      'allPairsHingeLoss: margin must be a number',
    ],
  ]);
});
