import { describeValue } from '../errors.ts';
import { type Order, ResumableSampler, type Sized } from './sampler.ts';

/** All indices in their order (`torch.utils.data.SequentialSampler`). */
export class SequentialSampler extends ResumableSampler {
  readonly dataSource: Sized;

  constructor(dataSource: Sized) {
    super();
    this.dataSource = expectSized('SequentialSampler', dataSource);
  }

  get length(): number {
    return this.dataSource.length;
  }

  protected begin(): Order<number> {
    return { items: count(this.length), origin: {} };
  }

  protected idle(): object {
    return {};
  }
}

/** The numbers below `n`. */
function* count(n: number): globalThis.Generator<number> {
  for (let i = 0; i < n; i++) yield i;
}

/** Something with a length, checked. */
export function expectSized(where: string, source: Sized): Sized {
  if (typeof source === 'object' && source !== null && Number.isSafeInteger(source.length)) return source;
  throw new TypeError(`${where}: dataSource must have a length, got ${describeValue(source)}`);
}
