import { expectBoolean, expectInteger } from '../arguments.ts';
import { describeValue } from '../errors.ts';
import { isResumable, type Order, ResumableSampler, type SamplerState } from './sampler.ts';

/**
 * The indices of another sampler, or of any iterable, in batches (`torch.utils.data.BatchSampler`).
 *
 * @example
 * [...new torch.data.BatchSampler(new torch.data.SequentialSampler({ length: 10 }), 3, false)];
 * // [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9]]
 */
export class BatchSampler<T = number> extends ResumableSampler<T[]> {
  readonly sampler: Iterable<T>;
  readonly batchSize: number;
  /** Leaves out the last batch where it is not full. */
  readonly dropLast: boolean;

  constructor(sampler: Iterable<T>, batchSize: number, dropLast: boolean) {
    super();
    this.sampler = expectIterable('BatchSampler: sampler', sampler);
    this.batchSize = expectInteger('BatchSampler: batchSize', batchSize);
    this.dropLast = expectBoolean('BatchSampler: dropLast', dropLast);
  }

  get length(): number {
    return batchCount(lengthOf('BatchSampler: sampler', this.sampler), this.batchSize, this.dropLast);
  }

  protected begin(saved?: SamplerState): Order<T[]> {
    const { sampler } = this;
    if (!isResumable(sampler)) return { items: this.#batches(sampler), origin: { sampler: null } };
    if (saved?.sampler != null) sampler.loadStateDict({ ...saved.sampler, position: 0 });
    const origin: { sampler: SamplerState | null } = { sampler: null };
    return { items: this.#batches(sampler, () => (origin.sampler = { ...sampler.stateDict(), position: 0 })), origin };
  }

  protected idle(): Omit<SamplerState, 'position'> {
    return { sampler: isResumable(this.sampler) ? this.sampler.stateDict() : null };
  }

  protected override prepare({ sampler }: SamplerState): void {
    if (isResumable(this.sampler) && sampler != null) this.sampler.loadStateDict({ ...sampler, position: 0 });
  }

  /** `begun` is told when the sampler below has drawn its order. */
  *#batches(sampler: Iterable<T>, begun?: () => void): globalThis.Generator<T[]> {
    let batch: T[] = [];
    let isFirst = true;
    for (const item of sampler) {
      if (isFirst) begun?.();
      isFirst = false;
      batch.push(item);
      if (batch.length < this.batchSize) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0 && !this.dropLast) yield batch;
  }
}

/** How many batches there are of `count` samples. */
export function batchCount(count: number, batchSize: number, dropLast: boolean): number {
  return dropLast ? Math.floor(count / batchSize) : Math.ceil(count / batchSize);
}

/** The length of what may have one. */
export function lengthOf(where: string, value: unknown): number {
  const { length } = value as { length?: unknown };
  if (typeof length === 'number') return length;
  throw new TypeError(`${where} has no length, got ${describeValue(value)}`);
}

/** Something that can be iterated, checked. */
export function expectIterable<T>(where: string, value: Iterable<T>): Iterable<T> {
  if (typeof value === 'object' && value !== null && typeof value[Symbol.iterator] === 'function') return value;
  throw new TypeError(`${where} must be iterable, got ${describeValue(value)}`);
}
