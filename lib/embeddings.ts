/** Checks of what losses, miners and evaluation share: a batch of embeddings with their labels. */

import { isFloatingDType } from './dtype.ts';
import { DTypeError, describeValue, ShapeError } from './errors.ts';
import { Tensor } from './tensor.ts';

export function expectTensor(where: string, value: unknown): asserts value is Tensor {
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

/** Checks class ids int64 `[N]`, because a float32 holds none beyond 2^24; returns N. */
export function expectClassIds(where: string, labels: Tensor): number {
  expectTensor(where, labels);
  if (labels.dtype !== 'int64') {
    throw new DTypeError(`${where} must be class ids of dtype int64, got ${labels.dtype}; convert with labels.long()`);
  }
  const shape = labels.shape;
  if (shape.length !== 1) throw new ShapeError(`${where} must be [N], got [${shape.join(', ')}]`);
  return shape[0] as number;
}

/** Checks that there is one class id for each embedding. */
export function expectLabels(where: string, labels: Tensor, embeddings: Tensor): void {
  const count = expectClassIds(where, labels);
  const shape = embeddings.shape;
  if (count !== shape[0]) {
    throw new ShapeError(`${where} must be [${shape[0]}] to match embeddings [${shape.join(', ')}], got [${count}]`);
  }
}

/** Whether rows hold neither NaN nor infinity, and no such numbers that their sum is one; read back. */
export function areFinite(rows: Tensor): boolean {
  return Number.isFinite(rows.sum().item() as number);
}

/** Half precision as float32, in which losses and distances are computed; other dtypes as they are. */
export function widened(embeddings: Tensor): Tensor {
  return embeddings.dtype === 'float16' || embeddings.dtype === 'bfloat16' ? embeddings.float() : embeddings;
}
