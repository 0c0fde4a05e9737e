/** `torch.nn`. */

export type { Size2, Trailing } from './arguments.ts';
export type { FullBackwardHook, FullBackwardPreHook, ModuleGradients } from './backward-hooks.ts';
export { ContrastiveMarginLoss } from './contrastive-margin-loss.ts';
export { Conv2d, type Conv2dOptions, type Padding2, type PaddingMode } from './conv2d.ts';
export type { ModuleToOptions } from './conversion.ts';
export { deepcopy } from './deepcopy.ts';
export { Dropout, type DropoutLayerOptions } from './dropout.ts';
export { Flatten, type FlattenOptions } from './flatten.ts';
export * as functional from './functional/index.ts';
export { HingeLoss } from './hinge-loss.ts';
export { Identity } from './identity.ts';
export * as init from './init.ts';
export { Linear, type LinearOptions } from './linear.ts';
export { MaxPool2d, type MaxPool2dOptions } from './max-pool2d.ts';
export { type Layer, Module } from './module.ts';
export { MultiMarginLoss } from './multi-margin-loss.ts';
export { MulticlassHingeLoss } from './multiclass-hinge-loss.ts';
export { PairwiseRankingLoss } from './pairwise-ranking-loss.ts';
export { Parameter } from './parameter.ts';
export type { ForwardHook, ForwardPreHook, HookHandle, HookOptions } from './registry.ts';
export { type InplaceOption, ReLU } from './relu.ts';
export { Sequential } from './sequential.ts';
export { SquaredHingeLoss } from './squared-hinge-loss.ts';
export type { IncompatibleKeys, LoadOptions, StateDict, StateDictOptions } from './state-dict.ts';
export { TripletMarginLoss } from './triplet-margin-loss.ts';
