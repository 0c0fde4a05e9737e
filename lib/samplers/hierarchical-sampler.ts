import { expectInteger } from '../arguments.ts';
import type { Generator } from '../generator.ts';
import { choose, shuffled } from './choices.ts';
import { type LabelRows, labelColumn } from './class-labels.ts';
import { SeededSampler, type SeededSamplerOptions } from './seeded-sampler.ts';

export interface HierarchicalSamplerOptions extends SeededSamplerOptions {
  /** A row of labels for each sample, from the class to what it belongs to: int64 `[N, L]`, or arrays. */
  labels: LabelRows;
  batchSize: number;
  /** How many samples of a class; `'all'` takes every one. */
  samplesPerClass: number | 'all';
  /** How many batches of each combination of super classes; 4 by default. */
  batchesPerSuperTuple?: number;
  /** 2 by default. */
  superClassesPerBatch?: number;
  /** The column of classes; 0 by default. */
  innerLabel?: number;
  /** The column of super classes; 1 by default. */
  outerLabel?: number;
}

function* combinations<T>(items: readonly T[], count: number, from = 0): globalThis.Generator<T[]> {
  if (count === 0) yield [];
  for (let i = from; i <= items.length - count && count > 0; i++) {
    for (const rest of combinations(items, count - 1, i + 1)) yield [items[i] as T, ...rest];
  }
}

/**
 * Batches of samples of few super classes, so that negatives are alike (pytorch-metric-learning's
 * `HierarchicalSampler`; Cakir et al. 2019, "Deep Metric Learning to Rank"): for each combination of super classes some
 * batches, in which each has an equal share, filled with whole groups of `samplesPerClass` of its classes in random
 * order. A super class with few classes fills its share in part only.
 *
 * @throws RangeError for a batch size that does not divide.
 * @example
 * const batchSampler = new torch.samplers.HierarchicalSampler({ labels, batchSize: 64, samplesPerClass: 4 });
 * const loader = new torch.data.DataLoader(dataset, { batchSampler });
 */
export class HierarchicalSampler extends SeededSampler<number[]> {
  readonly batchSize: number;
  readonly samplesPerClass: number | 'all';
  readonly batchesPerSuperTuple: number;
  readonly superClassesPerBatch: number;
  readonly length: number;
  /** Of each super class, the samples of each class. */
  readonly #tuples: readonly (readonly number[][][])[];

  constructor(options: HierarchicalSamplerOptions) {
    const where = 'HierarchicalSampler';
    super(where, options);
    const { labels, batchSize, samplesPerClass, batchesPerSuperTuple = 4, superClassesPerBatch = 2 } = options;
    this.batchSize = expectInteger(`${where}: batchSize`, batchSize);
    this.batchesPerSuperTuple = expectInteger(`${where}: batchesPerSuperTuple`, batchesPerSuperTuple);
    this.superClassesPerBatch = expectInteger(`${where}: superClassesPerBatch`, superClassesPerBatch);
    if (samplesPerClass !== 'all') expectInteger(`${where}: samplesPerClass`, samplesPerClass);
    this.samplesPerClass = samplesPerClass;
    const share = batchSize / superClassesPerBatch;
    if (!Number.isInteger(share)) {
      const expected = `a multiple of superClassesPerBatch ${superClassesPerBatch}`;
      throw new RangeError(`${where}: batchSize must be ${expected}, got ${batchSize}`);
    }
    if (samplesPerClass !== 'all' && share % samplesPerClass !== 0) {
      throw new RangeError(
        `${where}: samplesPerClass must divide ${share}, a super class's share, got ${samplesPerClass}`,
      );
    }
    const inner = labelColumn(where, labels, options.innerLabel ?? 0);
    const outer = labelColumn(where, labels, options.outerLabel ?? 1);
    const superClasses = new Map<unknown, Map<unknown, number[]>>();
    for (const [i, superClass] of outer.entries()) {
      const classes = superClasses.get(superClass) ?? new Map<unknown, number[]>();
      superClasses.set(superClass, classes);
      const members = classes.get(inner[i]);
      if (members === undefined) classes.set(inner[i], [i]);
      else members.push(i);
    }
    const lists = [...superClasses.values()].map((classes) => [...classes.values()]);
    this.#tuples = [...combinations(lists, superClassesPerBatch)];
    this.length = this.#tuples.length * batchesPerSuperTuple;
  }

  protected *draw(generator: Generator): globalThis.Generator<number[]> {
    const batches: number[][] = [];
    for (const superClasses of this.#tuples) {
      for (let b = 0; b < this.batchesPerSuperTuple; b++) {
        const batch = superClasses.flatMap((classes) => this.#share(classes, generator));
        batches.push(shuffled(batch, generator));
      }
    }
    yield* shuffled(batches, generator);
  }

  #share(classes: readonly number[][], generator: Generator): number[] {
    const size = this.batchSize / this.superClassesPerBatch;
    const share: number[] = [];
    for (const members of shuffled(classes, generator)) {
      const count = this.samplesPerClass === 'all' ? members.length : this.samplesPerClass;
      if (share.length + count <= size) share.push(...choose(members, count, generator));
      if (share.length === size) break;
    }
    return share;
  }
}
