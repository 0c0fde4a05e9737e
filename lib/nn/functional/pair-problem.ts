/** Scores with relevances, and perhaps queries, as the pairs that they make. */

import { unique } from '../../composite.ts';
import { type DType, isFloatingDType } from '../../dtype.ts';
import { DTypeError, ShapeError } from '../../errors.ts';
import { arange, zeros } from '../../generated/torch.ts';
import { scope } from '../../scope.ts';
import type { Tensor } from '../../tensor.ts';
import { expectNumber } from '../arguments.ts';
import { type BinaryLabels, signsOf } from './binary-labels.ts';
import { expectPower, type HingePower } from './hinge-loss.ts';
import { expectScores, expectShape, expectTensor } from './labels.ts';
import type { PairLevel, PairProblem } from './pair-hinge.ts';

/** What both losses over pairs are told. */
interface PairOptions {
  readonly margin: number;
  readonly power: HingePower;
  readonly groups: Tensor | null;
  readonly validate: boolean;
}

/** A problem, and its scores as `[N]`. */
export interface ScoredPairs {
  readonly scores: Tensor;
  readonly problem: PairProblem;
}

/** Group ids of any values as 0, 1, …, in order; rows of a matrix `[Q, L]` are groups by themselves. */
function readGroups(
  where: string,
  scores: Tensor,
  shape: readonly number[],
  groups: Tensor | null,
): [groups: Tensor, count: number] {
  const device = scores.device;
  if (shape.length === 2 && groups !== null) {
    throw new TypeError(`${where}: rows of scores [Q, L] are groups; groups are for scores [N]`);
  }
  if (shape.length === 2) {
    const [queries, items] = shape as [number, number];
    return [arange(queries, { device }).repeatInterleave(items), queries];
  }
  if (groups === null) return [zeros(shape, { dtype: 'int64', device }), 1];
  const dtype = expectShape(where, 'groups', groups, shape, 'scores');
  if (dtype !== 'int64')
    throw new DTypeError(`${where}: groups must be int64, got ${dtype}; convert with groups.long()`);
  const [values, inverse] = unique(groups, { returnInverse: true }) as [Tensor, Tensor];
  return [inverse, values.numel()];
}

function read(where: string, scores: Tensor, targets: Tensor, name: string): [shape: readonly number[], dtype: DType] {
  const shape = expectScores(where, 'scores', scores);
  if (shape.length !== 1 && shape.length !== 2) {
    throw new ShapeError(`${where}: scores must be [N], or [Q, L] of Q queries, got [${shape.join(', ')}]`);
  }
  return [shape, expectShape(where, name, targets, shape, 'scores')];
}

/** Pairs of a positive and a negative score of one group, for labels of two classes. */
export function binaryPairs(
  where: string,
  scores: Tensor,
  targets: Tensor,
  options: PairOptions & { readonly labels: BinaryLabels },
): ScoredPairs {
  const [shape, dtype] = read(where, scores, targets, 'targets');
  const [margin, power] = [expectNumber(`${where}: margin`, options.margin), expectPower(where, options.power)];
  return scope(() => {
    const signs = signsOf(where, targets.detach(), dtype, options, scores.dtype).flatten();
    const [groups, groupCount] = readGroups(where, scores, shape, options.groups);
    const levels = [{ positives: signs.gt(0), negatives: signs.lt(0), segments: groups }];
    return { scores: scores.flatten(), problem: { levels, groups, groupCount, margin, power } };
  });
}

/**
 * Pairs of one group whose first has the greater relevance. Grades are numbered; two of them differ first in one bit, so
 * that each bit is a problem of two classes among those whose higher bits agree, and every pair is in one of them.
 */
export function gradedPairs(where: string, scores: Tensor, relevances: Tensor, options: PairOptions): ScoredPairs {
  const [shape] = read(where, scores, relevances, 'relevances');
  const [margin, power] = [expectNumber(`${where}: margin`, options.margin), expectPower(where, options.power)];
  return scope(() => {
    const [groups, groupCount] = readGroups(where, scores, shape, options.groups);
    const [grades, inverse] = unique(expectRelevances(where, relevances, options.validate).flatten(), {
      returnInverse: true,
    }) as [Tensor, Tensor];
    const levels: PairLevel[] = [];
    for (let half = 1; half < grades.numel(); half *= 2) {
      const upper = inverse.div(half, { roundingMode: 'floor' }).remainder(2).eq(1);
      const above = inverse.div(2 * half, { roundingMode: 'floor' });
      const segments = groups.mul(Math.ceil(grades.numel() / (2 * half))).add(above);
      levels.push({ positives: upper, negatives: upper.logicalNot(), segments });
    }
    return { scores: scores.flatten(), problem: { levels, groups, groupCount, margin, power } };
  });
}

function expectRelevances(where: string, relevances: Tensor, validate: boolean): Tensor {
  expectTensor(where, 'relevances', relevances);
  const hasNaN = () => scope(() => relevances.detach().isnan().any().item() === true);
  if (validate && !relevances.isMeta && isFloatingDType(relevances.dtype) && hasNaN()) {
    throw new RangeError(`${where}: relevances must be numbers, got NaN`);
  }
  return relevances.detach();
}
