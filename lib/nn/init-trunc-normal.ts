/** The normal distribution without its tails. */

import { noGrad } from '../autograd/modes.ts';
import { tensor as makeTensor } from '../creation.ts';
import { emptyLike, erf, where } from '../generated/torch.ts';
import type { Generator } from '../generator.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { readTrailing, type Trailing } from './arguments.ts';

export interface TruncNormalOptions {
  mean?: number;
  std?: number;
  /** The least value; -2 by default. */
  a?: number;
  /** The greatest value; 2 by default. */
  b?: number;
  generator?: Generator | null;
}

type Read = Required<TruncNormalOptions>;

/** The share of N(mean, std²) that lies in [a, b]. */
function shareWithin({ mean, std, a, b }: Read): number {
  const bounds = [a, b].map((bound) => (bound - mean) / std / Math.sqrt(2));
  const [below, above] = erf(makeTensor(bounds, { dtype: 'float64', device: 'cpu' })).tolist() as [number, number];
  return (above - below) / 2;
}

/** Draws until all lie within: good where most do at once. */
function redraw(tensor: Tensor, { mean, std, a, b, generator }: Read): void {
  const bound = (value: number) => tensor.newTensor(value, { device: 'cpu' }).item() as number;
  const [least, greatest] = [bound(a), bound(b)];
  let result = tensor.normal_(mean, std, { generator });
  for (;;) {
    const outside = result.lt(least).bitwiseOr(result.gt(greatest));
    if (outside.any().item() === false) break;
    result = where(outside, emptyLike(result).normal_(mean, std, { generator }), result);
  }
  if (result !== tensor) tensor.copy_(result);
}

/** Draws evenly from [a, b] and keeps a value with the probability that its density gives. */
function reject(tensor: Tensor, { mean, std, a, b, generator }: Read): void {
  const mode = Math.max(a, Math.min(mean, b));
  const peak = -0.5 * ((mode - mean) / std) ** 2;
  const candidates = emptyLike(tensor);
  const chances = emptyLike(tensor);
  const rejected = () => {
    candidates.sub_(mean).div_(std).pow_(2).mul_(-0.5).sub_(peak);
    return chances.uniform_({ generator }).log_().gt(candidates);
  };
  tensor.uniform_(a, b, { generator });
  candidates.copy_(tensor);
  let pending = rejected();
  if (pending.any().item() === false) return;
  let result = tensor;
  do {
    candidates.uniform_(a, b, { generator });
    result = where(pending, candidates, result);
    pending = where(pending, rejected(), pending);
  } while (pending.any().item() !== false);
  tensor.copy_(result);
}

/** Draws from N(mean, std²), without what lies outside of [a, b] (`trunc_normal_`). */
export function truncNormal_(
  tensor: Tensor,
  ...rest: Trailing<[mean: number, std: number, a: number, b: number], TruncNormalOptions>
): Tensor {
  const defaults: Read = { mean: 0, std: 1, a: -2, b: 2, generator: null };
  const options = readTrailing('truncNormal_', ['mean', 'std', 'a', 'b'], rest, defaults);
  const { mean, std, a, b } = options;
  if (tensor.isMeta) return tensor;
  if (mean < a - 2 * std || mean > b + 2 * std) {
    process.emitWarning(
      `truncNormal_: mean ${mean} is more than 2 std from [${a}, ${b}]; the values may not follow the distribution`,
    );
  }
  noGrad(() => scope(() => (shareWithin(options) > 0.3 ? redraw : reject)(tensor, options)));
  return tensor;
}
