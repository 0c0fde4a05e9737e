/** Softmax and its relatives. */

import * as torch from '../../generated/torch.ts';
import type { Tensor } from '../../tensor.ts';
import type { DType } from '../../types.ts';
import { readTrailing, type Trailing } from '../arguments.ts';
import { expectTensor } from './labels.ts';
import { warnOnce } from './warning.ts';

export interface SoftmaxOptions {
  /** The dimension along which values sum to 1. Leaving it out is deprecated: then it depends on the rank. */
  dim?: number | null;
  /** To which the input is cast first. */
  dtype?: DType | null;
}

type SoftmaxArguments = Trailing<[dim: number | null], SoftmaxOptions>;

const defaults: Required<SoftmaxOptions> = { dim: null, dtype: null };

/** The dimension and dtype of a call, and PyTorch's choice where no dimension is given. */
function readSoftmax(where: string, input: Tensor, rest: readonly unknown[]): [dim: number, dtype: DType | null] {
  expectTensor(where, 'input', input);
  const { dim, dtype } = readTrailing(where, ['dim'], rest, defaults);
  if (dim !== null) return [dim, dtype];
  warnOnce(`${where}: leaving out dim is deprecated; give the dimension along which values shall sum to 1`);
  return [[0, 1, 3].includes(input.ndim) ? 0 : 1, dtype];
}

/** `exp(x) / Σ exp(x)` along a dimension (`F.softmax`). */
export function softmax(input: Tensor, ...rest: SoftmaxArguments): Tensor {
  return torch.softmax(input, ...readSoftmax('softmax', input, rest));
}

/** The softmax of `-x` (`F.softmin`). */
export function softmin(input: Tensor, ...rest: SoftmaxArguments): Tensor {
  const [dim, dtype] = readSoftmax('softmin', input, rest);
  return torch.softmax(input.neg(), dim, dtype);
}

/** The logarithm of the softmax, computed stably (`F.log_softmax`). */
export function logSoftmax(input: Tensor, ...rest: SoftmaxArguments): Tensor {
  return torch.logSoftmax(input, ...readSoftmax('logSoftmax', input, rest));
}

export interface GumbelSoftmaxOptions {
  /** The temperature: the lower, the nearer to one-hot; 1 by default. */
  tau?: number;
  /** Returns one-hot vectors, whose gradient is that of the soft ones. */
  hard?: boolean;
  /** The dimension along which values sum to 1; the last by default. */
  dim?: number;
}

/** Draws from the Gumbel-softmax distribution of unnormalised log-probabilities (`F.gumbel_softmax`, Jang et al. 2017). */
export function gumbelSoftmax(
  logits: Tensor,
  ...rest: Trailing<[tau: number, hard: boolean], GumbelSoftmaxOptions>
): Tensor {
  const where = 'gumbelSoftmax';
  expectTensor(where, 'logits', logits);
  const given: Required<GumbelSoftmaxOptions> = { tau: 1, hard: false, dim: -1 };
  const { tau, hard, dim } = readTrailing(where, ['tau', 'hard'], rest, given);
  const like = { memoryFormat: 'contiguous_format' } as const;
  const noise = torch.emptyLike(logits, like).exponential_().log().neg();
  const soft = torch.softmax(logits.add(noise).div(tau), dim);
  if (!hard) return soft;
  const index = soft.max(dim, true)[1];
  const oneHot = torch.zerosLike(logits, like).scatter_(dim, index, 1);
  return oneHot.sub(soft.detach()).add(soft);
}
