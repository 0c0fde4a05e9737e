import { expectBoolean, expectInteger } from '../arguments.ts';
import type { Generator } from '../generator.ts';
import { shuffled } from './choices.ts';
import { type ClassLabels, classesOf } from './class-labels.ts';
import { SeededSampler, type SeededSamplerOptions } from './seeded-sampler.ts';

export interface GroupByLabelSamplerOptions extends SeededSamplerOptions {
  labels: ClassLabels;
  /** Even, and at least 4. */
  batchSize: number;
  /** Leaves out the last batch where it is not full; false by default. */
  dropLast?: boolean;
}

/**
 * Batches of at least two classes with at least two samples of each, every sample at most once (sentence-transformers'
 * `group_by_label`, with its batches for the same generator): the classes take turns, in another order each round, and
 * give two samples each, until only one class is left. What that one still has, odd samples, and classes of one sample
 * are left out.
 *
 * @throws RangeError for fewer than two classes of two samples, or an odd batch size.
 * @example
 * const batchSampler = new torch.samplers.GroupByLabelSampler({ labels, batchSize: 64 });
 */
export class GroupByLabelSampler extends SeededSampler<number[]> {
  readonly batchSize: number;
  readonly dropLast: boolean;
  readonly length: number;
  readonly #classes: readonly (readonly number[])[];

  constructor(options: GroupByLabelSamplerOptions) {
    const where = 'GroupByLabelSampler';
    super(where, options);
    const { labels, batchSize, dropLast = false } = options;
    expectInteger(`${where}: batchSize`, batchSize);
    if (batchSize < 4 || batchSize % 2 !== 0) {
      throw new RangeError(`${where}: batchSize must be even and at least 4, got ${batchSize}`);
    }
    this.batchSize = batchSize;
    this.dropLast = expectBoolean(`${where}: dropLast`, dropLast);
    this.#classes = classesOf(where, labels).filter((members) => members.length >= 2);
    if (this.#classes.length < 2) {
      throw new RangeError(
        `${where}: labels must have two classes of two samples or more, got ${this.#classes.length}`,
      );
    }
    // No class gives more pairs than the one with the second most: after those rounds it is alone.
    const pairs = this.#classes.map((members) => Math.floor(members.length / 2)).sort((a, b) => b - a);
    const rounds = pairs[1] as number;
    const samples = 2 * pairs.reduce((sum, count) => sum + Math.min(count, rounds), 0);
    const rest = samples % batchSize;
    this.length = Math.floor(samples / batchSize) + (!dropLast && rest >= 4 ? 1 : 0);
  }

  protected *draw(generator: Generator): globalThis.Generator<number[]> {
    let classes = this.#classes.map((members) => {
      const order = shuffled(members, generator);
      return order.slice(0, order.length - (order.length % 2));
    });
    let batch: number[] = [];
    let last: number[] | undefined;
    while (classes.length >= 2) {
      classes = shuffled(classes, generator);
      // Two turns of one class in a row would leave a batch with fewer classes.
      if (batch.length > 0 && classes[0] === last)
        [classes[0], classes[1]] = [classes[1] as number[], classes[0] as number[]];
      for (const members of classes) {
        batch.push(...members.splice(0, 2));
        if (batch.length < this.batchSize) continue;
        yield batch;
        batch = [];
      }
      last = classes.at(-1);
      classes = classes.filter((members) => members.length > 0);
    }
    if (!this.dropLast && batch.length >= 4) yield batch;
  }
}
