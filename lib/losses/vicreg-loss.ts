import { expectNumber, expectPositive } from '../arguments.ts';
import { expectEmbeddings, widened } from '../embeddings.ts';
import { DTypeError, ShapeError } from '../errors.ts';
import { Module } from '../nn/module.ts';
import type { Tensor } from '../tensor.ts';

export interface VICRegLossOptions {
  /** What the distance between views counts; 25 by default. */
  invarianceLambda?: number;
  /** What a spread of less than 1 counts; 25 by default. */
  varianceMu?: number;
  /** What dependence between dimensions counts; 1 by default. */
  covarianceV?: number;
  /** Added to variances before the square root, `> 0`; 1e-4 by default. */
  eps?: number;
}

/**
 * Two views of each input near each other, each dimension spread, dimensions independent: `lambda s(Z, Z') + mu (v(Z) +
 * v(Z')) + nu (c(Z) + c(Z'))`, `s` being the mean squared difference, `v` the mean over dimensions of `max(0, 1 -
 * sqrt(var + eps)) / 2`, `c` the sum of squared covariances of different dimensions divided by D
 * (pytorch-metric-learning's `VICRegLoss`; Bardes et al., VICReg, ICLR 2022). Variances divide by N - 1; embeddings are
 * not normalised. There are no labels and no negatives: it is called with two batches, where pytorch-metric-learning
 * has `loss(embeddings, ref_emb=views)`.
 *
 * @returns a scalar; of one row only the first term, of none 0.
 * @throws ShapeError for views that are not `[N, D]` like the embeddings.
 * @example
 * new torch.losses.VICRegLoss()(model(crops), model(otherCrops)).backward();
 */
export class VICRegLoss extends Module {
  readonly invarianceLambda: number;
  readonly varianceMu: number;
  readonly covarianceV: number;
  readonly eps: number;

  constructor({ invarianceLambda = 25, varianceMu = 25, covarianceV = 1, eps = 1e-4 }: VICRegLossOptions = {}) {
    super();
    for (const [name, value] of Object.entries({ invarianceLambda, varianceMu, covarianceV })) {
      expectNumber(`VICRegLoss: ${name}`, value);
    }
    expectPositive('VICRegLoss: eps', eps);
    this.invarianceLambda = invarianceLambda;
    this.varianceMu = varianceMu;
    this.covarianceV = covarianceV;
    this.eps = eps;
  }

  /** Embeddings `[N, D]` and other views of the same N inputs, `[N, D]`. */
  override forward(embeddings: Tensor, views: Tensor): Tensor {
    const sets = pairedSets('VICRegLoss', embeddings, views);
    const [first, second] = sets;
    const rows = first.shape[0] as number;
    if (first.numel() === 0) return first.sum().add(second.sum()).mul(0);
    const invariance = first.sub(second).square().mean().mul(this.invarianceLambda);
    if (rows === 1) return invariance;
    return sets.reduce((sum, set) => {
      const centred = set.sub(set.mean(0));
      const covariances = centred.T.matmul(centred).div(rows - 1);
      const variances = covariances.diagonal();
      const spread = variances.add(this.eps).sqrt().neg().add(1).relu().mean().div(2);
      // The squares off the diagonal alone: a difference of two sums would lose them beside large variances.
      const dependence = covariances
        .sub(variances.diag())
        .square()
        .sum()
        .div(set.shape[1] as number);
      return sum.add(spread.mul(this.varianceMu)).add(dependence.mul(this.covarianceV));
    }, invariance);
  }
}

function pairedSets(where: string, embeddings: Tensor, views: Tensor): [Tensor, Tensor] {
  expectEmbeddings(`${where}: embeddings`, embeddings);
  expectEmbeddings(`${where}: views`, views);
  const [expected, got] = [embeddings.shape.join(', '), views.shape.join(', ')];
  if (expected !== got) throw new ShapeError(`${where}: views must be [${expected}], got [${got}]`);
  if (views.dtype !== embeddings.dtype) {
    throw new DTypeError(`${where}: views must be ${embeddings.dtype}, got ${views.dtype}`);
  }
  return [widened(embeddings), widened(views)];
}
