/** `torch.evaluation`: how good an embedding is, by its nearest neighbours. */
export {
  type Accuracies,
  AccuracyCalculator,
  type AccuracyCalculatorOptions,
  type AccuracyOptions,
} from './accuracy-calculator.ts';
export { type NearestNeighbors, type NearestNeighborsOptions, nearestNeighbors } from './nearest-neighbors.ts';
