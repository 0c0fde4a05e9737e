/** Makes tensors of what a pickle says of them: the `_rebuild_…` functions of PyTorch's files. */

import { noGrad } from '../autograd/modes.ts';
import type { DType } from '../dtype.ts';
import { CheckpointError } from '../errors.ts';
import { emptyStrided } from '../generated/torch.ts';
import { Parameter } from '../nn/parameter.ts';
import { overloadFunction } from '../operator.ts';
import { Tensor } from '../tensor.ts';
import { DTypeValue, LayoutValue, QuantizationScheme, Tuple } from './python-values.ts';
import { countOf, itemsizeOf, Storage } from './storage.ts';
import { quantizedAs } from './storage-types.ts';

export type Args = readonly unknown[];

type Make = (...values: unknown[]) => Tensor;
type Check = (...values: unknown[]) => void;

const aten = <F>(name: string, overload = '') => overloadFunction('aten', name, overload) as F;
const conjugate = aten<(input: Tensor) => Tensor>('_conj');
const negate = aten<(input: Tensor) => Tensor>('_neg_view');
const makeCoo = aten<Make>('sparse_coo_tensor', 'indices_size');
const makeCompressed = aten<Make>('sparse_compressed_tensor', 'comp_plain_value_size');
const checkCoo = aten<Check>('_validate_sparse_coo_tensor_args');
const checkCompressed = aten<Check>('_validate_sparse_compressed_tensor_args');
const makePerTensor = aten<Make>('_make_per_tensor_quantized_tensor');
const makePerChannel = aten<Make>('_make_per_channel_quantized_tensor');

/** What is said when a name is called with arguments that it does not take. */
export function wrong(name: string): CheckpointError {
  return new CheckpointError(`load: ${name} is given what it does not take`);
}

/** Checks numbers of elements. */
export function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((each) => Number.isSafeInteger(each) && each >= 0);
}

interface Strided {
  readonly storage: Storage;
  readonly offset: number;
  readonly size: number[];
  readonly stride: number[];
}

/** The arguments with which most of them begin. */
function readStrided(name: string, args: Args): Strided {
  const [storage, offset, size, stride] = args;
  if (!(storage instanceof Storage) || !Number.isSafeInteger(offset) || (offset as number) < 0) throw wrong(name);
  if (!isSizes(size) || !isSizes(stride) || size.length !== stride.length) throw wrong(name);
  return { storage, offset: offset as number, size, stride };
}

/** Lazily conjugated and negated views have the memory of what they are views of. */
function applyBits(tensor: Tensor, bits: unknown): Tensor {
  const has = (bit: string) => typeof bits === 'object' && bits !== null && Reflect.get(bits, bit) === true;
  const conjugated = has('conj') ? conjugate(tensor) : tensor;
  return has('neg') ? negate(conjugated) : conjugated;
}

function rebuildTensor(name: string, args: Args, dtype: DType | undefined, bits: unknown): Tensor {
  const { storage, offset, size, stride } = readStrided(name, args);
  const element = dtype ?? storage.dtype;
  // Those would be quantized by nothing.
  if (element === undefined || /^q|^bits/.test(element)) throw wrong(name);
  const tensor = noGrad(() => applyBits(storage.view(offset, size, stride, element), bits));
  if (args[4] === true) tensor.requiresGrad = true;
  return tensor;
}

function expectTensor(name: string, value: unknown): Tensor {
  if (!(value instanceof Tensor)) throw wrong(name);
  return value;
}

function rebuildParameter(name: string, data: unknown, requiresGrad: unknown): Parameter {
  return new Parameter(expectTensor(name, data), requiresGrad !== false);
}

/** `_rebuild_sparse_tensor(layout, parts)`: indices and values, checked, because operators trust them. */
function rebuildSparse(name: string, [layout, parts]: Args): Tensor {
  if (!(layout instanceof LayoutValue) || !Array.isArray(parts)) throw wrong(name);
  if (layout.layout === 'sparse_coo') {
    const [indices, values] = [parts[0], parts[1]].map((part) => expectTensor(name, part));
    const [size, isCoalesced] = [parts[2], parts[3] === true];
    if (!isSizes(size)) throw wrong(name);
    checkCoo(indices, values, [...size], isCoalesced, false);
    return makeCoo(indices, values, [...size], { isCoalesced });
  }
  const [compressed, plain, values] = [parts[0], parts[1], parts[2]].map((part) => expectTensor(name, part));
  const size = parts[3];
  if (!isSizes(size) || !layout.layout.startsWith('sparse_')) throw wrong(name);
  checkCompressed(compressed, plain, values, [...size], layout.layout, false);
  return makeCompressed(compressed, plain, values, [...size], {
    layout: layout.layout,
    dtype: (values as Tensor).dtype,
  });
}

/** `_rebuild_qtensor(storage, offset, size, stride, quantizer, requires_grad, hooks)`. */
function rebuildQuantized(name: string, args: Args): Tensor {
  const { storage, offset, size, stride } = readStrided(name, args);
  const integers = storage.dtype === undefined ? undefined : quantizedAs.get(storage.dtype);
  const [scheme, scale, zeroPoint, axis] = Array.isArray(args[4]) ? args[4] : [];
  if (integers === undefined || !(scheme instanceof QuantizationScheme)) throw wrong(name);
  const elements = storage.view(offset, size, stride, integers);
  // The elements are copied: a view of few of them must not become many.
  if (countOf(size) > storage.count(integers)) throw wrong(name);
  const least = integers === 'uint8' ? 0 : -(2 ** (8 * itemsizeOf(integers) - 1));
  const fits = (point: unknown) =>
    (point as number) >= least && (point as number) < least + 2 ** (8 * itemsizeOf(integers));
  if (scheme.name === 'per_tensor_affine') {
    if (typeof scale !== 'number' || !Number.isSafeInteger(zeroPoint) || !fits(zeroPoint)) throw wrong(name);
    return makePerTensor(elements, scale, zeroPoint);
  }
  const [scales, zeroPoints] = [expectTensor(name, scale), expectTensor(name, zeroPoint)];
  const length = Number.isSafeInteger(axis) ? size[axis as number] : undefined;
  if (length === undefined || scales.numel() !== length || zeroPoints.numel() !== length) throw wrong(name);
  if (!(zeroPoints.to('float64').toTypedArray() as Float64Array).every(fits)) throw wrong(name);
  return makePerChannel(elements, scales, zeroPoints, axis);
}

function rebuildMeta(name: string, [dtype, size, stride, requiresGrad]: Args): Tensor {
  if (!(dtype instanceof DTypeValue) || !isSizes(size) || !isSizes(stride)) throw wrong(name);
  return emptyStrided([...size], [...stride], {
    dtype: dtype.dtype,
    device: 'meta',
    requiresGrad: requiresGrad === true,
  });
}

/** By name, in the module `torch._utils`. */
export const rebuilds: Readonly<Record<string, (name: string, args: Args) => Tensor>> = {
  _rebuild_tensor: (name, args) => rebuildTensor(name, args.slice(0, 4), undefined, undefined),
  _rebuild_tensor_v2: (name, args) => rebuildTensor(name, args, undefined, args[6]),
  _rebuild_tensor_v3: (name, args) => {
    const dtype = args[6];
    if (!(dtype instanceof DTypeValue)) throw wrong(name);
    return rebuildTensor(name, args, dtype.dtype, args[7]);
  },
  _rebuild_parameter: (name, [data, requiresGrad]) => rebuildParameter(name, data, requiresGrad),
  _rebuild_parameter_with_state: (name, [data, requiresGrad]) => rebuildParameter(name, data, requiresGrad),
  _rebuild_sparse_tensor: rebuildSparse,
  _rebuild_qtensor: rebuildQuantized,
  _rebuild_meta_tensor_no_storage: rebuildMeta,
};

/** `torch._tensor._rebuild_from_type_v2(rebuild, type, args, state)`: a tensor with attributes, which are left out. */
export function rebuildFromType([rebuild, type, args]: Args): unknown {
  const name = '_rebuild_from_type_v2';
  if (typeof rebuild !== 'function' || type !== tensorType || !(args instanceof Tuple)) throw wrong(name);
  return (rebuild as (args: Args) => unknown)(args);
}

/** Stands for the class `torch.Tensor`. */
export const tensorType: symbol = Symbol('torch.Tensor');
