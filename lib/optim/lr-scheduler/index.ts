/** `torch.optim.lr_scheduler`. */

export { ChainedScheduler } from './chained-scheduler.ts';
export { ConstantLR } from './constant-lr.ts';
export { CosineAnnealingLR } from './cosine-annealing-lr.ts';
export { CosineAnnealingWarmRestarts } from './cosine-annealing-warm-restarts.ts';
export { CyclicLR, type CyclicOptions } from './cyclic-lr.ts';
export { ExponentialLR } from './exponential-lr.ts';
export { LambdaLR, type LrLambda, MultiplicativeLR } from './lambda-lr.ts';
export { LinearLR } from './linear-lr.ts';
export { LRScheduler } from './lr-scheduler.ts';
export { MultiStepLR } from './multi-step-lr.ts';
export { OneCycleLR, type OneCycleOptions } from './one-cycle-lr.ts';
export { PolynomialLR } from './polynomial-lr.ts';
export { type PlateauOptions, ReduceLROnPlateau } from './reduce-lr-on-plateau.ts';
export { SequentialLR } from './sequential-lr.ts';
export type { SchedulerStateDict } from './state-dict.ts';
export { StepLR } from './step-lr.ts';
