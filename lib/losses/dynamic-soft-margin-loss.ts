import { expectInteger, expectNumber } from '../arguments.ts';
import { noGrad } from '../autograd/modes.ts';
import { describeValue } from '../errors.ts';
import { eye, where, zeros, zerosLike } from '../generated/torch.ts';
import type { UnreducedLoss } from '../reducers/reducer.ts';
import { type Labels, Relation } from '../relation.ts';
import { rowsPerBlock } from '../row-blocks.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { linearHistogram, type NodePlaces, placesAmong } from './linear-histogram.ts';
import type { LossBatch, LossCall } from './loss-batch.ts';
import { MetricLoss, type MetricLossOptions } from './metric-loss.ts';

export interface DynamicSoftMarginLossOptions extends MetricLossOptions {
  /** The least `d_ap - d_an` that is told apart, below 0; -2 by default. */
  minVal?: number;
  /** How many nodes the histogram of `d_ap - d_an` has, `2 |minVal| / numBins` apart; 10 by default. */
  numBins?: number;
  /** What the histogram of one triplet counts against the old one, of sum 1; 0.01 by default. */
  momentum?: number;
}

/** Relations that `labels: null` stands for. */
const matchings = new WeakSet<Relation>();

/**
 * Weighs each triplet by how many others it is harder than: `mean of CDF(g) g`, `g = d(a, p) - d(a, n)`, the cumulated
 * distribution of g being a running histogram. There is no margin to choose (pytorch-metric-learning's
 * `DynamicSoftMarginLoss`; Zhang and Rusinkiewicz, Learning Local Descriptors With a CDF-Based Dynamic Soft Margin,
 * ICCV 2019). Euclidean distances of normalised embeddings, where g is in [-2, 2], by default.
 *
 * With labels, over all triplets, or a miner's. With `labels: null`, as in the paper: row i of the embeddings and of
 * the reference belong together, and its negative is the hardest of both, `min(min_j d(x_i, r_j), min_j d(x_j, r_i))`,
 * `j != i`.
 *
 * The histogram is the buffer `histogram` `[numBins]`, moves in training mode only, and has no gradient: weights are
 * constants. What lies beyond its ends counts for the last nodes. The loss is one number, which no reducer changes.
 *
 * @returns a scalar, which may be negative; 0 where there is no triplet.
 * @throws RangeError for fewer than 2 bins; TypeError for `labels: null` without a reference of as many rows.
 * @example
 * const lossFn = new torch.losses.DynamicSoftMarginLoss();
 * lossFn(embeddings, labels).backward();
 * lossFn(patches, null, { reference: samePatchesElsewhere }).backward();
 */
export class DynamicSoftMarginLoss extends MetricLoss {
  readonly minVal: number;
  readonly numBins: number;
  readonly momentum: number;
  histogram: Tensor;

  constructor(options: DynamicSoftMarginLossOptions = {}) {
    super(options);
    const { minVal = -2, numBins = 10, momentum = 0.01 } = options;
    expectNumber('DynamicSoftMarginLoss: momentum', momentum);
    expectInteger('DynamicSoftMarginLoss: numBins', numBins, 2);
    if (!(minVal < 0)) {
      throw new RangeError(`DynamicSoftMarginLoss: minVal must be below 0, got ${describeValue(minVal)}`);
    }
    this.minVal = minVal;
    this.numBins = numBins;
    this.momentum = momentum;
    this.histogram = this.registerBuffer('histogram', zeros([numBins]));
  }

  override forward(embeddings: Tensor, labels: Labels | null, call?: LossCall): Tensor {
    if (labels !== null) return super.forward(embeddings, labels, call);
    const { reference, referenceLabels } = call ?? {};
    if (reference === undefined || referenceLabels !== undefined || reference.shape[0] !== embeddings.shape[0]) {
      const got = reference === undefined ? 'none' : `[${reference.shape.join(', ')}]`;
      const expected = `as many rows as embeddings [${embeddings.shape.join(', ')}]`;
      throw new TypeError(`DynamicSoftMarginLoss: without labels, reference must have ${expected}, got ${got}`);
    }
    const rows = embeddings.shape[0] as number;
    const relation = Relation.ofMatrix(eye(rows, { dtype: 'bool', device: embeddings.device }), { self: null });
    matchings.add(relation);
    return super.forward(embeddings, relation, call);
  }

  protected override parts(batch: LossBatch): readonly UnreducedLoss[] {
    const distances = this.distance.ascending(this.distance.matrix(batch.embeddings, batch.reference));
    let values: Tensor | null;
    if (matchings.has(batch.relation) && batch.tuples === undefined) values = ofListed(matchedGaps(distances), this);
    else if (batch.tuples === undefined) values = ofAll(distances, batch, this);
    else {
      const { anchor, positive, negative } = batch.triplets;
      const gaps = distances.index([anchor, positive]).sub(distances.index([anchor, negative]));
      values = ofListed(gaps, this);
    }
    return values === null ? [] : [{ kind: 'reduced', values }];
  }
}

type State = Pick<DynamicSoftMarginLoss, 'minVal' | 'numBins' | 'momentum' | 'histogram' | 'training'>;

function placesOf(gaps: Tensor, { minVal, numBins }: State): NodePlaces {
  return placesAmong(
    gaps
      .detach()
      .sub(minVal)
      .mul(numBins / (2 * Math.abs(minVal))),
    numBins - 1,
  );
}

/** The cumulated distribution `[numBins]` after a batch whose gaps have this histogram. */
function distributionAfter(counts: Tensor, state: State): Tensor {
  const { histogram, training } = state;
  const before = histogram.to(counts.dtype);
  const isNew = before.sum().item() === 0;
  const momentum = isNew ? 1 : state.momentum;
  const after = training || isNew ? before.mul(1 - momentum).add(counts.mul(momentum)) : before;
  const shares = after.div(after.sum());
  if (training) histogram.copy_(shares);
  return shares.cumsum(0);
}

function weightsOf({ lower, share }: NodePlaces, distribution: Tensor): Tensor {
  return distribution.index([lower.add(share.ge(1))]);
}

/** The loss of triplets whose gaps `[T]` are listed. */
function ofListed(gaps: Tensor, state: State): Tensor | null {
  if (gaps.numel() === 0) return null;
  const weights = noGrad(() =>
    scope(() => {
      const places = placesOf(gaps, state);
      return weightsOf(places, distributionAfter(linearHistogram(places, state.numBins - 1), state));
    }),
  );
  return gaps.mul(weights).mean();
}

/** Of each pair (i, i) of a square matrix: its distance beyond the hardest negative of both. */
function matchedGaps(distances: Tensor): Tensor {
  const rows = distances.shape[0] as number;
  if (rows < 2) return distances.flatten().narrow(0, 0, 0);
  const isMatch = eye(rows, { dtype: 'bool', device: distances.device });
  const others = where(isMatch, Number.POSITIVE_INFINITY, distances);
  return distances.diagonal().sub(others.amin([0]).minimum(others.amin([1])));
}

/** The loss over all triplets: first their histogram, then what each distance counts; no triplet is listed. */
function ofAll(distances: Tensor, { relation, columns }: LossBatch, state: State): Tensor | null {
  const counted = noGrad(() =>
    scope(() => {
      const { positives, negatives } = relation.block();
      const able = positives.logicalAnd(negatives.any(1).unsqueeze(1));
      const [rows, others] = able.nonzero().unbind(1) as [Tensor, Tensor];
      if (rows.numel() === 0) return null;
      const detached = distances.detach();
      const size = rowsPerBlock(columns);
      const inBlocks = (look: (row: Tensor, other: Tensor, places: NodePlaces, counts: Tensor) => void) => {
        const othersOf = others.split(size);
        for (const [i, row] of rows.split(size).entries()) {
          scope(() => {
            const other = othersOf[i] as Tensor;
            const gaps = detached
              .index([row, other])
              .unsqueeze(1)
              .sub(detached.index([row]));
            look(row, other, placesOf(gaps, state), negatives.index([row]).to(detached.dtype));
          });
        }
      };
      const counts = zeros([state.numBins], { dtype: detached.dtype, device: detached.device });
      inBlocks((_row, _other, places, isNegative) => {
        counts.add_(linearHistogram(places, state.numBins - 1, isNegative).sum(0));
      });
      const distribution = distributionAfter(counts, state);
      const factors = zerosLike(detached);
      inBlocks((row, other, places, isNegative) => {
        const weights = weightsOf(places, distribution).mul(isNegative);
        factors.indexAdd_(0, row, weights.neg());
        factors.indexPut_([row, other], weights.sum(1), { accumulate: true });
      });
      return factors.div(negatives.index([rows]).sum());
    }),
  );
  return counted === null ? null : distances.mul(counted).sum();
}
