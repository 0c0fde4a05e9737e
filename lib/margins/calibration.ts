/** Whether scores can be taken for probabilities. */

import { expectInteger } from '../arguments.ts';
import { noGrad } from '../autograd/modes.ts';
import { expectClassIds, expectTensor, widened } from '../embeddings.ts';
import { DTypeError, ShapeError } from '../errors.ts';
import { zeros } from '../generated/torch.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';

export interface Calibration {
  /** The share of samples whose highest score is that of their class. */
  readonly accuracy: number;
  /** The mean of `-log p_c`. */
  readonly nll: number;
  /** The mean of `Σ_j (p_j - [j = c])²`, from 0 to 2 (Brier 1950). */
  readonly brier: number;
  /** By how much confidence and accuracy differ, over bins of confidence (expected calibration error). */
  readonly ece: number;
}

/** Checks scores `[N, K]` and class ids int64 `[N]` below K. */
export function expectScoresAndLabels(where: string, scores: Tensor, labels: Tensor): void {
  expectTensor(`${where}: scores`, scores);
  const shape = scores.shape;
  if (shape.length !== 2) throw new ShapeError(`${where}: scores must be [N, K], got [${shape.join(', ')}]`);
  if (!scores.isFloatingPoint()) throw new DTypeError(`${where}: scores must be floating, got ${scores.dtype}`);
  const count = expectClassIds(`${where}: labels`, labels);
  if (count !== shape[0]) throw new ShapeError(`${where}: labels must be [${shape[0]}], got [${count}]`);
  if (count === 0) throw new ShapeError(`${where}: scores must not be empty, got [${shape.join(', ')}]`);
  const classes = shape[1] as number;
  const inside = scope(() => labels.ge(0).logicalAnd(labels.lt(classes)).all().item() === true);
  if (!inside) throw new RangeError(`${where}: labels must be class ids from 0 to ${classes - 1}`);
}

/**
 * Takes the softmax of scores for probabilities, and says how good they are: a classifier that was trained with cross-entropy
 * has probabilities, one that was trained with a margin has scores only.
 *
 * @param scores `[N, K]`, logits.
 * @param labels int64 `[N]`, class ids.
 * @param bins of equal width, of the confidence; 15 by default.
 * @example
 * const { ece, nll } = torch.margins.calibration(model(x), y);
 */
export function calibration(scores: Tensor, labels: Tensor, { bins = 15 }: { bins?: number } = {}): Calibration {
  expectScoresAndLabels('calibration', scores, labels);
  expectInteger('calibration: bins', bins);
  return noGrad(() =>
    scope(() => {
      const logs = widened(scores).double().logSoftmax(1);
      const probabilities = logs.exp();
      const [confidence, predicted] = probabilities.max(1) as [Tensor, Tensor];
      const correct = predicted.eq(labels).double();
      const own = labels.unsqueeze(1);
      const truth = probabilities.mul(0).scatter(1, own, 1);
      // Bins are open below and closed above.
      const bin = confidence
        .mul(bins)
        .ceil()
        .sub(1)
        .clamp(0, bins - 1)
        .long();
      const gaps = zeros([bins], { dtype: 'float64', device: scores.device }).indexAdd_(
        0,
        bin,
        correct.sub(confidence),
      );
      const number = (value: Tensor) => value.item() as number;
      return {
        accuracy: number(correct.mean()),
        nll: 0 - number(logs.gather(1, own).mean()),
        brier: number(probabilities.sub(truth).square().sum(1).mean()),
        ece: number(gaps.abs().sum()) / labels.numel(),
      };
    }),
  );
}
