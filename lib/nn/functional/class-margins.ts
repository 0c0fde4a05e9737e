/** Of scores [B, K] and class ids [B]: by how much each wrong class comes too near. What multiclass hinges share. */

import { DTypeError, describeValue, ShapeError } from '../../errors.ts';
import { scope } from '../../scope.ts';
import { Tensor } from '../../tensor.ts';
import { expectNumber } from '../arguments.ts';
import { expectClassWeight } from './hinge-loss.ts';
import { expectClassIds, expectScores, expectShape } from './labels.ts';
import { type Reduction, reduce } from './reduction.ts';

/** @internal Checks `cost[c, j]`, what answering j costs where c is right: `[K, K]`, 0 on the diagonal, nowhere below 0. */
export function expectCost(where: string, cost: Tensor, classes?: number, validate = true): void {
  if (!(cost instanceof Tensor)) throw new TypeError(`${where}: cost must be a Tensor, got ${describeValue(cost)}`);
  if (!cost.isFloatingPoint()) throw new DTypeError(`${where}: cost must be floating, got ${cost.dtype}`);
  const shape = cost.shape;
  const side = classes ?? shape[0];
  if (shape.length !== 2 || shape[0] !== side || shape[1] !== side) {
    const expected = `[${classes ?? 'K'}, ${classes ?? 'K'}]`;
    throw new ShapeError(`${where}: cost must be ${expected}, a row for each right class, got [${shape.join(', ')}]`);
  }
  if (!validate || cost.isMeta) return;
  const holds = scope(() => cost.detach().ge(0).all().item() === true && cost.diagonal().eq(0).all().item() === true);
  if (!holds) throw new RangeError(`${where}: cost must be 0 on the diagonal and nowhere below 0 or NaN`);
}

/** What is checked of a call. */
interface ClassMarginOptions {
  margin: number;
  cost: Tensor | null;
  validate: boolean;
}

/** @internal */
export interface ClassMargins {
  /** `s_j - s_c`, `[B, K]`. */
  readonly differences: Tensor;
  /** What each wrong class must stay below by: the margin, or `[B, K]`, the margin times its cost. */
  readonly required: number | Tensor;
  /** The right classes `[B, 1]`. */
  readonly ids: Tensor;
}

/** @internal Checked scores as differences to the right class, and what is asked of them. */
export function classMargins(
  where: string,
  scores: Tensor,
  targets: Tensor,
  { margin, cost, validate }: ClassMarginOptions,
): ClassMargins {
  const shape = expectScores(where, 'scores', scores);
  const [batch, classes] = shape as [number, number];
  if (shape.length !== 2) throw new ShapeError(`${where}: scores must be [B, K], got [${shape.join(', ')}]`);
  const dtype = expectShape(where, 'targets', targets, [batch], 'scores');
  expectClassIds(where, targets, dtype, classes, validate);
  const ids = targets.unsqueeze(1);
  const differences = scores.sub(scores.gather(1, ids));
  const number = expectNumber(`${where}: margin`, margin);
  if (cost === null) return { differences, required: number, ids };
  expectCost(where, cost, classes, validate);
  return { differences, required: cost.to(scores.dtype).index([targets]).mul(number), ids };
}

/** @internal Values `[B]` times the weight of each sample's class, reduced. */
export function reduceByClass(
  where: string,
  values: Tensor,
  ids: Tensor,
  { weight, reduction }: { weight: Tensor | null; reduction: Reduction },
  classes: number,
): Tensor {
  if (weight === null) return reduce(where, values, reduction);
  expectClassWeight(where, weight, classes);
  return reduce(where, values.mul(weight.to(values.dtype).index([ids.squeeze(1)])), reduction);
}
