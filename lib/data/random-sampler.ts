import { expectBoolean, expectInteger, readTrailing, type Trailing } from '../arguments.ts';
import { randint } from '../generated/torch.ts';
import { Generator } from '../generator.ts';
import { outsideScopes, scope } from '../scope.ts';
import { drawPermutation, drawSeed, expectGenerator, integersOf, stateOf } from './draws.ts';
import { idleState, type Order, ResumableSampler, type SamplerState, type Sized } from './sampler.ts';
import { expectSized } from './sequential-sampler.ts';

/** Options of `RandomSampler`. */
export interface RandomSamplerOptions {
  /** Draws with replacement; false by default. */
  replacement?: boolean;
  /** How many to draw; as many as there are samples by default. */
  numSamples?: number | null;
  /** Where the order comes from; by default a generator whose seed is drawn from the default one for each order. */
  generator?: Generator | null;
}

/**
 * Indices in random order, Python's for the same seed (`torch.utils.data.RandomSampler`).
 *
 * @example
 * torch.manualSeed(0);
 * [...new torch.data.RandomSampler(dataset)];
 */
export class RandomSampler extends ResumableSampler {
  readonly dataSource: Sized;
  readonly replacement: boolean;
  readonly generator: Generator | null;
  readonly #numSamples: number | null;

  /** @throws RangeError if there is nothing to draw. */
  constructor(
    dataSource: Sized,
    ...rest: Trailing<
      [replacement: boolean, numSamples: number | null, generator: Generator | null],
      RandomSamplerOptions
    >
  ) {
    super();
    const names = ['replacement', 'numSamples', 'generator'] as const;
    const given = readTrailing('RandomSampler', names, rest, { replacement: false, numSamples: null, generator: null });
    this.dataSource = expectSized('RandomSampler', dataSource);
    this.replacement = expectBoolean('RandomSampler: replacement', given.replacement);
    this.generator = expectGenerator('RandomSampler', given.generator);
    this.#numSamples = given.numSamples;
    expectInteger('RandomSampler: numSamples', this.numSamples);
  }

  get numSamples(): number {
    return this.#numSamples ?? this.dataSource.length;
  }

  get length(): number {
    return this.numSamples;
  }

  protected begin(saved?: SamplerState): Order<number> {
    if (this.generator === null) {
      const seed = saved?.seed ?? drawSeed();
      const generator = outsideScopes(() => new Generator().manualSeed(seed));
      return { items: this.#draw(generator), origin: { seed } };
    }
    if (saved?.generator != null) this.generator.setState(saved.generator);
    return { items: this.#draw(this.generator), origin: { generator: stateOf(this.generator) } };
  }

  protected idle(): Omit<SamplerState, 'position'> {
    return this.generator === null ? { seed: null } : idleState(this.generator);
  }

  protected override prepare({ generator }: SamplerState): void {
    if (this.generator !== null && generator != null) this.generator.setState(generator);
  }

  /** Draws when needed, as Python does, so that a shared generator gives others the same numbers. */
  *#draw(generator: Generator): globalThis.Generator<number> {
    const n = this.dataSource.length;
    const wanted = this.numSamples;
    const size = this.replacement ? 32 : n;
    const draw = (count: number) =>
      this.replacement
        ? scope(() => integersOf(randint(n, [count], { generator, dtype: 'int64' })))
        : drawPermutation(n, generator);
    for (let i = 0; i < Math.floor(wanted / size); i++) yield* draw(size);
    yield* draw(wanted % size).slice(0, wanted % size);
  }
}
