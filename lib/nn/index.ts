/** `torch.nn`. */

export { AdaptiveAvgPool1d, AdaptiveAvgPool2d, AdaptiveAvgPool3d } from './adaptive-avg-pool.ts';
export {
  type AdaptiveLogSoftmaxOutput,
  AdaptiveLogSoftmaxWithLoss,
  type AdaptiveLogSoftmaxWithLossOptions,
} from './adaptive-log-softmax-with-loss.ts';
export { AdaptiveMaxPool1d, AdaptiveMaxPool2d, AdaptiveMaxPool3d } from './adaptive-max-pool.ts';
export { AllPairsHingeLoss } from './all-pairs-hinge-loss.ts';
export type { Trailing } from './arguments.ts';
export { AvgPool1d, AvgPool2d, AvgPool3d, type AvgPoolOptions } from './avg-pool.ts';
export type { FullBackwardHook, FullBackwardPreHook, ModuleGradients } from './backward-hooks.ts';
export { BatchNorm1d, BatchNorm2d, BatchNorm3d } from './batch-norm.ts';
export { Bilinear } from './bilinear.ts';
export type { Border1, Border2, Border3 } from './border.ts';
export { CELU, type CELUOptions } from './celu.ts';
export { ChannelShuffle } from './channel-shuffle.ts';
export { CircularPad1d, CircularPad2d, CircularPad3d } from './circular-pad.ts';
export { ConstantPad1d, ConstantPad2d, ConstantPad3d } from './constant-pad.ts';
export { ContrastiveMarginLoss } from './contrastive-margin-loss.ts';
export { Conv1d, Conv2d, Conv3d, type ConvOptions, type Padding } from './conv.ts';
export type { ConvolutionOptions, PaddingMode } from './conv-nd.ts';
export { ConvTranspose1d, ConvTranspose2d, ConvTranspose3d, type ConvTransposeOptions } from './conv-transpose.ts';
export type { ModuleToOptions, ToEmptyOptions } from './conversion.ts';
export { CrammerSingerLoss } from './crammer-singer-loss.ts';
export { BCELoss, BCEWithLogitsLoss, CrossEntropyLoss } from './cross-entropy.ts';
export { CrossMapLRN2d, type CrossMapLRN2dOptions } from './cross-map-lrn2d.ts';
export { deepcopy } from './deepcopy.ts';
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
export type { InplaceOption } from './functional/activations.ts';
export * as functional from './functional/index.ts';
export { GELU, type GELUApproximation, type GELUOptions } from './gelu.ts';
export { GLU, type GLUOptions } from './glu.ts';
export { GroupNorm, type GroupNormOptions } from './group-norm.ts';
export { GRU } from './gru.ts';
export { GRUCell } from './gru-cell.ts';
export { Hardshrink, type HardshrinkOptions } from './hardshrink.ts';
export { Hardsigmoid } from './hardsigmoid.ts';
export { Hardswish } from './hardswish.ts';
export { Hardtanh, type HardtanhOptions } from './hardtanh.ts';
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
export { LeakyReLU, type LeakyReLUOptions } from './leaky-relu.ts';
export { CTCLoss, GaussianNLLLoss, KLDivLoss, NLLLoss, NLLLoss2d, PoissonNLLLoss } from './likelihood-losses.ts';
export { Linear, type LinearOptions } from './linear.ts';
export { LinearCrossEntropyLoss, type LinearCrossEntropyLossOptions } from './linear-cross-entropy-loss.ts';
export { ListwiseHingeLoss } from './listwise-hinge-loss.ts';
export { LocalResponseNorm } from './local-response-norm.ts';
export { LogSigmoid } from './log-sigmoid.ts';
export { LPPool1d, LPPool2d, LPPool3d } from './lp-pool.ts';
export { LSTM, type LSTMOptions, type LSTMState } from './lstm.ts';
export { LSTMCell } from './lstm-cell.ts';
export { MaxPool1d, MaxPool2d, MaxPool3d } from './max-pool.ts';
export { MaxUnpool1d, MaxUnpool2d, MaxUnpool3d, type MaxUnpoolLayerOptions } from './max-unpool.ts';
export { Mish } from './mish.ts';
export { type Layer, Module } from './module.ts';
export { ModuleDict } from './module-dict.ts';
export { ModuleList } from './module-list.ts';
export { MultiMarginLoss } from './multi-margin-loss.ts';
export { MulticlassHingeLoss } from './multiclass-hinge-loss.ts';
export { type AttendOptions, MultiheadAttention, type MultiheadAttentionOptions } from './multihead-attention.ts';
export { MultiLabelMarginLoss, MultiLabelSoftMarginLoss } from './multilabel-losses.ts';
export { NonDynamicallyQuantizableLinear } from './non-dynamically-quantizable-linear.ts';
export { PairwiseRankingLoss } from './pairwise-ranking-loss.ts';
export { Parameter } from './parameter.ts';
export { ParameterDict } from './parameter-dict.ts';
export { ParameterList } from './parameter-list.ts';
export { PixelShuffle } from './pixel-shuffle.ts';
export { PixelUnshuffle } from './pixel-unshuffle.ts';
export { PReLU, type PReLUOptions } from './prelu.ts';
export { ReflectionPad1d, ReflectionPad2d, ReflectionPad3d } from './reflection-pad.ts';
export type { HookHandle } from './registry.ts';
export { HuberLoss, type HuberLossLayerOptions, L1Loss, MSELoss, SmoothL1Loss } from './regression-losses.ts';
export { ReLU } from './relu.ts';
export { ReLU6 } from './relu6.ts';
export { ReplicationPad1d, ReplicationPad2d, ReplicationPad3d } from './replication-pad.ts';
export { RNN, type RNNNonlinearity, type RNNOptions } from './rnn.ts';
export { type RecurrentOptions, RNNBase } from './rnn-base.ts';
export { RNNCell, type RNNCellOptions } from './rnn-cell.ts';
export { type CellOptions, RNNCellBase } from './rnn-cell-base.ts';
export { RReLU, type RReLUOptions } from './rrelu.ts';
export type { NormOptions } from './running-norm.ts';
export { SELU } from './selu.ts';
export { Sequential } from './sequential.ts';
export { Sigmoid } from './sigmoid.ts';
export { CosineEmbeddingLoss, HingeEmbeddingLoss, MarginRankingLoss, SoftMarginLoss } from './sign-losses.ts';
export { SiLU } from './silu.ts';
export type { Size1, Size2, Size3, SizeOf } from './sizes.ts';
export { LogSoftmax, Softmax, Softmax2d, type SoftmaxLayerOptions, Softmin } from './softmax.ts';
export { Softplus, type SoftplusOptions } from './softplus.ts';
export { Softshrink, type SoftshrinkOptions } from './softshrink.ts';
export { Softsign } from './softsign.ts';
export { SquaredHingeLoss } from './squared-hinge-loss.ts';
export type { IncompatibleKeys, LoadOptions, StateDict, StateDictOptions } from './state-dict.ts';
export { StructuredHingeLoss } from './structured-hinge-loss.ts';
export { SyncBatchNorm, type SyncBatchNormOptions } from './sync-batch-norm.ts';
export { Tanh } from './tanh.ts';
export { Tanhshrink } from './tanhshrink.ts';
export { Threshold } from './threshold.ts';
export {
  type Decoder,
  type Encoder,
  Transformer,
  type TransformerOptions,
  type TransformOptions,
} from './transformer.ts';
export { type DecoderLayer, TransformerDecoder } from './transformer-decoder.ts';
export { type DecodeOptions, TransformerDecoderLayer } from './transformer-decoder-layer.ts';
export {
  type EncodeOptions,
  type EncoderLayer,
  TransformerEncoder,
  type TransformerEncoderOptions,
} from './transformer-encoder.ts';
export { type EncodeLayerOptions, TransformerEncoderLayer } from './transformer-encoder-layer.ts';
export type { Activation, TransformerLayerOptions } from './transformer-layer.ts';
export { TripletMarginLoss } from './triplet-margin-loss.ts';
export { TripletMarginWithDistanceLoss } from './triplet-margin-with-distance-loss.ts';
export { Unflatten } from './unflatten.ts';
export { Unfold } from './unfold.ts';
export { Upsample, type UpsampleOptions, UpsamplingBilinear2d, UpsamplingNearest2d } from './upsample.ts';
export * as utils from './utils/index.ts';
export { ZeroPad1d, ZeroPad2d, ZeroPad3d } from './zero-pad.ts';
