import { arange } from '../generated/torch.ts';
import type { UnreducedLoss } from '../reducers/reducer.ts';
import type { Tensor } from '../tensor.ts';
import { Regularizer } from './regularizer.ts';

/**
 * `(||w||² - mean ||w||²)² / 4`, averaged over rows: class weights have norms alike, so that rare classes are not told by
 * theirs (pytorch-metric-learning's `CenterInvariantRegularizer`; Wu et al. 2017).
 *
 * @example
 * new torch.losses.ArcFaceLoss({ ...size, weightRegularizer: new torch.regularizers.CenterInvariantRegularizer() });
 */
export class CenterInvariantRegularizer extends Regularizer {
  protected override penalties(rows: Tensor): UnreducedLoss {
    const count = rows.shape[0] as number;
    const squares = rows.square().sum(1);
    const mean = squares.sum().div(Math.max(1, count));
    return {
      kind: 'element',
      values: squares.sub(mean).square().div(4),
      indices: arange(count, { device: rows.device }),
    };
  }
}
