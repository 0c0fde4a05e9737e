import { expectTensor } from '../embeddings.ts';
import { ShapeError } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { anchorsOf, type ReducedBatch, Reducer, type UnreducedLoss } from './reducer.ts';

export interface ClassWeightedReducerOptions {
  /** What each class counts, floating `[C]`. */
  weights: Tensor;
}

/**
 * The mean over all losses, each times the weight of the class of its row or anchor: `sum_i w[y_i] l_i / n`
 * (pytorch-metric-learning's `ClassWeightedReducer`). It is divided by how many losses there are, not by their weights.
 *
 * @throws TypeError for rows without class ids, RangeError for a class id that has no weight.
 * @example
 * new torch.reducers.ClassWeightedReducer({ weights: torch.tensor([1, 5, 2]) });
 */
export class ClassWeightedReducer extends Reducer {
  readonly weights: Tensor;

  constructor({ weights }: ClassWeightedReducerOptions) {
    super();
    expectTensor('ClassWeightedReducer: weights', weights);
    if (weights.shape.length !== 1) {
      throw new ShapeError(`ClassWeightedReducer: weights must be [C], got [${weights.shape.join(', ')}]`);
    }
    this.weights = weights;
  }

  override reduce(loss: UnreducedLoss, batch?: ReducedBatch): Tensor {
    if (loss.kind === 'reduced') return loss.values;
    const { values } = loss;
    if (values.numel() === 0) return values.sum();
    if (batch?.classes === undefined) {
      throw new TypeError('ClassWeightedReducer: labels must be class ids, int64 [N], got none');
    }
    const classes = batch.classes.index([anchorsOf(loss)]);
    const [least, most] = [classes.min().item() as number, classes.max().item() as number];
    if (least < 0 || most >= this.weights.numel()) {
      const got = least < 0 ? least : most;
      throw new RangeError(`ClassWeightedReducer: labels must be from 0 to ${this.weights.numel() - 1}, got ${got}`);
    }
    return values.mul(this.weights.to(values.device, values.dtype).index([classes])).mean();
  }
}
