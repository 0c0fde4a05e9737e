/** Sets the margin of a loss so that a wanted share of triplets violates it. */

import { expectInteger, expectOneOf } from '../arguments.ts';
import { noGrad } from '../autograd/modes.ts';
import type { Distance } from '../distances/distance.ts';
import { LpDistance } from '../distances/lp-distance.ts';
import { describeValue } from '../errors.ts';
import { LossBatch, type LossCall } from '../losses/loss-batch.ts';
import type { LossObserver, MetricLoss } from '../losses/metric-loss.ts';
import type { Labels } from '../relation.ts';
import { scope } from '../scope.ts';
import { TripletMargins } from './triplet-margins.ts';

export interface MarginControllerOptions {
  /** The share that shall violate the margin, from 0 to 1; or what it shall be at each step, counted from 0. */
  rate: number | ((step: number) => number);
  /**
   * Of what: `'triplets'` by default; `'negatives'`, that is, negative pairs nearer than the margin, or `'positives'`, positive
   * pairs farther than it, as the two margins of a contrastive loss have it.
   */
  of?: 'triplets' | 'negatives' | 'positives';
  /** The field of the loss that is set; `'margin'` by default, `'negMargin'` and `'posMargin'` for pairs. */
  field?: string;
  /** Looks at every so many batches; 1 by default. */
  every?: number;
  /** What remains of the last margin when a new one is found, from 0, the default, to below 1. */
  smoothing?: number;
  /** The least margin; none by default. */
  least?: number;
  /** The greatest margin; none by default. */
  most?: number;
}

const fields = { triplets: 'margin', negatives: 'negMargin', positives: 'posMargin' } as const;

/**
 * Finds, for each batch, the margin that a wanted share of all its triplets violates, exactly, and gives it to the loss before
 * the loss is computed. The share may follow a schedule: many at first, few in the end, or the other way round.
 *
 * As the observer of a loss it sets a field of that loss. Without one, `marginFor` returns the margin. Losses whose margin is
 * an angle, or is between scores, have no triplets to count, and are not for it.
 *
 * @example
 * const controller = new torch.margins.MarginController({ rate: 0.3, least: 0.05, most: 0.5 });
 * const lossFn = new torch.losses.TripletMarginLoss({ observer: controller });
 * lossFn(embeddings, labels).backward();
 * controller.margin; // what was found for these embeddings
 */
export class MarginController implements LossObserver {
  readonly rate: number | ((step: number) => number);
  readonly of: 'triplets' | 'negatives' | 'positives';
  readonly field: string;
  readonly every: number;
  readonly smoothing: number;
  readonly least: number;
  readonly most: number;
  /** How many batches it has been shown. */
  steps = 0;
  /** The margin as it is now; NaN before the first batch with triplets. */
  margin = NaN;

  constructor(options: MarginControllerOptions) {
    const { rate, of = 'triplets', every = 1, smoothing = 0 } = options ?? {};
    const { field = fields[of], least = -Infinity, most = Infinity } = options ?? {};
    if (typeof rate !== 'function') expectRate(rate);
    expectOneOf('MarginController: of', of, Object.keys(fields));
    expectInteger('MarginController: every', every);
    if (!(smoothing >= 0 && smoothing < 1)) {
      throw new RangeError(`MarginController: smoothing must be from 0 to below 1, got ${describeValue(smoothing)}`);
    }
    if (!(least <= most))
      throw new RangeError(`MarginController: least must not exceed most, got ${least} and ${most}`);
    this.rate = rate;
    this.of = of;
    this.field = field;
    this.every = every;
    this.smoothing = smoothing;
    this.least = least;
    this.most = most;
  }

  /** The margin for a batch of embeddings `[N, D]`; also moves the schedule on. NaN before any batch had triplets. */
  marginFor(
    embeddings: LossBatch['embeddings'],
    labels: Labels,
    { distance = new LpDistance(), ...call }: LossCall & { distance?: Distance } = {},
  ): number {
    return this.#next(new LossBatch('MarginController', embeddings, labels, call), distance);
  }

  observe(batch: LossBatch, distance: Distance, loss: MetricLoss): void {
    const target = loss as unknown as Record<string, unknown>;
    if (typeof target?.[this.field] !== 'number') {
      const name = loss?.constructor.name ?? 'the loss';
      throw new TypeError(`MarginController: ${name} has no number named ${this.field} to set`);
    }
    const margin = this.#next(batch, distance);
    if (!Number.isNaN(margin)) target[this.field] = margin;
  }

  #next(batch: LossBatch, distance: Distance): number {
    const step = this.steps++;
    if (step % this.every !== 0) return this.margin;
    const rate = expectRate(typeof this.rate === 'function' ? this.rate(step) : this.rate);
    const found = noGrad(() =>
      scope(() =>
        this.of === 'triplets' ? ofTriplets(batch, distance, rate) : ofPairs(batch, distance, rate, this.of),
      ),
    );
    // A batch that has none, or is not finite, says nothing.
    if (!Number.isFinite(found)) return this.margin;
    const kept = Number.isNaN(this.margin) ? found : this.smoothing * this.margin + (1 - this.smoothing) * found;
    this.margin = Math.min(this.most, Math.max(this.least, kept));
    return this.margin;
  }
}

function expectRate(rate: number): number {
  if (typeof rate === 'number' && rate >= 0 && rate <= 1) return rate;
  throw new RangeError(`MarginController: rate must be from 0 to 1, got ${describeValue(rate)}`);
}

function ofTriplets({ embeddings, reference, relation, isSelf }: LossBatch, distance: Distance, rate: number): number {
  const options = isSelf ? { distance } : { distance, reference };
  return new TripletMargins(embeddings, relation, options).quantile(rate);
}

/** Half way between the last pair, by distance, that is nearer than the margin, and the first that is not. */
function ofPairs(batch: LossBatch, distance: Distance, rate: number, of: 'negatives' | 'positives'): number {
  const distances = distance.matrix(batch.embeddings.detach(), batch.reference.detach());
  const values = distances.index([batch.relation.block()[of]]);
  const count = values.numel();
  if (count === 0) return NaN;
  const { values: sorted } = distance.sort(values);
  const violating = Math.round(rate * count);
  const nearer = of === 'negatives' ? violating : count - violating;
  const at = (i: number) => sorted.select(0, i).item() as number;
  // Beyond all of them, in the direction of far.
  const beyond = (value: number) => Math.sign(distance.farthest) * Math.max(Math.abs(value), 1e-6) * 1e-6;
  if (nearer === 0) return at(0) - beyond(at(0));
  if (nearer === count) return at(count - 1) + beyond(at(count - 1));
  return (at(nearer - 1) + at(nearer)) / 2;
}
