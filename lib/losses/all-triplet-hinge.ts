/** The hinge over every triplet of a batch, with its exact gradient, without ever listing the triplets. */

import { AutogradFunction, type FunctionContext } from '../autograd/function.ts';
import { grad } from '../autograd/graph.ts';
import { enableGrad } from '../autograd/modes.ts';
import { tensor } from '../creation.ts';
import type { Distance } from '../distances/distance.ts';
import { widened } from '../embeddings.ts';
import { zerosLike } from '../generated/torch.ts';
import type { Relation } from '../relation.ts';
import { rowBlocks, rowsPerBlock } from '../row-blocks.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { composedTripletHinge, tripletHinge } from './triplet-hinge.ts';

/** How many triplets a batch has, and of which kind. */
export interface HingeCounts {
  readonly total: number;
  /** The negative is as near as the positive, or nearer. */
  readonly hard: number;
  /** The hinge is greater than 0. */
  readonly violating: number;
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

// A block of anchors times all candidates holds 1 MB of float32 distances; where candidates are many up to 16 MB, because
// each block adds to the gradient of all of them.
const blockElements = 1 << 18;
const fewAnchors = 256;

function blockAnchors(candidates: number): number {
  return Math.max(rowsPerBlock(candidates, blockElements), Math.min(fewAnchors, rowsPerBlock(candidates)));
}

/** Loss, gradients and counts, a block of anchors at a time: memory grows with the batch, and not with its square. */
function stream(
  embeddings: Tensor,
  candidates: Tensor,
  relation: Relation,
  { distance, margin, power, activeAtKink }: AllTripletHingeOptions,
  needsGrad: readonly boolean[],
): { loss: number; gradients: (Tensor | null)[]; counts: HingeCounts } {
  const sets = candidates === embeddings ? [embeddings] : [embeddings, candidates];
  const leaves = sets.map((set) => widened(set.detach()));
  const wanted = leaves.filter((_, i) => needsGrad[i]);
  for (const leaf of wanted) leaf.requiresGrad = true;
  const gradients = wanted.map((leaf) => zerosLike(leaf, { requiresGrad: false }));
  const [rows, columns] = [leaves[0] as Tensor, leaves.at(-1) as Tensor];
  const kernel = rows.device === 'cpu' ? tripletHinge : composedTripletHinge;
  const withGradient = wanted.length > 0;
  let loss = 0;
  const sums: [total: number, hard: number, violating: number] = [0, 0, 0];
  for (const [begin, length] of rowBlocks(relation.rows, blockAnchors(relation.columns))) {
    scope(() => {
      const anchors = length === relation.rows ? rows : rows.narrow(0, begin, length);
      const distances = enableGrad(() => distance.ascending(distance.matrix(anchors, columns)));
      const { positives, negatives } = relation.block(begin, length);
      const block = kernel(distances.detach(), positives, negatives, { margin, power, activeAtKink, withGradient });
      loss += block.losses.sum().item() as number;
      for (const [i, count] of (block.counts.sum(0).tolist() as number[]).entries()) sums[i] = (sums[i] ?? 0) + count;
      if (!withGradient) return;
      const found = grad(distances, wanted, { gradOutputs: block.gradient });
      for (const [i, gradient] of gradients.entries()) gradient.add_(found[i] as Tensor);
    });
  }
  let next = 0;
  return {
    loss,
    gradients: leaves.map((_, i) => (needsGrad[i] ? (gradients[next++] as Tensor) : null)),
    counts: { total: sums[0], hard: sums[1], violating: sums[2] },
  };
}

class AllTripletHinge extends AutogradFunction {
  static forward(
    ctx: FunctionContext,
    embeddings: Tensor,
    candidates: Tensor,
    relation: Relation,
    options: AllTripletHingeOptions,
  ): Tensor {
    const { loss, gradients, counts } = stream(embeddings, candidates, relation, options, ctx.needsInputGrad);
    const divisor = options.divisor(counts);
    ctx.saveForBackward(...gradients.map((each) => each?.div_(divisor).to(embeddings.dtype) ?? null));
    const dtype = embeddings.dtype === 'float64' ? 'float64' : 'float32';
    return tensor(loss / divisor, { dtype, device: embeddings.device });
  }

  static backward(ctx: FunctionContext, gradOutput: Tensor): (Tensor | null)[] {
    const [ofEmbeddings, ofCandidates] = ctx.savedTensors as readonly (Tensor | null)[];
    return [ofEmbeddings?.mul(gradOutput) ?? null, ofCandidates?.mul(gradOutput) ?? null, null, null];
  }
}

/**
 * The sum over all triplets of a relation of `max(0, d(a, p) - d(a, n) + margin) ^ power`, divided by what `divisor` makes
 * of the counts, for embeddings `[N, D]` and candidates `[M, D]`. Time grows as N M log M, memory as N + M.
 *
 * Distances of float16 and bfloat16 embeddings are float32; sums are float64. It can be differentiated once.
 *
 * @returns a scalar, float32 or float64.
 */
export function allTripletHinge(
  embeddings: Tensor,
  candidates: Tensor,
  relation: Relation,
  options: AllTripletHingeOptions,
): Tensor {
  return scope(() => AllTripletHinge.apply(embeddings, candidates, relation, options));
}
