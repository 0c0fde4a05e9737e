/** `torch.nn.utils.stateless`. */

export { functionalCall } from './functional-call.ts';
