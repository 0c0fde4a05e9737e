/** The hinge whose margin is what a mistake costs. */

import { describeValue } from '../../errors.ts';
import type { Tensor } from '../../tensor.ts';
import { readTrailing, type Trailing } from '../arguments.ts';
import { classMargins, reduceByClass } from './class-margins.ts';
import { worst } from './crammer-singer-loss.ts';
import { expectPower, type HingePower } from './hinge-loss.ts';
import type { ValidateOption } from './labels.ts';
import type { ReductionOption } from './reduction.ts';

/** What a cost scales: the margin that is asked for, or the whole violation of a margin of 1. */
export type CostRescaling = 'margin' | 'slack';

export interface StructuredHingeLossOptions extends ReductionOption, ValidateOption {
  /** `'margin'` by default. */
  rescaling?: CostRescaling;
  /** What costs are multiplied by; 1 by default. */
  margin?: number;
  /** 1 by default; 2 squares the violation. */
  power?: HingePower;
  /** What samples of each class count, `[K]`; 1 by default. The mean divides by B. */
  weight?: Tensor | null;
}

/** @internal */
export const structuredHingeDefaults: Required<StructuredHingeLossOptions> = {
  rescaling: 'margin',
  margin: 1,
  power: 1,
  weight: null,
  reduction: 'mean',
  validate: true,
};

/** @internal */
export function expectRescaling(where: string, rescaling: CostRescaling): CostRescaling {
  if (rescaling === 'margin' || rescaling === 'slack') return rescaling;
  throw new RangeError(`${where}: rescaling must be 'margin' or 'slack', got ${describeValue(rescaling)}`);
}

/** @internal The loss of options that were read. */
export function structuredHinge(
  where: string,
  scores: Tensor,
  targets: Tensor,
  cost: Tensor,
  options: Required<StructuredHingeLossOptions>,
): Tensor {
  const { differences, required, ids } = classMargins(where, scores, targets, { ...options, cost });
  const costs = required as Tensor;
  const violations =
    expectRescaling(where, options.rescaling) === 'margin' ? differences.add(costs) : differences.add(1).mul(costs);
  const values = worst(violations, ids, expectPower(where, options.power));
  return reduceByClass(where, values, ids, options, scores.shape[1] as number);
}

/**
 * Structured hinge loss over classes: `max_y (cost(y*, y) + s_y) - s_{y*}`, the larger the mistake the wider the margin
 * (Taskar, Guestrin and Koller 2003); with `rescaling: 'slack'` it is `max_y cost(y*, y)·(1 + s_y - s_{y*})`
 * (Tsochantaridis et al. 2005). With a cost of 1 for every mistake it is `crammerSingerLoss`.
 *
 * @param scores `s`, `[B, K]`: one score per class.
 * @param targets `y*`, `[B]` int64: class ids from 0 to K-1.
 * @param cost `[K, K]`: `cost[c, j]` is what answering j costs where c is right; 0 on the diagonal, nowhere below 0.
 * @returns a tensor without dimensions; with `reduction: 'none'` one value per sample, `[B]`.
 * @throws ShapeError, DTypeError or RangeError for targets that are no class ids of these scores, or a cost that is none.
 * @example
 * const ids = torch.arange(5, { dtype: 'float32' });
 * const cost = ids.unsqueeze(1).sub(ids).abs(); // ordered classes: far mistakes cost more
 * const loss = torch.nn.functional.structuredHingeLoss(scores, targets, cost);
 */
export function structuredHingeLoss(
  scores: Tensor,
  targets: Tensor,
  cost: Tensor,
  ...rest: Trailing<[], StructuredHingeLossOptions>
): Tensor {
  const options = readTrailing('structuredHingeLoss', [], rest, structuredHingeDefaults);
  return structuredHinge('structuredHingeLoss', scores, targets, cost, options);
}
