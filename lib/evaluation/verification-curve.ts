/** What every threshold accepts rightly and wrongly. */

import { noGrad } from '../autograd/modes.ts';
import { isFloatingDType } from '../dtype.ts';
import { widened } from '../embeddings.ts';
import { DTypeError, describeValue } from '../errors.ts';
import type { Pairs } from '../pairs.ts';
import type { Labels } from '../relation.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { type AllPairScoresOptions, type PairScoresOptions, scoreAllPairs, scorePairs } from './pair-scores.ts';
import { type RocCorners, rocCorners } from './roc-corners.ts';
import { accuracyOf, expectScores, VerificationThreshold } from './verification-threshold.ts';

/**
 * What a threshold is chosen by: the most accuracy, balanced accuracy or F1; where both errors are equally likely; or the
 * most genuine pairs at no more than a false accept rate.
 */
export type ThresholdCriterion =
  | 'accuracy'
  | 'balancedAccuracy'
  | 'f1'
  | 'equal error'
  | { readonly falseAcceptRate: number };

/** Points of a receiver operating characteristic, one for each threshold, the strictest first. */
export interface RocPoints {
  /** A pair is accepted that is at least as near. The first accepts nothing: it is -Infinity, or Infinity for similarities. */
  readonly thresholds: Float64Array;
  readonly falseAcceptRate: Float64Array;
  readonly trueAcceptRate: Float64Array;
}

/**
 * The receiver operating characteristic of pairs, some of which are genuine (of one class) and some impostors: exact, by one
 * sort of all scores, and kept as its corners, of which there are at most about twice as many as there are pairs of the
 * rarer kind.
 *
 * @example
 * const curve = torch.evaluation.VerificationCurve.ofEmbeddings(embeddings, labels);
 * console.log(curve.equalErrorRate, curve.tarAtFar(1e-3));
 * const sameFace = curve.threshold({ falseAcceptRate: 1e-3 }).accepts(newScores);
 */
export class VerificationCurve {
  /** How many pairs are genuine. */
  readonly genuine: number;
  readonly impostors: number;
  /** Whether large scores are near. */
  readonly similarity: boolean;
  readonly #corners: RocCorners;

  private constructor(corners: RocCorners, similarity: boolean) {
    this.#corners = corners;
    this.genuine = corners.accepted.at(-1) as number;
    this.impostors = corners.falsely.at(-1) as number;
    this.similarity = similarity;
  }

  /**
   * @param scores floating `[P]`: distances, or similarities if the options say so.
   * @param same bool `[P]`: which pairs are genuine.
   * @throws RangeError if a score is NaN, or all pairs are of one kind.
   */
  static ofScores(
    scores: Tensor,
    same: Tensor,
    { similarity = false }: { similarity?: boolean } = {},
  ): VerificationCurve {
    expectScores('VerificationCurve', scores, same);
    if (!isFloatingDType(scores.dtype)) {
      throw new DTypeError(`VerificationCurve: scores must be of a floating dtype, got ${scores.dtype}`);
    }
    const corners = noGrad(() =>
      scope(() => {
        if (scores.isnan().any().item()) throw new RangeError('VerificationCurve: scores must be numbers, got NaN');
        const genuine = same.sum().item() as number;
        if (genuine === 0 || genuine === same.numel()) {
          const kind = genuine === 0 ? 'no genuine pair' : 'no impostor pair';
          throw new RangeError(`VerificationCurve: pairs must be of both kinds, got ${kind} among ${same.numel()}`);
        }
        return rocCorners(similarity ? widened(scores).neg() : widened(scores), same);
      }),
    );
    return new VerificationCurve(corners, similarity);
  }

  /** Of the pairs that a protocol names. @param embeddings `[N, D]` */
  static ofPairs(embeddings: Tensor, pairs: Pairs, options: PairScoresOptions = {}): VerificationCurve {
    return scope(() => {
      const { scores, same, similarity } = scorePairs(embeddings, pairs, options);
      return VerificationCurve.ofScores(scores, same, { similarity });
    });
  }

  /** Of all pairs that labels make, see `scoreAllPairs`. @param embeddings `[N, D]` @param labels int64 `[N]`, or a relation. */
  static ofEmbeddings(embeddings: Tensor, labels: Labels, options: AllPairScoresOptions = {}): VerificationCurve {
    return scope(() => {
      const { scores, same, similarity } = scoreAllPairs(embeddings, labels, options);
      return VerificationCurve.ofScores(scores, same, { similarity });
    });
  }

  /** The curve's corners, and the two points around the equal error rate; straight lines join them. */
  roc(): RocPoints {
    const { scores, accepted, falsely } = this.#corners;
    return {
      thresholds: this.similarity ? scores.map((score) => -score) : scores.slice(),
      falseAcceptRate: falsely.map((count) => count / this.impostors),
      trueAcceptRate: accepted.map((count) => count / this.genuine),
    };
  }

  /** The area under the curve: how often a genuine pair is nearer than an impostor pair, an equal one counting half. */
  get areaUnderCurve(): number {
    const { accepted, falsely } = this.#corners;
    let twice = 0;
    for (let i = 1; i < accepted.length; i++) {
      const [width, heights] = [falsely[i]! - falsely[i - 1]!, accepted[i]! + accepted[i - 1]!];
      twice += width * heights;
    }
    return twice / 2 / this.genuine / this.impostors;
  }

  /** EER: the rate where the curve, its corners joined by straight lines, has as many false accepts as false rejects. */
  get equalErrorRate(): number {
    const after = this.#crossing();
    const [before, here] = [this.#errors(after - 1), this.#errors(after)];
    const [below, above] = [before.reject - before.accept, here.accept - here.reject];
    return before.accept + ((here.accept - before.accept) * below) / (below + above);
  }

  /** TAR@FAR: the most genuine pairs that a threshold accepts with no more than this share of impostors, from 0 to 1. */
  tarAtFar(falseAcceptRate: number): number {
    return this.#corners.accepted[this.#lastWithin(falseAcceptRate)]! / this.genuine;
  }

  /** FNMR@FMR: the least genuine pairs that are refused where no more than this share of impostors is accepted. */
  fnmrAtFmr(falseMatchRate: number): number {
    return (this.genuine - this.#corners.accepted[this.#lastWithin(falseMatchRate)]!) / this.genuine;
  }

  /**
   * The threshold that is best by a criterion, halfway between the scores on its two sides; of equally good ones the
   * strictest.
   */
  threshold(criterion: ThresholdCriterion): VerificationThreshold {
    const { scores, next } = this.#corners;
    const at = this.#best(criterion);
    const [inside, outside] = [scores[at]!, next[at]!];
    const middle = inside + (outside - inside) / 2;
    let value = inside;
    // Neighbouring numbers have none between them.
    if (Number.isFinite(middle) && middle < outside) value = middle;
    // What accepts nothing is a number, too, because JSON has no infinity.
    if (at === 0) value = outside - Math.abs(outside) * Number.EPSILON - Number.MIN_VALUE;
    return new VerificationThreshold({ value: this.similarity ? -value : value, similarity: this.similarity });
  }

  #best(criterion: ThresholdCriterion): number {
    if (typeof criterion === 'object' && criterion !== null) return this.#lastWithin(criterion.falseAcceptRate);
    if (criterion === 'equal error') {
      const after = this.#crossing();
      const gap = (at: number) => Math.abs(this.#errors(at).accept - this.#errors(at).reject);
      return gap(after - 1) <= gap(after) ? after - 1 : after;
    }
    if (criterion !== 'accuracy' && criterion !== 'balancedAccuracy' && criterion !== 'f1') {
      const expected = "'accuracy', 'balancedAccuracy', 'f1', 'equal error' or { falseAcceptRate }";
      throw new RangeError(`VerificationCurve: criterion must be ${expected}, got ${describeValue(criterion)}`);
    }
    const { accepted, falsely } = this.#corners;
    let [best, most] = [0, Number.NEGATIVE_INFINITY];
    for (let i = 0; i < accepted.length; i++) {
      const value = accuracyOf(accepted[i]!, falsely[i]!, this.genuine, this.impostors)[criterion];
      if (value > most) [best, most] = [i, value];
    }
    return best;
  }

  #errors(at: number): { accept: number; reject: number } {
    const { accepted, falsely } = this.#corners;
    return { accept: falsely[at]! / this.impostors, reject: (this.genuine - accepted[at]!) / this.genuine };
  }

  /** The first corner with at least as many false accepts as false rejects; never the first of all. */
  #crossing(): number {
    return this.#firstCorner((at) => this.#errors(at).accept >= this.#errors(at).reject);
  }

  #lastWithin(rate: number): number {
    if (!(rate >= 0 && rate <= 1)) {
      throw new RangeError(`VerificationCurve: a rate must be from 0 to 1, got ${describeValue(rate)}`);
    }
    return this.#firstCorner((at) => this.#corners.falsely[at]! / this.impostors > rate) - 1;
  }

  /** Where a test that fails at first begins to hold; the number of corners where it never does. */
  #firstCorner(test: (at: number) => boolean): number {
    let [low, high] = [0, this.#corners.accepted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (test(middle)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
