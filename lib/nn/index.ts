/** `torch.nn`. */

export type { Size2, Trailing } from './arguments.ts';
export type { FullBackwardHook, FullBackwardPreHook, ModuleGradients } from './backward-hooks.ts';
export { CELU, type CELUOptions } from './celu.ts';
export { ContrastiveMarginLoss } from './contrastive-margin-loss.ts';
export { Conv2d, type Conv2dOptions, type Padding2, type PaddingMode } from './conv2d.ts';
export type { ModuleToOptions } from './conversion.ts';
export { BCELoss, BCEWithLogitsLoss, CrossEntropyLoss } from './cross-entropy.ts';
export { CrossMapLRN2d, type CrossMapLRN2dOptions } from './cross-map-lrn2d.ts';
export {
  CosineSimilarity,
  type CosineSimilarityOptions,
  PairwiseDistance,
  type PairwiseDistanceOptions,
} from './distances.ts';
export {
  AlphaDropout,
  Dropout,
  Dropout1d,
  Dropout2d,
  Dropout3d,
  type DropoutLayerOptions,
  FeatureAlphaDropout,
} from './dropout.ts';
export { ELU, type ELUOptions } from './elu.ts';
export { Flatten, type FlattenOptions } from './flatten.ts';
export type { InplaceOption } from './functional/activations.ts';
export * as functional from './functional/index.ts';
export { GELU, type GELUApproximation, type GELUOptions } from './gelu.ts';
export { GLU, type GLUOptions } from './glu.ts';
export { Hardshrink, type HardshrinkOptions } from './hardshrink.ts';
export { Hardsigmoid } from './hardsigmoid.ts';
export { Hardswish } from './hardswish.ts';
export { Hardtanh, type HardtanhOptions } from './hardtanh.ts';
export { HingeLoss } from './hinge-loss.ts';
export { Identity } from './identity.ts';
export * as init from './init.ts';
export { LeakyReLU, type LeakyReLUOptions } from './leaky-relu.ts';
export { CTCLoss, GaussianNLLLoss, KLDivLoss, NLLLoss, NLLLoss2d, PoissonNLLLoss } from './likelihood-losses.ts';
export { Linear, type LinearOptions } from './linear.ts';
export { LinearCrossEntropyLoss, type LinearCrossEntropyLossOptions } from './linear-cross-entropy-loss.ts';
export { LogSigmoid } from './log-sigmoid.ts';
export { MaxPool2d, type MaxPool2dOptions } from './max-pool2d.ts';
export { Mish } from './mish.ts';
export { type Layer, Module } from './module.ts';
export { MultiMarginLoss } from './multi-margin-loss.ts';
export { MulticlassHingeLoss } from './multiclass-hinge-loss.ts';
export { MultiLabelMarginLoss, MultiLabelSoftMarginLoss } from './multilabel-losses.ts';
export { PairwiseRankingLoss } from './pairwise-ranking-loss.ts';
export { Parameter } from './parameter.ts';
export { PReLU, type PReLUOptions } from './prelu.ts';
export type { ForwardHook, ForwardPreHook, HookHandle, HookOptions } from './registry.ts';
export { HuberLoss, type HuberLossLayerOptions, L1Loss, MSELoss, SmoothL1Loss } from './regression-losses.ts';
export { ReLU } from './relu.ts';
export { ReLU6 } from './relu6.ts';
export { RReLU, type RReLUOptions } from './rrelu.ts';
export { SELU } from './selu.ts';
export { Sequential } from './sequential.ts';
export { Sigmoid } from './sigmoid.ts';
export { CosineEmbeddingLoss, HingeEmbeddingLoss, MarginRankingLoss, SoftMarginLoss } from './sign-losses.ts';
export { SiLU } from './silu.ts';
export { LogSoftmax, Softmax, Softmax2d, type SoftmaxLayerOptions, Softmin } from './softmax.ts';
export { Softplus, type SoftplusOptions } from './softplus.ts';
export { Softshrink, type SoftshrinkOptions } from './softshrink.ts';
export { Softsign } from './softsign.ts';
export { SquaredHingeLoss } from './squared-hinge-loss.ts';
export type { IncompatibleKeys, LoadOptions, StateDict, StateDictOptions } from './state-dict.ts';
export { Tanh } from './tanh.ts';
export { Tanhshrink } from './tanhshrink.ts';
export { Threshold } from './threshold.ts';
export { TripletMarginLoss } from './triplet-margin-loss.ts';
export { TripletMarginWithDistanceLoss } from './triplet-margin-with-distance-loss.ts';
