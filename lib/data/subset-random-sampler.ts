import { readTrailing, type Trailing } from '../arguments.ts';
import { describeValue } from '../errors.ts';
import type { Generator } from '../generator.ts';
import { drawPermutation } from './draws.ts';
import { OnceDrawnSampler } from './once-drawn-sampler.ts';

/** Given indices in random order (`torch.utils.data.SubsetRandomSampler`). */
export class SubsetRandomSampler extends OnceDrawnSampler {
  readonly indices: readonly number[];

  constructor(
    indices: readonly number[],
    ...rest: Trailing<[generator: Generator | null], { generator?: Generator | null }>
  ) {
    const where = 'SubsetRandomSampler';
    super(where, readTrailing<{ generator: unknown }>(where, ['generator'], rest, { generator: null }).generator);
    if (!Array.isArray(indices)) {
      throw new TypeError(`${where}: indices must be an array of numbers, got ${describeValue(indices)}`);
    }
    this.indices = indices;
  }

  get length(): number {
    return this.indices.length;
  }

  protected draw(): number[] {
    return drawPermutation(this.indices.length, this.generator).map((i) => this.indices[i] as number);
  }
}
