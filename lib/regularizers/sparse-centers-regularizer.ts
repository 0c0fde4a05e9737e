import { expectInteger } from '../arguments.ts';
import { CosineSimilarity } from '../distances/cosine-similarity.ts';
import { ShapeError } from '../errors.ts';
import { arange, where } from '../generated/torch.ts';
import { DivisorReducer } from '../reducers/divisor-reducer.ts';
import type { UnreducedLoss } from '../reducers/reducer.ts';
import type { Tensor } from '../tensor.ts';
import { Regularizer, type RegularizerOptions } from './regularizer.ts';

export interface SparseCentersRegularizerOptions extends RegularizerOptions {
  numClasses: number;
  /** At least 2. */
  centersPerClass: number;
}

/**
 * The distance `sqrt(2 - 2 cos(w_j, w_k))` between centres of one class, summed over its pairs and divided by twice the
 * number of all such pairs: centres that are not needed meet (pytorch-metric-learning's `SparseCentersRegularizer`; Qian et
 * al. 2019, for `SoftTripleLoss`). Rows are `[numClasses * centersPerClass, D]`, the centres of a class one after another.
 * Centres that have met have gradient 0.
 *
 * @throws ShapeError for another number of rows, RangeError for fewer than 2 centres a class.
 * @example
 * const weightRegularizer = new torch.regularizers.SparseCentersRegularizer({ numClasses: 10, centersPerClass: 4 });
 * new torch.losses.SoftTripleLoss({ numClasses: 10, embeddingSize: 32, centersPerClass: 4, weightRegularizer });
 */
export class SparseCentersRegularizer extends Regularizer {
  readonly numClasses: number;
  readonly centersPerClass: number;
  readonly distance = new CosineSimilarity();

  constructor(options: SparseCentersRegularizerOptions) {
    super(options, () => new DivisorReducer());
    this.numClasses = expectInteger('SparseCentersRegularizer: numClasses', options.numClasses, 1);
    this.centersPerClass = expectInteger('SparseCentersRegularizer: centersPerClass', options.centersPerClass, 2);
  }

  protected override penalties(rows: Tensor): UnreducedLoss {
    const { centersPerClass, numClasses } = this;
    const [count, size] = rows.shape as [number, number];
    if (count !== numClasses * centersPerClass) {
      const expected = `[${numClasses * centersPerClass}, D]`;
      throw new ShapeError(`SparseCentersRegularizer: rows must be ${expected}, got [${count}, ${size}]`);
    }
    const unit = rows.div(rows.square().sum(1, { keepdim: true }).clampMin(1e-24).sqrt());
    const ofClasses = unit.view([numClasses, centersPerClass, size]);
    const similarities = ofClasses.matmul(ofClasses.transpose(1, 2));
    const ranks = arange(centersPerClass, { device: rows.device });
    const pairs = ranks.unsqueeze(1).lt(ranks).expandAs(similarities);
    const squares = similarities.maskedSelect(pairs).mul(-2).add(2);
    const apart = squares.gt(0);
    const values = where(apart, squares, 1).sqrt().mul(apart);
    const number = values.numel();
    return { kind: 'element', values, indices: arange(number, { device: rows.device }), divisor: 2 * number };
  }
}
