/** What corrects running means' bias towards zero after a number of steps. */

import { pow } from './libm.ts';

/**
 * Remembers the last result of a function of numbers: nearly always all parameters are at the same step, and a list of
 * scalars has an entry for each.
 */
export function rememberingLast<T>(compute: (...numbers: number[]) => T): (...numbers: number[]) => T {
  let last: { readonly numbers: readonly number[]; readonly result: T } | undefined;
  return (...numbers) => {
    if (last === undefined || numbers.some((each, i) => each !== last?.numbers[i])) {
      last = { numbers, result: compute(...numbers) };
    }
    return last.result;
  };
}

/** `1 - beta**step`. */
export const biasCorrection = rememberingLast((step, beta) => 1 - pow(beta as number, step as number));

/** `(1 - beta**step)**0.5`. */
export const biasCorrectionRoot = rememberingLast((step, beta) =>
  pow(biasCorrection(step as number, beta as number), 0.5),
);
