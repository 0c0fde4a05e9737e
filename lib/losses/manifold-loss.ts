import { expectInteger, expectNumber } from '../arguments.ts';
import { CosineSimilarity } from '../distances/cosine-similarity.ts';
import type { Distance } from '../distances/distance.ts';
import { normalizeRows } from '../distances/normalize.ts';
import { expectClassIds, expectEmbeddings, widened } from '../embeddings.ts';
import { describeValue, ShapeError } from '../errors.ts';
import { inv } from '../generated/linalg.ts';
import { arange, cat, eye, randint, randn, randperm, where } from '../generated/torch.ts';
import { Module } from '../nn/module.ts';
import { Parameter } from '../nn/parameter.ts';
import type { Tensor } from '../tensor.ts';

export interface ManifoldLossOptions {
  /** The size of an embedding. */
  l: number;
  /** How many proxies there are; 50 by default. */
  K?: number;
  /** What the context term counts, `>= 0`; 1 by default. With Infinity there is no other term. */
  lambdaC?: number;
  /** How much similarity flows on to neighbours in the random walk, in (0, 1); 0.8 by default. */
  alpha?: number;
  /** By how much the row's own proxy must be nearer than others; 5e-4 by default. */
  margin?: number;
  /** Cosine similarity by default. */
  distance?: Distance;
}

/**
 * Similarity along the manifold that a batch and learnable proxies span: a random walk `F = (1 - alpha) (I - alpha
 * D^-1/2 S D^-1/2)^-1` over `S = exp(2 max(0, s))`, rows being pulled to their own proxy by `log(1 + sum_k exp(F_ik -
 * F_ic + margin))` over the proxies k that violate the margin, and so for the cosine similarities of rows of F
 * (pytorch-metric-learning's `ManifoldLoss`; Aziere and Todorovic, Ensemble Deep Manifold Similarity Learning Using
 * Hard Proxies, CVPR 2019).
 *
 * It knows no classes: rows are given to proxies at random in each call, every proxy getting one where there are as
 * many rows, by torch's generator; or by `metaClasses`, int64 `[N]`, 0 .. K - 1. It inverts a matrix of N + K rows in
 * every call.
 *
 * @returns a scalar; 0 for an empty batch.
 * @throws ShapeError for embeddings that are not `[N, l]`; RangeError for an alpha that is not in (0, 1).
 * @example
 * const lossFn = new torch.losses.ManifoldLoss({ l: 128, K: 50 });
 * lossFn(embeddings).backward();
 */
export class ManifoldLoss extends Module {
  readonly l: number;
  readonly K: number;
  readonly lambdaC: number;
  readonly alpha: number;
  readonly margin: number;
  readonly distance: Distance;
  proxies: Parameter;

  constructor(options: ManifoldLossOptions) {
    super();
    const { l, K = 50, lambdaC = 1, alpha = 0.8, margin = 5e-4, distance = new CosineSimilarity() } = options ?? {};
    expectInteger('ManifoldLoss: l', l);
    expectInteger('ManifoldLoss: K', K);
    expectNumber('ManifoldLoss: margin', margin);
    if (!(lambdaC >= 0)) {
      throw new RangeError(`ManifoldLoss: lambdaC must be a number of at least 0, got ${describeValue(lambdaC)}`);
    }
    if (!(alpha > 0 && alpha < 1)) {
      throw new RangeError(`ManifoldLoss: alpha must be between 0 and 1, got ${describeValue(alpha)}`);
    }
    this.l = l;
    this.K = K;
    this.lambdaC = lambdaC;
    this.alpha = alpha;
    this.margin = margin;
    this.distance = distance;
    this.proxies = new Parameter(randn([K, l]));
  }

  /** Embeddings `[N, l]`, and the proxy of each row, int64 `[N]`; drawn at random by default. */
  override forward(embeddings: Tensor, metaClasses: Tensor | null = null): Tensor {
    expectEmbeddings('ManifoldLoss: embeddings', embeddings);
    const [rows, size] = embeddings.shape as [number, number];
    if (size !== this.l) {
      throw new ShapeError(`ManifoldLoss: embeddings must be [N, ${this.l}], got [${rows}, ${size}]`);
    }
    if (rows === 0) return widened(embeddings).sum().mul(0);
    const own = (metaClasses === null ? drawn(rows, this.K) : checked(metaClasses, rows, this.K)).to(embeddings.device);
    const x = widened(embeddings);
    const similarities = this.distance.ascending(this.distance.matrix(cat([x, this.proxies.to(x.dtype)]))).neg();
    const walk = randomWalk(similarities, this.alpha);
    const ofRows = walk.narrow(0, 0, rows);
    const context = normalizeRows(ofRows, 2).matmul(normalizeRows(walk.narrow(0, rows, this.K), 2).T);
    const ofContext = violation(context, own, this.margin);
    if (this.lambdaC === Number.POSITIVE_INFINITY) return ofContext;
    const intrinsic = violation(ofRows.narrow(1, rows, this.K), own, this.margin);
    return intrinsic.add(ofContext.mul(this.lambdaC));
  }
}

function checked(metaClasses: Tensor, rows: number, proxies: number): Tensor {
  const count = expectClassIds('ManifoldLoss: metaClasses', metaClasses);
  if (count !== rows) throw new ShapeError(`ManifoldLoss: metaClasses must be [${rows}], got [${count}]`);
  const [least, most] = [metaClasses.min().item() as number, metaClasses.max().item() as number];
  if (least < 0 || most >= proxies) {
    throw new RangeError(`ManifoldLoss: metaClasses must be from 0 to ${proxies - 1}, got ${least < 0 ? least : most}`);
  }
  return metaClasses;
}

/** A random proxy for each row; every proxy where there are enough rows, no proxy twice where there are not. */
function drawn(rows: number, proxies: number): Tensor {
  if (rows <= proxies) return randperm(proxies).narrow(0, 0, rows);
  const all = cat([arange(proxies), randint(proxies, [rows - proxies])]);
  return all.index([randperm(rows)]);
}

/** How much of each node reaches each other one, for similarities `[n, n]`, where large is near. */
function randomWalk(similarities: Tensor, alpha: number): Tensor {
  const nodes = similarities.shape[0] as number;
  const isSelf = eye(nodes, { dtype: 'bool', device: similarities.device });
  const weights = where(isSelf, 0, similarities.clampMin(0).mul(2).exp());
  const scales = weights.sum(1).rsqrt();
  const normalised = weights.mul(scales.unsqueeze(1)).mul(scales);
  const identity = eye(nodes, { dtype: similarities.dtype, device: similarities.device });
  return inv(identity.sub(normalised.mul(alpha))).mul(1 - alpha);
}

/**
 * The mean over rows of `log(1 + sum_k exp(x_ik - x_ic + margin))`, over the k != c where the exponent is not below 0.
 */
function violation(values: Tensor, own: Tensor, margin: number): Tensor {
  const excess = values.sub(values.gather(1, own.unsqueeze(1))).add(margin);
  const isOwn = own.unsqueeze(1).eq(arange(values.shape[1] as number, { device: own.device }));
  const violates = excess.detach().ge(0).logicalAnd(isOwn.logicalNot());
  return where(violates, excess, 0).exp().mul(violates).sum(1).log1p().mean();
}
