/** Losses that compare embeddings with proxies and centres, beside loops over plain numbers. */

import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

const { losses, distances } = torch;
const [classes, dimensions] = [4, 5];
const size = { numClasses: classes, embeddingSize: dimensions };
const plainLabels = [0, 1, 0, 2, 1, 0, 2];
const labels = torch.tensor(BigInt64Array.from(plainLabels, BigInt));

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
const cosine = (a: readonly number[], b: readonly number[]) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
const logSumExp = (values: readonly number[]) => Math.log(values.reduce((sum, value) => sum + Math.exp(value), 0));
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

const listed = (rows: torch.Tensor) => rows.detach().tolist() as number[][];

describe('losses: proxies and centres', () => {
  let x: torch.Tensor;
  let plain: number[][];

  beforeEach(() => {
    torch.manualSeed(21);
    x = torch.randn([plainLabels.length, dimensions], { dtype: 'float64' });
    plain = listed(x);
  });

  it('NormalizedSoftmaxLoss is its formula', () => {
    const loss = new losses.NormalizedSoftmaxLoss({ ...size, temperature: 0.2 }).double();
    const w = listed(loss.W.T);
    const each = plain.map((row, i) => {
      const logits = w.map((center) => cosine(row, center) / 0.2);
      return logSumExp(logits) - logits[plainLabels[i]!]!;
    });
    expect(loss(x, labels).item()).to.be.closeTo(mean(each), 1e-10);
  });

  it('ProxyNCALoss is its formula', () => {
    const loss = new losses.ProxyNCALoss({ ...size, softmaxScale: 3 }).double();
    const proxies = listed(loss.proxies);
    const each = plain.map((row, i) => {
      // The squared distance of unit vectors.
      const logits = proxies.map((proxy) => -3 * (2 - 2 * cosine(row, proxy)));
      return logSumExp(logits) - logits[plainLabels[i]!]!;
    });
    expect(loss(x, labels).item()).to.be.closeTo(mean(each), 1e-10);
  });

  it('ProxyAnchorLoss is its formula, for similarities and distances', () => {
    const kinds = [
      [new losses.ProxyAnchorLoss({ ...size, margin: 0.2, alpha: 7 }), cosine],
      [
        new losses.ProxyAnchorLoss({ ...size, margin: 0.2, alpha: 7, distance: new distances.LpDistance() }),
        (a: readonly number[], b: readonly number[]) => -Math.sqrt(2 - 2 * cosine(a, b)),
      ],
    ] as const;
    for (const [loss, near] of kinds) {
      loss.double();
      // A distance's margin points the other way.
      const margin = near === cosine ? 0.2 : -0.2;
      let [positive, negative] = [0, 0];
      for (const [j, proxy] of listed(loss.proxies).entries()) {
        let [pull, push] = [1, 1];
        for (const [i, row] of plain.entries()) {
          if (plainLabels[i] === j) pull += Math.exp(-7 * (near(row, proxy) - margin));
          else push += Math.exp(7 * (near(row, proxy) + margin));
        }
        positive += Math.log(pull) / 3;
        negative += Math.log(push) / classes;
      }
      expect(loss(x, labels).item()).to.be.closeTo(positive + negative, 1e-9);
    }
  });

  it('ProxyAnchorLoss counts a row as often as its weight says', () => {
    const loss = new losses.ProxyAnchorLoss(size).double();
    const weights = torch.tensor([1, 2, 0, 1, 1, 3, 0], { dtype: 'float64' });
    const chosen = torch.tensor([0n, 1n, 1n, 3n, 4n, 5n, 5n, 5n]);
    const weighed = loss(x, labels, { weights }).item() as number;
    expect(weighed).to.be.closeTo(loss(x.index([chosen]), labels.index([chosen])).item() as number, 1e-9);
    const leaf = x.clone().requiresGrad_();
    loss(leaf, labels, { weights }).backward();
    expect((leaf.grad as torch.Tensor).index([2]).abs().max().item(), 'a row of weight 0').to.equal(0);
    expect((leaf.grad as torch.Tensor).isfinite().all().item()).to.equal(true);
  });

  it('SoftTripleLoss is its formula', () => {
    const loss = new losses.SoftTripleLoss({ ...size, centersPerClass: 3, la: 6, gamma: 0.4, margin: 0.1 }).double();
    const centers = listed(loss.fc.T);
    const each = plain.map((row, i) => {
      const logits = Array.from({ length: classes }, (_, j) => {
        const own = [0, 1, 2].map((k) => cosine(row, centers[j * 3 + k]!));
        const total = own.reduce((sum, value) => sum + Math.exp(value / 0.4), 0);
        const similarity = own.reduce((sum, value) => sum + (value * Math.exp(value / 0.4)) / total, 0);
        return 6 * (similarity - (j === plainLabels[i] ? 0.1 : 0));
      });
      return logSumExp(logits) - logits[plainLabels[i]!]!;
    });
    expect(loss(x, labels).item()).to.be.closeTo(mean(each), 1e-10);
  });

  it('adds penalties on weights and embeddings', () => {
    const weightRegularizer = (rows: torch.Tensor) => rows.square().sum();
    const embeddingRegularizer = new torch.regularizers.LpRegularizer();
    const loss = new losses.ProxyNCALoss({
      ...size,
      weightRegularizer,
      weightRegWeight: 0.5,
      embeddingRegularizer,
      embeddingRegWeight: 3,
      weightInitFunc: (weights) => torch.nn.init.constant_(weights, 0.5),
    }).double();
    const bare = new losses.ProxyNCALoss(size).double();
    bare.proxies.data = loss.proxies.detach();
    const norms = mean(plain.map((row) => Math.sqrt(dot(row, row))));
    const expected = (bare(x, labels).item() as number) + 0.5 * 0.25 * classes * dimensions + 3 * norms;
    expect(loss(x, labels).item()).to.be.closeTo(expected, 1e-10);
  });

  it('is finite where embeddings equal proxies, are opposite or zero', () => {
    const makes: (() => torch.losses.ClassLoss & { readonly proxies?: torch.Tensor })[] = [
      () => new losses.ProxyNCALoss({ ...size, softmaxScale: 1e4 }),
      () => new losses.ProxyNCALoss({ ...size, distance: new distances.LpDistance() }),
      () => new losses.ProxyAnchorLoss({ ...size, alpha: 1e4 }),
      () => new losses.ProxyAnchorLoss({ ...size, distance: new distances.LpDistance() }),
      () => new losses.NormalizedSoftmaxLoss({ ...size, temperature: 1e-4 }),
      () => new losses.SoftTripleLoss({ ...size, la: 1e4, gamma: 1e-3 }),
    ];
    for (const make of makes) {
      const loss = make();
      const [weights] = [...loss.parameters()] as [torch.Tensor];
      const rows = weights.shape[0] === dimensions ? weights.detach().T : weights.detach();
      const own = rows.narrow(0, 0, classes);
      for (const points of [own, own.neg(), torch.zerosLike(own)]) {
        const leaf = points.clone().requiresGrad_();
        weights.grad = null;
        loss(leaf, torch.arange(classes)).backward();
        expect(leaf.grad?.isfinite().all().item(), loss.constructor.name).to.equal(true);
        expect((weights.grad as torch.Tensor | null)?.isfinite().all().item(), loss.constructor.name).to.equal(true);
      }
    }
  });

  it('refuses options that mean nothing', () => {
    const refusals: [() => unknown, typeof RangeError | typeof TypeError, string][] = [
      [() => new losses.NormalizedSoftmaxLoss({ ...size, temperature: 0 }), RangeError, 'temperature must be above 0'],
      [() => new losses.SoftTripleLoss({ ...size, gamma: 0 }), RangeError, 'gamma must be above 0'],
      [
        () => new losses.SoftTripleLoss({ ...size, centersPerClass: 0 }),
        RangeError,
        'centersPerClass must be a positive',
      ],
      [
        () => new losses.SoftTripleLoss({ ...size, distance: new distances.LpDistance() }),
        TypeError,
        'distance must be a Similarity, got a LpDistance',
      ],
      [() => new losses.ProxyAnchorLoss({ ...size, alpha: 'x' as never }), TypeError, 'alpha must be a number'],
    ];
    for (const [make, kind, message] of refusals) expect(make, message).to.throw(kind, message);
  });
});
