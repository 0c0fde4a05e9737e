/** How the weights of convolutions lie in memory. */

import type { MemoryFormat } from '../../types.ts';
import { ConvNd } from '../conv-nd.ts';
import type { Module } from '../module.ts';

function convert<M extends Module>(module: M, dimensions: number, memoryFormat: MemoryFormat): M {
  for (const each of module.modules()) {
    if (!(each instanceof ConvNd) || each.kernelSize.length !== dimensions) continue;
    const laid = each.weight.detach().clone({ memoryFormat });
    each.weight.data = laid.resize_(laid.shape, { memoryFormat });
  }
  return module;
}

/**
 * Lays the weights of two-dimensional convolutions, here and below, out in another format, such as `'channels_last'`
 * (`torch.nn.utils.convert_conv2d_weight_memory_format`).
 */
export function convertConv2dWeightMemoryFormat<M extends Module>(module: M, memoryFormat: MemoryFormat): M {
  return convert(module, 2, memoryFormat);
}

/** The same for three-dimensional ones (`torch.nn.utils.convert_conv3d_weight_memory_format`). */
export function convertConv3dWeightMemoryFormat<M extends Module>(module: M, memoryFormat: MemoryFormat): M {
  return convert(module, 3, memoryFormat);
}
