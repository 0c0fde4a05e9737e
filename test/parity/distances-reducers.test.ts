/** Distances and reducers beside pytorch-metric-learning's. */

import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { expectClose } from './close.ts';
import { usePython } from './oracle.ts';

const { distances, reducers } = torch;

const distanceCases: readonly [ours: torch.distances.Distance, theirs: string][] = [
  [new distances.LpDistance(), 'LpDistance()'],
  [new distances.LpDistance({ p: 1, normalizeEmbeddings: false }), 'LpDistance(p=1, normalize_embeddings=False)'],
  [new distances.LpDistance({ p: 3, power: 2 }), 'LpDistance(p=3, power=2)'],
  [new distances.CosineSimilarity(), 'CosineSimilarity()'],
  [new distances.DotProductSimilarity(), 'DotProductSimilarity()'],
  [new distances.DotProductSimilarity({ p: 1 }), 'DotProductSimilarity(p=1)'],
  [
    new distances.DotProductSimilarity({ normalizeEmbeddings: false }),
    'DotProductSimilarity(normalize_embeddings=False)',
  ],
  [new distances.SNRDistance(), 'SNRDistance()'],
  [
    new distances.SNRDistance({ normalizeEmbeddings: false, power: 2 }),
    'SNRDistance(normalize_embeddings=False, power=2)',
  ],
];

function floats(shape: number[]): torch.Tensor {
  return torch.randn(shape, { dtype: 'float64' });
}

describe('distances beside pytorch-metric-learning', () => {
  const python = usePython('pytorch_metric_learning');

  beforeEach(() => torch.manualSeed(8));

  for (const [ours, theirs] of distanceCases) {
    it(theirs, async () => {
      const [x, y, w] = [floats([9, 5]), floats([7, 5]), floats([9, 7])];
      const code = `
from pytorch_metric_learning import distances as _d
_distance = _d.${theirs}
x.requires_grad_(); y.requires_grad_()
matrix = _distance(x, y)
gx, gy = torch.autograd.grad((matrix * w).sum(), [x, y])
itself = _distance(x)
`;
      const expected = await python.run(code, { x, y, w });
      const leaves = [x.requiresGrad_(), y.requiresGrad_()] as const;
      const matrix = ours.matrix(...leaves);
      const [gx, gy] = torch.autograd.grad(matrix.mul(w).sum(), leaves) as [torch.Tensor, torch.Tensor];
      expectClose(matrix, expected.matrix, 'matrix');
      expectClose(gx, expected.gx, 'gradient of the query');
      expectClose(gy, expected.gy, 'gradient of the reference');
      expectClose(ours.matrix(x), expected.itself, 'of itself', { atol: 1e-7 });
    });
  }

  it('BatchedDistance', async () => {
    const [x, y] = [floats([7, 5]), floats([4, 5])];
    const code = `
from pytorch_metric_learning import distances as _d
blocks, ends = [], []
def _visit(mat, s, e):
    blocks.append(mat)
    ends.append([s, e])
_d.BatchedDistance(_d.CosineSimilarity(), _visit, batch_size=3)(x, y)
`;
    const { blocks, ends } = await python.run(code, { x, y });
    const distance = new distances.BatchedDistance({ distance: new distances.CosineSimilarity(), batchSize: 3 });
    const begins = distance.forEachBlock(
      x,
      (block, begin) => {
        expectClose(block, (blocks as never[])[begin / 3], `block at ${begin}`);
        return begin;
      },
      y,
    );
    expect(begins).to.deep.equal((ends as number[][]).map(([begin]) => begin));
  });

  it('a power counts in pairwise distances here, which differs: there it is left out', async () => {
    const [x, y] = [floats([4, 5]), floats([4, 5])];
    const code = `
from pytorch_metric_learning import distances as _d
pairwise = _d.SNRDistance(power=2, normalize_embeddings=False).pairwise_distance(x, y)
`;
    const { pairwise } = await python.run(code, { x, y });
    const [one, two] = [1, 2].map((power) => new distances.SNRDistance({ power, normalizeEmbeddings: false }));
    expectClose((one as torch.distances.Distance).pairwise(x, y), pairwise, 'power 1');
    const diagonal = (two as torch.distances.Distance).matrix(x, y).diagonal();
    expect((two as torch.distances.Distance).pairwise(x, y).allclose(diagonal)).to.equal(true);
  });
});

const reducerCases: readonly [ours: torch.reducers.Reducer, theirs: string][] = [
  [new reducers.MeanReducer(), 'MeanReducer()'],
  [new reducers.SumReducer(), 'SumReducer()'],
  [new reducers.AvgNonZeroReducer(), 'AvgNonZeroReducer()'],
  [new reducers.DivisorReducer(), 'DivisorReducer()'],
  [new reducers.ThresholdReducer({ low: 0.2 }), 'ThresholdReducer(low=0.2)'],
  [new reducers.ThresholdReducer({ low: 0.2, high: 0.8 }), 'ThresholdReducer(low=0.2, high=0.8)'],
  [
    new reducers.ClassWeightedReducer({ weights: torch.tensor([0.5, 1, 2, 4]) }),
    'ClassWeightedReducer(torch.tensor([0.5, 1, 2, 4]))',
  ],
  [new reducers.PerAnchorReducer(), 'PerAnchorReducer()'],
  [new reducers.PerAnchorReducer({ reducer: new reducers.SumReducer() }), 'PerAnchorReducer(reducer=_r.SumReducer())'],
  [
    new reducers.MultipleReducers({ reducers: { positive: new reducers.SumReducer() } }),
    'MultipleReducers({"positive": _r.SumReducer()})',
  ],
];

describe('reducers beside pytorch-metric-learning', () => {
  const python = usePython('pytorch_metric_learning');
  const ids = (values: readonly number[]) => torch.tensor(BigInt64Array.from(values, BigInt));
  const classes = ids([0, 1, 2, 3, 0, 1]);
  const embeddings = torch.ones([6, 3], { dtype: 'float64' });
  const [a, b, c] = [ids([0, 0, 1, 3, 3, 3, 5]), ids([1, 2, 3, 0, 1, 5, 2]), ids([4, 3, 2, 1, 2, 4, 0])];

  beforeEach(() => torch.manualSeed(9));

  for (const [ours, theirs] of reducerCases) {
    for (const kind of ['element', 'pair', 'triplet'] as const) {
      if (kind === 'triplet' && theirs.startsWith('PerAnchor')) continue;
      it(`${theirs}, ${kind}`, async () => {
        const values = torch.rand([7], { dtype: 'float64' }).sub(0.1).relu();
        const code = `
from pytorch_metric_learning import reducers as _r
values.requires_grad_()
_indices = {"element": a, "pair": (a, b), "triplet": (a, b, c)}[kind]
_type = {"pair": "pos_pair"}.get(kind, kind)
_losses = {"positive": {"losses": values, "indices": _indices, "reduction_type": _type, "divisor": 5}}
loss = _r.${theirs}(_losses, embeddings, classes)
gradient, = torch.autograd.grad(loss, [values])
`;
        const expected = await python.run(code, { values, kind, embeddings, classes, a, b, c });
        const leaf = values.requiresGrad_();
        const parts = {
          element: { kind: 'element', indices: a },
          pair: { kind: 'pair', indices: { anchor: a, other: b } },
          triplet: { kind: 'triplet', indices: { anchor: a, positive: b, negative: c } },
        } as const;
        const loss = ours.reduce(
          { ...parts[kind], name: 'positive', values: leaf, divisor: 5 },
          { embeddings, classes },
        );
        const [gradient] = torch.autograd.grad(loss, [leaf]) as [torch.Tensor];
        expectClose(loss, expected.loss, 'loss');
        expectClose(gradient, expected.gradient, 'gradient');
      });
    }
  }

  it('PerAnchorReducer takes triplets and any number of candidates, which differs: there they raise', async () => {
    const values = torch.rand([7], { dtype: 'float64' });
    const code = `
from pytorch_metric_learning import reducers as _r
raised = []
for _type, _indices in [("triplet", (a, b, c)), ("pos_pair", (a, b + 5))]:
    try:
        _r.PerAnchorReducer()({"loss": {"losses": values, "indices": _indices, "reduction_type": _type}}, embeddings, classes)
    except Exception as error:
        raised.append(type(error).__name__)
`;
    const { raised } = await python.run(code, { values, embeddings, classes, a, b, c });
    expect(raised).to.deep.equal(['NotImplementedError', 'IndexError']);
    const reducer = new reducers.PerAnchorReducer({ reducer: new reducers.SumReducer() });
    const batch = { embeddings, classes };
    const [v0, v1, v2, v3, v4, v5, v6] = values.tolist() as [number, number, number, number, number, number, number];
    const expected = (v0 + v1) / 2 + v2 + (v3 + v4 + v5) / 3 + v6;
    const triplet = { kind: 'triplet', values, indices: { anchor: a, positive: b, negative: c } } as const;
    const pair = { kind: 'pair', values, indices: { anchor: a, other: b.add(5) } } as const;
    expect(reducer.reduce(triplet, batch).item()).to.be.closeTo(expected, 1e-12);
    expect(reducer.reduce(pair, batch).item()).to.be.closeTo(expected, 1e-12);
  });

  it('pairs that occur twice count twice here, which differs: there the last one counts', async () => {
    const [values, anchor, other] = [torch.tensor([1, 3], { dtype: 'float64' }), ids([0, 0]), ids([1, 1])];
    const code = `
from pytorch_metric_learning import reducers as _r
_losses = {"losses": values, "indices": (anchor, other), "reduction_type": "pos_pair"}
loss = _r.PerAnchorReducer(reducer=_r.SumReducer())({"loss": _losses}, embeddings, classes).item()
`;
    const { loss } = await python.run(code, { values, anchor, other, embeddings, classes });
    expect(loss).to.equal(3);
    const reducer = new reducers.PerAnchorReducer({ reducer: new reducers.SumReducer() });
    const ours = reducer.reduce({ kind: 'pair', values, indices: { anchor, other } }, { embeddings, classes });
    expect(ours.item()).to.equal(2);
  });
});
