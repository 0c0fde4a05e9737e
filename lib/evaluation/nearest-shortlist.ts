/** Euclidean neighbours by a matrix product, proven to be those of the exact distances. */

import type { Distance } from '../distances/distance.ts';
import { isEuclidean, type LpDistance } from '../distances/lp-distance.ts';
import { vectorNorm } from '../generated/linalg.ts';
import { cat } from '../generated/torch.ts';
import { rowBlocks, rowsPerBlock } from '../row-blocks.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import type { Nearest } from './nearest-merge.ts';

type Stream = (measure: (begin: number, length: number) => Tensor, most: number) => Nearest;

// Below so many dimensions the differences are as fast as a product.
const leastDimensions = 16;

/**
 * `||q - r||^2 = ||q||^2 + ||r||^2 - 2 q . r` costs a matrix product, several times faster than differences, but cancels:
 * near 0 its error is as large as itself. So it only chooses: somewhat more candidates than are asked for, whose distances
 * are then computed exactly. That those hold the nearest is proven for each query: no sum of D products, in any order, is
 * off by more than `D u` times the sum of their magnitudes (u: unit roundoff), hence the square by at most
 * `e = c D u (||q|| + max ||r||)^2`; if the farthest candidate's square less e is above the k-th exact distance's square,
 * every row that was left out is farther than the k-th. Queries without a proof, such as those with many equally near rows,
 * are searched by exact distances.
 */
export class NearestShortlist {
  readonly #distance: LpDistance;
  readonly #reference: Tensor;
  readonly #squares: Tensor;
  readonly #largestNorm: number;
  readonly #sought: number;

  private constructor(distance: LpDistance, reference: Tensor, sought: number) {
    this.#distance = distance;
    this.#reference = reference;
    this.#squares = this.#squaresOf(reference);
    this.#largestNorm = Math.sqrt(this.#squares.max().item() as number);
    this.#sought = sought;
  }

  /** Null where exact distances are the better way. */
  static for(distance: Distance, reference: Tensor, sought: number): NearestShortlist | null {
    if (!isEuclidean(distance) || (distance.power !== 1 && distance.power !== 2)) return null;
    if (reference.dtype !== 'float32' && reference.dtype !== 'float64') return null;
    const [references, dimensions] = reference.shape as [number, number];
    if (dimensions < leastDimensions || sought === 0 || candidates(sought) * 8 > references) return null;
    return new NearestShortlist(distance, reference, sought);
  }

  /** The nearest of each row of a block of queries, by exact distances. */
  nearest(block: Tensor, stream: Stream, exactly: (queries: Tensor) => Nearest): Nearest {
    const rows = this.#distance.compared(block);
    const squares = vectorNorm(rows, 2, [1], true).square();
    const product = (begin: number, length: number) => {
      const references = this.#distance.compared(this.#reference.narrow(0, begin, length));
      return squares.add(this.#squares.narrow(0, begin, length)).addmm_(rows, references.T, { alpha: -2 });
    };
    const most = candidates(this.#sought);
    const chosen = stream(product, most);
    const nearest = this.#measure(block, chosen.indices);
    const unproven = this.#isProven(squares.squeeze(1), chosen.values.select(1, most - 1), nearest).logicalNot();
    const again = unproven.nonzero().squeeze(1);
    if (again.numel() > 0) {
      const exact = exactly(block.index([again]));
      nearest.values.indexCopy_(0, again, exact.values);
      nearest.indices.indexCopy_(0, again, exact.indices);
    }
    return nearest;
  }

  /** The exact distances of the candidates, in the order of distances and rows. */
  #measure(block: Tensor, indices: Tensor): Nearest {
    const [queries, most] = indices.shape as [number, number];
    const dimensions = block.shape[1] as number;
    const inOrder = indices.sort({ dim: 1 })[0] as Tensor;
    const parts = rowBlocks(queries, rowsPerBlock(most * dimensions)).map((at) =>
      scope(() => {
        const among = this.#reference.index([inOrder.narrow(0, ...at)]);
        return this.#distance.matrix(block.narrow(0, ...at).unsqueeze(1), among).squeeze(1);
      }),
    );
    const [values, order] = cat(parts).sort({ dim: 1, stable: true }) as [Tensor, Tensor];
    const first = (from: Tensor) => from.narrow(1, 0, this.#sought).clone();
    return { values: first(values), indices: first(inOrder.gather(1, order)) };
  }

  #isProven(squares: Tensor, farthestChosen: Tensor, { values }: Nearest): Tensor {
    const epsilon = squares.dtype === 'float32' ? 2 ** -23 : 2 ** -52;
    const dimensions = this.#reference.shape[1] as number;
    const last = values.select(1, this.#sought - 1).double();
    const lastSquare = this.#distance.power === 1 ? last.square() : last;
    // Twice the sum of the bounds of both formulas, and what is lost where squares underflow.
    const error = squares
      .double()
      .sqrt()
      .add(this.#largestNorm)
      .square()
      .mul(2 * (dimensions + 8) * epsilon)
      .add(1e-30);
    return farthestChosen.double().sub(error).gt(lastSquare);
  }

  /** The squares of normalized rows, a block of rows at a time, so that no copy of a large reference is made. */
  #squaresOf(reference: Tensor): Tensor {
    const [references, dimensions] = reference.shape as [number, number];
    const squares = rowBlocks(references, rowsPerBlock(dimensions)).map((at) =>
      scope(() => vectorNorm(this.#distance.compared(reference.narrow(0, ...at)), 2, [1]).square()),
    );
    return cat(squares);
  }
}

/** How many rows are measured exactly to find some. */
function candidates(sought: number): number {
  return sought + Math.max(16, Math.ceil(sought / 4));
}
