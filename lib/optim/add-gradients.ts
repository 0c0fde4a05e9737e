import { native, words, writeHandles } from '../native.ts';
import type { Tensor } from '../tensor.ts';

/** Adds to each parameter that has a gradient that gradient times a factor, in one native call and outside of any graph. */
export function addGradients(params: readonly Tensor[], factor: number): void {
  writeHandles(1, params);
  words[0] = factor;
  native.addGradients();
}
