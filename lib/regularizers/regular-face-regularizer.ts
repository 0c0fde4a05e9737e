import { noGrad } from '../autograd/modes.ts';
import { CosineSimilarity } from '../distances/cosine-similarity.ts';
import { Similarity } from '../distances/similarity.ts';
import { describeValue } from '../errors.ts';
import { arange } from '../generated/torch.ts';
import type { UnreducedLoss } from '../reducers/reducer.ts';
import type { Tensor } from '../tensor.ts';
import { Regularizer, type RegularizerOptions } from './regularizer.ts';

export interface RegularFaceRegularizerOptions extends RegularizerOptions {
  /** A similarity; `CosineSimilarity` by default. */
  distance?: Similarity;
}

/**
 * `max_{j != i} cos(w_i, w_j)`, averaged over rows: no class is near another (pytorch-metric-learning's
 * `RegularFaceRegularizer`; Zhao et al. 2019). 0 for a single row.
 *
 * @throws TypeError for a distance that is no similarity.
 * @example
 * new torch.losses.ArcFaceLoss({ ...size, weightRegularizer: new torch.regularizers.RegularFaceRegularizer() });
 */
export class RegularFaceRegularizer extends Regularizer {
  readonly distance: Similarity;

  constructor(options: RegularFaceRegularizerOptions = {}) {
    super(options);
    this.distance = options.distance ?? new CosineSimilarity();
    if (!(this.distance instanceof Similarity)) {
      const got = describeValue(this.distance);
      throw new TypeError(`RegularFaceRegularizer: distance must be a Similarity, got ${got}`);
    }
  }

  protected override penalties(rows: Tensor): UnreducedLoss {
    const count = rows.shape[0] as number;
    const indices = arange(count, { device: rows.device });
    if (count < 2) return { kind: 'element', values: rows.sum(1).mul(0), indices };
    const similarities = this.distance.matrix(rows);
    const nearest = noGrad(() => {
      const others = similarities.clone();
      others.diagonal().fill_(this.distance.farthest);
      return others.argmax(1, { keepdim: true });
    });
    return { kind: 'element', values: similarities.gather(1, nearest).squeeze(1), indices };
  }
}
