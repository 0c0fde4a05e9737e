/** Random numbers as samplers draw them. */

import { tensor } from '../creation.ts';
import { describeValue } from '../errors.ts';
import { empty, randperm } from '../generated/torch.ts';
import { Generator } from '../generator.ts';
import { outsideScopes, scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';

/** A seed as Python's samplers and loaders draw one, from the default generator where none is given. */
export function drawSeed(generator?: Generator | null): bigint {
  return scope(() => BigInt(empty([], { dtype: 'int64' }).random_({ generator }).itemBigInt()));
}

/** The numbers below `n` in random order. */
export function drawPermutation(n: number, generator: Generator | null): number[] {
  return scope(() => integersOf(randperm(n, { generator: generator ?? undefined })));
}

/** The elements of an int64 tensor. */
export function integersOf(tensor: Tensor): number[] {
  return Array.from(tensor.toTypedArray() as BigInt64Array, Number);
}

/** The state of a generator in a tensor that scopes leave alone. */
export function stateOf(generator: Generator): Tensor {
  return outsideScopes(() => generator.getState());
}

/** The state of a generator as bytes. */
export function bytesOf(generator: Generator): Uint8Array {
  return scope(() => generator.getState().toTypedArray() as Uint8Array);
}

export function setBytes(generator: Generator, bytes: Uint8Array): void {
  scope(() => generator.setState(tensor(bytes)));
}

/** A generator or null, checked. */
export function expectGenerator(where: string, generator: unknown): Generator | null {
  if (generator === undefined || generator === null) return null;
  if (generator instanceof Generator) return generator;
  throw new TypeError(`${where}: generator must be a Generator, got ${describeValue(generator)}`);
}
