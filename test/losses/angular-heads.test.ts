/** Losses that give the angle to a class a margin, beside loops over plain numbers. */

import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { sineOf, withAngle, withCombinedMargin, withMultipleAngle } from '../../lib/losses/angular-margin.ts';

const { losses } = torch;
const [classes, dimensions, rows] = [4, 5, 12];
const size = { numClasses: classes, embeddingSize: dimensions };
const degrees = Math.PI / 180;

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
const norm = (a: readonly number[]) => Math.sqrt(dot(a, a));

interface Scene {
  readonly x: number[][];
  /** One row a class. */
  readonly w: number[][];
  readonly y: number[];
}

/** The mean cross entropy and its gradient by x if that of `psi` by the cosine is 1, one number at a time. */
function naive(
  { x, w, y }: Scene,
  logit: (cosine: number, at: { i: number; j: number; isOwn: boolean; target: number }) => number,
  scale: (i: number, j: number) => number,
) {
  const gradient = x.map((row) => row.map(() => 0));
  const each = x.map((row, i) => {
    const cosines = w.map((center) => dot(row, center) / (norm(row) * norm(center)));
    const target = cosines[y[i]!]!;
    const logits = cosines.map((c, j) => scale(i, j) * logit(c, { i, j, isOwn: j === y[i], target }));
    const top = Math.max(...logits);
    const sum = logits.reduce((total, value) => total + Math.exp(value - top), 0);
    for (const [j, center] of w.entries()) {
      const slope = (scale(i, j) * (Math.exp(logits[j]! - top) / sum - (j === y[i] ? 1 : 0))) / x.length;
      for (let d = 0; d < row.length; d++) {
        const along = center[d]! / norm(center) - (cosines[j]! * row[d]!) / norm(row);
        gradient[i]![d]! += (slope * along) / norm(row);
      }
    }
    return top + Math.log(sum) - logits[y[i]!]!;
  });
  return { value: each.reduce((sum, value) => sum + value, 0) / each.length, gradient };
}

/** `cos(t + m)`, falling on beyond 180 degrees as ArcFace's. */
function arc(cosine: number, margin: number): number {
  const angle = Math.acos(cosine);
  return angle > Math.PI - margin ? cosine - margin * Math.sin(margin) : Math.cos(angle + margin);
}

/** SphereFace's `(-1)^k cos(a) - 2k`. */
function unrolled(angle: number): number {
  const k = Math.floor(angle / Math.PI);
  return (-1) ** k * Math.cos(angle) - 2 * k;
}

function scene(loss: torch.losses.AngularMarginLoss, x: torch.Tensor, y: torch.Tensor): Scene {
  return {
    x: x.detach().tolist() as number[][],
    w: loss.W.detach().T.tolist() as number[][],
    y: (y.tolist() as (number | bigint)[]).map(Number),
  };
}

const ids = (labels: readonly number[]) => torch.tensor(BigInt64Array.from(labels, BigInt));
const labels = ids(Array.from({ length: rows }, (_, i) => i % classes));

function embeddings(length = 1): torch.Tensor {
  torch.manualSeed(7);
  return torch.randn([rows, dimensions], { dtype: 'float64' }).mul(length);
}

type Psi = (cosine: number, at: { i: number; isOwn: boolean; target: number }) => number;
const own =
  (psi: (cosine: number, i: number) => number): Psi =>
  (cosine, { i, isOwn }) =>
    isOwn ? psi(cosine, i) : cosine;
const perClass = [5, 20, 60, 120];
const counts = [500, 100, 20, 3];

const heads: readonly [string, () => torch.losses.AngularMarginLoss, Psi, number][] = [
  ['ArcFaceLoss', () => new losses.ArcFaceLoss(size), own((c) => arc(c, 28.6 * degrees)), 64],
  [
    'ArcFaceLoss, margin 90, scale 3',
    () => new losses.ArcFaceLoss({ ...size, margin: 90, scale: 3 }),
    own((c) => arc(c, Math.PI / 2)),
    3,
  ],
  [
    'ArcFaceLoss, easyMargin',
    () => new losses.ArcFaceLoss({ ...size, margin: 50, easyMargin: true }),
    own((c) => (c > 0 ? Math.cos(Math.acos(c) + 50 * degrees) : c)),
    64,
  ],
  [
    'ArcFaceLoss, not monotone',
    () => new losses.ArcFaceLoss({ ...size, margin: 90, monotone: false }),
    own((c) => Math.cos(Math.acos(c) + Math.PI / 2)),
    64,
  ],
  [
    'ArcFaceLoss, margins',
    () => new losses.ArcFaceLoss({ ...size, margins: perClass }),
    own((c, i) => arc(c, perClass[i % classes]! * degrees)),
    64,
  ],
  ['CosFaceLoss', () => new losses.CosFaceLoss(size), own((c) => c - 0.35), 64],
  [
    'CombinedMarginLoss, m1 = 1',
    () => new losses.CombinedMarginLoss({ ...size, m2: 0.4, m3: 0.15 }),
    own((c) => arc(c, 0.4) - 0.15),
    64,
  ],
  [
    'CombinedMarginLoss',
    () => new losses.CombinedMarginLoss({ ...size, m1: 1.9, m2: 0.7, m3: 0.15, scale: 20 }),
    own((c) => unrolled(1.9 * Math.acos(c) + 0.7) - 0.15),
    20,
  ],
  [
    'CombinedMarginLoss, m1 below 1',
    () => new losses.CombinedMarginLoss({ ...size, m1: 0.9, m2: 0.4, m3: 0.15 }),
    own((c) => unrolled(0.9 * Math.acos(c) + 0.4) - 0.15),
    64,
  ],
  [
    'CombinedMarginLoss, not monotone',
    () => new losses.CombinedMarginLoss({ ...size, m1: 1.9, m2: 0.7, monotone: false }),
    own((c) => Math.cos(1.9 * Math.acos(c) + 0.7)),
    64,
  ],
  [
    'LDAMLoss',
    () => new losses.LDAMLoss({ ...size, classCounts: counts, maxMargin: 0.4 }),
    own((c, i) => c - (0.4 * 3 ** 0.25) / counts[i % classes]! ** 0.25),
    30,
  ],
  ['ElasticArcFaceLoss, evaluated', () => new losses.ElasticArcFaceLoss(size).eval(), own((c) => arc(c, 0.5)), 64],
  ['ElasticCosFaceLoss, evaluated', () => new losses.ElasticCosFaceLoss(size).eval(), own((c) => c - 0.35), 64],
  [
    'CurricularFaceLoss, before the first batch',
    () => new losses.CurricularFaceLoss(size).eval(),
    (c, { isOwn, target }) => {
      if (isOwn) return arc(c, 0.5);
      return c > Math.cos(Math.acos(target) + 0.5) ? c * (0 + c) : c;
    },
    64,
  ],
];

function run(loss: torch.losses.AngularMarginLoss, x: torch.Tensor, y = labels) {
  const leaf = x.detach().clone().requiresGrad_();
  const value = loss(leaf, y);
  value.backward();
  return { value: value.item() as number, gradient: leaf.grad as torch.Tensor };
}

function expectGradient(actual: torch.Tensor, expected: number[][], label: string): void {
  const worst = actual
    .sub(torch.tensor(expected, { dtype: 'float64' }))
    .abs()
    .max()
    .item() as number;
  expect(worst, label).to.be.below(1e-10 * Math.max(1, actual.abs().max().item() as number));
}

describe('losses: angular margins', () => {
  for (const [name, make, psi, scale] of heads) {
    it(`${name} is its formula`, () => {
      torch.manualSeed(3);
      const loss = make().double();
      const x = embeddings();
      const expected = naive(scene(loss, x, labels), psi, () => scale);
      expect(run(loss, x).value).to.be.closeTo(expected.value, 1e-10 * Math.max(1, expected.value));
    });
  }

  it('SphereFaceLoss and LargeMarginSoftmaxLoss are their formula, with norms', () => {
    const x = embeddings(2);
    for (const margin of [1, 2, 3, 4]) {
      torch.manualSeed(3);
      const sphere = new losses.SphereFaceLoss({ ...size, margin }).double();
      torch.manualSeed(3);
      const large = new losses.LargeMarginSoftmaxLoss({ ...size, margin, scale: 0.7 }).double();
      const at = scene(sphere, x, labels);
      const psi = own((c) => unrolled(margin * Math.acos(c)));
      expect(run(sphere, x).value).to.be.closeTo(naive(at, psi, (i) => norm(at.x[i]!)).value, 1e-9);
      const both = naive(at, psi, (i, j) => 0.7 * norm(at.x[i]!) * norm(at.w[j]!));
      expect(run(large, x).value).to.be.closeTo(both.value, 1e-9);
    }
  });

  it('straight-through: the value has the margin, the gradient is insightface’s, of the bare cosine', () => {
    const x = embeddings();
    const makes: [torch.losses.AngularMarginLoss, (cosine: number) => number][] = [
      [
        new losses.ArcFaceLoss({ ...size, margin: 60, gradient: 'straight-through', monotone: false }),
        (c) => Math.cos(Math.acos(c) + Math.PI / 3),
      ],
      [
        new losses.CombinedMarginLoss({ ...size, m1: 1.3, m2: 0.2, m3: 0.1, gradient: 'straight-through' }),
        (c) => unrolled(1.3 * Math.acos(c) + 0.2) - 0.1,
      ],
    ];
    for (const [loss, psi] of makes) {
      loss.double();
      const expected = naive(scene(loss, x, labels), own(psi), () => 64);
      const { value, gradient } = run(loss, x);
      expect(value).to.be.closeTo(expected.value, 1e-10 * expected.value);
      expectGradient(gradient, expected.gradient, loss.constructor.name);
    }
    torch.manualSeed(3);
    const exact = new losses.ArcFaceLoss({ ...size, margin: 60 }).double();
    const through = new losses.ArcFaceLoss({ ...size, margin: 60, gradient: 'straight-through' }).double();
    through.W.data = exact.W.detach();
    const [one, other] = [run(exact, x), run(through, x)];
    expect(one.value).to.be.closeTo(other.value, 1e-12 * one.value);
    expect(one.gradient.sub(other.gradient).abs().max().item()).to.be.above(0.01);
  });

  it('AdaFaceLoss is its formula, with norms that have no gradient', () => {
    torch.manualSeed(3);
    const loss = new losses.AdaFaceLoss({ ...size, tAlpha: 0.25 }).double();
    let [mean, deviation] = [20, 100];
    const lengths = torch.arange(1, rows + 1).unsqueeze(1);
    // Near their class, and opposite to it, angles would leave [0, pi].
    const near = loss.W.detach().T.index([labels]).add(embeddings(0.02)).mul(lengths);
    const batches = [1, 30, 3000].map((length) => embeddings(length).mul(lengths));
    for (const x of [near, near.neg(), near, near.neg(), ...batches]) {
      const at = scene(loss, x, labels);
      const norms = at.x.map((row) => Math.min(100, Math.max(1e-3, norm(row))));
      const average = norms.reduce((sum, value) => sum + value, 0) / rows;
      const spread = Math.sqrt(norms.reduce((sum, value) => sum + (value - average) ** 2, 0) / (rows - 1));
      [mean, deviation] = [0.75 * mean + 0.25 * average, 0.75 * deviation + 0.25 * spread];
      const z = norms.map((value) => Math.min(1, Math.max(-1, (0.333 * (value - mean)) / (deviation + 1e-3))));
      const psi = own((c, i) => {
        const angle = Math.min(Math.PI, Math.max(0, Math.acos(c) - 0.4 * z[i]!));
        return Math.cos(angle) - 0.4 - 0.4 * z[i]!;
      });
      const { value, gradient } = run(loss, x);
      expect(value).to.be.closeTo(naive(at, psi, () => 64).value, 1e-9 * Math.max(1, value));
      expect(loss.batchMean.item()).to.be.closeTo(mean, 1e-9);
      expect(loss.batchStd.item()).to.be.closeTo(deviation, 1e-9);
      // The same with acos, the margins given.
      const leaf = x.clone().requiresGrad_();
      const cosines = torch.nn.functional
        .normalize(leaf)
        .matmul(torch.nn.functional.normalize(loss.W.detach(), { dim: 0 }));
      const shift = torch.tensor(z, { dtype: 'float64' }).mul(-0.4);
      const turned = cosines.gather(1, labels.unsqueeze(1)).squeeze(1).acos().add(shift).clamp(0, Math.PI).cos();
      const targets = turned.add(shift).sub(0.4).unsqueeze(1);
      const logits = cosines.scatter(1, labels.unsqueeze(1), targets).mul(64);
      torch.nn.functional.crossEntropy(logits, labels).backward();
      expectGradient(gradient, (leaf.grad as torch.Tensor).tolist() as number[][], 'gradient');
    }
    loss.eval();
    run(loss, embeddings());
    expect(loss.batchMean.item(), 'not when evaluated').to.be.closeTo(mean, 1e-9);
    expect([...loss.stateDict().keys()]).to.deep.equal(['W', 'batchMean', 'batchStd']);
  });

  it('AdaFaceLoss: one row leaves the running deviation as it is', () => {
    const loss = new losses.AdaFaceLoss(size);
    const value = loss(torch.randn([1, dimensions]), ids([2])).item();
    expect(value).to.satisfy(Number.isFinite);
    expect([loss.batchMean.item(), loss.batchStd.item()]).to.deep.equal([20, 100]);
  });

  it('MagFaceLoss is its formula, with a reward of large norms', () => {
    torch.manualSeed(3);
    const loss = new losses.MagFaceLoss({ ...size, lowerNorm: 1, upperNorm: 4, lambdaG: 7 }).double();
    const x = embeddings().mul(
      torch
        .arange(1, rows + 1)
        .unsqueeze(1)
        .mul(0.2),
    );
    const at = scene(loss, x, labels);
    const norms = at.x.map((row) => Math.min(4, Math.max(1, norm(row))));
    expect(new Set(norms), 'some within, some beyond the limits').to.include(1).and.to.include(4);
    const psi = own((c, i) => arc(c, 0.45 + ((0.8 - 0.45) / 3) * (norms[i]! - 1)));
    const reward = norms.reduce((sum, a) => sum + a / 16 + 1 / a, 0) / rows;
    const expected = naive(at, psi, () => 64).value + 7 * reward;
    expect(run(loss, x).value).to.be.closeTo(expected, 1e-9 * expected);
  });

  it('CurricularFaceLoss weighs hard negatives by a running mean', () => {
    torch.manualSeed(3);
    const loss = new losses.CurricularFaceLoss({ ...size, alpha: 0.3 }).double();
    const x = embeddings();
    const at = scene(loss, x, labels);
    let t = 0;
    for (let step = 0; step < 3; step++) {
      let mean = 0;
      for (const [i, row] of at.x.entries()) {
        const center = at.w[at.y[i]!]!;
        mean += dot(row, center) / (norm(row) * norm(center)) / rows;
      }
      t = 0.7 * t + 0.3 * mean;
      let hard = 0;
      const psi: Psi = (c, { isOwn, target }) => {
        if (isOwn) return arc(c, 0.5);
        if (c <= Math.cos(Math.acos(target) + 0.5)) return c;
        hard++;
        return c * (t + c);
      };
      const expected = naive(at, psi, () => 64).value;
      expect(hard).to.be.above(3);
      expect(run(loss, x).value).to.be.closeTo(expected, 1e-9 * expected);
      expect(loss.t.item()).to.be.closeTo(t, 1e-12);
    }
  });

  it('ElasticFace draws margins by torch’s generator, larger ones for far rows with plus', () => {
    const x = embeddings();
    for (const [make, psi] of [
      [
        (options: object) => new losses.ElasticArcFaceLoss({ ...size, std: 0.1, ...options }),
        (c: number, m: number) => arc(c, m),
      ],
      [
        (options: object) => new losses.ElasticCosFaceLoss({ ...size, margin: 0.5, std: 0.1, ...options }),
        (c: number, m: number) => c - m,
      ],
    ] as const) {
      for (const plus of [false, true]) {
        const loss: torch.losses.AngularMarginLoss = make({ plus }).double();
        const at = scene(loss, x, labels);
        torch.manualSeed(9);
        const drawn = torch.empty([rows], { dtype: 'float64' }).normal_(0.5, 0.1).tolist() as number[];
        torch.manualSeed(9);
        const { value } = run(loss, x);
        let margins = drawn;
        if (plus) {
          const cosine = (i: number) => dot(at.x[i]!, at.w[at.y[i]!]!) / (norm(at.x[i]!) * norm(at.w[at.y[i]!]!));
          const nearestFirst = drawn.map((_, i) => i).sort((a, b) => cosine(b) - cosine(a));
          const ascending = [...drawn].sort((a, b) => a - b);
          margins = [];
          for (const [rank, i] of nearestFirst.entries()) margins[i] = ascending[rank]!;
        }
        const expected = naive(
          at,
          own((c, i) => psi(c, margins[i]!)),
          () => 64,
        ).value;
        expect(value).to.be.closeTo(expected, 1e-9 * expected);
        expect(run(loss, x).value, 'other margins next time').to.not.equal(value);
      }
    }
  });

  it('ArcFaceLoss is CombinedMarginLoss with m2, CosFaceLoss with m3, SphereFaceLoss with m1', () => {
    const x = embeddings();
    const unit = torch.nn.functional.normalize(x);
    const combined = (options: object) => new losses.CombinedMarginLoss({ ...size, m2: 0, ...options }).double();
    const pairs = [
      [new losses.ArcFaceLoss({ ...size, margin: 40 }).double(), combined({ m2: 40 * degrees }), x],
      [new losses.CosFaceLoss({ ...size, margin: 0.2 }).double(), combined({ m3: 0.2 }), x],
      [new losses.SphereFaceLoss({ ...size, margin: 3 }).double(), combined({ m1: 3, scale: 1 }), unit],
    ] as const;
    for (const [one, other, at] of pairs) {
      other.W.data = one.W.detach();
      const [a, b] = [run(one, at), run(other, at)];
      expect(a.value).to.be.closeTo(b.value, 1e-10 * a.value);
      // The norm is a constant in the one alone, so only what is across the embedding can be compared.
      const across = (gradient: torch.Tensor) => gradient.sub(gradient.mul(unit).sum(1, { keepdim: true }).mul(unit));
      expectGradient(across(a.gradient), across(b.gradient).tolist() as number[][], one.constructor.name);
    }
  });

  it('is finite where an embedding equals its centre, is opposite or zero, with scales up to 1e4', () => {
    const scaled = (scale: number): torch.losses.AngularMarginLoss[] => [
      new losses.ArcFaceLoss({ ...size, scale }),
      new losses.ArcFaceLoss({ ...size, scale, easyMargin: true }),
      new losses.ArcFaceLoss({ ...size, scale, monotone: false }),
      new losses.ArcFaceLoss({ ...size, scale, gradient: 'straight-through' }),
      new losses.ArcFaceLoss({ ...size, scale, margins: [0, 30, 90, 179] }),
      new losses.CosFaceLoss({ ...size, scale }),
      new losses.SphereFaceLoss({ ...size, scale }),
      new losses.LargeMarginSoftmaxLoss({ ...size, scale }),
      new losses.CombinedMarginLoss({ ...size, scale, m1: 1.35, m2: 0.5, m3: 0.35 }),
      new losses.CombinedMarginLoss({ ...size, scale, m1: 4, m2: 0 }),
      new losses.AdaFaceLoss({ ...size, scale }),
      new losses.MagFaceLoss({ ...size, scale, lowerNorm: 0.5, upperNorm: 2 }),
      new losses.CurricularFaceLoss({ ...size, scale }),
      new losses.ElasticArcFaceLoss({ ...size, scale }),
      new losses.ElasticCosFaceLoss({ ...size, scale }),
      new losses.LDAMLoss({ ...size, scale, classCounts: counts }),
      new losses.SubCenterArcFaceLoss({ ...size, scale, subCenters: 2 }),
    ];
    for (const dtype of ['float32', 'float64'] as const) {
      for (const scale of [1, 100, 1e4]) {
        for (const loss of scaled(scale)) {
          loss.to(dtype);
          const centers = loss.W.detach().T.narrow(0, 0, classes);
          const unit = torch.nn.functional.normalize(centers);
          const points = torch.cat([centers, unit, centers.neg(), centers.add(1e-7), torch.zerosLike(centers)]);
          const leaf = points.clone().requiresGrad_();
          const value = loss(leaf, torch.arange(classes).repeat([5]));
          value.backward();
          const label = `${loss.constructor.name}, ${scale}, ${dtype}`;
          expect(value.item(), label).to.satisfy(Number.isFinite);
          expect(leaf.grad?.isfinite().all().item(), `${label}: gradient`).to.equal(true);
          expect((loss.W.grad as torch.Tensor | null)?.isfinite().all().item(), `${label}: weights`).to.equal(true);
        }
      }
    }
  });

  it('has the derivative sin(t + m) / sin t close to the ends too', () => {
    for (const angle of [1e-3, 0.1, 1, 2, 2.6, Math.PI - 1e-3]) {
      const cosine = torch.tensor([Math.cos(angle)], { dtype: 'float64', requiresGrad: true });
      withAngle(cosine, 0.5, { monotone: false }).sum().backward();
      const expected = Math.sin(angle + 0.5) / Math.sin(angle);
      expect((cosine.grad as torch.Tensor).item()).to.be.closeTo(expected, 1e-7 * Math.abs(expected));
    }
    const ends = torch.tensor([1, -1, 1 + 1e-15, -1 - 1e-15], { dtype: 'float64', requiresGrad: true });
    const sines = sineOf(ends);
    sines.sum().backward();
    expect(sines.tolist()).to.deep.equal([0, 0, 0, 0]);
    expect((ends.grad as torch.Tensor).abs().tolist()).to.deep.equal([0, 0, 0, 0]);
  });

  it('falls all the way from 0 to 180 degrees', () => {
    const cosines = torch.linspace(0, Math.PI, 4001, { dtype: 'float64' }).cos();
    const curves = {
      'margin 28.6': withAngle(cosines, 28.6 * degrees),
      'margin 120': withAngle(cosines, 120 * degrees),
      'easy margin': withAngle(cosines, 0, { easyMargin: true }),
      'm1 1.35': withCombinedMargin(cosines, { m1: 1.35, m2: 0.6, m3: 0.1 }),
      'm1 4': withCombinedMargin(cosines, { m1: 4, m2: 0.5, m3: 0 }),
      'multiple 4': withMultipleAngle(cosines, 4),
      'multiple 5': withMultipleAngle(cosines, 5),
    };
    for (const [name, curve] of Object.entries(curves)) {
      expect(curve.diff().max().item(), name).to.be.below(1e-9);
    }
    expect(withAngle(cosines, 1, { monotone: false }).diff().max().item()).to.be.above(0);
  });

  it('gives logits without a margin', () => {
    const loss = new losses.ArcFaceLoss({ ...size, scale: 10 }).double();
    const x = embeddings();
    const { w, x: plain } = scene(loss, x, labels);
    const logits = loss.getLogits(x).tolist() as number[][];
    logits.forEach((row, i) => {
      row.forEach((value, j) => {
        const cosine = dot(plain[i]!, w[j]!) / (norm(plain[i]!) * norm(w[j]!));
        expect(value).to.be.closeTo(10 * cosine, 1e-12);
      });
    });
    expect(loss.getLogits(x.to('float16')).dtype).to.equal('float32');
  });

  it('multiplies the losses of rows by weights', () => {
    const loss = new losses.ArcFaceLoss(size).double();
    const x = embeddings();
    const weights = torch.zeros([rows], { dtype: 'float64' });
    weights.narrow(0, 0, 3).fill_(2);
    const [part] = loss.unreduced(x, labels);
    const expected = ((part as { values: torch.Tensor }).values.narrow(0, 0, 3).sum().item() as number) * 2;
    expect(loss(x, labels, { weights }).item()).to.be.closeTo(expected / rows, 1e-10);
  });

  it('refuses labels out of range, wherever they are, before anything is computed', () => {
    const loss = new losses.ArcFaceLoss(size);
    const x = torch.randn([2, dimensions]);
    expect(() => loss(x, ids([0, 4]))).to.throw(RangeError, 'ArcFaceLoss: labels must be from 0 to 3, got 4');
    expect(() => loss(x, ids([-1, 2]))).to.throw(RangeError, 'ArcFaceLoss: labels must be from 0 to 3, got -1');
    const relation = torch.Relation.ofMatrix(torch.eye(2).to('bool'));
    expect(() => loss(x, relation)).to.throw(TypeError, 'labels must be class ids');
    expect(() => loss(x, ids([0, 1]), { reference: x, referenceLabels: ids([0, 1]) })).to.not.throw();
    expect(() => loss(x, ids([0, 1]), { reference: x.clone(), referenceLabels: ids([0, 1]) })).to.throw(
      TypeError,
      'ArcFaceLoss: takes no reference',
    );
    expect(() => loss(torch.randn([2, 3]), ids([0, 1]))).to.throw(
      torch.ShapeError,
      'ArcFaceLoss: embeddings must be [N, 5], got [2, 3]',
    );
    expect(() => loss.getLogits(torch.randn([2, 3]))).to.throw(torch.ShapeError, 'ArcFaceLoss.getLogits: embeddings');
    expect(() => loss(x.to('meta'), ids([0, 1]))).to.throw(torch.DeviceError, 'embeddings are on meta');
  });

  it('refuses options that mean nothing', () => {
    const refusals: [() => unknown, typeof RangeError | typeof TypeError, string][] = [
      [() => new losses.ArcFaceLoss({ embeddingSize: 3 } as never), TypeError, 'ArcFaceLoss: numClasses must be'],
      [() => new losses.ArcFaceLoss({ numClasses: 3 } as never), TypeError, 'ArcFaceLoss: embeddingSize must be'],
      [() => new losses.CosFaceLoss({ ...size, numClasses: 0 }), RangeError, 'got 0'],
      [() => new losses.ArcFaceLoss({ ...size, margin: 180 }), RangeError, 'from 0 to below 180, in degrees'],
      [() => new losses.ArcFaceLoss({ ...size, margin: '1' as never }), TypeError, 'margin must be a number'],
      [() => new losses.ArcFaceLoss({ ...size, margins: [1, 2] }), RangeError, 'margins must be 4 numbers'],
      [() => new losses.ArcFaceLoss({ ...size, margins: [1, 2, 3, -4] }), RangeError, 'margins must be from 0'],
      [
        () => new losses.ArcFaceLoss({ ...size, gradient: 'none' as never }),
        RangeError,
        'must be one of exact, straight-through',
      ],
      [
        () => new losses.ArcFaceLoss({ ...size, distance: new torch.distances.LpDistance() }),
        TypeError,
        'distance must be a CosineSimilarity',
      ],
      [() => new losses.CombinedMarginLoss({ ...size, m1: 0 }), RangeError, 'm1 must be above 0'],
      [
        () => new losses.CombinedMarginLoss({ ...size, m2: 28.6 }),
        RangeError,
        'm2 must be from 0 to below pi, in radians',
      ],
      [() => new losses.CurricularFaceLoss({ ...size, margin: 28.6 }), RangeError, 'in radians'],
      [
        () => new losses.SphereFaceLoss({ ...size, margin: 1.5 }),
        RangeError,
        'SphereFaceLoss: margin must be a positive',
      ],
      [() => new losses.LDAMLoss({ ...size, classCounts: [1, 2] }), RangeError, 'classCounts must be 4 numbers'],
      [() => new losses.LDAMLoss({ ...size, classCounts: [1, 2, 0, 4] }), RangeError, 'counts must be above 0, got 0'],
      [() => new losses.MagFaceLoss({ ...size, lowerNorm: 5, upperNorm: 5 }), RangeError, 'lowerNorm < upperNorm'],
      [() => new losses.ElasticCosFaceLoss({ ...size, std: -1 }), RangeError, 'std must not be negative'],
    ];
    for (const [make, kind, message] of refusals) expect(make, message).to.throw(kind, message);
  });

  it('classFrequencyMargins gives rare classes larger margins', () => {
    const margins = losses.classFrequencyMargins([1600, 16, 1], { max: 28 });
    expect(margins[2]).to.equal(28);
    expect(margins[1]).to.be.closeTo(14, 1e-12);
    expect(margins[0]).to.be.closeTo(28 / 1600 ** 0.25, 1e-12);
    expect(losses.classFrequencyMargins([1, 100], { power: 0.5 })[1]).to.be.closeTo(0.05, 1e-12);
  });
});
