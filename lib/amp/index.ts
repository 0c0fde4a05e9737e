/** `torch.amp`. */

export { type AutocastOptions, autocast } from './autocast.ts';
export { GradScaler, type GradScalerOptions, type GradScalerStateDict, type Outputs } from './grad-scaler.ts';
export { isAutocastAvailable } from './state.ts';
export type { Steppable } from './unscale.ts';
