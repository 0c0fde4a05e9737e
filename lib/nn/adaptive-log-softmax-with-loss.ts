/** A softmax over many classes that are rare. */

import type { DeviceLike } from '../device.ts';
import type { DType } from '../dtype.ts';
import { describeValue, ShapeError } from '../errors.ts';
import { argmax } from '../generated/torch.ts';
import { Tensor } from '../tensor.ts';
import { expectCount, expectNumber, readTrailing, type Trailing } from './arguments.ts';
import { Linear } from './linear.ts';
import { Module } from './module.ts';
import { ModuleList } from './module-list.ts';
import { Sequential } from './sequential.ts';

export interface AdaptiveLogSoftmaxWithLossOptions {
  /** How much smaller the features of each cluster are than those of the one before; 4 by default. */
  divValue?: number;
  /** Whether the head has a bias; false by default. */
  headBias?: boolean;
  device?: DeviceLike;
  dtype?: DType;
}

/** Log-probabilities of the targets, and the loss, their negative mean; by position or name. */
export type AdaptiveLogSoftmaxOutput = [output: Tensor, loss: Tensor] & { output: Tensor; loss: Tensor };

const where = 'AdaptiveLogSoftmaxWithLoss';

function expectCutoffs(cutoffs: readonly number[], nClasses: number): number[] {
  const list = Array.isArray(cutoffs) ? [...cutoffs] : [];
  const rises = list.every((cutoff, i) => Number.isSafeInteger(cutoff) && cutoff > (i === 0 ? 0 : list[i - 1]));
  if (list.length === 0 || !rises || list.at(-1) > nClasses - 1) {
    throw new RangeError(
      `${where}: cutoffs must be integers from 1 to nClasses - 1, each greater than the one before, got ${describeValue(cutoffs)}`,
    );
  }
  return list;
}

/** Python's `a // b` of floats. */
function floorDivide(a: number, b: number): number {
  return Math.round((a - (a % b)) / b);
}

/**
 * Linear layers and a softmax over classes that are sorted by how frequent they are: those up to the first cutoff by
 * themselves, the others in clusters of which only those of the targets are computed (Grave et al. 2017,
 * `torch.nn.AdaptiveLogSoftmaxWithLoss`).
 *
 * @throws RangeError for cutoffs that do not rise from 1 to at most `nClasses - 1`.
 * @example
 * const { output, loss } = new nn.AdaptiveLogSoftmaxWithLoss(64, 10_000, [100, 1000])(x, targets); // [N], []
 */
export class AdaptiveLogSoftmaxWithLoss extends Module {
  inFeatures: number;
  nClasses: number;
  cutoffs: number[];
  divValue: number;
  headBias: boolean;
  shortlistSize: number;
  nClusters: number;
  headSize: number;
  head: Linear;
  tail: ModuleList<Sequential>;

  constructor(
    inFeatures: number,
    nClasses: number,
    cutoffs: readonly number[],
    ...rest: Trailing<[divValue: number, headBias: boolean], AdaptiveLogSoftmaxWithLossOptions>
  ) {
    super();
    const defaults = { divValue: 4, headBias: false, device: undefined, dtype: undefined };
    const { divValue, headBias, ...factory } = readTrailing<Required<AdaptiveLogSoftmaxWithLossOptions>>(
      where,
      ['divValue', 'headBias'],
      rest,
      defaults as unknown as Required<AdaptiveLogSoftmaxWithLossOptions>,
    );
    this.inFeatures = expectCount(`${where}: inFeatures`, inFeatures, 1);
    this.nClasses = expectCount(`${where}: nClasses`, nClasses, 1);
    this.cutoffs = [...expectCutoffs(cutoffs, nClasses), nClasses];
    this.divValue = expectNumber(`${where}: divValue`, divValue);
    this.headBias = headBias;
    this.shortlistSize = this.cutoffs[0] as number;
    this.nClusters = this.cutoffs.length - 1;
    this.headSize = this.shortlistSize + this.nClusters;
    this.head = new Linear(inFeatures, this.headSize, { bias: headBias, ...factory });
    this.tail = new ModuleList();
    for (let i = 0; i < this.nClusters; i++) {
      const features = floorDivide(inFeatures, divValue ** (i + 1));
      const classes = (this.cutoffs[i + 1] as number) - (this.cutoffs[i] as number);
      const options = { bias: false, ...factory };
      this.tail.append(
        new Sequential(new Linear(inFeatures, features, options), new Linear(features, classes, options)),
      );
    }
  }

  /** Draws new initial values. */
  resetParameters(): void {
    this.head.resetParameters();
    for (const cluster of this.tail) for (const layer of cluster) (layer as Linear).resetParameters();
  }

  /**
   * `[N, inFeatures]` and targets `[N]`, or both without N.
   * @throws ShapeError where they do not fit, RangeError for targets that are no class.
   */
  forward(input: Tensor, target: Tensor): AdaptiveLogSoftmaxOutput {
    for (const [name, tensor] of Object.entries({ input, target })) {
      if (!((tensor as unknown) instanceof Tensor)) {
        throw new TypeError(`${where}: ${name} must be a Tensor, got ${describeValue(tensor)}`);
      }
    }
    const batched = target.ndim === 1;
    if (target.ndim > 1) throw new ShapeError(`${where}: target must be [N] or [], got [${target.shape}]`);
    if (input.ndim !== target.ndim + 1 || (batched && input.shape[0] !== target.shape[0])) {
      const expected = batched ? `[${target.shape}, inFeatures]` : '[inFeatures]';
      throw new ShapeError(`${where}: input must be ${expected} for a target [${target.shape}], got [${input.shape}]`);
    }
    const x = batched ? input : input.unsqueeze(0);
    const [inCluster, place] = this.gatherClusters(x, batched ? target : target.unsqueeze(0));
    const shares = this.head(x).logSoftmax(1).gather(1, place.unsqueeze(1)).squeeze();
    const all = inCluster.add_(shares);
    const loss = all.neg().mean();
    const output = batched ? all : all.squeeze(0);
    return Object.assign([output, loss] as [Tensor, Tensor], { output, loss });
  }

  /** Log-probabilities of all classes, `[N, nClasses]`. */
  logProb(input: Tensor): Tensor {
    return this.fullLogProb(input, this.head(input));
  }

  /** The class of the greatest probability, `[N]`: the same as `logProb(input).argmax(1)`, and often cheaper. */
  predict(input: Tensor): Tensor {
    const head = this.head(input);
    const best = argmax(head, 1);
    const elsewhere = best.ge(this.shortlistSize);
    if (elsewhere.any().item() === false) return best;
    if (elsewhere.all().item() === true) return argmax(this.fullLogProb(input, head), 1);
    const logProb = this.fullLogProb(input.index([elsewhere]), head.index([elsewhere]));
    return best.indexPut_([elsewhere], argmax(logProb, 1));
  }

  /** Log-probabilities within the clusters of the targets, and the places of targets or clusters in the head. */
  private gatherClusters(input: Tensor, target: Tensor): [inCluster: Tensor, place: Tensor] {
    const count = target.size(0);
    const output = input.newZeros([count]);
    const place = target.newEmpty([count]);
    let used = 0;
    for (const [i, high] of this.cutoffs.entries()) {
      const low = i === 0 ? 0 : (this.cutoffs[i - 1] as number);
      const mask = target.ge(low).bitwiseAnd(target.lt(high));
      const rows = mask.nonzero().squeeze();
      if (rows.numel() === 0) continue;
      if (i === 0) place.indexCopy_(0, rows, target.index([mask]));
      else {
        const relative = target.index([mask]).sub(low);
        const scores = (this.tail[i - 1] as Sequential)(input.indexSelect(0, rows));
        place.indexFill_(0, rows, this.shortlistSize + i - 1);
        const chosen = scores.logSoftmax(1).gather(1, relative.unsqueeze(1));
        output.indexCopy_(0, rows, chosen.squeeze(1));
      }
      used += rows.numel();
    }
    if (used !== count) {
      const range = `[${target.min().item()}, ${target.max().item()}]`;
      throw new RangeError(`${where}: targets must be in [0, ${this.nClasses - 1}], got values in ${range}`);
    }
    return [output, place];
  }

  private fullLogProb(input: Tensor, head: Tensor): Tensor {
    const out = input.newEmpty([head.size(0), this.nClasses]);
    const shares = head.logSoftmax(1);
    out.narrow(1, 0, this.shortlistSize).copy_(shares.narrow(1, 0, this.shortlistSize));
    for (const [i, cluster] of [...this.tail].entries()) {
      const [start, stop] = [this.cutoffs[i] as number, this.cutoffs[i + 1] as number];
      const within = cluster(input).logSoftmax(1);
      const total = within.add(shares.select(1, this.shortlistSize + i).unsqueeze(1));
      out.narrow(1, start, stop - start).copy_(total);
    }
    return out;
  }
}
