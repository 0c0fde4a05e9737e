/** `torch.autograd`. */
export {
  AutogradFunction as Function,
  type FunctionClass,
  type FunctionContext,
  type InputGradients,
  type SavedTensors,
} from './function.ts';
export { type CheckedFunction, GradcheckError, type GradcheckOptions, gradcheck } from './gradcheck.ts';
export { type GradgradcheckOptions, gradgradcheck } from './gradgradcheck.ts';
export { type BackwardOptions, backwardAll as backward, type GradOptions, grad } from './graph.ts';
