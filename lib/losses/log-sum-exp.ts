/** Sums of exponentials over some entries of each row of a matrix, such as its negatives. */

import { arange, onesLike, where, zerosLike } from '../generated/torch.ts';
import { softplus } from '../nn/functional/index.ts';
import type { UnreducedLoss } from '../reducers/reducer.ts';
import type { Tensor } from '../tensor.ts';
import type { LossBatch } from './loss-batch.ts';

// Stands for the logarithm of nothing. It is finite, so that no difference of two is NaN, and two of them fit float32.
const nothing = -1e38;

/**
 * `log sum exp(x)` over the entries of each row that a mask lets through: `[N]` of `[N, M]`. Where there are none it is
 * -1e38, with gradient 0, whose exponential is 0.
 */
export function logSumExpWhere(values: Tensor, mask: Tensor): Tensor {
  return where(mask, values, nothing).logsumexp([1]);
}

/** `log(1 + exp(x))`, exact for large x too, where the default of `softplus` takes 20 for large. */
export function logOnePlusExp(values: Tensor): Tensor {
  return softplus(values, { threshold: 40 });
}

/**
 * `log sum exp(x(a, n))` over the negative pairs of each row, `[N]` of `[N, M]`: each counts as often as a miner chose it.
 * No matrix of positives times negatives is made.
 */
export function logSumExpOfNegatives(batch: LossBatch, values: Tensor): Tensor {
  const { negatives } = batch.masks;
  if (batch.tuples === undefined) return logSumExpWhere(values, negatives);
  const { negativeAnchor, negative } = batch.pairs;
  const ones = onesLike(negative).to(values.dtype);
  const counts = zerosLike(values).indexPut_([negativeAnchor, negative], ones, { accumulate: true });
  return logSumExpWhere(values.add(counts.clampMin(1).log()), negatives);
}

/** Losses `[N]` of the rows of a batch, one each. */
export function ofRows(values: Tensor): UnreducedLoss {
  return { kind: 'element', values, indices: arange(values.shape[0] as number, { device: values.device }) };
}
