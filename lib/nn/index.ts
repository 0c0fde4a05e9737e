/** `torch.nn`. */

export { AdaptiveAvgPool1d, AdaptiveAvgPool2d, AdaptiveAvgPool3d } from './adaptive-avg-pool.ts';
export { AdaptiveMaxPool1d, AdaptiveMaxPool2d, AdaptiveMaxPool3d } from './adaptive-max-pool.ts';
export type { Trailing } from './arguments.ts';
export { AvgPool1d, AvgPool2d, AvgPool3d, type AvgPoolOptions } from './avg-pool.ts';
export type { FullBackwardHook, FullBackwardPreHook, ModuleGradients } from './backward-hooks.ts';
export { BatchNorm1d, BatchNorm2d, BatchNorm3d } from './batch-norm.ts';
export { Bilinear } from './bilinear.ts';
export type { Border1, Border2, Border3 } from './border.ts';
export { ChannelShuffle } from './channel-shuffle.ts';
export { CircularPad1d, CircularPad2d, CircularPad3d } from './circular-pad.ts';
export { ConstantPad1d, ConstantPad2d, ConstantPad3d } from './constant-pad.ts';
export { ContrastiveMarginLoss } from './contrastive-margin-loss.ts';
export { Conv1d, Conv2d, Conv3d, type ConvOptions, type Padding } from './conv.ts';
export type { ConvolutionOptions, PaddingMode } from './conv-nd.ts';
export {
  ConvTranspose1d,
  ConvTranspose2d,
  ConvTranspose3d,
  type ConvTransposeOptions,
} from './conv-transpose.ts';
export type { ModuleToOptions, ToEmptyOptions } from './conversion.ts';
export { Dropout, type DropoutLayerOptions } from './dropout.ts';
export {
  Embedding,
  EmbeddingBag,
  type EmbeddingBagOptions,
  type EmbeddingOptions,
  type PretrainedOptions,
} from './embedding.ts';
export type { Entries } from './entries.ts';
export { Flatten, type FlattenOptions } from './flatten.ts';
export { Fold } from './fold.ts';
export { FractionalMaxPool2d, FractionalMaxPool3d } from './fractional-max-pool.ts';
export * as functional from './functional/index.ts';
export { GroupNorm, type GroupNormOptions } from './group-norm.ts';
export { HingeLoss } from './hinge-loss.ts';
export type {
  ForwardHook,
  ForwardHookOptions,
  ForwardPreHook,
  HookOptions,
  LoadStateDictPostHook,
  LoadStateDictPreHook,
  StateDictPostHook,
  StateDictPreHook,
} from './hookable.ts';
export { Identity } from './identity.ts';
export * as init from './init.ts';
export { InstanceNorm1d, InstanceNorm2d, InstanceNorm3d } from './instance-norm.ts';
export { LayerNorm, type LayerNormOptions, RMSNorm, type RmsNormOptions } from './layer-norm.ts';
export { Linear, type LinearOptions } from './linear.ts';
export { LocalResponseNorm } from './local-response-norm.ts';
export { LPPool1d, LPPool2d, LPPool3d } from './lp-pool.ts';
export { MaxPool1d, MaxPool2d, MaxPool3d } from './max-pool.ts';
export { MaxUnpool1d, MaxUnpool2d, MaxUnpool3d, type MaxUnpoolLayerOptions } from './max-unpool.ts';
export { type Layer, Module } from './module.ts';
export { ModuleDict } from './module-dict.ts';
export { ModuleList } from './module-list.ts';
export { MultiMarginLoss } from './multi-margin-loss.ts';
export { MulticlassHingeLoss } from './multiclass-hinge-loss.ts';
export { PairwiseRankingLoss } from './pairwise-ranking-loss.ts';
export { Parameter } from './parameter.ts';
export { ParameterDict } from './parameter-dict.ts';
export { ParameterList } from './parameter-list.ts';
export { PixelShuffle } from './pixel-shuffle.ts';
export { PixelUnshuffle } from './pixel-unshuffle.ts';
export { ReflectionPad1d, ReflectionPad2d, ReflectionPad3d } from './reflection-pad.ts';
export type { HookHandle } from './registry.ts';
export { type InplaceOption, ReLU } from './relu.ts';
export { ReplicationPad1d, ReplicationPad2d, ReplicationPad3d } from './replication-pad.ts';
export type { NormOptions } from './running-norm.ts';
export { Sequential } from './sequential.ts';
export type { Size1, Size2, Size3, SizeOf } from './sizes.ts';
export { SquaredHingeLoss } from './squared-hinge-loss.ts';
export type { IncompatibleKeys, LoadOptions, StateDict, StateDictOptions } from './state-dict.ts';
export { TripletMarginLoss } from './triplet-margin-loss.ts';
export { Unflatten } from './unflatten.ts';
export { Unfold } from './unfold.ts';
export { Upsample, type UpsampleOptions, UpsamplingBilinear2d, UpsamplingNearest2d } from './upsample.ts';
export { ZeroPad1d, ZeroPad2d, ZeroPad3d } from './zero-pad.ts';
