/** `torch.regularizers`: penalties on embeddings and on the weights of classes. */
export { CenterInvariantRegularizer } from './center-invariant-regularizer.ts';
export {
  GlobalOrthogonalRegularizer,
  type GlobalOrthogonalRegularizerOptions,
} from './global-orthogonal-regularizer.ts';
export { LpRegularizer, type LpRegularizerOptions } from './lp-regularizer.ts';
export { RegularFaceRegularizer, type RegularFaceRegularizerOptions } from './regular-face-regularizer.ts';
export { Regularizer, type RegularizerOptions } from './regularizer.ts';
export { SparseCentersRegularizer, type SparseCentersRegularizerOptions } from './sparse-centers-regularizer.ts';
export { ZeroMeanRegularizer } from './zero-mean-regularizer.ts';
