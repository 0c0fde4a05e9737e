import { arange } from '../generated/torch.ts';
import type { UnreducedLoss } from '../reducers/reducer.ts';
import type { Tensor } from '../tensor.ts';
import { Regularizer } from './regularizer.ts';

/**
 * `|sum_d x_d|`, averaged over rows: the components of each row have mean 0 (pytorch-metric-learning's
 * `ZeroMeanRegularizer`).
 *
 * @example
 * new torch.regularizers.ZeroMeanRegularizer()(embeddings);
 */
export class ZeroMeanRegularizer extends Regularizer {
  protected override penalties(rows: Tensor): UnreducedLoss {
    const indices = arange(rows.shape[0] as number, { device: rows.device });
    return { kind: 'element', values: rows.sum(1).abs(), indices };
  }
}
