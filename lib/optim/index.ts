/** `torch.optim`. */

export { Adam, type AdamOptions } from './adam.ts';
export {
  type Closure,
  Optimizer,
  type OptimizerOptions,
  type OptimizerParams,
  type ParamGroup,
  type ParamGroupInput,
  type ParamState,
} from './optimizer.ts';
export { SGD, type SgdOptions } from './sgd.ts';
export type { OptimizerStateDict } from './state-dict.ts';
