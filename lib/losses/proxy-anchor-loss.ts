import { expectNumber } from '../arguments.ts';
import { CosineSimilarity } from '../distances/cosine-similarity.ts';
import { arange, cat, zeros } from '../generated/torch.ts';
import { oneHot } from '../nn/functional/index.ts';
import { kaimingNormal_ } from '../nn/init.ts';
import type { Parameter } from '../nn/parameter.ts';
import { DivisorReducer } from '../reducers/divisor-reducer.ts';
import type { UnreducedLoss } from '../reducers/reducer.ts';
import type { Tensor } from '../tensor.ts';
import { ClassLoss, type ClassLossOptions } from './class-loss.ts';
import type { LossBatch } from './loss-batch.ts';

export interface ProxyAnchorLossOptions extends ClassLossOptions {
  /** The margin `delta`, in the distance's unit; 0.1 by default. */
  margin?: number;
  /** How much hard rows outweigh easy ones; 32 by default. */
  alpha?: number;
}

/** `log(1 + sum_i exp(x_i))` of each column, over what a mask lets through. */
function softplusOfSums(values: Tensor, mask: Tensor): Tensor {
  const zero = zeros([1, values.shape[1] as number], { dtype: values.dtype, device: values.device });
  return cat([values.maskedFill(mask.logicalNot(), Number.NEGATIVE_INFINITY), zero], 0).logsumexp([0]);
}

/**
 * Proxies as anchors, with the batch's rows as positives and negatives: `1/|P+| sum_{p in P+} log(1 + sum_{x in X_p+}
 * exp(-alpha (s(x, p) - delta))) + 1/|P| sum_p log(1 + sum_{x in X_p-} exp(alpha (s(x, p) + delta)))`, `P+` being the
 * proxies with positives in the batch (pytorch-metric-learning's `ProxyAnchorLoss`; Kim et al. 2020). `proxies` is
 * `[numClasses, embeddingSize]`.
 *
 * The losses are of proxies, not of rows. A miner's weight `w` adds `w - 1` to a row's exponent, as in
 * pytorch-metric-learning; the call's `weights` count each row as so many rows.
 *
 * @returns a scalar; `getLogits` gives the similarities to proxies, `[N, numClasses]`.
 * @throws RangeError for labels out of range.
 * @example
 * new torch.losses.ProxyAnchorLoss({ numClasses: 10, embeddingSize: 32, margin: 0.1, alpha: 32 })(embeddings, labels);
 */
export class ProxyAnchorLoss extends ClassLoss {
  readonly margin: number;
  readonly alpha: number;
  /** `[numClasses, embeddingSize]` */
  readonly proxies: Parameter;

  constructor(options: ProxyAnchorLossOptions) {
    super(options, {
      distance: () => new CosineSimilarity(),
      reducer: () => new DivisorReducer(),
      weightInitFunc: (weights) => kaimingNormal_(weights, { mode: 'fan_out' }),
    });
    const { margin = 0.1, alpha = 32 } = options;
    expectNumber('ProxyAnchorLoss: margin', margin);
    expectNumber('ProxyAnchorLoss: alpha', alpha);
    this.margin = margin;
    this.alpha = alpha;
    this.proxies = this.newWeights(this.numClasses, this.embeddingSize);
  }

  protected override weightRows(): Tensor {
    return this.proxies;
  }

  protected override logits(embeddings: Tensor): Tensor {
    return this.distance.matrix(embeddings, this.like(embeddings, this.proxies));
  }

  protected override parts(batch: LossBatch): readonly UnreducedLoss[] {
    const classes = this.classesOf(batch);
    const { alpha, distance, margin, numClasses } = this;
    const values = this.logits(batch.embeddings);
    const positives = oneHot(classes, numClasses).to('bool');
    const negatives = positives.logicalNot();
    const exponents = (excess: Tensor) => this.#weighed(batch, excess.mul(alpha));
    const indices = arange(numClasses, { device: values.device });
    return [
      {
        kind: 'element',
        name: 'positive',
        values: softplusOfSums(exponents(distance.excess(values, margin)), positives),
        indices,
        divisor: positives.any(0).sum(),
      },
      {
        kind: 'element',
        name: 'negative',
        values: softplusOfSums(exponents(distance.margin(values, -margin)), negatives),
        indices,
        divisor: numClasses,
      },
    ];
  }

  /** Rows are weighed within the sums, since losses are of proxies. */
  protected override weighed(batch: LossBatch): readonly UnreducedLoss[] {
    return this.parts(batch);
  }

  #weighed(batch: LossBatch, exponents: Tensor): Tensor {
    const { tuples, weights } = batch;
    const mined = tuples === undefined ? exponents : exponents.add(batch.minedWeights.sub(1).unsqueeze(1));
    // exp(log w) is w; a row of weight 0 is masked, since its logarithm has no gradient.
    if (weights === undefined) return mined;
    const columns = weights.to(exponents.dtype).unsqueeze(1);
    const none = columns.le(0);
    return mined.add(columns.maskedFill(none, 1).log()).maskedFill(none, Number.NEGATIVE_INFINITY);
  }
}
