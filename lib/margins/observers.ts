import type { Distance } from '../distances/distance.ts';
import type { LossBatch } from '../losses/loss-batch.ts';
import type { LossObserver, MetricLoss } from '../losses/metric-loss.ts';

/**
 * Several observers of one loss, asked in turn.
 *
 * @example
 * const observer = new torch.margins.Observers(controller, monitor);
 * const lossFn = new torch.losses.TripletMarginLoss({ observer });
 */
export class Observers implements LossObserver {
  readonly all: readonly LossObserver[];

  constructor(...all: readonly LossObserver[]) {
    this.all = all;
  }

  observe(batch: LossBatch, distance: Distance, loss: MetricLoss): void {
    for (const each of this.all) each.observe(batch, distance, loss);
  }
}
