import type * as torch from '../../../lib/index.ts';

/** One way to make a loss that is called with embeddings `[N, 6]` and labels below 4. */
export interface LossCase {
  /** The class, and what is special about it: `'TripletMarginLoss, swap'`. */
  readonly name: string;
  readonly make: () => torch.losses.MetricLoss;
  /** False for a loss with classes of its own, which needs class ids. */
  readonly takesRelation?: boolean;
  /** False where a reference set has no meaning. */
  readonly takesReference?: boolean;
  /** False for a loss that turning all embeddings changes, such as one with weights of its own. */
  readonly rotates?: boolean;
  /** False for a loss that draws at random, or depends on the order of rows. */
  readonly permutes?: boolean;
  /** Why the gradient is no derivative of the value, where it is not. */
  readonly noGradcheck?: string;
}
