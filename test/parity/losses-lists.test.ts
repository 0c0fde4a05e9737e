/** List- and set-wise losses beside pytorch-metric-learning's: values, and gradients of embeddings and parameters. */

import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { expectClose, type Tolerance } from './close.ts';
import { fromWire, isPythonTensor, type PythonInput, type PythonValue, usePython } from './oracle.ts';

const { LpDistance } = torch.distances;
const { TripletMarginMiner } = torch.miners;
const losses = torch.losses;

const ids = (labels: readonly number[]) => torch.tensor(BigInt64Array.from(labels, BigInt));
const numberOf = (value: PythonValue | undefined) =>
  isPythonTensor(value) ? (fromWire(value).item() as number) : (value as number);

const prelude = 'from pytorch_metric_learning import losses, distances, reducers, miners\n';

// PML's SmoothAPLoss adds up in float32.
const single = { rtol: 1e-6 };
// PML's HistogramLoss has the nodes in float32.
const nodes = { rtol: 1e-5 };
// PML's SmoothAPLoss takes for granted blocks of one class, and as many classes as there are rows of each.
const square = ids(Array.from({ length: 16 }, (_, i) => [3, 0, 4, 1][Math.floor(i / 4)] as number));

interface Row {
  /** The constructor in Python. */
  readonly python: string;
  readonly make: () => torch.losses.MetricLoss;
  /** The labels; four of each of five classes, and uneven classes, by default. */
  readonly labels?: torch.Tensor;
  readonly tolerance?: Tolerance;
}

const rows: readonly Row[] = [
  { python: 'FastAPLoss()', make: () => new losses.FastAPLoss() },
  {
    python: 'FastAPLoss(num_bins=7, distance=distances.LpDistance(power=1), reducer=reducers.SumReducer())',
    make: () =>
      new losses.FastAPLoss({ numBins: 7, distance: new LpDistance(), reducer: new torch.reducers.SumReducer() }),
  },
  {
    python: 'SmoothAPLoss(temperature=0.1)',
    make: () => new losses.SmoothAPLoss({ temperature: 0.1 }),
    labels: square,
    tolerance: single,
  },
  { python: 'SmoothAPLoss()', make: () => new losses.SmoothAPLoss(), labels: square, tolerance: single },
  { python: 'HistogramLoss()', make: () => new losses.HistogramLoss(), tolerance: nodes },
  { python: 'HistogramLoss(n_bins=7)', make: () => new losses.HistogramLoss({ nBins: 7 }), tolerance: nodes },
  { python: 'HistogramLoss(delta=0.3)', make: () => new losses.HistogramLoss({ delta: 0.3 }), tolerance: nodes },
  { python: 'RankedListLoss(margin=0.4, Tn=10)', make: () => new losses.RankedListLoss({ margin: 0.4, Tn: 10 }) },
  {
    python: 'RankedListLoss(margin=0.6, Tn=3, imbalance=0.2, alpha=1.3, Tp=2)',
    make: () => new losses.RankedListLoss({ margin: 0.6, Tn: 3, imbalance: 0.2, alpha: 1.3, Tp: 2 }),
  },
  ...(['Ds', 'Dq', 'Iu', 'Ib', 'O'] as const).map((variant) => ({
    python: `PNPLoss(variant='${variant}', b=3, alpha=2, anneal=0.05)`,
    make: () => new losses.PNPLoss({ variant, b: 3, alpha: 2, anneal: 0.05 }),
  })),
  { python: 'PNPLoss()', make: () => new losses.PNPLoss() },
  { python: 'InstanceLoss()', make: () => new losses.InstanceLoss() },
  { python: 'InstanceLoss(gamma=5)', make: () => new losses.InstanceLoss({ gamma: 5 }) },
];

describe('list- and set-wise losses beside pytorch-metric-learning', () => {
  const python = usePython('pytorch_metric_learning');
  const uneven = ids([2, 0, 1, 0, 2, 2, 3, 1, 0, 0, 2, 5, 1, 0, 2]);
  const even = ids(Array.from({ length: 20 }, (_, i) => [3, 0, 4, 1, 2][Math.floor(i / 4)] as number));
  let x: torch.Tensor;

  /** Value and gradients of both; ours, so that a test may ask further. */
  async function beside(
    lossFn: torch.losses.MetricLoss,
    code: string,
    y: torch.Tensor,
    inputs: Record<string, PythonInput> = {},
    call?: torch.losses.LossCall,
    tolerance?: Tolerance,
  ) {
    const { value, gradient } = await python.run(
      `${prelude}x.requires_grad_()\n${code}\nvalue = _loss.detach()\n_loss.backward()\ngradient = x.grad`,
      { x, y, ...inputs },
    );
    const leaf = x.clone().requiresGrad_();
    const loss = lossFn(leaf, y, call);
    loss.backward();
    expectClose(loss, value, 'loss', tolerance);
    expect(leaf.grad!.abs().max().item(), 'a gradient').to.be.greaterThan(0);
    expectClose(leaf.grad, gradient, 'gradient', tolerance);
  }

  beforeEach(() => {
    torch.manualSeed(2);
    x = torch.randn([20, 6], { dtype: 'float64' });
  });

  for (const { python: source, make, labels, tolerance } of rows) {
    it(source, async () => {
      for (const y of labels === undefined ? [even, uneven] : [labels]) {
        x = x.narrow(0, 0, y.shape[0] as number);
        // PML's unequal alternatives of one value: the loss of one number is a tensor of one element.
        await beside(make().double(), `_loss = losses.${source}(x, y).sum()`, y, {}, undefined, tolerance);
      }
    });
  }

  for (const [source, y, make, tolerance] of [
    ['FastAPLoss()', even, () => new losses.FastAPLoss(), undefined],
    ['SmoothAPLoss()', square, () => new losses.SmoothAPLoss(), single],
    ['HistogramLoss()', even, () => new losses.HistogramLoss(), nodes],
  ] as const) {
    it(`${source} with a miner's triplets`, async () => {
      x = x.narrow(0, 0, y.shape[0] as number);
      const tuples = new TripletMarginMiner({ margin: 0.1 })(x, y);
      const { anchor: a, positive: p, negative: n } = tuples;
      expect(a.numel()).to.be.within(1, tuples.counts.total - 1);
      await beside(make(), `_loss = losses.${source}(x, y, (a, p, n))`, y, { a, p, n }, { tuples }, tolerance);
    });
  }

  it("HistogramLoss with a miner's pairs", async () => {
    const pairs = (values: readonly number[]) => ids(values);
    const tuples = {
      positiveAnchor: pairs([0, 1, 1, 4, 8]),
      positive: pairs([1, 0, 3, 6, 9]),
      negativeAnchor: pairs([0, 0, 1, 12, 4]),
      negative: pairs([7, 9, 0, 3, 0]),
    };
    const code = '_loss = losses.HistogramLoss(n_bins=20)(x, y, (a, p, b, n))';
    const { positiveAnchor: a, positive: p, negativeAnchor: b, negative: n } = tuples;
    await beside(new losses.HistogramLoss({ nBins: 20 }), code, even, { a, p, b, n }, { tuples }, nodes);
  });

  it('P2SGradLoss, and the gradient of its weight', async () => {
    const lossFn = new losses.P2SGradLoss({ descriptorsDim: 6, numClasses: 7 }).double();
    const w = torch.randn([6, 7], { dtype: 'float64' });
    torch.noGrad(() => lossFn.weight.copy_(w));
    const { value, gradient, weight, ofWeight } = await python.run(
      `${prelude}x.requires_grad_()
_fn = losses.P2SGradLoss(6, 7).double()
_fn.weight.data.copy_(w)
_loss = _fn(x, y)
_loss.backward()
value, gradient, weight, ofWeight = _loss.detach(), x.grad, _fn.weight.detach(), _fn.weight.grad`,
      { x, y: even, w },
    );
    const leaf = x.clone().requiresGrad_();
    const loss = lossFn(leaf, even);
    loss.backward();
    // PML normalises by renorm, whose own 1e-7 leaves columns that much shorter.
    const tolerance = { rtol: 1e-6 };
    expectClose(lossFn.weight, weight, 'weight', tolerance);
    expectClose(loss, value, 'loss', tolerance);
    expectClose(leaf.grad, gradient, 'gradient', tolerance);
    expectClose(lossFn.weight.grad, ofWeight, 'gradient of the weight', tolerance);
  });

  it('VICRegLoss, called with two views', async () => {
    const views = torch.randn([20, 6], { dtype: 'float64' }).mul(0.4);
    for (const [options, source] of [
      [{}, ''],
      [{ invarianceLambda: 3, varianceMu: 4, covarianceV: 5, eps: 0.01 }, '3, 4, 5, eps=0.01'],
    ] as const) {
      const { value, gradient, other } = await python.run(
        `${prelude}x.requires_grad_()
views.requires_grad_()
_loss = losses.VICRegLoss(${source})(x, ref_emb=views)
_loss.backward()
value, gradient, other = _loss.detach(), x.grad, views.grad`,
        { x, views },
      );
      const [a, b] = [x.clone().requiresGrad_(), views.clone().requiresGrad_()];
      const loss = new losses.VICRegLoss(options)(a, b);
      loss.backward();
      expectClose(loss, value, 'loss');
      expectClose(a.grad, gradient, 'gradient');
      // PML squares the covariances in place while the graph needs them, and still gives these.
      expectClose(b.grad, other, 'gradient of the views');
    }
  });

  it('ManifoldLoss, with the gradient of its proxies', async () => {
    const proxies = torch.randn([5, 6], { dtype: 'float64' });
    const own = ids(Array.from({ length: 20 }, (_, i) => (i * 3) % 5));
    for (const [options, source] of [
      [{}, ''],
      [{ lambdaC: 0, margin: 0.01 }, ', lambdaC=0, margin=0.01'],
      [{ lambdaC: 2, alpha: 0.4 }, ', lambdaC=2, alpha=0.4'],
    ] as const) {
      const { value, gradient, ofProxies } = await python.run(
        `${prelude}x.requires_grad_()
_fn = losses.ManifoldLoss(6, K=5${source}).double()
_fn.proxies.data.copy_(proxies)
_loss = _fn(x, indices_tuple=own)
_loss.backward()
value, gradient, ofProxies = _loss.detach(), x.grad, _fn.proxies.grad`,
        { x, proxies, own },
      );
      const lossFn = new losses.ManifoldLoss({ l: 6, K: 5, ...options }).double();
      torch.noGrad(() => lossFn.proxies.copy_(proxies));
      const leaf = x.clone().requiresGrad_();
      const loss = lossFn(leaf, own);
      loss.backward();
      // PML inverts in float32, whatever the embeddings are.
      const tolerance = { rtol: 1e-4 };
      expectClose(loss, value, 'loss', tolerance);
      expectClose(leaf.grad, gradient, 'gradient', tolerance);
      expectClose(lossFn.proxies.grad, ofProxies, 'gradient of the proxies', tolerance);
    }
  });

  describe('DynamicSoftMarginLoss', () => {
    // PML leaves the histogram in the graph; detached, its gradient can be compared.
    const detached = `_fn = losses.DynamicSoftMarginLoss(**options)
_update = _fn.update_histogram
_fn.update_histogram = lambda data: _update(data.detach())
`;

    it('over all triplets, its histogram moving', async () => {
      for (const [options, source] of [
        [{}, {}],
        [
          { numBins: 24, momentum: 0.2, minVal: -2.5 },
          { num_bins: 24, momentum: 0.2, min_val: -2.5 },
        ],
      ] as const) {
        const lossFn = new losses.DynamicSoftMarginLoss(options).double();
        const steps: PythonValue[] = [];
        const { values, gradients, histogram } = await python.run(
          `${prelude}${detached}
values, gradients = [], []
for _i in range(3):
    _x = (x * (_i + 1)).clone() + _i * 0.1
    _x.requires_grad_()
    _loss = _fn(_x, y)
    _loss.backward()
    values.append(_loss.detach())
    gradients.append(_x.grad)
histogram = _fn.hist_`,
          { x, y: even, options: source },
        );
        for (let i = 0; i < 3; i++) {
          const leaf = x
            .mul(i + 1)
            .add(i * 0.1)
            .requiresGrad_();
          const loss = lossFn(leaf, even);
          loss.backward();
          steps.push((values as PythonValue[])[i] as PythonValue);
          expectClose(loss, steps[i], `loss ${i}`);
          expectClose(leaf.grad, (gradients as PythonValue[])[i], `gradient ${i}`);
        }
        expectClose(lossFn.histogram, histogram, 'histogram');
      }
    });

    it("over a miner's triplets", async () => {
      const tuples = new TripletMarginMiner({ margin: 0.1 })(x, even);
      const { anchor: a, positive: p, negative: n } = tuples;
      const lossFn = new losses.DynamicSoftMarginLoss({ numBins: 40 }).double();
      const inputs = { a, p, n, options: { num_bins: 40 } };
      await beside(lossFn, `${detached}_loss = _fn(x, y, (a, p, n))`, even, inputs, { tuples });
    });

    it('without labels, over the hardest negatives of both sides', async () => {
      const reference = torch.randn([20, 6], { dtype: 'float64' }).mul(0.3).add(x);
      // PML fills the distances in place and cannot be differentiated: a clone of them can.
      const code = `${detached}
class _Cloned(distances.LpDistance):
    def compute_mat(self, *args):
        return super().compute_mat(*args).clone()
_fn.distance = _Cloned()
_loss = _fn(x, ref_emb=reference)`;
      const lossFn = new losses.DynamicSoftMarginLoss().double();
      const { value, gradient } = await python.run(
        `${prelude}x.requires_grad_()\n${code}\nvalue = _loss.detach()\n_loss.backward()\ngradient = x.grad`,
        { x, reference, options: {} },
      );
      const leaf = x.clone().requiresGrad_();
      const loss = lossFn(leaf, null, { reference });
      loss.backward();
      expectClose(loss, value, 'loss');
      expectClose(leaf.grad, gradient, 'gradient');
    });

    it('differs: PML keeps its histogram in the graph, so that a second backward fails', async () => {
      const { failure } = await python.run(
        `${prelude}x.requires_grad_()
_fn = losses.DynamicSoftMarginLoss()
failure = 'none'
try:
    for _i in range(2):
        _fn(x, y).backward()
except RuntimeError as _error:
    failure = str(_error)`,
        { x, y: even },
      );
      expect(failure).to.contain('backward through the graph a second time');
      const lossFn = new losses.DynamicSoftMarginLoss().double();
      for (let i = 0; i < 2; i++) lossFn(x.clone().requiresGrad_(), even).backward();
    });

    it('differs: PML fails for a triplet that the last node does not reach', async () => {
      const far = torch.tensor(
        [
          [1, 0],
          [-1, 0],
          [1, 0.01],
        ],
        { dtype: 'float64' },
      );
      const y = ids([0, 0, 1]);
      const { failure } = await python.run(
        `${prelude}failure = 'none'
try:
    losses.DynamicSoftMarginLoss()(far, y)
except RuntimeError as _error:
    failure = str(_error)`,
        { far, y },
      );
      expect(failure).to.contain('out of bounds');
      expect(new losses.DynamicSoftMarginLoss().double()(far, y).item()).to.be.within(0.9, 2);
    });
  });

  it('differs: PML has no HistogramLoss of duplicates', async () => {
    const y = ids([0, 0, 1, 1]);
    const duplicates = torch.tensor(
      [
        [1, 0],
        [1, 0],
        [0, 1],
        [1, 0],
      ],
      { dtype: 'float64' },
    );
    const { failure } = await python.run(
      `${prelude}failure = 'none'
try:
    losses.HistogramLoss()(x, y)
except (IndexError, RuntimeError) as _error:
    failure = str(_error)`,
      { x: duplicates, y },
    );
    expect(failure).to.contain('out of bounds');
    // Positives 1 and 0; negatives 0, 1, 0, 1: a negative is nearer in 1 of 8, as near in 4 of 8, which count whole.
    expect(new losses.HistogramLoss()(duplicates, y).item()).to.be.closeTo(0.75, 1e-12);
  });

  it('differs: PML leaves out the worst negatives of RankedListLoss, those at distance 0', async () => {
    const y = ids([0, 1]);
    const same = torch.tensor(
      [
        [1, 0],
        [1, 0],
      ],
      { dtype: 'float64' },
    );
    const { value } = await python.run(`${prelude}value = losses.RankedListLoss(margin=0.4, Tn=10)(x, y)`, {
      x: same,
      y,
    });
    expect(numberOf(value)).to.equal(0);
    expect(new losses.RankedListLoss({ margin: 0.4, Tn: 10 })(same, y).item()).to.be.closeTo(0.6, 1e-5);
  });

  it('differs: PML has no RankedListLoss of a large temperature', async () => {
    const { value } = await python.run(`${prelude}value = losses.RankedListLoss(margin=0.4, Tn=1000)(x, y)`, {
      x,
      y: even,
    });
    expect(numberOf(value)).to.be.NaN;
    expect(new losses.RankedListLoss({ margin: 0.4, Tn: 1000 })(x, even).item()).to.be.within(0.1, 1);
  });

  it('differs: PML knows SmoothAPLoss of as many classes as rows of each only, in blocks', async () => {
    // By the formula, with loops.
    const formula = (y: readonly number[]) => {
      const [unit, sharp] = [torch.nn.functional.normalize(x), (d: number) => 1 / (1 + Math.exp(-d / 0.01))];
      const s = unit.matmul(unit.T).tolist() as number[][];
      const rank = (a: number, i: number, among: readonly number[]) =>
        among.reduce((sum, j) => (j === i ? sum : sum + sharp(s[a]![j]! - s[a]![i]!)), 1);
      const all = y.map((_, i) => i);
      const averages = y.map((label, a) => {
        const own = all.filter((i) => y[i] === label);
        return own.reduce((sum, i) => sum + rank(a, i, own) / rank(a, i, all), 0) / own.length;
      });
      return 1 - averages.reduce((sum, each) => sum + each, 0) / y.length;
    };
    x = x.narrow(0, 0, 16);
    for (const [labels, right] of [
      [Array.from({ length: 16 }, (_, i) => Math.floor(i / 4)), true],
      [Array.from({ length: 16 }, (_, i) => i % 4), false],
      [Array.from({ length: 16 }, (_, i) => Math.floor(i / 2)), false],
    ] as const) {
      const y = ids(labels);
      const { value } = await python.run(`${prelude}value = losses.SmoothAPLoss()(x, y)`, { x, y });
      const expected = formula(labels);
      expect(new losses.SmoothAPLoss()(x, y).item()).to.be.closeTo(expected, 1e-12);
      expect(Math.abs(numberOf(value) - expected) < 1e-6, labels.join()).to.equal(right);
    }
  });

  it('differs: PML has no finite ManifoldLoss of the context alone', async () => {
    const own = ids(Array.from({ length: 20 }, (_, i) => i % 5));
    const { value } = await python.run(
      `${prelude}value = losses.ManifoldLoss(6, K=5, lambdaC=float('inf')).double()(x, indices_tuple=own)`,
      { x, own },
    );
    expect(numberOf(value)).to.equal(Number.POSITIVE_INFINITY);
    const lossFn = new losses.ManifoldLoss({ l: 6, K: 5, lambdaC: Number.POSITIVE_INFINITY }).double();
    expect(lossFn(x, own).item()).to.be.within(0, 10);
  });
});
