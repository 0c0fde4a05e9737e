/** `torch.optim`. */

export { Adadelta, type AdadeltaOptions } from './adadelta.ts';
export { Adafactor, type AdafactorOptions } from './adafactor.ts';
export { Adagrad, type AdagradOptions } from './adagrad.ts';
export { Adam, type AdamOptions } from './adam.ts';
export { Adamax, type AdamaxOptions } from './adamax.ts';
export { AdamW, type AdamWOptions } from './adamw.ts';
export { ASGD, type AsgdOptions } from './asgd.ts';
export {
  type OptimizerHook,
  registerOptimizerStepPostHook,
  registerOptimizerStepPreHook,
  type StateDictHook,
  type StepPostHook,
  type StepPreHook,
} from './hooks.ts';
export { LBFGS, type LbfgsOptions } from './lbfgs.ts';
export * as lrScheduler from './lr-scheduler/index.ts';
export { Muon, type MuonOptions } from './muon.ts';
export { NAdam, type NadamOptions } from './nadam.ts';
export { type Closure, Optimizer, type OptimizerParams, type ParamState } from './optimizer.ts';
export type { CapturableOptions, FusedOptions, ListOptions, OptimizerOptions } from './options.ts';
export type { ParamGroup, ParamGroupInput, ParamInput } from './param-group.ts';
export type { Quantity } from './quantity.ts';
export { RAdam, type RadamOptions } from './radam.ts';
export { RMSprop, type RmspropOptions } from './rmsprop.ts';
export { Rprop, type RpropOptions } from './rprop.ts';
export { SGD, type SgdOptions } from './sgd.ts';
export { SparseAdam, type SparseAdamOptions } from './sparse-adam.ts';
export { SparseSGD, type SparseSgdOptions } from './sparse-sgd.ts';
export type { OptimizerStateDict } from './state-dict.ts';
export * as swaUtils from './swa-utils/index.ts';
