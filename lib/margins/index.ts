/** `torch.margins`: which margin, and whether it works. */
export { type Calibration, calibration } from './calibration.ts';
export { type CompareLossesOptions, compareLosses, type LossComparison, type LossOutputs } from './compare-losses.ts';
export { MarginController, type MarginControllerOptions } from './margin-controller.ts';
export { MarginMonitor, type MarginMonitorOptions } from './margin-monitor.ts';
export type {
  ClassReport,
  MarginReport,
  MarginWarning,
  MarginWarningCode,
  WarningLimits,
} from './margin-report.ts';
export { Observers } from './observers.ts';
export { scoreMargins, silhouette } from './separation.ts';
export { type Histogram, TripletMargins, type TripletMarginsOptions } from './triplet-margins.ts';
export { type MarginTrial, type TunedMargin, type TuneMarginOptions, tuneMargin } from './tune-margin.ts';
