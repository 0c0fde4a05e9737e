/** `torch.optim.swa_utils`. */

export { AveragedModel, type AveragedModelOptions } from './averaged-model.ts';
export {
  type AvgFn,
  getEmaAvgFn,
  getEmaMultiAvgFn,
  getSwaAvgFn,
  getSwaMultiAvgFn,
  type MultiAvgFn,
} from './averaging.ts';
export { SWALR, type SwalrOptions } from './swalr.ts';
export { updateBn } from './update-bn.ts';
