/** Values that a hostile or careless caller may give, by a seeded stream of random numbers. */

import * as torch from '../../lib/index.ts';

/** Numbers in [0, 1) from a seed: mulberry32. */
export function streamOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export type Random = () => number;

export function pick<T>(random: Random, list: readonly T[]): T {
  return list[Math.floor(random() * list.length)] as T;
}

const base = (options: torch.TensorOptions = {}) => torch.arange(6, { dtype: 'float32', ...options }).reshape([2, 3]);

/** Tensors of all sorts, small: a call on them shall end soon. */
export const tensorMakers: Readonly<Record<string, () => torch.Tensor>> = {
  float: () => base(),
  'float again': () => base(),
  scalar: () => torch.tensor(2.5),
  'without elements': () => torch.zeros([0]),
  'without elements, 3-D': () => torch.zeros([2, 0, 3]),
  square: () => torch.eye(3),
  batch: () => torch.ones([2, 3, 3]),
  image: () => torch.ones([1, 2, 4, 4]),
  volume: () => torch.ones([1, 2, 3, 4, 4]),
  '7-D': () => torch.ones([1, 1, 1, 2, 1, 1, 1]),
  double: () => torch.ones([3], { dtype: 'float64' }),
  leaf: () => torch.ones([2, 3], { requiresGrad: true }),
  'result with a graph': () => torch.ones([2, 3], { requiresGrad: true }).mul(2),
  long: () => torch.tensor([0n, 1n, 2n, 1n]),
  'long, 2-D': () =>
    torch.tensor([
      [0n, 1n],
      [1n, 0n],
    ]),
  'long, extreme': () => torch.tensor([2n ** 63n - 1n, -(2n ** 63n), -1n]),
  'long scalar': () => torch.tensor(1n),
  int: () => torch.tensor([0, 1, 5], { dtype: 'int32' }),
  'int, negative': () => torch.tensor([-5, 100000], { dtype: 'int32' }),
  byte: () => torch.tensor([1, 200, 0], { dtype: 'uint8' }),
  'generator state': () => torch.zeros([5056], { dtype: 'uint8' }),
  short: () => torch.tensor([1, 2], { dtype: 'int16' }),
  mask: () =>
    torch.tensor([
      [true, false, true],
      [false, true, true],
    ]),
  'mask, 1-D': () => torch.tensor([true, false]),
  half: () => torch.ones([2, 3], { dtype: 'float16' }),
  bfloat16: () => torch.ones([3], { dtype: 'bfloat16' }),
  complex: () => torch.ones([2, 2], { dtype: 'complex64' }),
  'complex double': () => torch.ones([3], { dtype: 'complex128' }),
  'not numbers': () => torch.tensor([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]),
  transposed: () => base().t(),
  expanded: () => torch.ones([1]).expand([4]),
  strided: () => torch.ones([8]).asStrided([2, 2], [3, 2], 1),
  conjugated: () => torch.ones([2], { dtype: 'complex64' }).conj(),
  meta: () => torch.ones([2, 3], { device: 'meta' }),
  sparse: () => torch.eye(3).toSparse(),
  'sparse rows': () => torch.eye(3).toSparseCsr(),
  'of inference mode': () => torch.inferenceMode(() => torch.ones([2])),
  disposed: () => {
    const tensor = torch.ones([2]);
    tensor.dispose();
    return tensor;
  },
  forged: () => Object.assign(Object.create(torch.Tensor.prototype) as torch.Tensor, { handle: 12345 }),
};

const makers = Object.entries(tensorMakers);

/** Integers that sizes and counts may be: small, or so large that nothing of that size is ever made. */
const integers = [0, 1, 2, 3, 4, 5, 7, -1, -2, -3, -100, 64, 2 ** 46, -(2 ** 46), 2 ** 53 - 1, -(2 ** 53) + 1];
const doubles = [0.5, -0.5, 1e-300, 1e300, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** 60];
const bigints = [0n, 1n, -1n, 2n ** 53n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 63n, 2n ** 200n];
const strings = [
  '',
  'x',
  'mean',
  'sum',
  'none',
  'reflect',
  'floor',
  'trunc',
  'cpu',
  'cuda',
  'cuda:0',
  'cuda:127',
  'meta',
];
const names = [
  'float32',
  'int64',
  'complex64',
  'quint8',
  'bits8',
  'float8_e5m2',
  'bool',
  'strided',
  'sparse_coo',
  'jagged',
];
const formats = ['preserve_format', 'channels_last', 'ij', 'i,j->ij', 'i'.repeat(5000), '\0', '\ud800', '…'];

function detached(): ArrayBuffer {
  const buffer = new ArrayBuffer(64);
  structuredClone(buffer, { transfer: [buffer] });
  return buffer;
}

const resizable = (): ArrayBuffer =>
  new (ArrayBuffer as unknown as new (size: number, options: object) => ArrayBuffer)(64, { maxByteLength: 1 << 20 });

/** Objects that bite: getters and traps that throw, shapes that lie. */
const objects: Readonly<Record<string, () => unknown>> = {
  'an object': () => ({}),
  'an object without prototype': () => Object.create(null),
  'an object whose getters throw': () =>
    Object.defineProperties({}, { dim: { get: fail, enumerable: true }, dtype: { get: fail, enumerable: true } }),
  'a Proxy whose traps throw': () => new Proxy({}, { get: fail, ownKeys: fail, getPrototypeOf: fail }),
  'a Proxy of a Tensor': () => new Proxy(torch.ones([2]), {}),
  'a Proxy of an array': () => new Proxy([1, 2], {}),
  'a revoked Proxy': () => {
    const { proxy, revoke } = Proxy.revocable([1], {});
    revoke();
    return proxy;
  },
  'an array': () => [1, 2],
  'an array of arrays': () => [[1], [2, 3]],
  'a sparse array': () => new Array(100_000),
  'a long array': () => new Array(20_000).fill(1),
  'an array whose elements throw': () => Object.defineProperty([1, 2], 1, { get: fail }),
  'an array that holds itself': () => {
    const list: unknown[] = [];
    list.push(list);
    return list;
  },
  'an array-like': () => ({ length: 3, 0: 1 }),
  'a Date': () => new Date(0),
  'a RegExp': () => /x/,
  'a Map': () => new Map([[1, 2]]),
  'a Promise': () => Promise.resolve(1),
  'a function': () => () => fail(),
  'a class': () => class {},
  'an ArrayBuffer': () => new ArrayBuffer(64),
  'an ArrayBuffer of odd length': () => new ArrayBuffer(7),
  'a detached ArrayBuffer': detached,
  'a SharedArrayBuffer': () => new SharedArrayBuffer(64),
  'a resizable ArrayBuffer': resizable,
  'a Float32Array': () => new Float32Array(6),
  'a Float64Array': () => new Float64Array(3),
  'a BigInt64Array': () => new BigInt64Array([1n, 2n]),
  'a Uint8Array with offset': () => new Uint8Array(new ArrayBuffer(64), 3, 9),
  'a detached Float32Array': () => {
    const array = new Float32Array(16);
    structuredClone(array.buffer, { transfer: [array.buffer] });
    return array;
  },
  'a shared Float32Array': () => new Float32Array(new SharedArrayBuffer(64)),
  'a Float32Array that shrank': () => {
    const buffer = resizable();
    const array = new Float32Array(buffer, 0, 16);
    (buffer as unknown as { resize(size: number): void }).resize(8);
    return array;
  },
  'a DataView': () => new DataView(new ArrayBuffer(8)),
  'a Generator': () => new torch.Generator(),
  'a Complex': () => new torch.Complex(1, -2),
  'an object with a handle': () => ({ handle: 1 }),
  'a slice': () => torch.slice(0, 2),
};
const objectMakers = Object.entries(objects);

function fail(): never {
  throw new Error('a trap');
}

/** A value and how a report names it. */
export type Named = readonly [name: string, value: unknown];

export function anyTensor(random: Random): Named {
  const [name, make] = pick(random, makers);
  return [`Tensor(${name})`, make()];
}

export function anyInteger(random: Random): number {
  return pick(random, integers);
}

export function anyString(random: Random): string {
  return pick(random, pick(random, [strings, names, formats]));
}

/** Any value: half of them tensors and numbers, which get furthest. */
export function anyValue(random: Random): Named {
  const kind = random();
  if (kind < 0.35) return anyTensor(random);
  if (kind < 0.55) return named(anyInteger(random));
  if (kind < 0.62) return named(pick(random, doubles));
  if (kind < 0.66) return named(pick(random, bigints));
  if (kind < 0.72) return named(random() < 0.5);
  if (kind < 0.78) return named(anyString(random));
  if (kind < 0.82) return named(pick(random, [undefined, null]));
  if (kind < 0.83) return ['a symbol', Symbol('x')];
  if (kind < 0.9) {
    const list = Array.from({ length: Math.floor(random() * 5) }, () => anyInteger(random));
    return [`[${list}]`, list];
  }
  if (kind < 0.94) {
    const list = Array.from({ length: Math.floor(random() * 4) }, () => anyTensor(random));
    return [`[${list.map(([name]) => name)}]`, list.map(([, value]) => value)];
  }
  const [name, make] = pick(random, objectMakers);
  return [name, make()];
}

function named(value: unknown): Named {
  const text =
    typeof value === 'bigint' ? `${value}n` : typeof value === 'string' ? JSON.stringify(value) : String(value);
  return [Object.is(value, -0) ? '-0' : text.slice(0, 40), value];
}

/** Words that the frame may hold: handles, counts, numbers and rubbish. */
export function anyWord(random: Random): number {
  const kind = random();
  if (kind < 0.4) return Math.floor(random() * 8) - 1;
  if (kind < 0.6) return anyInteger(random);
  if (kind < 0.75) return pick(random, doubles);
  if (kind < 0.95) return (torch.ones([1]) as torch.Tensor).handle;
  return (random() - 0.5) * 2 ** pick(random, [-1000, -60, -1, 3, 60, 200, 1000]);
}
