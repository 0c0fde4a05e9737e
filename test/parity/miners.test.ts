/** Miners beside pytorch-metric-learning's and sentence-transformers', as sets of indices. */

import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { inverseDensities } from '../../lib/miners/distance-weighted-miner.ts';
import { isPairs, type Tuples } from '../../lib/pairs.ts';
import { expectClose } from './close.ts';
import { fromWire, isPythonTensor, type PythonValue, usePython } from './oracle.ts';

const { miners } = torch;
const { CosineSimilarity, LpDistance } = torch.distances;

const sorted = (rows: number[][]) =>
  rows.sort((a, b) => a.map((x, i) => x - (b[i] as number)).find((x) => x !== 0) ?? 0);
const rows = (...columns: torch.Tensor[]) => sorted(torch.stack(columns, 1).tolist() as number[][]);

function ours(tuples: Tuples): number[][][] {
  if (!isPairs(tuples)) return [rows(tuples.anchor, tuples.positive, tuples.negative)];
  return [rows(tuples.positiveAnchor, tuples.positive), rows(tuples.negativeAnchor, tuples.negative)];
}

function theirs(tuples: PythonValue | undefined): number[][][] {
  const columns = (tuples as PythonValue[]).map((each) => {
    if (!isPythonTensor(each)) throw new TypeError('expected tensors from Python');
    return fromWire(each);
  }) as torch.Tensor[];
  if (columns.length === 3) return [rows(...columns)];
  return [rows(...columns.slice(0, 2)), rows(...columns.slice(2))];
}

interface Row {
  readonly ours: () => torch.miners.Miner;
  /** The constructor's call in Python, where `m` is `miners` and `d` is `distances`. */
  readonly theirs: string;
}

const strategies = (['easy', 'semihard', 'hard', 'all'] as const).flatMap((pos) =>
  (['easy', 'semihard', 'hard', 'all'] as const)
    .filter((neg) => !(pos === 'semihard' && /semihard|all/.test(neg)) && !(pos === 'all' && neg === 'semihard'))
    .map((neg) => [pos, neg] as const),
);

const table: Row[] = [
  ...strategies.flatMap(([posStrategy, negStrategy]): Row[] => [
    {
      ours: () => new miners.BatchEasyHardMiner({ posStrategy, negStrategy }),
      theirs: `m.BatchEasyHardMiner(pos_strategy='${posStrategy}', neg_strategy='${negStrategy}')`,
    },
    {
      ours: () =>
        new miners.BatchEasyHardMiner({
          posStrategy,
          negStrategy,
          distance: new CosineSimilarity(),
          allowedPosRange: [-0.6, 0.9],
          allowedNegRange: [-0.5, 0.8],
        }),
      theirs:
        `m.BatchEasyHardMiner(pos_strategy='${posStrategy}', neg_strategy='${negStrategy}', ` +
        'distance=d.CosineSimilarity(), allowed_pos_range=(-0.6, 0.9), allowed_neg_range=(-0.5, 0.8))',
    },
  ]),
  { ours: () => new miners.BatchEasyHardMiner(), theirs: 'm.BatchEasyHardMiner()' },
  {
    ours: () => new miners.SemiHardMiner({ rule: 'pml-easy-hard' }),
    theirs: 'lambda *batch: [_m.BatchEasyHardMiner()(*batch)[i] for i in (0, 1, 3)]',
  },
  { ours: () => new miners.BatchHardMiner(), theirs: 'm.BatchHardMiner()' },
  { ours: () => new miners.NHardMiner(), theirs: 'm.BatchHardMiner()' },
  {
    ours: () => new miners.BatchHardMiner({ distance: new LpDistance({ p: 1, normalizeEmbeddings: false }) }),
    theirs: 'm.BatchHardMiner(distance=d.LpDistance(p=1, normalize_embeddings=False))',
  },
  { ours: () => new miners.HDCMiner(), theirs: 'm.HDCMiner()' },
  { ours: () => new miners.HDCMiner({ filterPercentage: 0.12 }), theirs: 'm.HDCMiner(filter_percentage=0.12)' },
  {
    ours: () => new miners.HDCMiner({ filterPercentage: 0.7, distance: new CosineSimilarity() }),
    theirs: 'm.HDCMiner(filter_percentage=0.7, distance=d.CosineSimilarity())',
  },
  { ours: () => new miners.MultiSimilarityMiner(), theirs: 'm.MultiSimilarityMiner()' },
  { ours: () => new miners.MultiSimilarityMiner({ epsilon: 0.4 }), theirs: 'm.MultiSimilarityMiner(epsilon=0.4)' },
  {
    ours: () => new miners.MultiSimilarityMiner({ epsilon: -0.1, distance: new LpDistance() }),
    theirs: 'm.MultiSimilarityMiner(epsilon=-0.1, distance=d.LpDistance())',
  },
  { ours: () => new miners.PairMarginMiner(), theirs: 'm.PairMarginMiner()' },
  {
    ours: () => new miners.PairMarginMiner({ posMargin: 0.9, negMargin: 0.1, distance: new CosineSimilarity() }),
    theirs: 'm.PairMarginMiner(pos_margin=0.9, neg_margin=0.1, distance=d.CosineSimilarity())',
  },
  ...(['all', 'hard', 'semihard', 'easy'] as const).map((typeOfTriplets) => ({
    ours: () => new miners.TripletMarginMiner({ typeOfTriplets }),
    theirs: `m.TripletMarginMiner(type_of_triplets='${typeOfTriplets}')`,
  })),
  {
    ours: () => new miners.SemiHardMiner({ rule: 'pml' }),
    theirs: "m.TripletMarginMiner(type_of_triplets='semihard')",
  },
  ...[5, 20, 35].map((angle) => ({
    ours: () => new miners.AngularMiner({ angle, distance: new LpDistance({ normalizeEmbeddings: false }) }),
    theirs: `m.AngularMiner(angle=${angle})`,
  })),
];

describe('miners beside pytorch-metric-learning', () => {
  const python = usePython('pytorch_metric_learning');
  const labelsOf = (count: number) => torch.randint(0, 5, [count], { dtype: 'int64' });
  const imports = 'from pytorch_metric_learning import miners as _m, distances as _d\nm, d = _m, _d\n';
  beforeEach(() => torch.manualSeed(21));

  for (const row of table) {
    it(`${row.theirs}`, async () => {
      const source = `${imports}_miner = ${row.theirs}\nm = d = None\n`;
      for (const count of [25, 12, 3]) {
        const [x, y] = [torch.randn([count, 4], { dtype: 'float64' }), labelsOf(count)];
        const { mined } = await python.run(`${source}mined = _miner(x, y)`, { x, y });
        expect(ours(row.ours()(x, y))).to.deep.equal(theirs(mined));
        const [reference, referenceLabels] = [torch.randn([19, 4], { dtype: 'float64' }), labelsOf(19)];
        const inputs = { x, y, reference, referenceLabels };
        const beside = await python.run(`${source}mined = _miner(x, y, reference, referenceLabels)`, inputs);
        expect(ours(row.ours()(x, y, { reference, referenceLabels }))).to.deep.equal(theirs(beside.mined));
      }
    });
  }

  it('takes packed triplets', async () => {
    const [x, y] = [torch.randn([9, 4]), labelsOf(9)];
    const source = `${imports}mined = m.EmbeddingsAlreadyPackagedAsTriplets()(x, y)\nm = d = None`;
    const { mined } = await python.run(source, { x, y });
    expect(ours(new miners.EmbeddingsAlreadyPackagedAsTriplets()(x, y))).to.deep.equal(theirs(mined));
  });

  it('weighs negatives by distance as DistanceWeightedMiner does, and draws as many', async () => {
    for (const [rowCount, dimensions] of [
      [20, 4],
      [16, 24],
    ] as const) {
      const x = torch.randn([rowCount, dimensions], { dtype: 'float64' });
      const y = labelsOf(rowCount);
      const source = `${imports}
from unittest import mock as _mock
from pytorch_metric_learning.utils import loss_and_miner_utils as _lmu
_real = _lmu.get_random_triplet_indices
_seen = {}
def _spy(labels, ref_labels=None, t_per_anchor=None, weights=None):
    _seen['weights'] = weights
    return _real(labels, ref_labels, t_per_anchor, weights)
with _mock.patch.object(_lmu, 'get_random_triplet_indices', _spy):
    mined = m.DistanceWeightedMiner()(x, y)
weights = _seen['weights']
m = d = None`;
      const { mined, weights } = await python.run(source, { x, y });
      const own = inverseDensities(new LpDistance().matrix(x), y.unsqueeze(1).ne(y), dimensions, 0.5, 1.4);
      // Rows without a negative that may be drawn are NaN there and 0 here.
      const expected = fromWire(weights as never) as torch.Tensor;
      expectClose(own, (await python.run('w = torch.nan_to_num(w)', { w: expected })).w, 'weights', { rtol: 1e-9 });
      const anchors = (tuples: number[][][]) => tuples[0]?.map(([a]) => a);
      expect(anchors(ours(new miners.DistanceWeightedMiner()(x, y)))).to.deep.equal(anchors(theirs(mined)));
    }
  });

  it('fills the bins that UniformHistogramMiner fills', async () => {
    const [x, y] = [torch.randn([24, 4], { dtype: 'float64' }), labelsOf(24)];
    const source = `${imports}mined = m.UniformHistogramMiner(num_bins=7, pos_per_bin=3, neg_per_bin=4)(x, y)\nm = d = None`;
    const { mined } = await python.run(source, { x, y });
    const own = ours(new miners.UniformHistogramMiner({ numBins: 7, posPerBin: 3, negPerBin: 4 })(x, y));
    const distances = new LpDistance().matrix(x).tolist() as number[][];
    const positive = y.unsqueeze(1).eq(y).tolist() as boolean[][];
    for (const side of [0, 1]) {
      const all: number[] = [];
      distances.forEach((row, i) => {
        row.forEach((value, j) => {
          if (i !== j && positive[i]?.[j] === (side === 0)) all.push(value);
        });
      });
      const [low, high] = [Math.min(...all), Math.max(...all)];
      const binsOf = (pairs: number[][] | undefined) => {
        const counts = new Array(7).fill(0);
        for (const [a, i] of pairs as [number, number][]) {
          counts[Math.min(6, Math.floor((((distances[a]?.[i] as number) - low) / (high - low)) * 7))]++;
        }
        return counts;
      };
      expect(binsOf(own[side])).to.deep.equal(binsOf(theirs(mined)[side]));
    }
  });

  it('differs in AngularMiner by default: theirs takes embeddings as they are, the loss normalises them', async () => {
    const [x, y] = [torch.randn([20, 4], { dtype: 'float64' }).mul(3), labelsOf(20)];
    const source = `${imports}_m = m.AngularMiner(angle=30)
raw = _m(x, y)
unit = _m(F.normalize(x), y)
m = d = None`;
    const { raw, unit } = await python.run(source, { x, y });
    const own = ours(new miners.AngularMiner({ angle: 30 })(x, y));
    expect(own).to.deep.equal(theirs(unit));
    expect(own).to.not.deep.equal(theirs(raw));
  });

  it('differs in DistanceWeightedMiner of many dimensions: theirs loses anchors to underflow', async () => {
    // One pair at the cutoff outweighs every other distance by more than float32 holds.
    const x = torch.randn([12, 600]);
    x.narrow(0, 1, 1).copy_(x.narrow(0, 0, 1).add(0.01));
    const y = torch.tensor([0n, 1n, 0n, 1n, 2n, 2n, 2n, 3n, 3n, 3n, 3n, 3n]);
    const source = `${imports}a, _, _ = m.DistanceWeightedMiner(nonzero_loss_cutoff=1.7)(x, y)\nm = d = None`;
    const { a } = await python.run(source, { x, y });
    const anchors = (each: torch.Tensor) => new Set(each.tolist() as number[]);
    const theirAnchors = anchors(fromWire(a as never) as torch.Tensor);
    const ourAnchors = anchors(new miners.DistanceWeightedMiner({ nonzeroLossCutoff: 1.7 })(x, y).anchor);
    expect([...theirAnchors].sort((i, j) => i - j)).to.deep.equal([0, 1]);
    expect(ourAnchors.size).to.equal(12);
  });

  it('differs in batches of size not divisible by three: theirs gives columns of other lengths', async () => {
    const [x, y] = [torch.randn([4, 2]), labelsOf(4)];
    const source = `${imports}m.EmbeddingsAlreadyPackagedAsTriplets()(x, y)`;
    const failure = await python.run(source, { x, y }).catch((error: Error) => error.name);
    expect(failure).to.equal('PythonError');
    expect(() => new miners.EmbeddingsAlreadyPackagedAsTriplets()(x, y)).to.throw(torch.ShapeError);
  });
});

describe('miners beside sentence-transformers', () => {
  const python = usePython('sentence_transformers');
  beforeEach(() => torch.manualSeed(22));

  it('gives the triplets whose mean hinge is BatchSemiHardTripletLoss', async () => {
    const source = `
from sentence_transformers.sentence_transformer.losses import BatchSemiHardTripletLoss as _L, BatchHardTripletLoss as _H
from sentence_transformers.sentence_transformer.losses import BatchHardTripletLossDistanceFunction as _D
semi = _L(None, distance_metric=_D.eucledian_distance, margin=0.6).compute_loss_from_embeddings([x], y)
`;
    for (const count of [22, 9]) {
      const x = torch.randn([count, 3], { dtype: 'float64' });
      const y = torch.randint(0, 4, [count], { dtype: 'int64' });
      const distance = new LpDistance({ normalizeEmbeddings: false });
      const { semi } = await python.run(source, { x, y });
      const { anchor, positive, negative } = new miners.SemiHardMiner({ rule: 'tfa', distance })(x, y);
      const d = distance.matrix(x);
      const hinge = d
        .index([anchor, positive])
        .sub(d.index([anchor, negative]))
        .add(0.6)
        .relu();
      expectClose(hinge.mean(), semi, 'semi-hard', { rtol: 1e-7 });
    }
  });
});
