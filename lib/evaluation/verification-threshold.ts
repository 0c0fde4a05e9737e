/** A limit that says of a pair whether it belongs together. */

import { noGrad } from '../autograd/modes.ts';
import { expectTensor } from '../embeddings.ts';
import { DTypeError, describeValue, ShapeError } from '../errors.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';

/** How right a threshold is on some pairs. Rates without a pair to count are NaN. */
export interface VerificationAccuracy {
  /** The share of pairs that are told right. */
  readonly accuracy: number;
  /** The mean of the share of genuine pairs and the share of impostor pairs that are told right. */
  readonly balancedAccuracy: number;
  /** The share of genuine pairs among those accepted. */
  readonly precision: number;
  /** The share of genuine pairs that are accepted: TAR, true accept rate. */
  readonly recall: number;
  /** `2 TP / (2 TP + FP + FN)` */
  readonly f1: number;
  /** The share of impostor pairs that are accepted: FAR, false accept rate; also FMR, false match rate. */
  readonly falseAcceptRate: number;
  /** The share of genuine pairs that are not accepted: FRR, false reject rate; also FNMR, false non-match rate. */
  readonly falseRejectRate: number;
}

/** The measures of a threshold that accepts some of the genuine and some of the impostor pairs. */
export function accuracyOf(
  accepted: number,
  falsely: number,
  genuine: number,
  impostors: number,
): VerificationAccuracy {
  const [recall, falseAcceptRate] = [accepted / genuine, falsely / impostors];
  return {
    accuracy: (accepted + impostors - falsely) / (genuine + impostors),
    balancedAccuracy: (recall + 1 - falseAcceptRate) / 2,
    precision: accepted / (accepted + falsely),
    recall,
    f1: (2 * accepted) / (accepted + falsely + genuine),
    falseAcceptRate,
    falseRejectRate: (genuine - accepted) / genuine,
  };
}

/** Checks scores `[P]` and bool `[P]`. */
export function expectScores(where: string, scores: Tensor, same: Tensor): void {
  expectTensor(`${where}: scores`, scores);
  expectTensor(`${where}: same`, same);
  const [shape, other] = [scores.shape, same.shape];
  if (shape.length !== 1) throw new ShapeError(`${where}: scores must be [P], got [${shape.join(', ')}]`);
  if (same.dtype !== 'bool') throw new DTypeError(`${where}: same must be bool, got ${same.dtype}`);
  if (other.length !== 1 || other[0] !== shape[0]) {
    throw new ShapeError(`${where}: same must be [${shape[0]}] to match scores, got [${other.join(', ')}]`);
  }
}

/**
 * A limit between near and far pairs, which accepts those that are at least as near. `JSON.stringify` keeps it.
 *
 * @throws TypeError if the value is not a number.
 * @example
 * const threshold = curve.threshold('accuracy');
 * const { accuracy } = threshold.measure(scores, same); // of pairs it was not chosen by
 */
export class VerificationThreshold {
  readonly value: number;
  /** Whether large scores are near. */
  readonly similarity: boolean;

  constructor({ value, similarity }: { readonly value: number; readonly similarity: boolean }) {
    if (typeof value !== 'number' || Number.isNaN(value)) {
      throw new TypeError(`VerificationThreshold: value must be a number, got ${describeValue(value)}`);
    }
    this.value = value;
    this.similarity = similarity;
  }

  /** Which pairs belong together, bool of the shape of scores. */
  accepts(scores: Tensor): Tensor {
    expectTensor('VerificationThreshold: scores', scores);
    // In float64, because a float32 may round the limit to a score that it lies beside.
    return noGrad(() =>
      scope(() => (this.similarity ? scores.double().ge(this.value) : scores.double().le(this.value))),
    );
  }

  /** How right it is on pairs with scores `[P]`, of which `same`, bool `[P]`, are genuine. */
  measure(scores: Tensor, same: Tensor): VerificationAccuracy {
    expectScores('VerificationThreshold.measure', scores, same);
    return scope(() => {
      const accepted = this.accepts(scores);
      const count = (mask: Tensor) => mask.sum().item() as number;
      const genuine = count(same);
      const right = count(accepted.logicalAnd(same));
      return accuracyOf(right, count(accepted) - right, genuine, same.numel() - genuine);
    });
  }
}
