import { expectInteger } from '../arguments.ts';
import type { Generator } from '../generator.ts';
import { choose, shuffled } from './choices.ts';
import { type ClassLabels, classesOf } from './class-labels.ts';
import { SeededSampler, type SeededSamplerOptions } from './seeded-sampler.ts';

export interface MPerClassSamplerOptions extends SeededSamplerOptions {
  labels: ClassLabels;
  /** How many samples of a class come one after another. */
  m: number;
  /** The loader's batch size, a multiple of m: each batch then is of `batchSize / m` classes. None by default. */
  batchSize?: number | null;
  /** About how many samples an order has; 100,000 by default. */
  lengthBeforeNewIter?: number;
}

/**
 * Indices so that batches hold m samples of each of their classes, P classes times K samples as mining needs them
 * (pytorch-metric-learning's `MPerClassSampler`): classes in random order, and of each m samples, different ones unless
 * the class has fewer. Without a batch size, every class comes once before any comes again.
 *
 * @throws RangeError for a batch size that is no multiple of m, more than all classes give, or more than the length.
 * @example
 * const sampler = new torch.samplers.MPerClassSampler({ labels, m: 4, batchSize: 128 });
 * const loader = new torch.data.DataLoader(dataset, { batchSize: 128, sampler });
 */
export class MPerClassSampler extends SeededSampler<number> {
  readonly m: number;
  readonly batchSize: number | null;
  readonly length: number;
  readonly #classes: readonly (readonly number[])[];

  constructor(options: MPerClassSamplerOptions) {
    const where = 'MPerClassSampler';
    super(where, options);
    const { labels, m, batchSize = null, lengthBeforeNewIter = 100_000 } = options;
    this.m = expectInteger(`${where}: m`, m);
    expectInteger(`${where}: lengthBeforeNewIter`, lengthBeforeNewIter);
    this.#classes = classesOf(where, labels);
    this.batchSize = batchSize === null ? null : expectInteger(`${where}: batchSize`, batchSize);
    const all = m * this.#classes.length;
    if (batchSize !== null) {
      if (batchSize % m !== 0)
        throw new RangeError(`${where}: batchSize must be a multiple of m ${m}, got ${batchSize}`);
      if (batchSize > all) {
        throw new RangeError(`${where}: batchSize must be at most m times the classes, ${all}, got ${batchSize}`);
      }
      if (batchSize > lengthBeforeNewIter) {
        throw new RangeError(
          `${where}: lengthBeforeNewIter must be at least batchSize ${batchSize}, got ${lengthBeforeNewIter}`,
        );
      }
    }
    const unit = batchSize ?? all;
    this.length =
      unit <= lengthBeforeNewIter ? lengthBeforeNewIter - (lengthBeforeNewIter % unit) : lengthBeforeNewIter;
  }

  protected *draw(generator: Generator): globalThis.Generator<number> {
    const classesAtATime = this.batchSize === null ? this.#classes.length : this.batchSize / this.m;
    let left = this.length;
    while (left > 0) {
      for (const members of shuffled(this.#classes, generator).slice(0, classesAtATime)) {
        const chosen = choose(members, this.m, generator).slice(0, left);
        yield* chosen;
        left -= chosen.length;
      }
    }
  }
}
