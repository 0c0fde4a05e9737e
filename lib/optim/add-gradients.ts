import { native, words, writeHandles } from '../native.ts';
import type { Tensor } from '../tensor.ts';

/**
 * Adds to each parameter that has a gradient that gradient times a factor, in one native call and outside of any graph.
 * False, and nothing is done, where all parameters lie on CUDA: operators over lists are faster there, unless `oneByOne`
 * rules them out.
 */
export function addGradients(params: readonly Tensor[], factor: number, oneByOne: boolean): boolean {
  writeHandles(2, params);
  words[0] = factor;
  words[1] = oneByOne ? 1 : 0;
  return native.addGradients();
}
