import { expectInteger } from '../arguments.ts';
import { noGrad } from '../autograd/modes.ts';
import { expectEmbeddings, expectLabels, widened } from '../embeddings.ts';
import { bincount } from '../generated/torch.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { cosinesTo } from './angular-margin.ts';
import { ArcFaceLoss, type ArcFaceLossOptions } from './arc-face-loss.ts';
import { LossBatch } from './loss-batch.ts';

export interface SubCenterArcFaceLossOptions extends ArcFaceLossOptions {
  /** How many centres each class has; 3 by default. */
  subCenters?: number;
}

export interface OutlierOptions {
  /** From which angle to its class's dominant centre, in degrees, a row is an outlier; 75 by default. */
  threshold?: number;
}

/** What `getOutliers` finds. */
export interface Outliers {
  /** Rows far from the dominant centre of their class, int64, in ascending order. */
  readonly outliers: Tensor;
  /** The dominant centre of each class, `[embeddingSize, numClasses]`; zeros for a class that has no rows. */
  readonly dominantCenters: Tensor;
}

/**
 * ArcFace with several centres a class, of which the nearest counts: noisy labels gather at centres of their own
 * (pytorch-metric-learning's `SubCenterArcFaceLoss`; Deng et al. 2020). `W` is
 * `[embeddingSize, numClasses * subCenters]`, the centres of a class side by side. All else as `ArcFaceLoss`.
 *
 * @returns a scalar; `getLogits` gives `s max_k cos t_k`, `[N, numClasses]`.
 * @throws RangeError for labels out of range, or a margin that is not from 0 to below 180 degrees.
 * @example
 * const lossFn = new torch.losses.SubCenterArcFaceLoss({ numClasses: 10, embeddingSize: 32, subCenters: 3 });
 * const { outliers } = lossFn.getOutliers(embeddings, labels, { threshold: 75 });
 */
export class SubCenterArcFaceLoss extends ArcFaceLoss {
  readonly subCenters: number;

  constructor(options: SubCenterArcFaceLossOptions) {
    const subCenters = expectInteger('SubCenterArcFaceLoss: subCenters', options.subCenters ?? 3);
    super(options, { columns: options.numClasses * subCenters });
    this.subCenters = subCenters;
  }

  protected override cosines(embeddings: Tensor): Tensor {
    const each = super.cosines(embeddings).view([embeddings.shape[0] as number, this.numClasses, this.subCenters]);
    return each.max(2).values;
  }

  /**
   * The rows that are farther than `threshold` from the centre to which most rows of their class are nearest, for
   * cleaning a data set.
   *
   * @param embeddings `[N, D]`
   * @param labels int64 `[N]`
   * @throws RangeError for labels out of range.
   */
  getOutliers(embeddings: Tensor, labels: Tensor, { threshold = 75 }: OutlierOptions = {}): Outliers {
    const where = 'SubCenterArcFaceLoss.getOutliers';
    expectEmbeddings(`${where}: embeddings`, embeddings);
    expectLabels(`${where}: labels`, labels, embeddings);
    const { numClasses, subCenters } = this;
    return noGrad(() =>
      scope(() => {
        const classes = this.classesOf(new LossBatch(where, embeddings, labels));
        const rows = widened(embeddings);
        const centers = this.like(rows, this.W).T;
        const all = cosinesTo(rows, centers).view([rows.shape[0] as number, numClasses, subCenters]);
        const own = all.gather(1, classes.view([-1, 1, 1]).expand([-1, 1, subCenters])).squeeze(1);
        const places = classes.mul(subCenters).add(own.argmax(1));
        const counts = bincount(places, null, numClasses * subCenters).view([numClasses, subCenters]);
        const dominant = counts.argmax(1);
        const present = counts.sum(1).gt(0).unsqueeze(1);
        const chosen = centers
          .view([numClasses, subCenters, -1])
          .gather(1, dominant.view([-1, 1, 1]).expand([-1, 1, centers.shape[1] as number]));
        const nearest = own.gather(1, dominant.index([classes]).unsqueeze(1)).squeeze(1);
        return {
          outliers: nearest
            .lt(Math.cos((threshold * Math.PI) / 180))
            .nonzero()
            .squeeze(1),
          dominantCenters: chosen.squeeze(1).mul(present).T,
        };
      }),
    );
  }
}
