import { where } from '../generated/torch.ts';
import { Tensor } from '../tensor.ts';
import { Reducer, type UnreducedLoss } from './reducer.ts';

/**
 * The sum over all losses, divided by what the loss says, such as a count of its own (pytorch-metric-learning's
 * `DivisorReducer`); 0, with gradient 0, where that is 0.
 *
 * @throws TypeError for a loss that gives no divisor.
 */
export class DivisorReducer extends Reducer {
  override reduce(loss: UnreducedLoss): Tensor {
    if (loss.kind === 'reduced') return loss.values;
    const { divisor, values } = loss;
    if (divisor === undefined) throw new TypeError('DivisorReducer: this loss gives no divisor');
    const sum = values.sum();
    if (!(divisor instanceof Tensor)) return divisor === 0 ? sum.mul(0) : sum.div(divisor);
    const none = divisor.eq(0);
    return sum.div(where(none, 1, divisor)).mul(none.logicalNot());
  }
}
