/** `torch.reducers`: how a loss becomes one number. */
export { AvgNonZeroReducer } from './avg-non-zero-reducer.ts';
export { MeanReducer } from './mean-reducer.ts';
export { type PairIndices, type ReducedBatch, Reducer, type UnreducedLoss } from './reducer.ts';
export { SumReducer } from './sum-reducer.ts';
