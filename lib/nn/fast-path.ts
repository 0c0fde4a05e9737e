/** When attention and transformer layers compute by one operator, as PyTorch does for inference. */

import { isGradEnabled } from '../autograd/modes.ts';
import { DisposedError } from '../errors.ts';
import { overloadFunction } from '../operator.ts';
import type { Tensor } from '../tensor.ts';
import type { Module } from './module.ts';
import { registryOf } from './registry.ts';

/** Whether a tensor is nested: libtorch tells nothing of its sizes. */
export function isNested(tensor: Tensor): boolean {
  try {
    return tensor.ndim < 0;
  } catch (error) {
    if (error instanceof DisposedError || !(error as Error).message.includes('Nested')) throw error;
    return true;
  }
}

const devices = /^(cpu|cuda|xpu)/;

/** True where no gradient can be asked for, which the operators have not, and on devices that have the operators. */
export function runsNatively(tensors: readonly (Tensor | null)[]): boolean {
  const recording = isGradEnabled();
  return tensors.every((each) => {
    if (each === null || isNested(each)) return true;
    return devices.test(each.device) && !(recording && each.requiresGrad);
  });
}

/** Whether hooks run around a call of a module, or of one below it: the operator would pass them by. */
export function hasForwardHooks(module: Module): boolean {
  for (const each of module.modules()) {
    const { forwardHooks, forwardPreHooks } = registryOf(each);
    if (forwardHooks.length + forwardPreHooks.length > 0) return true;
  }
  return false;
}

type Attend = (...values: unknown[]) => [Tensor, Tensor | null];

/** Attention in evaluation mode, its projections included. */
export const nativeMultiHeadAttention = overloadFunction('aten', '_native_multi_head_attention', '') as Attend;
/** A whole encoder layer in evaluation mode. */
export const transformerEncoderLayer = overloadFunction('aten', '_transformer_encoder_layer_fwd', '') as (
  ...values: unknown[]
) => Tensor;
export const nestedFromMask = overloadFunction('aten', '_nested_tensor_from_mask', '') as (
  input: Tensor,
  mask: Tensor,
  maskCheck: boolean,
) => Tensor;
export const nestedFromMaskLeftAligned = overloadFunction('aten', '_nested_tensor_from_mask_left_aligned', '') as (
  input: Tensor,
  mask: Tensor,
) => boolean;
export const paddedFromNested = overloadFunction('aten', 'to_padded_tensor', '') as (
  input: Tensor,
  padding: number,
  outputSize: readonly number[],
) => Tensor;
