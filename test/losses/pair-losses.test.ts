/** Every loss of pairs beside loops in plain numbers, written from the formulas. */

import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

const { losses, reducers } = torch;
const { CosineSimilarity, LpDistance } = torch.distances;

type Pair = readonly [anchor: number, other: number];
type Vector = readonly number[];

/** What a naive loss sees: embeddings, candidates, and lists of pairs, in which one may stand twice. */
interface Batch {
  readonly x: readonly Vector[];
  readonly y: readonly Vector[];
  readonly labels: readonly number[];
  readonly positives: readonly Pair[];
  readonly negatives: readonly Pair[];
  /** The pairs that the labels allow, whatever a miner chose. */
  readonly allowed: { readonly positives: readonly Pair[]; readonly negatives: readonly Pair[] };
  /** How often a miner chose each row, divided by the largest count. */
  readonly mined: readonly number[];
  readonly isSelf: boolean;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]) => (values.length === 0 ? 0 : sum(values) / values.length);
const nonZero = (values: readonly number[]) => mean(values.filter((value) => value > 0));
const relu = (value: number) => Math.max(0, value);
const dot = (a: Vector, b: Vector) => sum(a.map((value, i) => value * b[i]!));
const unit = (a: Vector) => a.map((value) => value / Math.sqrt(dot(a, a)));
const cosine = (a: Vector, b: Vector) => dot(unit(a), unit(b));
const plain = (a: Vector, b: Vector) => Math.hypot(...a.map((value, i) => value - b[i]!));
const euclidean = (a: Vector, b: Vector) => plain(unit(a), unit(b));
const variance = (a: Vector) => sum(a.map((value) => (value - mean(a)) ** 2)) / (a.length - 1);
const noise = (a: Vector, b: Vector) => variance(unit(a).map((value, i) => value - unit(b)[i]!)) / variance(unit(a));

type Measure = (a: Vector, b: Vector) => number;

/** The measures of pairs, of all or of one anchor. */
function measured({ x, y }: Batch, measure: Measure, pairs: readonly Pair[], anchor?: number): number[] {
  return pairs.filter(([a]) => anchor === undefined || a === anchor).map(([a, b]) => measure(x[a]!, y[b]!));
}

interface NaiveCase {
  readonly name: string;
  readonly make: () => torch.losses.MetricLoss;
  readonly naive: (batch: Batch) => number;
}

const perRow = (batch: Batch, of: (row: number) => number) => batch.x.map((_, row) => of(row));

const cases: readonly NaiveCase[] = [
  {
    name: 'ContrastiveLoss',
    make: () => new losses.ContrastiveLoss({ posMargin: 0.3, negMargin: 1.2 }),
    naive: (batch) =>
      nonZero(measured(batch, euclidean, batch.positives).map((d) => relu(d - 0.3))) +
      nonZero(measured(batch, euclidean, batch.negatives).map((d) => relu(1.2 - d))),
  },
  {
    name: 'ContrastiveLoss, squared',
    make: () =>
      new losses.ContrastiveLoss({ negMargin: 2, power: 2, distance: new LpDistance({ normalizeEmbeddings: false }) }),
    naive: (batch) =>
      nonZero(measured(batch, plain, batch.positives).map((d) => d ** 2)) +
      nonZero(measured(batch, plain, batch.negatives).map((d) => relu(2 - d) ** 2)),
  },
  {
    name: 'ContrastiveLoss, cosine, mean',
    make: () =>
      new losses.ContrastiveLoss({
        posMargin: 0.7,
        negMargin: 0.1,
        distance: new CosineSimilarity(),
        reducer: new reducers.MeanReducer(),
      }),
    naive: (batch) =>
      mean(measured(batch, cosine, batch.positives).map((s) => relu(0.7 - s))) +
      mean(measured(batch, cosine, batch.negatives).map((s) => relu(s - 0.1))),
  },
  {
    name: 'SignalToNoiseRatioContrastiveLoss',
    make: () => new losses.SignalToNoiseRatioContrastiveLoss({ posMargin: 0.5, negMargin: 3 }),
    naive: (batch) =>
      nonZero(measured(batch, noise, batch.positives).map((d) => relu(d - 0.5))) +
      nonZero(measured(batch, noise, batch.negatives).map((d) => relu(3 - d))),
  },
  {
    name: 'CircleLoss',
    make: () => new losses.CircleLoss({ m: 0.3, gamma: 5 }),
    naive: (batch) =>
      nonZero(
        perRow(batch, (row) => {
          const own = [...new Set(measured(batch, cosine, batch.positives, row))];
          const others = [...new Set(measured(batch, cosine, batch.negatives, row))];
          const pull = sum(own.map((s) => Math.exp(-5 * relu(1.3 - s) * (s - 0.7))));
          const push = sum(others.map((s) => Math.exp(5 * relu(s + 0.3) * (s - 0.3))));
          return Math.log(1 + pull * push);
        }),
      ),
  },
  {
    name: 'MultiSimilarityLoss',
    make: () => new losses.MultiSimilarityLoss({ alpha: 2, beta: 7, base: 0.4 }),
    naive: (batch) =>
      mean(
        perRow(batch, (row) => {
          const own = [...new Set(measured(batch, cosine, batch.positives, row))];
          const others = [...new Set(measured(batch, cosine, batch.negatives, row))];
          const pull = Math.log(1 + sum(own.map((s) => Math.exp(-2 * (s - 0.4))))) / 2;
          return pull + Math.log(1 + sum(others.map((s) => Math.exp(7 * (s - 0.4))))) / 7;
        }),
      ),
  },
  {
    name: 'NTXentLoss',
    make: () => new losses.NTXentLoss({ temperature: 0.3 }),
    naive: (batch) =>
      mean(
        batch.positives.map(([a, p]) => {
          const own = Math.exp(cosine(batch.x[a]!, batch.y[p]!) / 0.3);
          return -Math.log(
            own / (own + sum(measured(batch, cosine, batch.negatives, a).map((s) => Math.exp(s / 0.3)))),
          );
        }),
      ),
  },
  {
    name: 'SupConLoss',
    make: () => new losses.SupConLoss({ temperature: 0.4 }),
    naive: (batch) =>
      nonZero(
        perRow(batch, (row) => {
          const own = [...new Set(measured(batch, cosine, batch.positives, row))];
          const others = [...new Set(measured(batch, cosine, batch.negatives, row))];
          const all = sum([...own, ...others].map((s) => Math.exp(s / 0.4)));
          return -mean(own.map((s) => Math.log(Math.exp(s / 0.4) / all)));
        }),
      ),
  },
  {
    name: 'NCALoss',
    make: () => new losses.NCALoss({ softmaxScale: 2 }),
    naive: (batch) => {
      const { positives, negatives } = batch.allowed;
      const weights = (pairs: readonly Pair[], row: number) =>
        sum(measured(batch, euclidean, pairs, row).map((d) => Math.exp(-2 * d ** 2)));
      const able = batch.x.map((_, row) => row).filter((row) => positives.some(([a]) => a === row));
      return mean(
        able.map((row) => {
          const own = weights(positives, row);
          return -Math.log(own / (own + weights(negatives, row))) * batch.mined[row]!;
        }),
      );
    },
  },
  {
    name: 'NPairsLoss',
    make: () => new losses.NPairsLoss(),
    naive: ({ x, y, labels, positives }) => {
      const chosen = [...new Set(labels)].sort().flatMap((label) => {
        const first = positives.find(([a]) => labels[a] === label);
        return first === undefined ? [] : [first];
      });
      return mean(
        chosen.map(([a, p]) => {
          const all = sum(chosen.map(([, other]) => Math.exp(cosine(x[a]!, y[other]!))));
          return -Math.log(Math.exp(cosine(x[a]!, y[p]!)) / all);
        }),
      );
    },
  },
  {
    name: 'LiftedStructureLoss',
    make: () => new losses.LiftedStructureLoss({ negMargin: 1.5, posMargin: 0.1 }),
    naive: (batch) =>
      mean(
        batch.positives.map(([a, p]) => {
          const ends = batch.isSelf ? [a, p] : [a];
          const push = ends.flatMap((row) => measured(batch, euclidean, batch.negatives, row));
          if (push.length === 0) return 0;
          const total = Math.log(sum(push.map((d) => Math.exp(1.5 - d))));
          return relu(total + euclidean(batch.x[a]!, batch.y[p]!) - 0.1) ** 2 / 2;
        }),
      ),
  },
  {
    name: 'GeneralizedLiftedStructureLoss',
    make: () => new losses.GeneralizedLiftedStructureLoss({ negMargin: 1.5, posMargin: 0.1 }),
    naive: (batch) => {
      const log = (values: readonly number[]) => (values.length === 0 ? 0 : Math.log(sum(values)));
      return mean(
        perRow(batch, (row) => {
          const own = [...new Set(measured(batch, euclidean, batch.positives, row))];
          const others = [...new Set(measured(batch, euclidean, batch.negatives, row))];
          return relu(log(own.map((d) => Math.exp(d - 0.1))) + log(others.map((d) => Math.exp(1.5 - d))));
        }),
      );
    },
  },
  {
    name: 'IntraPairVarianceLoss',
    make: () => new losses.IntraPairVarianceLoss({ posEps: 0.05, negEps: 0.1 }),
    naive: (batch) => {
      const [own, others] = [batch.positives, batch.negatives].map((pairs) => measured(batch, cosine, pairs));
      const [near, far] = [mean(own!), mean(others!)];
      return mean(own!.map((s) => relu(0.95 * near - s) ** 2)) + mean(others!.map((s) => relu(s - 1.1 * far) ** 2));
    },
  },
  {
    name: 'TupletMarginLoss',
    make: () => new losses.TupletMarginLoss({ margin: 10, scale: 6 }),
    naive: (batch) =>
      mean(
        batch.positives.map(([a, p]) => {
          const near = Math.cos(Math.acos(cosine(batch.x[a]!, batch.y[p]!)) - (10 * Math.PI) / 180);
          return Math.log(1 + sum(measured(batch, cosine, batch.negatives, a).map((s) => Math.exp(6 * (s - near)))));
        }),
      ),
  },
  {
    name: 'AngularLoss',
    make: () => new losses.AngularLoss({ alpha: 36 }),
    naive: ({ x, y, positives, allowed }) => {
      const square = Math.tan((36 * Math.PI) / 180) ** 2;
      return mean(
        positives.map(([a, p]) => {
          const terms = allowed.negatives
            .filter(([anchor]) => anchor === a)
            .map(([, n]) => {
              const ofNegative = cosine(x[a]!, y[n]!) + cosine(y[p]!, y[n]!);
              return Math.exp(4 * square * ofNegative - 2 * (1 + square) * cosine(x[a]!, y[p]!));
            });
          return Math.log(1 + sum(terms));
        }),
      );
    },
  },
  {
    name: 'ThresholdConsistentMarginLoss',
    make: () =>
      new losses.ThresholdConsistentMarginLoss({ lambdaPlus: 2, lambdaMinus: 3, marginPlus: 0.6, marginMinus: 0.2 }),
    naive: (batch) =>
      2 *
        mean(
          measured(batch, cosine, batch.positives)
            .filter((s) => s <= 0.6)
            .map((s) => 0.6 - s),
        ) +
      3 *
        mean(
          measured(batch, cosine, batch.negatives)
            .filter((s) => s >= 0.2)
            .map((s) => s - 0.2),
        ),
  },
];

const ids = (values: readonly number[]) => torch.tensor(BigInt64Array.from(values, BigInt));
const rowsOf = (x: torch.Tensor) => x.tolist() as number[][];

function pairsOf(labels: readonly number[], others: readonly number[], isSelf: boolean) {
  const all = labels.flatMap((_, a) => others.map((_other, b): Pair => [a, b]));
  const candidates = all.filter(([a, b]) => !(isSelf && a === b));
  return {
    positives: candidates.filter(([a, b]) => labels[a] === others[b]),
    negatives: candidates.filter(([a, b]) => labels[a] !== others[b]),
  };
}

function minedWeights(rows: number, indices: readonly (readonly number[])[]): number[] {
  const counts = Array.from({ length: rows }, (_, row) => indices.flat().filter((each) => each === row).length);
  return counts.map((count) => count / Math.max(...counts));
}

describe('losses of pairs, from their formulas', () => {
  const labels = [2, 0, 1, 0, 2, 1, 0, 3, 0];
  let x: torch.Tensor;

  beforeEach(() => {
    torch.manualSeed(21);
    x = torch.randn([labels.length, 4], { dtype: 'float64' });
  });

  for (const { name, make, naive } of cases) {
    describe(name, () => {
      it('over all pairs', () => {
        const pairs = pairsOf(labels, labels, true);
        const rows = rowsOf(x);
        const expected = naive({
          x: rows,
          y: rows,
          labels,
          ...pairs,
          allowed: pairs,
          mined: labels.map(() => 1),
          isSelf: true,
        });
        expect(expected).to.be.above(0);
        expect(make()(x, ids(labels)).item()).to.be.closeTo(expected, 1e-10);
      });

      it('over the triplets of a miner, some pairs of which occur twice', () => {
        const [anchor, positive, negative] = [
          [1, 1, 1, 3, 0],
          [3, 3, 6, 1, 4],
          [0, 2, 2, 7, 5],
        ] as [number[], number[], number[]];
        const rows = rowsOf(x);
        const expected = naive({
          x: rows,
          y: rows,
          labels,
          positives: anchor.map((a, i): Pair => [a, positive[i]!]),
          negatives: anchor.map((a, i): Pair => [a, negative[i]!]),
          allowed: pairsOf(labels, labels, true),
          mined: minedWeights(labels.length, [anchor, positive, negative]),
          isSelf: true,
        });
        const tuples = { anchor: ids(anchor), positive: ids(positive), negative: ids(negative) };
        expect(make()(x, ids(labels), { tuples }).item()).to.be.closeTo(expected, 1e-10);
      });

      it('with a reference set', () => {
        const referenceLabels = [0, 1, 2, 0, 4];
        const reference = torch.randn([5, 4], { dtype: 'float64' });
        const pairs = pairsOf(labels, referenceLabels, false);
        const mined = labels.map(() => 1);
        const given = { x: rowsOf(x), y: rowsOf(reference), labels, ...pairs, allowed: pairs, mined, isSelf: false };
        const loss = make()(x, ids(labels), { reference, referenceLabels: ids(referenceLabels) });
        expect(loss.item()).to.be.closeTo(naive(given), 1e-10);
      });
    });
  }

  it('a candidate that is neither positive nor negative takes no part', () => {
    const mask = torch.ones([9, 9], { dtype: 'bool' });
    mask.select(1, 8).fill_(false);
    mask.select(0, 2).fill_(false);
    const relation = torch.Relation.ofLabels(ids(labels)).where(mask);
    const allowed = pairsOf(labels, labels, true);
    const keeps = ([a, b]: Pair) => b !== 8 && a !== 2;
    const pairs = { positives: allowed.positives.filter(keeps), negatives: allowed.negatives.filter(keeps) };
    const rows = rowsOf(x);
    for (const { name, make, naive } of cases) {
      if (name === 'NPairsLoss') continue;
      const mined = labels.map(() => 1);
      const expected = naive({ x: rows, y: rows, labels, ...pairs, allowed: pairs, mined, isSelf: true });
      expect(make()(x, relation).item(), name).to.be.closeTo(expected, 1e-10);
    }
  });

  it('broken embeddings show as NaN', () => {
    for (const broken of [torch.full([9, 4], Number.NaN), x.indexFill(0, ids([1]), Number.NaN)]) {
      for (const { name, make } of cases) {
        expect(make()(broken.double(), ids(labels)).item(), name).to.be.NaN;
      }
    }
  });

  it('weights of rows count for their pairs and for themselves', () => {
    const weights = torch.rand([9], { dtype: 'float64' });
    for (const { name, make } of cases) {
      const lossFn = make();
      const once = lossFn.unreduced(x, ids(labels));
      const weighed = lossFn.unreduced(x, ids(labels), { weights });
      for (const [i, part] of weighed.entries()) {
        if (part.kind === 'reduced') continue;
        const anchors = part.kind === 'element' ? part.indices : part.indices.anchor;
        const expected = (once[i] as torch.reducers.UnreducedLoss).values.mul(weights.index([anchors]));
        expect(part.values.allclose(expected), name).to.equal(true);
      }
    }
  });
});
