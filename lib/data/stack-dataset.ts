/** Datasets side by side. */

import { describeValue } from '../errors.ts';
import { isThenable } from '../scope.ts';
import {
  Dataset,
  type DatasetSource,
  expectMapStyle,
  isMapStyle,
  type MapStyle,
  sampleOf,
  samplesOf,
} from './dataset.ts';
import { ownModule } from './module-reference.ts';

type Sides = readonly MapStyle<unknown>[] | Readonly<Record<string, MapStyle<unknown>>>;
type SampleOf<D> = D extends readonly (infer T)[] ? T : D extends { get(index: number): infer T } ? Awaited<T> : never;
/** A sample of each, in an array or under their names. */
type Stacked<S> = { -readonly [K in keyof S]: SampleOf<S[K]> };

/**
 * Datasets of the same length side by side, given one by one or under names (`torch.utils.data.StackDataset`).
 *
 * @example
 * new torch.data.StackDataset(images, texts).get(0);                          // [image, text]
 * new torch.data.StackDataset({ image: images, text: texts }).get(0);         // { image, text }
 */
export class StackDataset<S extends Sides = Sides> extends Dataset<Stacked<S>> {
  readonly datasets: S;
  readonly length: number;

  /** @throws RangeError for no datasets and for lengths that differ. */
  constructor(...datasets: S extends readonly MapStyle<unknown>[] ? S : [S]) {
    super();
    const [only] = datasets as readonly unknown[];
    const isNamed = datasets.length === 1 && typeof only === 'object' && only !== null && !isMapStyle(only);
    this.datasets = (isNamed ? only : datasets) as S;
    const sides = Object.entries(this.datasets) as [string, MapStyle<unknown>][];
    if (sides.length === 0) throw new RangeError('StackDataset: at least one dataset must be given');
    const lengths = sides.map(([name, each]) => expectMapStyle(`StackDataset: datasets.${name}`, each).length);
    this.length = lengths[0] as number;
    if (lengths.some((length) => length !== this.length)) {
      throw new RangeError(`StackDataset: datasets must have the same length, got ${describeValue(lengths)}`);
    }
  }

  get(index: number): Stacked<S> | Promise<Stacked<S>> {
    const names = Object.keys(this.datasets);
    const sides = Object.values(this.datasets).map((each: MapStyle<unknown>) => sampleOf(each, index));
    const join = (samples: unknown[]) =>
      (Array.isArray(this.datasets)
        ? samples
        : Object.fromEntries(samples.map((sample, i) => [names[i], sample]))) as Stacked<S>;
    return sides.some(isThenable) ? Promise.all(sides).then(join) : join(sides);
  }

  /** Samples by the datasets' own `getItems` where they have one. */
  async getItems(indices: readonly number[]): Promise<Stacked<S>[]> {
    const isArray = Array.isArray(this.datasets);
    const samples = indices.map((): Record<string, unknown> => (isArray ? ([] as never) : {}));
    for (const [name, dataset] of Object.entries(this.datasets) as [string, MapStyle<unknown>][]) {
      const items = 'getItems' in dataset ? await samplesOf(dataset, indices) : undefined;
      if (items !== undefined && items.length !== indices.length) {
        throw new RangeError(
          `StackDataset: getItems of datasets.${name} must give ${indices.length} samples, got ${items.length}`,
        );
      }
      for (const [i, sample] of samples.entries()) {
        sample[name] = items === undefined ? await sampleOf(dataset, indices[i] as number) : items[i];
      }
    }
    return samples as Stacked<S>[];
  }

  override workerSource(): DatasetSource {
    const args: readonly unknown[] = Array.isArray(this.datasets) ? this.datasets : [this.datasets];
    return { module: ownModule, export: 'StackDataset', args };
  }
}
