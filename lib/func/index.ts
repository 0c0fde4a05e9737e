/** `torch.func`. */

export { functionalCall } from './functional-call.ts';
export { type ModuleState, stackModuleState } from './stack-module-state.ts';
