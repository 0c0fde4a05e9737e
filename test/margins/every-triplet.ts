import type * as torch from '../../lib/index.ts';

/** `g = d(a, n) - d(a, p)` of every triplet, by its anchor. */
export function gapsOf(distances: torch.Tensor, labels: torch.Tensor, sign = 1): number[][] {
  const [d, y] = [distances.tolist() as number[][], labels.tolist() as number[]];
  return d.map((row, a) => {
    const gaps: number[] = [];
    row.forEach((positive, p) => {
      if (p === a || y[p] !== y[a]) return;
      row.forEach((negative, n) => {
        if (y[n] !== y[a]) gaps.push(sign * (negative - positive));
      });
    });
    return gaps;
  });
}

export const below = (gaps: readonly number[], margin: number) => gaps.filter((gap) => margin - gap > 0).length;

export const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
