/** `torch.save` and `torch.load`: PyTorch's own files, which are archives of a pickle and the memory of tensors. */

import { randomInt } from 'node:crypto';
import { noGrad } from '../autograd/modes.ts';
import { type DeviceLike, deviceCode, expectDevice } from '../device.ts';
import { CheckpointError, describeValue, TorchError } from '../errors.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { replaceFile, writeAll } from './atomic-file.ts';
import { Pickler } from './pickler.ts';
import { refusing } from './refusing.ts';
import { type FileInput, type Source, withSource } from './source.ts';
import { pieces, Storage } from './storage.ts';
import { StorageType } from './storage-types.ts';
import { TensorPickling } from './tensor-pickling.ts';
import { findName } from './torch-names.ts';
import { Unpickler } from './unpickler.ts';
import { type ZipEntry, ZipReader } from './zip-reader.ts';
import { ZipWriter } from './zip-writer.ts';

export interface LoadFileOptions {
  /**
   * Where tensors go: a device, or a function of the device that they were saved from, which returns undefined for those
   * that stay. By default they go where they were.
   */
  mapLocation?: DeviceLike | ((location: string) => DeviceLike | undefined);
  /**
   * Maps the file into memory instead of reading it: tensors are read when they are used, checksums are not checked, and
   * the file must stay as it is for as long. Only for paths.
   */
  mmap?: boolean;
  /** Nothing but data is ever loaded; the option is there for scripts that come from Python. */
  weightsOnly?: true;
}

const pickleName = 'data.pkl';

/** An archive while its pickle is read. */
class Archive {
  readonly #zip: ZipReader;
  readonly #root: string;
  readonly #where: string;
  readonly #mapLocation: LoadFileOptions['mapLocation'];
  readonly #storages = new Map<string, Storage>();

  constructor(source: Source, { mapLocation }: LoadFileOptions) {
    this.#where = source.name;
    this.#mapLocation = mapLocation;
    if (!ZipReader.isArchive(source)) {
      throw this.#damaged("is no file of PyTorch's zip format; files from before PyTorch 1.6 must be saved anew there");
    }
    this.#zip = new ZipReader(source);
    const pickle = [...this.#zip.entries.keys()].find((name) => name.endsWith(`/${pickleName}`));
    if (pickle === undefined) throw this.#damaged(`has no ${pickleName}, so PyTorch did not save it`);
    this.#root = pickle.slice(0, -pickleName.length);
    if (this.#zip.entries.has(`${this.#root}constants.pkl`)) {
      throw this.#damaged('is a TorchScript model; load it with torch.jit.load');
    }
    const order = this.#zip.entries.get(`${this.#root}byteorder`);
    if (order !== undefined && Buffer.from(this.#zip.read(order)).toString() !== 'little') {
      throw this.#damaged('is big-endian, which hinge does not read');
    }
  }

  load(): unknown {
    const pickle = this.#zip.read(this.#entry(pickleName));
    return new Unpickler(this.#where, pickle, { find: findName, load: (id) => this.#storage(id) }).load();
  }

  #entry(name: string): ZipEntry {
    const entry = this.#zip.entries.get(`${this.#root}${name}`);
    if (entry === undefined) throw this.#damaged(`has no ${name}`);
    return entry;
  }

  /** `('storage', type, key, location, number of elements)`. */
  #storage(id: unknown): Storage {
    const [kind, type, key, location, count] = Array.isArray(id) ? id : [];
    const isStorage = kind === 'storage' && type instanceof StorageType && typeof key === 'string';
    if (!isStorage || typeof location !== 'string') {
      throw this.#damaged(`asks for ${describeValue(kind)}, which is no storage`);
    }
    const known = this.#storages.get(key);
    if (known !== undefined) return known;
    const bytes = this.#zip.tensor(this.#entry(`data/${key}`));
    const storage = new Storage(this.#where, this.#move(bytes, location), type.dtype);
    if (storage.count(type.dtype ?? 'uint8') !== count) {
      throw this.#damaged(`data/${key} has ${bytes.numel()} bytes and not the ${count} elements that the pickle names`);
    }
    this.#storages.set(key, storage);
    return storage;
  }

  #move(bytes: Tensor, location: string): Tensor {
    const wanted = typeof this.#mapLocation === 'function' ? this.#mapLocation(location) : this.#mapLocation;
    if (wanted !== undefined) {
      expectDevice('load: what mapLocation returns', wanted);
      return bytes.to(wanted);
    }
    if (location === 'cpu') return bytes;
    if (deviceCode(location) === undefined) throw this.#damaged(`names the device '${location}', which there is not`);
    try {
      return bytes.to(location as DeviceLike);
    } catch (error) {
      if (!(error instanceof TorchError)) throw error;
      const message = `has tensors on ${location}, which is not here; load it with { mapLocation: 'cpu' }`;
      throw new CheckpointError(`${this.#where}: ${message}`, { cause: error });
    }
  }

  #damaged(what: string): CheckpointError {
    return new CheckpointError(`${this.#where}: ${what}`);
  }
}

function checkOptions({ mapLocation, weightsOnly = true }: LoadFileOptions): void {
  if (mapLocation !== undefined && typeof mapLocation !== 'function') expectDevice('load: mapLocation', mapLocation);
  if (weightsOnly !== true) {
    throw new RangeError('load: weightsOnly must be true, because hinge does not run what a file contains');
  }
}

/**
 * Reads what PyTorch's or hinge's `torch.save` wrote (`torch.load` with `weights_only=True`): tensors and plain values, and
 * nothing that would run.
 *
 * An `OrderedDict`, such as a state dict, comes as a `Map`; a dict as a plain object, or as a `torch.io.Dict` where its keys
 * are neither all strings nor all small integers; a tuple as a `torch.io.Tuple`, which is an array; an int beyond 2^53 as a
 * bigint. Tensors that shared memory share it again.
 *
 * @param file a path, or the bytes of a file.
 * @throws CheckpointError if the file is damaged, incomplete, or asks for more than data; then nothing has run.
 * @example
 * model.loadStateDict(torch.load('model.pt'));
 */
export function load<T = unknown>(file: FileInput, options: LoadFileOptions = {}): T {
  checkOptions(options);
  return scope(() =>
    refusing('load', () =>
      withSource('load: file', file, options.mmap === true, (source) => new Archive(source, options).load() as T),
    ),
  );
}

function writeArchive(value: unknown, write: (bytes: Uint8Array) => void): void {
  scope(() => {
    const tensors = new TensorPickling();
    const pickle = noGrad(() => new Pickler('save', tensors).dump(value));
    const zip = new ZipWriter(write);
    const text = (name: string, content: string) => zip.add(`archive/${name}`, Buffer.from(content));
    zip.add(`archive/${pickleName}`, pickle);
    text('.format_version', '1');
    text('.storage_alignment', '64');
    text('byteorder', 'little');
    for (const { key, bytes } of tensors.storages.values()) {
      zip.addPieces(`archive/data/${key}`, bytes.numel(), pieces(bytes));
    }
    text('version', '3\n');
    text('.data/serialization_id', String(randomInt(2 ** 47)).padStart(40, '0'));
    zip.end();
  });
}

/**
 * Writes tensors and plain values as a file that PyTorch reads with `torch.load` (`torch.save`). It appears whole or not at
 * all, so a process that is killed leaves the old file.
 *
 * A `Map` is written as an `OrderedDict`, a plain object as a dict (with int keys where all look like small integers), an
 * array as a list, a `torch.io.Tuple` as a tuple, an integral number as an int, a `Uint8Array` as bytes. Views that share
 * memory are saved with all of it, once.
 *
 * @param file a path.
 * @throws TypeError for what is no data, such as a function or an object of a class; then nothing is written.
 * @example
 * torch.save(model.stateDict(), 'model.pt');
 */
export function save(value: unknown, file: string | URL): void {
  if (typeof file !== 'string' && !(file instanceof URL)) {
    throw new TypeError(`save: file must be a path, got ${describeValue(file)}`);
  }
  replaceFile(file, (descriptor) => writeArchive(value, (bytes) => writeAll(descriptor, bytes)));
}

/** The bytes of the file that `save` would write. */
export function saveBytes(value: unknown): Uint8Array {
  const parts: Uint8Array[] = [];
  writeArchive(value, (bytes) => parts.push(bytes));
  return Buffer.concat(parts);
}
