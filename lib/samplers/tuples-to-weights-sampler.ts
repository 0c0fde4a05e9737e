import { expectInteger } from '../arguments.ts';
import { noGrad } from '../autograd/modes.ts';
import { tensor } from '../creation.ts';
import { integersOf } from '../data/draws.ts';
import { expectClassIds, expectEmbeddings } from '../embeddings.ts';
import { describeValue, ShapeError } from '../errors.ts';
import { multinomial, zeros } from '../generated/torch.ts';
import type { Generator } from '../generator.ts';
import { type Tuples, toWeights } from '../pairs.ts';
import { outsideScopes, scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { choose } from './choices.ts';
import { type Origin, SeededSampler, type SeededSamplerOptions } from './seeded-sampler.ts';

export interface TuplesToWeightsSamplerOptions extends SeededSamplerOptions {
  /** int64 `[N]` */
  labels: Tensor;
  /** The embeddings `[n, D]` of these samples, by the model as it is now; in evaluation mode, if it has one. */
  embed: (indices: number[]) => Tensor;
  /** Chooses tuples, such as one of `torch.miners`. */
  miner: (embeddings: Tensor, labels: Tensor) => Tuples;
  /** How many samples are embedded, and drawn; all by default. */
  subsetSize?: number | null;
}

interface WeightsOrigin extends Origin {
  /** `[N]`: what the order was drawn with. */
  weights?: Tensor;
}

/**
 * Draws samples as often as a miner chooses them (pytorch-metric-learning's `TuplesToWeightsSampler`): when an order
 * begins, it embeds the samples, or a random subset, mines all of them, and draws with replacement in proportion to how
 * many tuples a sample is in. The weights are part of the state, since the model will have changed when it is loaded.
 *
 * @throws ShapeError where `embed` returns other than one row for each sample.
 * @example
 * const sampler = new torch.samplers.TuplesToWeightsSampler({
 *   labels,
 *   embed: (indices) => torch.cat(chunksOf(indices).map((chunk) => model(images.index([chunk])))),
 *   miner: new torch.miners.BatchHardMiner(),
 *   subsetSize: 5000,
 * });
 */
export class TuplesToWeightsSampler extends SeededSampler<number> {
  readonly labels: Tensor;
  readonly subsetSize: number | null;
  readonly length: number;
  readonly #embed: (indices: number[]) => Tensor;
  readonly #miner: (embeddings: Tensor, labels: Tensor) => Tuples;
  readonly #count: number;

  constructor(options: TuplesToWeightsSamplerOptions) {
    const where = 'TuplesToWeightsSampler';
    super(where, options);
    const { labels, embed, miner, subsetSize = null } = options;
    this.#count = expectClassIds(`${where}: labels`, labels);
    for (const [name, value] of Object.entries({ embed, miner })) {
      if (typeof value !== 'function') {
        throw new TypeError(`${where}: ${name} must be a function, got ${describeValue(value)}`);
      }
    }
    if (subsetSize !== null && expectInteger(`${where}: subsetSize`, subsetSize) > this.#count) {
      throw new RangeError(`${where}: subsetSize must be at most ${this.#count}, got ${subsetSize}`);
    }
    this.labels = labels;
    this.subsetSize = subsetSize;
    this.length = subsetSize ?? this.#count;
    this.#embed = embed;
    this.#miner = miner;
  }

  protected override *draw(
    generator: Generator,
    origin: WeightsOrigin,
    saved: WeightsOrigin | undefined,
  ): globalThis.Generator<number> {
    if (this.#count === 0) return;
    const all = Array.from({ length: this.#count }, (_, i) => i);
    const subset = this.subsetSize === null ? all : choose(all, this.subsetSize, generator);
    const weights = saved?.weights ?? this.#weigh(subset);
    origin.weights = weights;
    yield* scope(() => integersOf(multinomial(weights, this.length, { replacement: true, generator })));
  }

  #weigh(subset: number[]): Tensor {
    return outsideScopes(() =>
      noGrad(() =>
        scope(() => {
          const embeddings = this.#embed(subset);
          expectEmbeddings('TuplesToWeightsSampler: what embed returns', embeddings);
          if (embeddings.shape[0] !== subset.length) {
            const got = `[${embeddings.shape.join(', ')}]`;
            throw new ShapeError(`TuplesToWeightsSampler: embed must return [${subset.length}, D], got ${got}`);
          }
          const rows = tensor(BigInt64Array.from(subset, BigInt));
          const tuples = this.#miner(embeddings, this.labels.index([rows]));
          const weights = toWeights(tuples, subset.length, 'float64', false);
          return zeros([this.#count], { dtype: 'float64' }).indexPut_([rows], weights.cpu());
        }),
      ),
    );
  }
}
