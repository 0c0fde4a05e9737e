/** NumPy's files: one array as `.npy`, arrays by name as `.npz`. `torch.numpy`, as Python's `numpy.load` and `numpy.save`. */

import { noGrad } from '../autograd/modes.ts';
import { CheckpointError, describeValue } from '../errors.ts';
import { scope } from '../scope.ts';
import { Tensor } from '../tensor.ts';
import { replaceFile, writeAll } from './atomic-file.ts';
import { readNpyHeader, swappedBytes, writeNpyHeader } from './npy-header.ts';
import { refusing } from './refusing.ts';
import { type FileInput, memorySource, type Source, withSource } from './source.ts';
import { bytesOf, bytesTensor, countOf, elementsOf, itemsizeOf, pieces } from './storage.ts';
import { ZipReader } from './zip-reader.ts';
import { ZipWriter } from './zip-writer.ts';

export interface NumpyLoadOptions {
  /** Maps a `.npy` file into memory instead of reading it; the file must not be changed in place for as long. */
  mmap?: boolean;
}

const ending = '.npy';

/** Turns the bytes of elements around, in place. */
function swap(bytes: Uint8Array, width: number): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (width === 2) buffer.swap16();
  else if (width === 4) buffer.swap32();
  else buffer.swap64();
}

function decode(source: Source): Tensor {
  const { dtype, bigEndian, fortranOrder, shape, dataStart } = readNpyHeader(source);
  const needed = itemsizeOf(dtype) * countOf(shape);
  const held = source.size - dataStart;
  if (needed !== held) {
    throw new CheckpointError(
      `${source.name}: needs ${needed} bytes for ${dtype} [${shape.join(', ')}], it holds ${held}`,
    );
  }
  let bytes: Tensor;
  if (bigEndian) {
    const raw = source.read(dataStart, needed);
    swap(raw, swappedBytes(dtype));
    bytes = bytesTensor(raw);
  } else ({ bytes } = source.tensor(dataStart, needed));
  const elements = elementsOf(bytes, dtype);
  if (!fortranOrder) return elements.view([...shape]);
  return elements.view(shape.toReversed()).permute(shape.map((_, i) => shape.length - 1 - i));
}

/** Every file of the archive is an array. */
function decodeArchive(source: Source): Map<string, Tensor> {
  const zip = new ZipReader(source);
  const tensors = new Map<string, Tensor>();
  for (const entry of zip.entries.values()) {
    if (!entry.name.endsWith(ending)) {
      throw new CheckpointError(`${source.name}: holds ${entry.name}, which is no array`);
    }
    const name = entry.name.slice(0, -ending.length);
    tensors.set(name, decode(memorySource(`${source.name}: ${entry.name}`, zip.read(entry), true)));
  }
  return tensors;
}

/**
 * Reads a `.npy` file as a tensor, or a `.npz` file as tensors by name (`numpy.load`). Which of the two it is, its first
 * bytes say. Arrays in Fortran order come as tensors with the same strides.
 *
 * @param file a path, or the bytes of a file.
 * @throws CheckpointError if it is damaged, or holds what no tensor can: Python objects, strings, records.
 * @example
 * const images = torch.numpy.load('images.npy') as Tensor;
 */
export function load(file: FileInput, options: NumpyLoadOptions = {}): Tensor | Map<string, Tensor> {
  return scope(() =>
    refusing('numpy.load', () =>
      noGrad(() =>
        withSource('numpy.load: file', file, options.mmap === true, (source) =>
          ZipReader.isArchive(source) ? decodeArchive(source) : decode(source),
        ),
      ),
    ),
  );
}

function expectTensor(where: string, value: unknown): Tensor {
  if (!(value instanceof Tensor)) throw new TypeError(`${where} must be a Tensor, got ${describeValue(value)}`);
  return value;
}

/** The parts of a `.npy` file; column-major tensors are written as they lie, as NumPy does. */
function* encode(where: string, tensor: Tensor): Generator<Uint8Array, undefined> {
  const dims = tensor.shape.map((_, i) => i).reverse();
  const turned = tensor.detach().permute(dims);
  const fortranOrder = !tensor.isContiguous() && turned.isContiguous();
  yield writeNpyHeader(where, tensor.dtype, fortranOrder, tensor.shape);
  yield* pieces(bytesOf(fortranOrder ? turned : tensor));
}

/**
 * Writes a tensor as a `.npy` file (`numpy.save`); it appears whole or not at all.
 *
 * @throws DTypeError for dtypes that NumPy does not have, such as bfloat16.
 */
export function save(file: string | URL, tensor: Tensor): void {
  const value = expectTensor('numpy.save: tensor', tensor);
  replaceFile(file, (descriptor) =>
    scope(() => {
      for (const part of encode('numpy.save: tensor', value)) writeAll(descriptor, part);
    }),
  );
}

/** The bytes of the file that `save` would write. */
export function saveBytes(tensor: Tensor): Uint8Array {
  const value = expectTensor('numpy.saveBytes: tensor', tensor);
  return scope(() => new Uint8Array(Buffer.concat([...encode('numpy.saveBytes: tensor', value)])));
}

/**
 * Writes tensors by name as a `.npz` file (`numpy.savez`); it appears whole or not at all.
 *
 * @throws DTypeError for dtypes that NumPy does not have, such as bfloat16.
 * @example
 * torch.numpy.savez('embeddings.npz', { vectors, labels });
 */
export function savez(
  file: string | URL,
  tensors: ReadonlyMap<string, Tensor> | Readonly<Record<string, Tensor>>,
): void {
  if (typeof tensors !== 'object' || tensors === null || tensors instanceof Tensor || Array.isArray(tensors)) {
    throw new TypeError(`numpy.savez: tensors must be a Map or an object of tensors, got ${describeValue(tensors)}`);
  }
  const entries = [...(tensors instanceof Map ? tensors : Object.entries(tensors))] as [string, unknown][];
  for (const [name, value] of entries) expectTensor(`numpy.savez: '${name}'`, value);
  replaceFile(file, (descriptor) => {
    const zip = new ZipWriter((bytes) => writeAll(descriptor, bytes));
    for (const [name, value] of entries) {
      scope(() => {
        const tensor = value as Tensor;
        const parts = encode(`numpy.savez: '${name}'`, tensor);
        const header = parts.next().value as Uint8Array;
        const size = header.length + itemsizeOf(tensor.dtype) * tensor.numel();
        zip.addPieces(`${name}${ending}`, size, withFirst(header, parts));
      });
    }
    zip.end();
  });
}

function* withFirst<T>(first: T, others: Iterable<T>): Generator<T, undefined> {
  yield first;
  yield* others;
}
