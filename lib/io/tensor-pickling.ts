/** Writes tensors into a pickle, and remembers the memory that they lie in. */

import type { DType } from '../dtype.ts';
import { Parameter } from '../nn/parameter.ts';
import { overloadFunction } from '../operator.ts';
import { channelAxis } from '../printing/quantized.ts';
import { Tensor } from '../tensor.ts';
import type { Pickler, PickleValues } from './pickler.ts';
import { DTypeValue, LayoutValue, QuantizationScheme, Size, Tuple, tupleOf } from './python-values.ts';
import { itemsizeOf, storageBytes } from './storage.ts';
import { storageTypeOf } from './storage-types.ts';

const unary = <T>(name: string) => overloadFunction('aten', name, '') as (input: Tensor) => T;
const conjugate = unary<Tensor>('_conj');
const negate = unary<Tensor>('_neg_view');
const indices = unary<Tensor>('_indices');
const values = unary<Tensor>('_values');
const scale = unary<number>('q_scale');
const zeroPoint = unary<number>('q_zero_point');
const scales = unary<Tensor>('q_per_channel_scales');
const zeroPoints = unary<Tensor>('q_per_channel_zero_points');

const rowsFirst: readonly string[] = ['sparse_csr', 'sparse_bsr'];

/** Memory that is written beside the pickle. */
interface SavedStorage {
  readonly key: string;
  /** uint8 `[B]`. */
  readonly bytes: Tensor;
  /** The element type of the tensors that say none. */
  readonly dtype: DType;
}

export class TensorPickling implements PickleValues {
  /** By address and size, in the order in which they were met. */
  readonly storages = new Map<string, SavedStorage>();

  write(value: object, pickler: Pickler): boolean {
    if (!(value instanceof Tensor)) return false;
    if (value instanceof Parameter) {
      pickler.call('torch._utils', '_rebuild_parameter', () => {
        this.#tensor(value.detach(), pickler);
        pickler.write(value.requiresGrad);
        this.#noHooks(pickler);
      });
    } else this.#tensor(value, pickler);
    return true;
  }

  #tensor(value: Tensor, pickler: Pickler): void {
    if (value.layout !== 'strided') this.#sparse(value, pickler);
    else if (value.device === 'meta') this.#meta(value, pickler);
    else if (value.dtype.startsWith('q')) this.#quantized(value, pickler);
    else this.#strided(value, pickler);
  }

  #strided(value: Tensor, pickler: Pickler): void {
    const dtype = value.dtype;
    const bits = [value.isConj(), value.isNeg()] as const;
    let plain = value.detach();
    if (bits[0]) plain = conjugate(plain);
    if (bits[1]) plain = negate(plain);
    const storage = this.#storage(plain);
    // Python gives all tensors of a storage the dtype that the first one names, unless they name their own.
    const type = storage.dtype === dtype ? storageTypeOf.get(dtype) : undefined;
    pickler.call('torch._utils', type === undefined ? '_rebuild_tensor_v3' : '_rebuild_tensor_v2', () => {
      this.#place(plain, storage, type, pickler);
      pickler.write(value.requiresGrad);
      this.#noHooks(pickler);
      if (type === undefined) pickler.write(new DTypeValue(dtype));
      // Whether a name is there counts, not its value.
      const names = { ...(bits[0] ? { conj: true } : {}), ...(bits[1] ? { neg: true } : {}) };
      if (bits[0] || bits[1]) pickler.write(names);
    });
  }

  #quantized(value: Tensor, pickler: Pickler): void {
    const plain = value.detach();
    const axis = channelAxis(plain);
    const type = storageTypeOf.get(plain.dtype);
    if (type === undefined) throw new TypeError(`save: a tensor of dtype ${plain.dtype} cannot be saved`);
    pickler.call('torch._utils', '_rebuild_qtensor', () => {
      this.#place(plain, this.#storage(plain), type, pickler);
      if (axis === undefined) {
        // A scale is a float even where it is integral: Python tells them apart here.
        pickler.tuple(() => {
          pickler.write(new QuantizationScheme('per_tensor_affine'));
          pickler.double(scale(plain));
          pickler.write(zeroPoint(plain));
        });
      } else {
        const scheme = new QuantizationScheme('per_channel_affine');
        pickler.write(tupleOf([scheme, scales(plain), zeroPoints(plain), axis], Tuple));
      }
      pickler.write(value.requiresGrad);
      this.#noHooks(pickler);
    });
  }

  #sparse(value: Tensor, pickler: Pickler): void {
    const plain = value.detach();
    const layout = plain.layout;
    const size = tupleOf(plain.shape, Size);
    pickler.call('torch._utils', '_rebuild_sparse_tensor', () => {
      pickler.write(new LayoutValue(layout));
      if (layout === 'sparse_coo') {
        pickler.write(tupleOf([indices(plain), values(plain), size, plain.isCoalesced()], Tuple));
      } else if (layout.startsWith('sparse_')) {
        const [compressed, others] = rowsFirst.includes(layout)
          ? [plain.crowIndices(), plain.colIndices()]
          : [plain.ccolIndices(), plain.rowIndices()];
        pickler.write(tupleOf([compressed, others, plain.values(), size], Tuple));
      } else throw new TypeError(`save: a tensor of layout ${layout} cannot be saved; save toDense()`);
    });
  }

  #meta(value: Tensor, pickler: Pickler): void {
    pickler.call('torch._utils', '_rebuild_meta_tensor_no_storage', () => {
      pickler.write(new DTypeValue(value.dtype));
      for (const list of [value.shape, value.strides]) pickler.write(tupleOf(list, Tuple));
      pickler.write(value.requiresGrad);
    });
  }

  /** The storage, and where in it the tensor lies. */
  #place(plain: Tensor, storage: SavedStorage, type: string | undefined, pickler: Pickler): void {
    const size = storage.bytes.numel();
    pickler.persistent(() => {
      pickler.write('storage');
      pickler.global(type === undefined ? 'torch.storage' : 'torch', type ?? 'UntypedStorage');
      pickler.write(storage.key);
      pickler.write(plain.device);
      pickler.write(type === undefined ? size : Math.floor(size / itemsizeOf(plain.dtype)));
    });
    pickler.write(plain.offset);
    for (const list of [plain.shape, plain.strides]) pickler.write(tupleOf(list, Tuple));
  }

  /** Hooks are functions, which files do not have. */
  #noHooks(pickler: Pickler): void {
    pickler.call('collections', 'OrderedDict', () => {});
  }

  #storage(plain: Tensor): SavedStorage {
    const bytes = storageBytes(plain);
    const dtype = plain.dtype;
    // Tensors without elements have no address.
    const place = bytes.numel() === 0 ? dtype : `${bytes.device} ${bytes.dataPtr()} ${bytes.numel()}`;
    const known = this.storages.get(place);
    if (known !== undefined) return known;
    const storage = { key: String(this.storages.size), bytes, dtype };
    this.storages.set(place, storage);
    return storage;
  }
}
