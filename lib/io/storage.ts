/** Memory that tensors of a file share. */

import { type DType, dtypeCode } from '../dtype.ts';
import { CheckpointError } from '../errors.ts';
import { empty } from '../generated/torch.ts';
import { native, reserve, words } from '../native.ts';
import { type Tensor, wrap } from '../tensor.ts';

/** Bytes in memory as a uint8 tensor that shares them. */
export function bytesTensor(bytes: Uint8Array): Tensor {
  words[0] = dtypeCode('uint8') as number;
  words[1] = bytes.byteOffset;
  words[2] = 1;
  words[3] = bytes.length;
  native.fromBlob(bytes.buffer as ArrayBuffer);
  return wrap(words[0] as number);
}

/** All of the memory that a tensor lies in, as a uint8 tensor that shares it. */
export function storageBytes(tensor: Tensor): Tensor {
  words[0] = tensor.handle;
  native.storageBytes();
  return wrap(words[0] as number);
}

export class Storage {
  /** The element type, undefined where the tensors say it. */
  readonly dtype: DType | undefined;
  readonly #bytes: Tensor;
  readonly #name: string;

  /** @param bytes uint8 `[B]`. */
  constructor(name: string, bytes: Tensor, dtype: DType | undefined) {
    this.dtype = dtype;
    this.#bytes = bytes;
    this.#name = name;
  }

  /** A tensor over a part of the memory. @throws CheckpointError if it reaches beyond. */
  view(offset: number, size: readonly number[], stride: readonly number[], dtype = this.dtype): Tensor {
    if (dtype === undefined) throw new CheckpointError(`${this.#name}: a tensor does not say its dtype`);
    if (this.#bytes.numel() % empty([0], { dtype }).itemsize !== 0) {
      throw new CheckpointError(
        `${this.#name}: a storage of ${this.#bytes.numel()} bytes holds no whole elements of ${dtype}`,
      );
    }
    const elements = this.#bytes.view(dtype);
    const last = size.reduce((sum, length, i) => sum + (length - 1) * (stride[i] as number), offset);
    const isEmpty = size.includes(0);
    if (!isEmpty && !(last < elements.numel())) {
      throw new CheckpointError(
        `${this.#name}: a tensor of ${size.join(' x ')} reaches beyond its storage of ${elements.numel()} elements`,
      );
    }
    reserve(2 * size.length + 64);
    // Counted from the first element of the memory, of which the bytes may be a part.
    return elements.asStrided([...size], [...stride], elements.offset + (isEmpty ? 0 : offset));
  }
}
