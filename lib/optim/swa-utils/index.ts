/** `torch.optim.swa_utils`. */

export { SWALR, type SwalrOptions } from './swalr.ts';
