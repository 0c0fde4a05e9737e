/** The hinge over every triplet of a batch, with its exact gradient, without ever listing the triplets. */

import { AutogradFunction, type FunctionContext } from '../autograd/function.ts';
import { grad } from '../autograd/graph.ts';
import { enableGrad } from '../autograd/modes.ts';
import { tensor } from '../creation.ts';
import type { Distance } from '../distances/distance.ts';
import { zerosLike } from '../generated/torch.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { composedTripletHinge, tripletHinge } from './triplet-hinge.ts';

/** How many triplets a batch has, and of which kind. */
export interface HingeCounts {
  readonly total: number;
  /** The negative is as near as the positive, or nearer. */
  readonly hard: number;
  /** The hinge is greater than 0, or with `activeAtKink` not less. */
  readonly active: number;
}

export interface AllTripletHingeOptions {
  readonly distance: Distance;
  readonly margin: number;
  /** 1, or 2 for the squared hinge. */
  readonly power: 1 | 2;
  /** Whether a triplet that meets the margin exactly has a gradient: PyTorch's `clamp_min` has one, `relu` has none. */
  readonly activeAtKink: boolean;
  /** What the sum is divided by. */
  divisor(counts: HingeCounts): number;
}

// A block of anchors times all rows holds at most so many distances: 4 MB of float32.
const blockElements = 1 << 20;

/** Loss, gradient and counts, a block of anchors at a time: memory grows with the batch, and not with its square. */
function stream(
  embeddings: Tensor,
  labels: Tensor,
  { distance, margin, power, activeAtKink }: AllTripletHingeOptions,
  withGradient: boolean,
): { loss: number; gradient: Tensor | null; counts: HingeCounts } {
  const leaf = embeddings.detach().to(embeddings.dtype === 'float64' ? 'float64' : 'float32');
  leaf.requiresGrad = withGradient;
  const gradient = withGradient ? zerosLike(leaf, { requiresGrad: false }) : null;
  const rows = leaf.shape[0] as number;
  const size = Math.max(1, Math.floor(blockElements / Math.max(1, rows)));
  const kernel = leaf.device === 'cpu' ? tripletHinge : composedTripletHinge;
  let loss = 0;
  const sums: [total: number, hard: number, active: number] = [0, 0, 0];
  for (let begin = 0; begin < rows; begin += size) {
    const length = Math.min(size, rows - begin);
    scope(() => {
      const distances = enableGrad(() => distance.ascending(distance.matrix(leaf.narrow(0, begin, length), leaf)));
      const negatives = labels.narrow(0, begin, length).unsqueeze(1).ne(labels);
      const positives = negatives.logicalNot();
      positives.diagonal(begin).fill_(0);
      const block = kernel(distances.detach(), positives, negatives, { margin, power, activeAtKink, withGradient });
      loss += block.losses.sum().item() as number;
      for (const [i, count] of (block.counts.sum(0).tolist() as number[]).entries()) sums[i] = (sums[i] ?? 0) + count;
      if (gradient !== null) gradient.add_(grad(distances, leaf, { gradOutputs: block.gradient })[0] as Tensor);
    });
  }
  return { loss, gradient, counts: { total: sums[0], hard: sums[1], active: sums[2] } };
}

class AllTripletHinge extends AutogradFunction {
  static forward(ctx: FunctionContext, embeddings: Tensor, labels: Tensor, options: AllTripletHingeOptions): Tensor {
    const { loss, gradient, counts } = stream(embeddings, labels, options, ctx.needsInputGrad[0] === true);
    const divisor = options.divisor(counts);
    ctx.gradient = gradient?.div_(divisor).to(embeddings.dtype);
    const dtype = embeddings.dtype === 'float64' ? 'float64' : 'float32';
    return tensor(loss / divisor, { dtype, device: embeddings.device });
  }

  static backward(ctx: FunctionContext, gradOutput: Tensor): [Tensor, null, null] {
    return [(ctx.gradient as Tensor).mul(gradOutput), null, null];
  }
}

/**
 * The sum over all triplets of `max(0, d(a, p) - d(a, n) + margin) ^ power`, divided by what `divisor` makes of the
 * counts, for embeddings `[N, D]` and labels int64 `[N]`. Time grows as N² log N, memory as N.
 *
 * Distances of float16 and bfloat16 embeddings are float32; sums are float64. It can be differentiated once.
 *
 * @returns a scalar, float32 or float64.
 */
export function allTripletHinge(embeddings: Tensor, labels: Tensor, options: AllTripletHingeOptions): Tensor {
  return scope(() => AllTripletHinge.apply(embeddings, labels, options));
}
