/** Values on their way to Python and back: JSON, in which tensors are their bytes. */

import { type DType, dtypeCode } from '../../lib/dtype.ts';
import * as torch from '../../lib/index.ts';
import { native, reserve, words } from '../../lib/native.ts';
import { wrap } from '../../lib/tensor.ts';

/** A tensor of Python's, as its bits in row-major order. */
export interface PythonTensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly requiresGrad: boolean;
  readonly bytes: Uint8Array;
}

/** What Python assigned: a bigint stands for an `int` beyond 2^53, a dtype comes as its name, a tuple as an array. */
export type PythonValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | torch.Complex
  | PythonTensor
  | PythonValue[]
  | { readonly [key: string]: PythonValue };

/** What can be sent to Python. */
export type PythonInput =
  | null
  | boolean
  | number
  | bigint
  | string
  | torch.Complex
  | torch.Tensor
  | PythonTensor
  | readonly PythonInput[]
  | { readonly [key: string]: PythonInput };

export function isPythonTensor(value: unknown): value is PythonTensor {
  return typeof value === 'object' && value !== null && 'bytes' in value && value.bytes instanceof Uint8Array;
}

/** The bits of a tensor, from any device, dense. */
export function toWire(tensor: torch.Tensor): PythonTensor {
  words[0] = tensor.handle;
  const bytes = new Uint8Array(native.toBytes());
  return { dtype: tensor.dtype, shape: tensor.shape, requiresGrad: tensor.requiresGrad, bytes };
}

/** A tensor with the bits that Python sent. */
export function fromWire(value: PythonValue | undefined): torch.Tensor {
  if (!isPythonTensor(value)) throw new TypeError(`expected a tensor from Python, got ${String(value)}`);
  reserve(value.shape.length + 16);
  words[0] = dtypeCode(value.dtype) as number;
  words[1] = value.shape.length;
  value.shape.forEach((size, i) => {
    words[2 + i] = size;
  });
  native.fromBytes(value.bytes);
  const tensor = wrap(words[0] as number);
  if (value.requiresGrad) tensor.requiresGrad = true;
  return tensor;
}

/** A value as JSON for oracle.py. */
export function encode(value: PythonInput): unknown {
  if (typeof value === 'bigint') return { $: 'int', value: String(value) };
  if (typeof value === 'number') {
    if (Number.isFinite(value) && !Object.is(value, -0)) return value;
    return { $: 'float', value: Object.is(value, -0) ? '-0.0' : String(value).replace('Infinity', 'inf') };
  }
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof torch.Complex) return { $: 'complex', re: encode(value.re), im: encode(value.im) };
  if (value instanceof torch.Tensor) return encode(toWire(value));
  if (isPythonTensor(value)) return { $: 'tensor', ...value, bytes: Buffer.from(value.bytes).toString('base64') };
  if (Array.isArray(value)) return value.map(encode);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, encode(each as PythonInput)]));
}

interface Tagged {
  readonly $?: string;
  readonly [key: string]: unknown;
}

/** A value from oracle.py's JSON. */
export function decode(value: unknown): PythonValue {
  if (value === null || typeof value !== 'object') return value as PythonValue;
  if (Array.isArray(value)) return value.map(decode);
  const { $: kind, ...fields } = value as Tagged;
  switch (kind) {
    case undefined:
      return Object.fromEntries(Object.entries(fields).map(([key, each]) => [key, decode(each)]));
    case 'tensor':
      return { ...fields, bytes: new Uint8Array(Buffer.from(fields.bytes as string, 'base64')) } as PythonTensor;
    case 'int':
      return BigInt(fields.value as string);
    case 'float':
      return Number((fields.value as string).replace('inf', 'Infinity'));
    case 'complex':
      return new torch.Complex(decode(fields.re) as number, decode(fields.im) as number);
    default:
      throw new TypeError(`no such kind of value: ${kind}`);
  }
}
