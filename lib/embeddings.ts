/** Checks of what losses, miners and evaluation share: a batch of embeddings with their labels. */

import { isFloatingDType } from './dtype.ts';
import { DTypeError, describeValue, ShapeError } from './errors.ts';
import { Tensor } from './tensor.ts';

function expectTensor(where: string, value: Tensor): void {
  if (!(value instanceof Tensor)) throw new TypeError(`${where} must be a Tensor, got ${describeValue(value)}`);
}

/** Checks embeddings `[N, D]` of a floating dtype. */
export function expectEmbeddings(where: string, embeddings: Tensor): void {
  expectTensor(where, embeddings);
  const shape = embeddings.shape;
  if (shape.length !== 2) throw new ShapeError(`${where} must be [N, D], got [${shape.join(', ')}]`);
  if (!isFloatingDType(embeddings.dtype)) {
    throw new DTypeError(`${where} must be of a floating dtype, got ${embeddings.dtype}`);
  }
}

/** Checks labels: int64, because a float32 holds no class ids beyond 2^24, and one for each embedding. */
export function expectLabels(where: string, labels: Tensor, embeddings: Tensor): void {
  expectTensor(where, labels);
  if (labels.dtype !== 'int64') {
    throw new DTypeError(`${where} must be class ids of dtype int64, got ${labels.dtype}; convert with labels.long()`);
  }
  const shape = labels.shape;
  const count = embeddings.shape[0];
  if (shape.length !== 1 || shape[0] !== count) {
    throw new ShapeError(
      `${where} must be [${count}] to match embeddings [${embeddings.shape.join(', ')}], got [${shape.join(', ')}]`,
    );
  }
}
