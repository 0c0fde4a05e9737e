/** How weights are averaged: equally, or exponentially. */

import { noGrad } from '../../autograd/modes.ts';
import { isComplexDType, isFloatingDType } from '../../dtype.ts';
import { scope } from '../../scope.ts';
import type { Tensor } from '../../tensor.ts';
import { foreachAddcdivScalar_, foreachLerp_, foreachSub } from '../foreach.ts';
import { add, div, numberOf, type Quantity } from '../quantity.ts';

/** Gives the new average of a parameter from the old one, the parameter and how many were averaged before. */
export type AvgFn = (averaged: Tensor, current: Tensor, numAveraged: Quantity) => Tensor;

/** Changes a list of averages, of one device and dtype, in place. */
export type MultiAvgFn = (averaged: readonly Tensor[], current: readonly Tensor[], numAveraged: Quantity) => void;

function expectDecay(where: string, decay: number): void {
  if (!(decay >= 0 && decay <= 1)) throw new RangeError(`${where}: decay must be between 0 and 1, got ${decay}`);
}

function isContinuous(tensors: readonly Tensor[]): boolean {
  const dtype = tensors[0]?.dtype ?? 'float32';
  return isFloatingDType(dtype) || isComplexDType(dtype);
}

/** Exponential averages of lists: `decay` is the weight of the old average (`get_ema_multi_avg_fn`). */
export function getEmaMultiAvgFn(decay = 0.999): MultiAvgFn {
  expectDecay('getEmaMultiAvgFn', decay);
  return (averaged, current) => {
    noGrad(() =>
      scope(() => {
        if (isContinuous(averaged)) foreachLerp_(averaged, current, 1 - decay);
        else {
          for (const [i, each] of averaged.entries()) {
            each.copy_(each.mul(decay).add((current[i] as Tensor).mul(1 - decay)));
          }
        }
      }),
    );
  };
}

/** Equal averages of lists (`get_swa_multi_avg_fn`). */
export function getSwaMultiAvgFn(): MultiAvgFn {
  return (averaged, current, numAveraged) => {
    noGrad(() =>
      scope(() => {
        const count = add(numAveraged, 1);
        if (isContinuous(averaged)) {
          foreachLerp_(averaged, current, numberOf(div(1, count)));
          return;
        }
        const differences = foreachSub(current, averaged);
        if (typeof count === 'number') {
          for (const [i, each] of averaged.entries()) each.add_(differences[i] as Tensor, { alpha: 1 / count });
        } else {
          foreachAddcdivScalar_(
            averaged,
            differences,
            averaged.map(() => count),
            1,
          );
        }
      }),
    );
  };
}

/** Exponential averages of one tensor (`get_ema_avg_fn`). */
export function getEmaAvgFn(decay = 0.999): AvgFn {
  expectDecay('getEmaAvgFn', decay);
  return (averaged, current) => noGrad(() => scope(() => averaged.mul(decay).add(current.mul(1 - decay))));
}

/** Equal averages of one tensor (`get_swa_avg_fn`). */
export function getSwaAvgFn(): AvgFn {
  return (averaged, current, numAveraged) =>
    noGrad(() => scope(() => averaged.add(div(current.sub(averaged), add(numAveraged, 1)) as Tensor)));
}
