/** A tensor's elements as the little-endian bytes of a safetensors file. */

import { endianness } from 'node:os';
import { type TypedArray, tensor } from '../creation.ts';
import type { DType } from '../dtype.ts';
import { CheckpointError, DTypeError } from '../errors.ts';
import { zeros } from '../generated/torch.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import type { Entry } from './safetensors-header.ts';

type ArrayConstructor = { new (buffer: ArrayBuffer): TypedArray };

/** The format's names for dtypes, with the bytes of an element and the array that carries them. */
const formats: Readonly<Record<string, { dtype: DType; bytes: number; array: ArrayConstructor }>> = {
  BOOL: { dtype: 'bool', bytes: 1, array: Uint8Array },
  U8: { dtype: 'uint8', bytes: 1, array: Uint8Array },
  I8: { dtype: 'int8', bytes: 1, array: Int8Array },
  F8_E5M2: { dtype: 'float8_e5m2', bytes: 1, array: Uint8Array },
  F8_E4M3: { dtype: 'float8_e4m3fn', bytes: 1, array: Uint8Array },
  U16: { dtype: 'uint16', bytes: 2, array: Uint16Array },
  I16: { dtype: 'int16', bytes: 2, array: Int16Array },
  F16: { dtype: 'float16', bytes: 2, array: Uint16Array },
  BF16: { dtype: 'bfloat16', bytes: 2, array: Uint16Array },
  U32: { dtype: 'uint32', bytes: 4, array: Uint32Array },
  I32: { dtype: 'int32', bytes: 4, array: Int32Array },
  F32: { dtype: 'float32', bytes: 4, array: Float32Array },
  U64: { dtype: 'uint64', bytes: 8, array: BigUint64Array },
  I64: { dtype: 'int64', bytes: 8, array: BigInt64Array },
  F64: { dtype: 'float64', bytes: 8, array: Float64Array },
  C64: { dtype: 'complex64', bytes: 8, array: Float32Array },
};

/** The format's name for a dtype, and the bytes of an element. */
export function formatOf(name: string, dtype: DType): { format: string; bytes: number } {
  for (const [format, { dtype: own, bytes }] of Object.entries(formats)) if (own === dtype) return { format, bytes };
  throw new DTypeError(`safetensors: '${name}' must be of a dtype that the format has, got ${dtype}`);
}

/** The bytes of an element, or undefined for a format that hinge does not know. */
export function elementBytes(format: unknown): number | undefined {
  return typeof format === 'string' && Object.hasOwn(formats, format) ? formats[format]?.bytes : undefined;
}

function expectLittleEndian(): void {
  if (endianness() !== 'LE') throw new CheckpointError('safetensors: files are little-endian, this machine is not');
}

export function elementsOf(value: Tensor): Uint8Array {
  expectLittleEndian();
  const elements = scope(() => value.detach().toTypedArray());
  return new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength);
}

/** A tensor of its own memory from an entry's bytes. */
export function decodeElements({ name, format, shape }: Entry, bytes: Uint8Array): Tensor {
  expectLittleEndian();
  const { dtype, array } = formats[format]!;
  if (dtype === 'bool' && bytes.some((byte) => byte > 1)) {
    throw new CheckpointError(`safetensors: '${name}' is BOOL and holds bytes other than 0 and 1`);
  }
  if (bytes.length === 0) return zeros(shape, { dtype });
  // Copied, because a view would need an aligned position.
  return tensor(new array(Uint8Array.from(bytes).buffer), { dtype }).view(shape);
}
