/** `torch.training`: checkpoints and a loop, as sugar over modules, optimizers and data loaders. */
export type { Callback, Metrics, Progress } from './callback.ts';
export { Checkpoints, type CheckpointsOptions, type Counters } from './checkpoints.ts';
export { EarlyStopping, type EarlyStoppingOptions } from './early-stopping.ts';
export { type Batches, type FitCheckpoints, type FitOptions, type FitResult, fit, type LossResult } from './fit.ts';
export { jsonLines, type MetricLine, tensorboard } from './metric-files.ts';
export { type ProgressBarOptions, progressBar } from './progress-bar.ts';
export type { Measures } from './running-means.ts';
export type { Stateful } from './stateful.ts';
