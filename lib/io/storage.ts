/** Memory that tensors of a file lie in. */

import { type DType, dtypeCode } from '../dtype.ts';
import { CheckpointError } from '../errors.ts';
import { empty } from '../generated/torch.ts';
import { native, words } from '../native.ts';
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

function storageOf(tensor: Tensor, offset: number, length: number): Tensor {
  words[0] = tensor.handle;
  words[1] = offset;
  words[2] = length;
  native.storageBytes();
  return wrap(words[0] as number);
}

/** All of the memory that a tensor lies in, as a uint8 tensor that shares it. */
export function storageBytes(tensor: Tensor): Tensor {
  return storageOf(tensor, 0, -1);
}

/** A part of a file that is mapped, as a uint8 tensor whose storage ends where the part does. */
export function partOf(mapped: Tensor, position: number, length: number): Tensor {
  return storageOf(mapped, position, length);
}

/** The elements of a dense tensor in row-major order, as a uint8 tensor `[B]` on the CPU. */
export function bytesOf(tensor: Tensor): Tensor {
  const plain = tensor.detach().to('cpu').resolveConj().resolveNeg().contiguous();
  // Not `reshape`, which keeps the odd step of a single element.
  return plain.asStrided([plain.numel()], [1], plain.offset).view('uint8');
}

const pieceLength = 1 << 26;

/** Elements of a uint8 tensor in pieces, so that no large copy is made. */
export function* pieces(bytes: Tensor): Generator<Uint8Array, undefined> {
  const length = bytes.numel();
  for (let at = 0; at < length; at += pieceLength) {
    const part = bytes.narrow(0, at, Math.min(pieceLength, length - at));
    const copy = part.toTypedArray() as Uint8Array;
    part.dispose();
    yield copy;
  }
}

const itemsizes = new Map<DType, number>();

/** The bytes of an element. */
export function itemsizeOf(dtype: DType): number {
  let size = itemsizes.get(dtype);
  if (size === undefined) {
    const none = empty([0], { dtype, device: 'cpu' });
    size = none.itemsize;
    none.dispose();
    itemsizes.set(dtype, size);
  }
  return size;
}

/** The elements that bytes hold, in place where their position in memory allows it. `bytes` are uint8 `[B]`. */
export function elementsOf(bytes: Tensor, dtype: DType): Tensor {
  const isAligned = BigInt(bytes.dataPtr()) % BigInt(itemsizeOf(dtype)) === 0n;
  const aligned = isAligned ? bytes : bytes.clone();
  return dtype === 'uint8' ? aligned : aligned.view(dtype);
}

/** How many elements a shape has. */
export function countOf(shape: readonly number[]): number {
  return shape.includes(0) ? 0 : shape.reduce((product, size) => product * size, 1);
}

export class Storage {
  /** The element type, undefined where the tensors say it. */
  readonly dtype: DType | undefined;
  readonly #bytes: Tensor;
  readonly #name: string;
  #elements: Tensor | undefined;

  /** @param bytes uint8 `[B]`. */
  constructor(name: string, bytes: Tensor, dtype: DType | undefined) {
    this.dtype = dtype;
    this.#bytes = bytes;
    this.#name = name;
  }

  /** A tensor over a part of the memory. @throws CheckpointError if it reaches beyond. */
  view(offset: number, size: readonly number[], stride: readonly number[], dtype = this.dtype): Tensor {
    if (dtype === undefined) throw this.#damaged('a tensor does not say its dtype');
    const elements = this.#view(dtype);
    const count = elements.numel();
    const isEmpty = size.includes(0);
    const last = size.reduce((sum, length, i) => sum + (length - 1) * (stride[i] as number), offset);
    // A tensor's own count must fit, too: steps of 0 reach nowhere.
    const fits = isEmpty || (last < count && countOf(size) <= Number.MAX_SAFE_INTEGER);
    if (!fits) {
      throw this.#damaged(`a tensor of ${size.join(' x ')} reaches beyond its storage of ${count} elements`);
    }
    return elements.asStrided([...size], [...stride], offset);
  }

  /** How many elements of a dtype it holds. */
  count(dtype: DType): number {
    return Math.floor(this.#bytes.numel() / itemsizeOf(dtype));
  }

  #view(dtype: DType): Tensor {
    if (this.#bytes.numel() % itemsizeOf(dtype) !== 0) {
      throw this.#damaged(`a storage of ${this.#bytes.numel()} bytes holds no whole elements of ${dtype}`);
    }
    if (dtype !== this.dtype) return elementsOf(this.#bytes, dtype);
    this.#elements ??= elementsOf(this.#bytes, dtype);
    return this.#elements;
  }

  #damaged(what: string): CheckpointError {
    return new CheckpointError(`${this.#name}: ${what}`);
  }
}
