/** Parts of a dataset. */

import { readTrailing, type Trailing } from '../arguments.ts';
import { describeValue } from '../errors.ts';
import type { Generator } from '../generator.ts';
import { Dataset, type DatasetSource, expectMapStyle, type MapStyle, sampleOf, samplesOf } from './dataset.ts';
import { drawPermutation, expectGenerator } from './draws.ts';
import { ownModule } from './module-reference.ts';

/** The samples of a dataset at given indices (`torch.utils.data.Subset`). */
export class Subset<T = unknown> extends Dataset<T> {
  readonly dataset: MapStyle<T>;
  readonly indices: readonly number[];

  constructor(dataset: MapStyle<T>, indices: readonly number[]) {
    super();
    this.dataset = expectMapStyle('Subset: dataset', dataset);
    if (!Array.isArray(indices)) {
      throw new TypeError(`Subset: indices must be an array of numbers, got ${describeValue(indices)}`);
    }
    this.indices = indices;
  }

  get length(): number {
    return this.indices.length;
  }

  /** @throws RangeError for an index that is out of range; a negative one counts from the end. */
  get(index: number): T | Promise<T> {
    return sampleOf(this.dataset, this.#inside(index));
  }

  getItems(indices: readonly number[]): Promise<readonly T[]> {
    return samplesOf(
      this.dataset,
      indices.map((index) => this.#inside(index)),
    );
  }

  #inside(index: number): number {
    const inside = this.indices.at(index);
    if (inside === undefined || !Number.isInteger(index)) {
      throw new RangeError(`Subset: index ${describeValue(index)} is out of range for ${this.indices.length} samples`);
    }
    return inside;
  }

  override workerSource(): DatasetSource {
    return { module: ownModule, export: 'Subset', args: [this.dataset, this.indices] };
  }
}

/** Python's `math.isclose(a, 1)`. */
function isCloseToOne(a: number): boolean {
  return Math.abs(a - 1) <= 1e-9 * Math.max(Math.abs(a), 1);
}

/** Lengths for fractions: rounded down, and what is left is given to one after the other. */
function lengthsOf(fractions: readonly number[], total: number): number[] {
  const lengths = fractions.map((fraction, i) => {
    if (fraction < 0 || fraction > 1) {
      throw new RangeError(`randomSplit: lengths[${i}] must be a fraction between 0 and 1, got ${fraction}`);
    }
    return Math.floor(total * fraction);
  });
  const left = total - lengths.reduce((sum, length) => sum + length, 0);
  for (let i = 0; i < left; i++) (lengths[i % lengths.length] as number)++;
  return lengths;
}

/**
 * Splits a dataset at random into parts of the given lengths, or of fractions that sum up to 1, with Python's
 * permutation for the same seed (`torch.utils.data.random_split`).
 *
 * @throws RangeError if the lengths do not sum up to the dataset's.
 * @example
 * const [train, test] = torch.data.randomSplit(dataset, [0.8, 0.2], { generator: new torch.Generator().manualSeed(42) });
 */
export function randomSplit<T>(
  dataset: MapStyle<T>,
  lengths: readonly number[],
  ...rest: Trailing<[generator: Generator | null], { generator?: Generator | null }>
): Subset<T>[] {
  expectMapStyle('randomSplit: dataset', dataset);
  if (!Array.isArray(lengths) || !lengths.every((each) => typeof each === 'number')) {
    throw new TypeError(`randomSplit: lengths must be an array of numbers, got ${describeValue(lengths)}`);
  }
  const sum = lengths.reduce((total, each) => total + each, 0);
  const whole = isCloseToOne(sum) && sum <= 1 ? lengthsOf(lengths, dataset.length) : lengths;
  const total = whole.reduce((all, each) => all + each, 0);
  if (total !== dataset.length || !whole.every((each) => Number.isInteger(each) && each >= 0)) {
    throw new RangeError(
      `randomSplit: lengths must sum up to the ${dataset.length} samples of the dataset, or to 1, got ${describeValue(lengths)}`,
    );
  }
  const options = readTrailing<{ generator: unknown }>('randomSplit', ['generator'], rest, { generator: null });
  const generator = expectGenerator('randomSplit', options.generator);
  const indices = drawPermutation(total, generator);
  let offset = 0;
  return whole.map((length) => {
    offset += length;
    return new Subset(dataset, indices.slice(offset - length, offset));
  });
}
