/**
 * Every class of error that hinge throws, by code. `docs/errors.md` shows the same table and a test compares the two.
 * Wrong JavaScript types are `TypeError`s, wrong values `RangeError`s.
 */
export const errorCodes = {
  ERR_TORCH: 'libtorch refused the operation',
  ERR_SHAPE: 'shapes do not fit together',
  ERR_DTYPE: 'a dtype is not the one that is needed',
  ERR_DEVICE: 'tensors are on different devices, or a device is not there',
  ERR_DISPOSED: 'the tensor was disposed, or its handle was never valid',
  ERR_CHECKPOINT: 'a file is damaged, incomplete or asks for more than data',
  ERR_WORKER: 'a worker of a DataLoader threw, ended or did not answer in time',
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** libtorch refused: its own words without the C++ stack, and the operator where one was called. */
export class TorchError extends Error {
  readonly code: ErrorCode = 'ERR_TORCH';
  /** The operator that refused, such as `aten::matmul`. */
  operator?: string;
  override get name(): string {
    return this.constructor.name;
  }
}

/** Shapes do not fit together. */
export class ShapeError extends TorchError {
  override readonly code = 'ERR_SHAPE';
}

/** A tensor has another dtype than is needed. */
export class DTypeError extends TorchError {
  override readonly code = 'ERR_DTYPE';
}

/** A device is not there, or tensors lie on different ones. */
export class DeviceError extends TorchError {
  override readonly code = 'ERR_DEVICE';
}

/** A tensor was used after `dispose`, after the end of the scope that freed it, or a handle was never valid. */
export class DisposedError extends TorchError {
  override readonly code = 'ERR_DISPOSED';
}

/** A file is damaged, incomplete or asks for more than data. */
export class CheckpointError extends TorchError {
  override readonly code = 'ERR_CHECKPOINT';
}

/** A worker of a `DataLoader` threw, which is the `cause`, ended, or did not answer in time. */
export class WorkerError extends TorchError {
  override readonly code = 'ERR_WORKER';
  /** The number of the worker, from 0 on. */
  worker?: number;
  /** The index of the sample that it loaded, or the indices of the batch. */
  index?: unknown;
}

/** How a message names the value that came: its type, and the value itself where that is short. */
export function describeValue(value: unknown): string {
  if (value === null) return 'null';
  switch (typeof value) {
    case 'undefined':
      return 'undefined';
    case 'string':
      return value.length > 40 ? `a string of ${value.length} characters` : JSON.stringify(value);
    case 'number':
    case 'boolean':
      return String(value);
    case 'bigint':
      return `${value}n`;
    case 'function':
      return `function ${value.name || '(anonymous)'}`;
    case 'symbol':
      return 'a symbol';
    default:
      break;
  }
  if (Array.isArray(value)) {
    if (value.length > 8 || value.some((each) => typeof each === 'object')) return `an array of ${value.length}`;
    return `[${value.map(describeValue).join(', ')}]`;
  }
  // A hostile object may have no prototype, or a constructor that is not one.
  const name: unknown = (Object.getPrototypeOf(value) as { constructor?: { name?: unknown } } | null)?.constructor
    ?.name;
  return typeof name === 'string' && name !== 'Object' ? `${/^[AEIOU]/.test(name) ? 'an' : 'a'} ${name}` : 'an object';
}
