/** The loss over every triplet where sorting cannot sum it: smooth, swapped or weighted. */

import { AutogradFunction, type FunctionContext } from '../autograd/function.ts';
import { tensor } from '../creation.ts';
import { overloadFunction } from '../operator.ts';
import type { RelationBlock } from '../relation.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';

export interface TripletTilesOptions {
  readonly margin: number;
  /** `log(1 + exp(…))` instead of the hinge. */
  readonly smooth: boolean;
  /** What each pair counts, `[N, M]`; a triplet counts its two pairs' product. */
  readonly weights: Tensor | null;
  /** What the sum is divided by. */
  divisor(total: number, nonZero: number): number;
}

type Kernel = (
  distances: Tensor,
  positives: Tensor,
  negatives: Tensor,
  others: Tensor | null,
  weights: Tensor | null,
  margin: number,
  smooth: boolean,
  withGradient: boolean,
) => [Tensor, Tensor, Tensor, Tensor];

let kernel: Kernel | undefined;

class TripletTiles extends AutogradFunction {
  static forward(
    ctx: FunctionContext,
    distances: Tensor,
    others: Tensor | null,
    { positives, negatives }: RelationBlock,
    { margin, smooth, weights, divisor }: TripletTilesOptions,
  ): Tensor {
    kernel ??= overloadFunction('hinge', 'triplet_tiles', '') as Kernel;
    const needed = ctx.needsInputGrad[0] === true;
    const results = kernel(distances, positives, negatives, others, weights, margin, smooth, needed);
    const [losses, counts, gradient, ofOthers] = results;
    const [total, nonZero] = counts.sum(0).tolist() as [number, number];
    const divided = divisor(total, nonZero);
    const dtype = distances.dtype;
    if (needed) {
      ctx.saveForBackward(gradient.div_(divided).to(dtype), others === null ? null : ofOthers.div_(divided).to(dtype));
    }
    return tensor((losses.sum().item() as number) / divided, { dtype, device: distances.device });
  }

  static backward(ctx: FunctionContext, gradOutput: Tensor): (Tensor | null)[] {
    const [ofDistances, ofOthers] = ctx.savedTensors as readonly [Tensor, Tensor | null, ...Tensor[]];
    return [ofDistances.mul(gradOutput), ofOthers?.mul(gradOutput) ?? null, null, null];
  }
}

/**
 * The sum over all triplets of the hinge, or softplus, of `distances[a, p] - distances[a, n] + margin`, divided by what
 * `divisor` makes of the counts. With `others`, the distances `[M, M]` among candidates, a negative is as far as it is from
 * the nearer of anchor and positive. Time grows as the number of triplets, memory as that of pairs. On the CPU; it can be
 * differentiated once.
 *
 * @param distances `[N, M]`, small is near.
 */
export function tripletTiles(
  distances: Tensor,
  others: Tensor | null,
  related: RelationBlock,
  options: TripletTilesOptions,
): Tensor {
  return scope(() => TripletTiles.apply(distances, others, related, options));
}
