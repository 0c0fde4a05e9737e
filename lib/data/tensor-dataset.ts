/** Tensors as a dataset. */

import { describeValue, ShapeError } from '../errors.ts';
import type { Index } from '../indexing.ts';
import { Tensor } from '../tensor.ts';
import { Dataset, type DatasetSource } from './dataset.ts';
import { ownModule } from './module-reference.ts';

/**
 * The rows of tensors that have the same size in their first dimension (`torch.utils.data.TensorDataset`).
 *
 * @example
 * const dataset = new torch.data.TensorDataset(images, labels);
 * const [image, label] = dataset.get(0);
 */
export class TensorDataset<T extends readonly Tensor[] = readonly Tensor[]> extends Dataset<T> {
  readonly tensors: T;

  /** @throws ShapeError if the first dimensions differ. */
  constructor(...tensors: T) {
    super();
    const [first] = tensors;
    if (first === undefined) throw new RangeError('TensorDataset: at least one tensor must be given');
    for (const tensor of tensors) {
      if (!(tensor instanceof Tensor)) {
        throw new TypeError(`TensorDataset: tensors must be Tensors, got ${describeValue(tensor)}`);
      }
      if (tensor.ndim === 0 || tensor.shape[0] !== first.shape[0]) {
        throw new ShapeError(
          `TensorDataset: tensors must have ${first.shape[0] ?? 'some'} rows as the first one has, got [${tensor.shape.join(', ')}]`,
        );
      }
    }
    this.tensors = tensors;
  }

  get length(): number {
    return (this.tensors[0] as Tensor).shape[0] as number;
  }

  /** The row of each tensor; an array of indices, a slice or a tensor gives several rows at once. */
  get(index: Index): T {
    const rows =
      typeof index === 'number'
        ? this.tensors.map((each) => each.select(0, index))
        : this.tensors.map((each) => each.index([index]));
    return rows as unknown as T;
  }

  override workerSource(): DatasetSource {
    return { module: ownModule, export: 'TensorDataset', args: this.tensors };
  }
}
