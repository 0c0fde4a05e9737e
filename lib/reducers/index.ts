/** `torch.reducers`: how a loss becomes one number. */
export { AvgNonZeroReducer } from './avg-non-zero-reducer.ts';
export { ClassWeightedReducer, type ClassWeightedReducerOptions } from './class-weighted-reducer.ts';
export { DivisorReducer } from './divisor-reducer.ts';
export { MeanReducer } from './mean-reducer.ts';
export { MultipleReducers, type MultipleReducersOptions } from './multiple-reducers.ts';
export { PerAnchorReducer, type PerAnchorReducerOptions } from './per-anchor-reducer.ts';
export { type PairIndices, type ReducedBatch, Reducer, type UnreducedLoss } from './reducer.ts';
export { SumReducer } from './sum-reducer.ts';
export { ThresholdReducer, type ThresholdReducerOptions } from './threshold-reducer.ts';
