import { unique } from '../composite.ts';
import { DotProductSimilarity } from '../distances/dot-product-similarity.ts';
import { arange, zeros } from '../generated/torch.ts';
import type { UnreducedLoss } from '../reducers/reducer.ts';
import type { Tensor } from '../tensor.ts';
import type { LossBatch } from './loss-batch.ts';
import { MetricLoss, type MetricLossOptions } from './metric-loss.ts';

/** The place of the first occurrence of each value, in the order of values. */
function firstOfEach(values: Tensor): Tensor {
  const [distinct, inverse] = unique(values, { returnInverse: true }) as [Tensor, Tensor];
  const { device } = values;
  const first = zeros([distinct.numel()], { dtype: 'int64', device });
  return first.scatterReduce(0, inverse, arange(values.numel(), { device }), 'amin', { includeSelf: false });
}

/**
 * Takes one positive pair of each class, the first, and asks each anchor for its own partner among all of them:
 * `-log(exp(a_i . p_i) / sum_j exp(a_i . p_j))` (pytorch-metric-learning's `NPairsLoss`; Sohn, "Improved deep metric
 * learning with multi-class N-pair loss objective", 2016). The mean over classes by default, over dot products of
 * normalised embeddings, as there; Sohn's are not normalised: `new DotProductSimilarity({ normalizeEmbeddings: false })`.
 * For a distance, its negative is taken. It needs class ids; batches of two rows a class lose nothing.
 *
 * @throws TypeError for labels that are a `Relation`.
 * @example
 * const lossFn = new torch.losses.NPairsLoss();
 */
export class NPairsLoss extends MetricLoss {
  constructor(options: MetricLossOptions = {}) {
    super(options, { distance: () => new DotProductSimilarity() });
  }

  protected override parts(batch: LossBatch): readonly UnreducedLoss[] {
    const { distance } = this;
    const { anchor, other } = batch.positivePairs;
    const first = firstOfEach(batch.classes.index([anchor]));
    const [anchors, positives] = [anchor.index([first]), other.index([first])];
    const matrix = distance.matrix(batch.embeddings.index([anchors]), batch.reference.index([positives]));
    const logits = distance.ascending(matrix).neg();
    return [{ kind: 'element', values: logits.logsumexp([1]).sub(logits.diagonal()), indices: anchors }];
  }
}
