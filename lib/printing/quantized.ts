/** Quantized tensors: their elements as floats, and how they were quantized. */

import { TorchError } from '../errors.ts';
import { overloadFunction } from '../operator.ts';
import type { Tensor } from '../tensor.ts';
import { shortest } from './decimal.ts';

function read<T>(name: string, tensor: Tensor): T {
  return (overloadFunction('aten', name, '') as (input: Tensor) => T)(tensor);
}

export function dequantized(tensor: Tensor): Tensor {
  return (overloadFunction('aten', 'dequantize', 'self') as (input: Tensor) => Tensor)(tensor);
}

/** The axis of a tensor quantized channel by channel, undefined where one scale serves all. */
export function channelAxis(tensor: Tensor): number | undefined {
  try {
    return read<number>('q_per_channel_axis', tensor);
  } catch (error) {
    if (error instanceof TorchError) return undefined;
    throw error;
  }
}

/** Scheme, scale and zero point; `format` writes those that are tensors. */
export function quantizerSuffixes(tensor: Tensor, format: (tensor: Tensor) => string): string[] {
  const axis = channelAxis(tensor);
  if (axis === undefined) {
    return [
      'quantization_scheme=torch.per_tensor_affine',
      `scale=${shortest(read<number>('q_scale', tensor))}`,
      `zero_point=${read<number>('q_zero_point', tensor)}`,
    ];
  }
  const zeroPoints = read<Tensor>('q_per_channel_zero_points', tensor);
  const scheme = zeroPoints.dtype.startsWith('float') ? 'per_channel_affine_float_qparams' : 'per_channel_affine';
  return [
    `quantization_scheme=torch.${scheme}`,
    `scale=${format(read<Tensor>('q_per_channel_scales', tensor))}`,
    `zero_point=${format(zeroPoints)}`,
    `axis=${axis}`,
  ];
}
