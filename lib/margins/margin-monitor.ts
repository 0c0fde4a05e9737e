/** Watches what a loss sees. */

import { expectInteger } from '../arguments.ts';
import { noGrad } from '../autograd/modes.ts';
import type { Distance } from '../distances/distance.ts';
import { describeValue } from '../errors.ts';
import { vectorNorm } from '../generated/linalg.ts';
import { where, zeros } from '../generated/torch.ts';
import type { LossBatch } from '../losses/loss-batch.ts';
import type { LossObserver, MetricLoss } from '../losses/metric-loss.ts';
import { composedTripletHinge, tripletHinge } from '../losses/triplet-hinge.ts';
import { TripletMarginLoss } from '../losses/triplet-margin-loss.ts';
import { isPairs } from '../pairs.ts';
import { rowBlocks, rowsPerBlock } from '../row-blocks.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { type BatchSummary, ClassSums, sumBatches } from './batch-summary.ts';
import { defaultLimits, type MarginReport, type WarningLimits, warningsOf } from './margin-report.ts';
import { TripletMargins } from './triplet-margins.ts';

export interface MarginMonitorOptions {
  /** In the distance's unit. By default that of the `TripletMarginLoss` that is observed, as it stands at each batch. */
  margin?: number | null;
  /** How many batches a report is over; 100 by default. */
  window?: number;
  /** Looks at every so many batches; 1 by default. A look costs about what a loss over all triplets costs forward. */
  every?: number;
  /** Bins of a histogram of the margins of all triplets of the last batch, edges, or null for none, the default. */
  bins?: number | readonly number[] | null;
  /** Whether each kind of warning is also shown once, by `process.emitWarning`; false by default. */
  emit?: boolean;
  /** When to warn. */
  limits?: Partial<WarningLimits>;
}

// One block of anchors times candidates: 4 MB of float32.
const blockElements = 1 << 20;

/**
 * Says how a margin is doing: which share of the triplets violates it, exactly and over all triplets of each batch, whether a
 * miner chose among them or not; how near positives and negatives are; by class and by anchor; and in plain words what
 * looks wrong. It changes nothing, and keeps numbers only.
 *
 * @example
 * const monitor = new torch.margins.MarginMonitor();
 * const lossFn = new torch.losses.TripletMarginLoss({ margin: 0.2, observer: monitor });
 * // … training …
 * const { violationRate, warnings } = monitor.report();
 */
export class MarginMonitor implements LossObserver {
  margin: number | null;
  readonly window: number;
  readonly every: number;
  readonly bins: number | readonly number[] | null;
  readonly emit: boolean;
  readonly limits: Readonly<WarningLimits>;
  #steps = 0;
  #firstNorm = NaN;
  #batches: BatchSummary[] = [];
  #observed = 0;
  readonly #emitted = new Set<string>();

  constructor(options: MarginMonitorOptions = {}) {
    const { margin = null, window = 100, every = 1, bins = null, emit = false, limits = {} } = options;
    if (margin !== null && !Number.isFinite(margin)) {
      throw new TypeError(`MarginMonitor: margin must be a finite number or null, got ${describeValue(margin)}`);
    }
    this.margin = margin;
    this.window = expectInteger('MarginMonitor: window', window);
    this.every = expectInteger('MarginMonitor: every', every);
    this.bins = bins;
    this.emit = emit;
    this.limits = { ...defaultLimits, ...limits };
  }

  observe(batch: LossBatch, distance: Distance, loss?: MetricLoss): void {
    if (this.#steps++ % this.every !== 0) return;
    const margin = this.#marginOf(loss);
    const summary = noGrad(() => scope(() => this.#look(batch, distance, margin)));
    if (this.#observed++ === 0) this.#firstNorm = summary.norm;
    this.#batches.push(summary);
    if (this.#batches.length > this.window) this.#batches.shift();
    if (this.emit) this.#show();
  }

  #marginOf(loss: MetricLoss | undefined): number {
    if (this.margin !== null) return this.margin;
    if (loss instanceof TripletMarginLoss) return loss.margin;
    const name = loss?.constructor.name ?? 'this loss';
    throw new TypeError(`MarginMonitor: margin must be given, because ${name} has none between distances`);
  }

  #look(batch: LossBatch, distance: Distance, margin: number): BatchSummary {
    const { embeddings, reference, relation, tuples } = batch;
    const [rows, columns] = [embeddings.detach(), reference.detach()];
    const norms = vectorNorm(rows, 2, [1]);
    const finite = norms.isfinite().all().item() === true;
    const mined =
      tuples === undefined
        ? null
        : isPairs(tuples)
          ? tuples.positive.numel() + tuples.negative.numel()
          : tuples.anchor.numel();
    const ofRows = (count: number) => zeros([batch.rows, count], { dtype: 'float64', device: rows.device });
    const sums = ofRows(7);
    for (const [begin, length] of rowBlocks(finite ? batch.rows : 0, rowsPerBlock(batch.columns, blockElements))) {
      scope(() => {
        const distances = distance.matrix(rows.narrow(0, begin, length), columns);
        const { positives, negatives } = relation.block(begin, length);
        const kernel = rows.device === 'cpu' ? tripletHinge : composedTripletHinge;
        const options = { margin, power: 1, activeAtKink: false, withGradient: false } as const;
        const { counts } = kernel(distance.ascending(distances), positives, negatives, options);
        const block = sums.narrow(0, begin, length);
        block.narrow(1, 0, 3).copy_(counts);
        for (const [i, mask] of [positives, negatives].entries()) {
          block.select(1, 3 + 2 * i).copy_(where(mask, distances, 0).double().sum(1));
          block.select(1, 4 + 2 * i).copy_(mask.sum(1));
        }
      });
    }
    const perRow = sums.tolist() as number[][];
    const classes = relation.classes === undefined ? null : new ClassSums(relation.classes.labels, perRow);
    const asks = finite && this.bins !== null;
    return {
      margin,
      finite,
      mined,
      perRow,
      classes,
      norm: batch.rows === 0 ? NaN : (norms.double().mean().item() as number),
      spread: finite ? spreadOf(rows) : NaN,
      histogram: asks ? marginsOf(batch, distance).histogram(this.bins ?? undefined) : null,
    };
  }

  #show(): void {
    for (const { code, message } of this.report().warnings) {
      if (this.#emitted.has(code)) continue;
      this.#emitted.add(code);
      process.emitWarning(message, { type: 'MarginWarning', code });
    }
  }

  /** What was seen in the window. */
  report(): MarginReport {
    const last = this.#batches.at(-1);
    const report = {
      steps: this.#steps,
      batches: this.#observed,
      margin: last?.margin ?? NaN,
      ...sumBatches(this.#batches),
      histogram: last?.histogram ?? null,
      norm: last?.norm ?? NaN,
      firstNorm: this.#firstNorm,
      spread: last?.spread ?? NaN,
    };
    const { notFinite, ...shown } = report;
    return { ...shown, warnings: warningsOf({ ...shown, notFinite }, this.limits) };
  }

  /** Forgets what was seen. */
  reset(): void {
    this.#steps = 0;
    this.#observed = 0;
    this.#firstNorm = NaN;
    this.#batches = [];
    this.#emitted.clear();
  }
}

function marginsOf({ embeddings, reference, relation, isSelf }: LossBatch, distance: Distance): TripletMargins {
  return new TripletMargins(embeddings, relation, isSelf ? { distance } : { distance, reference });
}

/** The standard deviation of rows over their norm, of the rows as they are or normalised, whichever is less. */
function spreadOf(rows: Tensor): number {
  const [count = 0, dimensions = 0] = rows.shape;
  if (count < 2) return NaN;
  const points = rows.double();
  const of = (each: Tensor) => {
    const deviation = each.sub(each.mean(0)).square().sum(1).mean().sqrt();
    return deviation.div(vectorNorm(each, 2, [1]).mean().clampMin(1e-300)).item() as number;
  };
  if (dimensions === 1) return of(points);
  return Math.min(of(points), of(points.div(vectorNorm(points, 2, [1], true).clampMin(1e-300))));
}
