/** `torch.autograd`. */
export { type BackwardOptions, backwardAll as backward, type GradOptions, grad } from './graph.ts';
