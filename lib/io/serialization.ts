/** `torch.save` and `torch.load`: PyTorch's own files, which are archives of a pickle and the memory of tensors. */

import { randomInt } from 'node:crypto';
import { type DeviceLike, expectDevice } from '../device.ts';
import { CheckpointError, describeValue, TorchError } from '../errors.ts';
import { Parameter } from '../nn/parameter.ts';
import { overloadFunction } from '../operator.ts';
import { scope } from '../scope.ts';
import { Tensor } from '../tensor.ts';
import { replaceFile, writeAll } from './atomic-file.ts';
import { fileTensor } from './mapped-file.ts';
import { Pickler } from './pickler.ts';
import { type Source, sourceOf, withFile } from './source.ts';
import { bytesTensor, Storage, storageBytes } from './storage.ts';
import { findName, StorageType, storageTypeOf } from './torch-names.ts';
import { Unpickler } from './unpickler.ts';
import { type ZipEntry, ZipReader } from './zip-reader.ts';
import { ZipWriter } from './zip-writer.ts';

export interface LoadFileOptions {
  /** Where tensors go: a device, or a function of the device they were saved from. On the CPU by default. */
  mapLocation?: DeviceLike | ((location: string) => DeviceLike);
  /**
   * Maps the file into memory instead of reading it: tensors are read when they are used, and the file must stay as it is
   * for as long. Only for paths.
   */
  mmap?: boolean;
}

/** What `load` knows of an archive while the pickle is read. */
class Archive {
  readonly #zip: ZipReader;
  readonly #root: string;
  readonly #where: string;
  readonly #target: (location: string) => DeviceLike | undefined;
  readonly #mapped: Tensor | undefined;
  readonly #storages = new Map<string, Storage>();

  constructor(source: Source, { mapLocation }: LoadFileOptions, mapped: Tensor | undefined) {
    if (!ZipReader.isArchive(source)) {
      throw new CheckpointError(
        `${source.name}: is no file of PyTorch's zip format; files from before PyTorch 1.6 must be saved anew there`,
      );
    }
    this.#where = source.name;
    this.#mapped = mapped;
    this.#target = typeof mapLocation === 'function' ? mapLocation : () => mapLocation;
    this.#zip = new ZipReader(source);
    const pickle = [...this.#zip.entries.keys()].find((name) => name.endsWith('/data.pkl'));
    if (pickle === undefined) throw new CheckpointError(`${source.name}: has no data.pkl, so PyTorch did not save it`);
    if (this.#zip.entries.has(pickle.replace(/data\.pkl$/, 'constants.pkl'))) {
      throw new CheckpointError(`${source.name}: is a TorchScript model; load it with torch.jit.load`);
    }
    this.#root = pickle.slice(0, -'data.pkl'.length);
    const order = this.#zip.entries.get(`${this.#root}byteorder`);
    if (order !== undefined && Buffer.from(this.#zip.read(order)).toString() !== 'little') {
      throw new CheckpointError(`${source.name}: is big-endian, which hinge does not read`);
    }
  }

  load(): unknown {
    const pickle = this.#zip.read(this.#entry('data.pkl'));
    return new Unpickler(this.#where, pickle, { find: findName, load: (id) => this.#storage(id) }).load();
  }

  #entry(name: string): ZipEntry {
    const entry = this.#zip.entries.get(`${this.#root}${name}`);
    if (entry === undefined) throw new CheckpointError(`${this.#where}: has no ${name}`);
    return entry;
  }

  /** `('storage', type, key, location, number of elements)`. */
  #storage(id: unknown): Storage {
    const [kind, type, key, location] = Array.isArray(id) ? id : [];
    if (
      kind !== 'storage' ||
      !(type instanceof StorageType) ||
      typeof key !== 'string' ||
      typeof location !== 'string'
    ) {
      throw new CheckpointError(`${this.#where}: asks for ${describeValue(kind)}, which is no storage`);
    }
    const known = this.#storages.get(key);
    if (known !== undefined) return known;
    const bytes = this.#bytes(this.#entry(`data/${key}`));
    const target = this.#target(location);
    const storage = new Storage(this.#where, target === undefined ? bytes : bytes.to(target), type.dtype);
    this.#storages.set(key, storage);
    return storage;
  }

  #bytes(entry: ZipEntry): Tensor {
    // Elements of a mapped file must lie where their size divides the position.
    const canMap = this.#mapped !== undefined && entry.compression === 'stored' && entry.position % 16 === 0;
    if (canMap) return (this.#mapped as Tensor).narrow(0, entry.position, entry.size);
    return bytesTensor(this.#zip.read(entry));
  }
}

function checkOptions(options: LoadFileOptions): void {
  const { mapLocation } = options;
  if (mapLocation !== undefined && typeof mapLocation !== 'function') expectDevice('load: mapLocation', mapLocation);
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
export function load(file: string | URL | Uint8Array, options: LoadFileOptions = {}): unknown {
  checkOptions(options);
  return scope(() => {
    try {
      if (file instanceof Uint8Array) return new Archive(sourceOf('load: file', file), options, undefined).load();
      if (typeof file !== 'string' && !(file instanceof URL)) {
        throw new TypeError(`load: file must be a path or a Uint8Array, got ${describeValue(file)}`);
      }
      return withFile(file, (source) => {
        const mapped = options.mmap === true ? fileTensor(source.name, source.size) : undefined;
        return new Archive(source, options, mapped).load();
      });
    } catch (error) {
      // libtorch refuses a view that the file asks for.
      if (!(error instanceof TorchError) || error instanceof CheckpointError || error.operator === undefined)
        throw error;
      throw new CheckpointError(`load: ${error.message}`, { cause: error });
    }
  });
}

const sparseIndices = overloadFunction('aten', '_indices', '') as (tensor: Tensor) => Tensor;
const sparseValues = overloadFunction('aten', '_values', '') as (tensor: Tensor) => Tensor;

/** Writes tensors for a pickle, and remembers the memory that they lie in. */
class Tensors {
  /** Memory by its address and size, in the order in which it was met. */
  readonly storages = new Map<string, { readonly key: string; readonly bytes: Tensor }>();

  write(value: object, pickler: Pickler): boolean {
    if (!(value instanceof Tensor)) return false;
    if (value instanceof Parameter) {
      pickler.call('torch._utils', '_rebuild_parameter', () => {
        this.#tensor(value.detach(), false, pickler);
        pickler.write(value.requiresGrad);
        pickler.call('collections', 'OrderedDict', () => {});
      });
    } else if (value.layout === 'sparse_coo') this.#sparse(value, pickler);
    else this.#tensor(value, value.requiresGrad, pickler);
    return true;
  }

  #tensor(value: Tensor, requiresGrad: boolean, pickler: Pickler): void {
    if (value.layout !== 'strided') {
      throw new TypeError(`save: a tensor of layout ${value.layout} cannot be saved; save toDense()`);
    }
    if (value.device === 'meta') throw new TypeError('save: a meta tensor has no data');
    const plain = value.detach().resolveConj().resolveNeg();
    const type = storageTypeOf.get(plain.dtype);
    pickler.call('torch._utils', type === undefined ? '_rebuild_tensor_v3' : '_rebuild_tensor_v2', () => {
      const bytes = storageBytes(plain);
      const itemsize = plain.itemsize;
      pickler.persistent(() => {
        pickler.write('storage');
        pickler.global(type === undefined ? 'torch.storage' : 'torch', type ?? 'UntypedStorage');
        pickler.write(this.#key(bytes));
        pickler.write(plain.device);
        pickler.write(type === undefined ? bytes.numel() : bytes.numel() / itemsize);
      });
      pickler.write(plain.offset);
      for (const list of [plain.shape, plain.strides]) {
        pickler.tuple(() => {
          for (const each of list) pickler.write(each);
        });
      }
      pickler.write(requiresGrad);
      pickler.call('collections', 'OrderedDict', () => {});
      if (type === undefined) pickler.global('torch', plain.dtype);
    });
  }

  #sparse(value: Tensor, pickler: Pickler): void {
    const plain = value.detach();
    pickler.call('torch._utils', '_rebuild_sparse_tensor', () => {
      pickler.call('torch.serialization', '_get_layout', () => pickler.write('torch.sparse_coo'));
      pickler.tuple(() => {
        for (const part of [sparseIndices(plain), sparseValues(plain)]) this.#tensor(part, false, pickler);
        pickler.call('torch', 'Size', () => {
          pickler.tuple(() => {
            for (const size of plain.shape) pickler.write(size);
          });
        });
        pickler.write(plain.isCoalesced());
      });
    });
  }

  #key(bytes: Tensor): string {
    const place = `${bytes.device} ${bytes.dataPtr()} ${bytes.numel()}`;
    const known = this.storages.get(place);
    if (known !== undefined) return known.key;
    const key = String(this.storages.size);
    this.storages.set(place, { key, bytes });
    return key;
  }
}

function writeArchive(value: unknown, write: (bytes: Uint8Array) => void): void {
  scope(() => {
    const tensors = new Tensors();
    const pickle = new Pickler('save', tensors).dump(value);
    const zip = new ZipWriter(write);
    const text = (content: string) => Buffer.from(content);
    zip.add('archive/data.pkl', pickle);
    zip.add('archive/byteorder', text('little'));
    for (const { key, bytes } of tensors.storages.values()) {
      zip.add(
        `archive/data/${key}`,
        scope(() => bytes.toTypedArray() as Uint8Array),
      );
    }
    zip.add('archive/version', text('3\n'));
    zip.add('archive/.data/serialization_id', text(String(randomInt(2 ** 47)).padStart(40, '0')));
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
