/** How many candidates come before others, counted by sigmoids, in memory that does not grow with all triplets. */

import { AutogradFunction, type FunctionContext } from '../autograd/function.ts';
import { stack, zeros, zerosLike } from '../generated/torch.ts';
import { rowBlocks, rowsPerBlock } from '../row-blocks.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';

interface BlockOfPairs {
  readonly row: Tensor;
  readonly column: Tensor;
  /** `[b, M]` */
  readonly sigmoids: Tensor;
}

function sigmoidsOf(scores: Tensor, rows: Tensor, columns: Tensor, temperature: number, at: [number, number]) {
  const [row, column] = [rows.narrow(0, ...at), columns.narrow(0, ...at)];
  const own = scores.index([row, column]).unsqueeze(1);
  return { row, column, sigmoids: scores.index([row]).sub(own).div(temperature).sigmoid() } satisfies BlockOfPairs;
}

class SigmoidRanks extends AutogradFunction {
  static forward(
    ctx: FunctionContext,
    scores: Tensor,
    rows: Tensor,
    columns: Tensor,
    temperature: number,
    sets: readonly Tensor[],
  ): Tensor {
    ctx.saveForBackward(scores, rows, columns, ...sets);
    ctx.temperature = temperature;
    const pairs = rows.shape[0] as number;
    const ranks = zeros([sets.length, pairs], { dtype: scores.dtype, device: scores.device });
    for (const at of rowBlocks(pairs, rowsPerBlock(scores.shape[1] as number))) {
      scope(() => {
        const { row, column, sigmoids } = sigmoidsOf(scores, rows, columns, temperature, at);
        // A candidate is not before itself: its own sigmoid, of 0, is taken out again.
        const counts = sets.map((set) =>
          sigmoids
            .mul(set.index([row]))
            .sum(1)
            .sub(set.index([row, column]).to(scores.dtype).mul(0.5)),
        );
        ranks.narrow(1, ...at).copy_(stack(counts));
      });
    }
    return ranks;
  }

  static backward(ctx: FunctionContext, gradOutput: Tensor): (Tensor | null)[] {
    const [scores, rows, columns, ...sets] = ctx.savedTensors as unknown as [Tensor, Tensor, Tensor, ...Tensor[]];
    const temperature = ctx.temperature as number;
    const gradient = zerosLike(scores);
    for (const at of rowBlocks(rows.shape[0] as number, rowsPerBlock(scores.shape[1] as number))) {
      scope(() => {
        const { row, column, sigmoids } = sigmoidsOf(scores, rows, columns, temperature, at);
        const slopes = sigmoids.mul(sigmoids.neg().add(1)).div_(temperature);
        const perSet = sets.map((set, k) =>
          set.index([row]).mul(
            gradOutput
              .select(0, k)
              .narrow(0, ...at)
              .unsqueeze(1),
          ),
        );
        slopes.mul_(perSet.reduce((sum, each) => sum.add(each)));
        gradient.indexAdd_(0, row, slopes);
        gradient.indexPut_([row, column], slopes.sum(1).neg(), { accumulate: true });
      });
    }
    return [gradient, null, null, null, null];
  }
}

/**
 * For scores `[N, M]`, where large is near, and pairs of rows and columns, int64 `[P]`: how many of each set come
 * before the column, `sum over j in set of sigmoid((s[row, j] - s[row, column]) / temperature)`, the column itself left
 * out. Time grows as P M, memory as N M.
 *
 * @param sets bool masks `[N, M]`.
 * @returns `[sets, P]`
 */
export function sigmoidRanks(
  scores: Tensor,
  rows: Tensor,
  columns: Tensor,
  temperature: number,
  sets: readonly Tensor[],
): Tensor {
  return scope(() => SigmoidRanks.apply(scores, rows, columns, temperature, sets));
}
