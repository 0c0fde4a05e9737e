/** Losses with classes of their own, and regularizers, beside pytorch-metric-learning. */

import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { expectClose } from './close.ts';
import { expectSameBits, fromWire, usePython } from './oracle.ts';

const { losses, regularizers, distances, reducers } = torch;
const [rows, dimensions, classes] = [18, 6, 5];
const size = { numClasses: classes, embeddingSize: dimensions };

interface Row {
  readonly name: string;
  readonly make: () => torch.losses.ClassLoss;
  /** The same loss in Python, where `size` is the number of classes and of dimensions. */
  readonly python: string;
  readonly rtol?: number;
}

const weightsOf = (loss: torch.losses.ClassLoss): [string, torch.nn.Parameter] =>
  [...loss.namedParameters()][0] as [string, torch.nn.Parameter];

const table: readonly Row[] = [
  {
    name: 'NormalizedSoftmaxLoss',
    make: () => new losses.NormalizedSoftmaxLoss(size),
    python: 'L.NormalizedSoftmaxLoss(**size)',
  },
  {
    name: 'NormalizedSoftmaxLoss, Euclidean',
    make: () => new losses.NormalizedSoftmaxLoss({ ...size, temperature: 0.3, distance: new distances.LpDistance() }),
    python: 'L.NormalizedSoftmaxLoss(**size, temperature=0.3, distance=D.LpDistance())',
  },
  {
    name: 'ProxyNCALoss',
    make: () => new losses.ProxyNCALoss(size),
    python: 'L.ProxyNCALoss(**size)',
  },
  {
    name: 'ProxyNCALoss, cosine',
    make: () => new losses.ProxyNCALoss({ ...size, softmaxScale: 8, distance: new distances.CosineSimilarity() }),
    python: 'L.ProxyNCALoss(**size, softmax_scale=8, distance=D.CosineSimilarity())',
  },
  {
    name: 'ProxyAnchorLoss',
    make: () => new losses.ProxyAnchorLoss(size),
    python: 'L.ProxyAnchorLoss(**size)',
  },
  {
    name: 'ProxyAnchorLoss, Euclidean',
    make: () =>
      new losses.ProxyAnchorLoss({ ...size, margin: 0.3, alpha: 5, distance: new distances.LpDistance({ power: 2 }) }),
    python: 'L.ProxyAnchorLoss(**size, margin=0.3, alpha=5, distance=D.LpDistance(power=2))',
  },
  {
    name: 'ProxyAnchorLoss, mean',
    make: () => new losses.ProxyAnchorLoss({ ...size, reducer: new reducers.MeanReducer() }),
    python: 'L.ProxyAnchorLoss(**size, reducer=R.MeanReducer())',
  },
  {
    name: 'SoftTripleLoss',
    make: () => new losses.SoftTripleLoss(size),
    python: 'L.SoftTripleLoss(**size)',
  },
  {
    name: 'SoftTripleLoss, options',
    make: () =>
      new losses.SoftTripleLoss({
        ...size,
        centersPerClass: 3,
        la: 8,
        gamma: 0.3,
        margin: 0.2,
        weightRegularizer: new regularizers.SparseCentersRegularizer({ numClasses: classes, centersPerClass: 3 }),
        weightRegWeight: 0.2,
      }),
    python: `L.SoftTripleLoss(**size, centers_per_class=3, la=8, gamma=0.3, margin=0.2,
      weight_regularizer=G.SparseCentersRegularizer(num_classes=${classes}, centers_per_class=3), weight_reg_weight=0.2)`,
  },
  { name: 'ArcFaceLoss', make: () => new losses.ArcFaceLoss(size), python: 'L.ArcFaceLoss(**size)' },
  {
    name: 'ArcFaceLoss, large margin',
    make: () =>
      new losses.ArcFaceLoss({
        ...size,
        margin: 100,
        scale: 5,
        weightRegularizer: new regularizers.RegularFaceRegularizer(),
        weightRegWeight: 0.3,
        embeddingRegularizer: new regularizers.LpRegularizer(),
      }),
    python: `L.ArcFaceLoss(**size, margin=100, scale=5, weight_regularizer=G.RegularFaceRegularizer(),
      weight_reg_weight=0.3, embedding_regularizer=G.LpRegularizer())`,
  },
  { name: 'CosFaceLoss', make: () => new losses.CosFaceLoss(size), python: 'L.CosFaceLoss(**size)' },
  {
    name: 'CosFaceLoss, sum',
    make: () => new losses.CosFaceLoss({ ...size, margin: 0.1, scale: 9, reducer: new reducers.SumReducer() }),
    python: 'L.CosFaceLoss(**size, margin=0.1, scale=9, reducer=R.SumReducer())',
  },
  {
    name: 'SubCenterArcFaceLoss',
    make: () => new losses.SubCenterArcFaceLoss(size),
    python: 'L.SubCenterArcFaceLoss(**size)',
  },
  {
    name: 'LargeMarginSoftmaxLoss',
    make: () => new losses.LargeMarginSoftmaxLoss(size),
    python: 'L.LargeMarginSoftmaxLoss(**size)',
  },
  {
    name: 'LargeMarginSoftmaxLoss, 3',
    make: () => new losses.LargeMarginSoftmaxLoss({ ...size, margin: 3, scale: 0.5 }),
    python: 'L.LargeMarginSoftmaxLoss(**size, margin=3, scale=0.5)',
  },
  { name: 'SphereFaceLoss', make: () => new losses.SphereFaceLoss(size), python: 'L.SphereFaceLoss(**size)' },
  {
    name: 'SphereFaceLoss, 2',
    make: () => new losses.SphereFaceLoss({ ...size, margin: 2, scale: 3 }),
    python: 'L.SphereFaceLoss(**size, margin=2, scale=3)',
  },
];

const header = `
from pytorch_metric_learning import losses as _L, distances as _D, reducers as _R, regularizers as _G
size = dict(num_classes=${classes}, embedding_size=${dimensions})
`;
// What begins with _ is not sent back.
const shorten = (source: string) => source.replace(/\b([LDRG])\./g, '_$1.');

function batch() {
  torch.manualSeed(11);
  const x = torch.randn([rows, dimensions], { dtype: 'float64' });
  // Few classes, of which one has no row.
  const y = torch.tensor(BigInt64Array.from({ length: rows }, (_, i) => BigInt((i * 3) % (classes - 1))));
  return { x, y };
}

describe('parity: losses with classes of their own', function () {
  this.timeout(60_000);
  const python = usePython('pytorch_metric_learning');

  for (const { name, make, python: source, rtol = 1e-9 } of table) {
    it(`${name} has PML’s value, gradients and logits`, async () => {
      const { x, y } = batch();
      const anchors = torch.tensor([0n, 0n, 3n, 5n, 7n]);
      const positives = torch.tensor([4n, 8n, 7n, 9n, 3n]);
      const negatives = torch.tensor([1n, 2n, 0n, 0n, 1n]);
      const tuples: (torch.miners.Tuples | undefined)[] = [
        undefined,
        { anchor: anchors, positive: positives, negative: negatives },
        { positiveAnchor: anchors, positive: positives, negativeAnchor: negatives, negative: anchors },
      ];
      torch.manualSeed(2);
      const loss = make().double();
      const [key, weights] = weightsOf(loss);
      const outputs = await python.run(
        `${header}
_loss = ${shorten(source)}
setattr(_loss.${key}, 'data', W)
values, gradients, weight_gradients = [], [], []
for _t in [None, (a, p, n), (a, p, n, a)]:
    _x = x.clone().requires_grad_()
    _loss.${key}.grad = None
    _value = _loss(_x, y, _t)
    _value.backward()
    values.append(_value.detach()); gradients.append(_x.grad); weight_gradients.append(_loss.${key}.grad.clone())
logits = _loss.get_logits(x).detach()
`,
        { x, y, W: weights.detach(), a: anchors, p: positives, n: negatives },
      );
      for (const [i, each] of tuples.entries()) {
        const label = ['all rows', 'triplets', 'pairs'][i];
        const leaf = x.clone().requiresGrad_();
        weights.grad = null;
        const value = loss(leaf, y, each === undefined ? {} : { tuples: each });
        value.backward();
        expectClose(value, (outputs.values as never[])[i], `${label}: value`, { rtol });
        expectClose(leaf.grad, (outputs.gradients as never[])[i], `${label}: gradient`, { rtol });
        expectClose(weights.grad, (outputs.weight_gradients as never[])[i], `${label}: weights`, { rtol });
      }
      expectClose(loss.getLogits(x), outputs.logits, 'logits', { rtol });
    });

    it(`${name} draws PML’s initial weights`, async () => {
      torch.manualSeed(42);
      const [key, weights] = weightsOf(make());
      const { W } = await python.run(`${header}\ntorch.manual_seed(42)\nW = ${shorten(source)}.state_dict()['${key}']`);
      expectSameBits(weights.detach(), W);
    });
  }

  it('SubCenterArcFaceLoss finds PML’s outliers and dominant centres', async () => {
    const { x, y } = batch();
    torch.manualSeed(4);
    const loss = new losses.SubCenterArcFaceLoss(size).double();
    for (const threshold of [30, 60, 75, 90]) {
      const found = loss.getOutliers(x, y, { threshold });
      const { outliers, centers } = await python.run(
        `${header}
_loss = _L.SubCenterArcFaceLoss(**size)
_loss.W.data = W
_outliers, _centers = _loss.get_outliers(x, y, threshold=threshold)
outliers = _outliers.sort().values.long()
centers = _centers[:, :${classes - 1}]`,
        { x, y, W: loss.W.detach(), threshold },
      );
      expect(found.outliers.tolist(), `${threshold}`).to.deep.equal(fromWire(outliers).tolist());
      expectClose(found.dominantCenters.narrow(1, 0, classes - 1), centers, 'centres');
      // PML leaves the columns of classes without rows as memory was; ours are 0.
      expect(
        found.dominantCenters
          .narrow(1, classes - 1, 1)
          .abs()
          .sum()
          .item(),
      ).to.equal(0);
    }
  });

  it('differs from PML where an embedding equals its centre: ArcFaceLoss is NaN there', async () => {
    const W = torch.eye(dimensions, { dtype: 'float64' }).narrow(1, 0, classes).contiguous();
    const x = torch.cat([W.narrow(1, 1, 1).T, W.narrow(1, 2, 1).T.neg()]);
    const y = torch.tensor([1n, 2n]);
    const loss = new losses.ArcFaceLoss(size).double();
    loss.W.data = W;
    const leaf = x.clone().requiresGrad_();
    const value = loss(leaf, y);
    value.backward();
    const outputs = await python.run(
      `${header}
_loss = _L.ArcFaceLoss(**size)
_loss.W.data = W
_x = x.clone().requires_grad_()
_value = _loss(_x, y)
_value.backward()
value, gradient, weight_gradient = _value.detach(), _x.grad, _loss.W.grad`,
      { x, y, W },
    );
    expectClose(value, outputs.value, 'the value is the same');
    expect(fromWire(outputs.gradient).isnan().any().item(), 'PML’s gradient').to.equal(true);
    expect(fromWire(outputs.weight_gradient).isnan().any().item(), 'PML’s gradient of weights').to.equal(true);
    expect(leaf.grad!.isfinite().all().item()).to.equal(true);
    expect(loss.W.grad!.isfinite().all().item()).to.equal(true);
    // At the centre only other classes push.
    expect(leaf.grad!.index([0, 1]).item()).to.be.closeTo(0, 1e-12);
  });

  it('differs from PML where a probability underflows: ProxyNCALoss drops the row, ours keeps it', async () => {
    const W = torch.eye(dimensions, { dtype: 'float64' }).narrow(0, 0, classes).contiguous();
    const [x, y] = [W.narrow(0, 0, 1), torch.tensor([1n])];
    const loss = new losses.ProxyNCALoss({ ...size, softmaxScale: 1000 }).double();
    loss.proxies.data = W;
    const { value } = await python.run(
      `${header}
_loss = _L.ProxyNCALoss(**size, softmax_scale=1000)
_loss.proxies.data = W
value = float(_loss(x, y))`,
      { x, y, W },
    );
    expect(value).to.be.NaN; // The mean over no row.
    expect(loss(x, y).item()).to.be.closeTo(2000, 1e-9);
  });

  it('differs from PML in its types: half precision widens the embeddings, PML narrows the weights', async () => {
    const { x, y } = batch();
    torch.manualSeed(2);
    const loss = new losses.ArcFaceLoss(size);
    const { dtype } = await python.run(
      `${header}
_loss = _L.ArcFaceLoss(**size)
_loss(x.half(), y)
dtype = str(_loss.W.dtype)`,
      { x, y },
    );
    expect(dtype).to.equal('torch.float16');
    const half = loss(x.to('float16'), y);
    expect(loss.W.dtype).to.equal('float32');
    expect(half.dtype).to.equal('float32');
  });
});

describe('parity: regularizers', function () {
  this.timeout(60_000);
  const python = usePython('pytorch_metric_learning');
  const makes: readonly [string, () => torch.regularizers.Regularizer, string][] = [
    ['LpRegularizer', () => new regularizers.LpRegularizer(), 'G.LpRegularizer()'],
    [
      'LpRegularizer, 1-norm squared, summed',
      () => new regularizers.LpRegularizer({ p: 1, power: 2, reducer: new reducers.SumReducer() }),
      'G.LpRegularizer(p=1, power=2, reducer=R.SumReducer())',
    ],
    ['ZeroMeanRegularizer', () => new regularizers.ZeroMeanRegularizer(), 'G.ZeroMeanRegularizer()'],
    [
      'CenterInvariantRegularizer',
      () => new regularizers.CenterInvariantRegularizer(),
      'G.CenterInvariantRegularizer()',
    ],
    ['RegularFaceRegularizer', () => new regularizers.RegularFaceRegularizer(), 'G.RegularFaceRegularizer()'],
    [
      'SparseCentersRegularizer',
      () => new regularizers.SparseCentersRegularizer({ numClasses: 4, centersPerClass: 3 }),
      'G.SparseCentersRegularizer(num_classes=4, centers_per_class=3)',
    ],
  ];
  for (const [name, make, source] of makes) {
    it(`${name} has PML’s value and gradient`, async () => {
      torch.manualSeed(6);
      const x = torch.randn([12, 5], { dtype: 'float64', requiresGrad: true });
      const outputs = await python.run(
        `${header}
_x = x.clone().detach().requires_grad_()
_value = ${shorten(source)}(_x)
_value.backward()
value, gradient = _value.detach(), _x.grad`,
        { x: x.detach() },
      );
      const value = make()(x);
      value.backward();
      expectClose(value, outputs.value, 'value');
      expectClose(x.grad, outputs.gradient, 'gradient');
    });
  }

  it('differs from PML where centres have met: its SparseCentersRegularizer is NaN there', async () => {
    torch.manualSeed(3);
    const centers = torch.randn([20, 1, 5], { dtype: 'float64' });
    const x = centers.expand([20, 2, 5]).reshape([40, 5]).requiresGrad_();
    const { gradient } = await python.run(
      `${header}
_x = x.clone().detach().requires_grad_()
_G.SparseCentersRegularizer(num_classes=20, centers_per_class=2)(_x).backward()
gradient = _x.grad`,
      { x: x.detach() },
    );
    new regularizers.SparseCentersRegularizer({ numClasses: 20, centersPerClass: 2 })(x).backward();
    expect(fromWire(gradient).isfinite().all().item(), 'PML’s gradient').to.equal(false);
    expect(x.grad!.abs().max().item()).to.be.below(1);
  });
});

describe('parity: GlobalOrthogonalRegularizer', function () {
  this.timeout(120_000);
  const python = usePython('sentence_transformers');

  it('has sentence-transformers’ value and gradient', async () => {
    torch.manualSeed(6);
    for (const [meanWeight, secondMomentWeight] of [
      [1, 1],
      [0, 2],
      [3, 0],
    ] as const) {
      const x = torch.randn([12, 5], { dtype: 'float64' }).add(0.5).requiresGrad_();
      const outputs = await python.run(
        `
from sentence_transformers.sentence_transformer.losses import GlobalOrthogonalRegularizationLoss as _Loss
_x = x.clone().detach().requires_grad_()
_loss = _Loss(None, mean_weight=a, second_moment_weight=b)
_value = sum(_loss.compute_loss_from_embeddings([_x]).values())
_value.backward()
value, gradient = _value.detach(), _x.grad`,
        { x: x.detach(), a: meanWeight, b: secondMomentWeight },
      );
      const value = new regularizers.GlobalOrthogonalRegularizer({ meanWeight, secondMomentWeight })(x);
      value.backward();
      expectClose(value, outputs.value, 'value');
      expectClose(x.grad, outputs.gradient, 'gradient');
    }
  });
});
