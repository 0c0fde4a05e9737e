/** Batch normalisation made part of the layer before it, for inference. */

import { noGrad } from '../../autograd/modes.ts';
import { TorchError } from '../../errors.ts';
import { onesLike, rsqrt, zerosLike } from '../../generated/torch.ts';
import { scope } from '../../scope.ts';
import type { Tensor } from '../../tensor.ts';
import { readTrailing, type Trailing } from '../arguments.ts';
import type { ConvNd } from '../conv-nd.ts';
import { deepcopy } from '../deepcopy.ts';
import type { Linear } from '../linear.ts';
import type { Module } from '../module.ts';
import { Parameter } from '../parameter.ts';
import type { RunningNorm } from '../running-norm.ts';

/** Statistics for evaluation. @throws TorchError in training mode, and where there are none. */
function statisticsOf(where: string, layer: Module, bn: RunningNorm): [mean: Tensor, variance: Tensor] {
  if (layer.training || bn.training) throw new TorchError(`${where}: both modules must be in evaluation mode`);
  const { running_mean: mean, running_var: variance } = bn;
  if (mean === null || variance === null) throw new TorchError(`${where}: bn must have running statistics`);
  return [mean, variance];
}

type Fused = [weight: Parameter, bias: Parameter];

/**
 * A convolution that does what a convolution and a batch normalisation do (`torch.nn.utils.fuse_conv_bn_eval`).
 *
 * @param transpose whether `conv` is a transposed convolution.
 * @returns a copy of the convolution; the modules that are given stay as they are.
 * @throws TorchError if one is in training mode, or the normalisation has no running statistics.
 * @example
 * const fused = nn.utils.fuseConvBnEval(model.conv.eval(), model.bn.eval());
 */
export function fuseConvBnEval<M extends ConvNd<number[]>>(
  conv: M,
  bn: RunningNorm,
  ...rest: Trailing<[transpose: boolean], { transpose?: boolean }>
): M {
  const where = 'fuseConvBnEval';
  const { transpose } = readTrailing(where, ['transpose'], rest, { transpose: false });
  const [mean, variance] = statisticsOf(where, conv, bn);
  const fused = deepcopy(conv);
  const { weight, bias } = fused;
  [fused.weight, fused.bias] = fuseConvBnWeights(weight, bias, mean, variance, bn.eps, bn.weight, bn.bias, transpose);
  weight.dispose();
  bias?.dispose();
  return fused;
}

/** The weight and the bias of such a convolution (`torch.nn.utils.fuse_conv_bn_weights`). */
export function fuseConvBnWeights(
  convW: Tensor,
  convB: Tensor | null,
  bnRm: Tensor,
  bnRv: Tensor,
  bnEps: number,
  bnW: Tensor | null,
  bnB: Tensor | null,
  ...rest: Trailing<[transpose: boolean], { transpose?: boolean }>
): Fused {
  const { transpose } = readTrailing('fuseConvBnWeights', ['transpose'], rest, { transpose: false });
  return noGrad(() =>
    scope(() => {
      const bias = convB ?? zerosLike(bnRm);
      const scale = bnW ?? onesLike(bnRm);
      const shift = bnB ?? zerosLike(bnRm);
      const inverse = rsqrt(bnRv.add(bnEps));
      const shape = convW.shape.map(() => 1);
      shape[transpose ? 1 : 0] = -1;
      const weight = convW.mul(scale.mul(inverse).reshape(shape)).to(convW.dtype);
      const shifted = bias
        .sub(bnRm)
        .mul(inverse)
        .mul(scale)
        .add(shift)
        .to((convB ?? convW).dtype);
      return [new Parameter(weight, convW.requiresGrad), new Parameter(shifted, bias.requiresGrad)];
    }),
  );
}

/**
 * A linear layer that does what a linear layer and a batch normalisation of its last dimension do
 * (`torch.nn.utils.fuse_linear_bn_eval`).
 *
 * @returns a copy of the linear layer.
 * @throws TorchError if one is in training mode, or the normalisation has no running statistics; RangeError if it has
 *   neither one feature nor those that the linear layer gives.
 */
export function fuseLinearBnEval(linear: Linear, bn: RunningNorm): Linear {
  const where = 'fuseLinearBnEval';
  const [mean, variance] = statisticsOf(where, linear, bn);
  if (linear.outFeatures !== bn.numFeatures && bn.numFeatures !== 1) {
    throw new RangeError(
      `${where}: bn must have 1 feature or the ${linear.outFeatures} that linear gives, got ${bn.numFeatures}`,
    );
  }
  if (bn.weight === null || bn.bias === null) throw new TorchError(`${where}: bn must have a weight and a bias`);
  const fused = deepcopy(linear);
  const { weight, bias } = fused;
  [fused.weight, fused.bias] = fuseLinearBnWeights(weight, bias, mean, variance, bn.eps, bn.weight, bn.bias);
  weight.dispose();
  bias?.dispose();
  return fused;
}

/** The weight and the bias of such a linear layer (`torch.nn.utils.fuse_linear_bn_weights`). */
export function fuseLinearBnWeights(
  linearW: Tensor,
  linearB: Tensor | null,
  bnRm: Tensor,
  bnRv: Tensor,
  bnEps: number,
  bnW: Tensor,
  bnB: Tensor,
): Fused {
  return noGrad(() =>
    scope(() => {
      const bias = linearB ?? zerosLike(bnRm);
      const scale = bnW.mul(rsqrt(bnRv.add(bnEps)));
      const weight = linearW.mul(scale.unsqueeze(-1).to(linearW.dtype));
      const shifted = bias
        .sub(bnRm)
        .mul(scale)
        .add(bnB)
        .to((linearB ?? linearW).dtype);
      return [new Parameter(weight, linearW.requiresGrad), new Parameter(shifted, bias.requiresGrad)];
    }),
  );
}
