/** `torch.nn.utils`. */

export { clipGradNorm_, clipGradsWithNorm_, clipGradValue_, getTotalNorm, type TotalNormOptions } from './clip-grad.ts';
export type { FunctionalCallOptions, NamedTensors } from './functional-call.ts';
export { fuseConvBnEval, fuseConvBnWeights, fuseLinearBnEval, fuseLinearBnWeights } from './fusion.ts';
export { convertConv2dWeightMemoryFormat, convertConv3dWeightMemoryFormat } from './memory-format.ts';
export { parametersToVector, vectorToParameters } from './parameter-vector.ts';
export * as parametrizations from './parametrizations/index.ts';
export * as parametrize from './parametrize/index.ts';
export * as rnn from './rnn/index.ts';
export { skipInit } from './skip-init.ts';
export { removeSpectralNorm, spectralNorm } from './spectral-norm.ts';
export * as stateless from './stateless.ts';
export { removeWeightNorm, weightNorm } from './weight-norm.ts';
