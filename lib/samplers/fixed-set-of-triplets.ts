import { expectInteger } from '../arguments.ts';
import { drawSeed } from '../data/draws.ts';
import type { SamplerState } from '../data/sampler.ts';
import { Generator } from '../generator.ts';
import { outsideScopes } from '../scope.ts';
import { choose, shuffled } from './choices.ts';
import { type ClassLabels, classesOf } from './class-labels.ts';
import { type Origin, SeededSampler, type SeededSamplerOptions } from './seeded-sampler.ts';

export interface FixedSetOfTripletsOptions extends SeededSamplerOptions {
  labels: ClassLabels;
  numTriplets: number;
}

type Triplet = readonly [anchor: number, positive: number, negative: number];

/**
 * Triplets drawn once, whose order alone changes: to try what can be learnt where a set of triplets is all that is
 * known (pytorch-metric-learning's `FixedSetOfTriplets`). Each is of two different samples of one class and a sample of
 * another. Indices come as anchor, positive, negative, so that a batch size that is a multiple of three keeps triplets
 * together, for `EmbeddingsAlreadyPackagedAsTriplets`.
 *
 * The set is part of the state.
 *
 * @throws RangeError where no class has two samples, or there is only one class.
 * @example
 * const sampler = new torch.samplers.FixedSetOfTriplets({ labels, numTriplets: 1000 });
 * const loader = new torch.data.DataLoader(dataset, { batchSize: 96, sampler });
 */
export class FixedSetOfTriplets extends SeededSampler<number> {
  readonly numTriplets: number;
  readonly #classes: readonly (readonly number[])[];
  #seed: bigint;
  #triplets: readonly Triplet[];

  constructor(options: FixedSetOfTripletsOptions) {
    const where = 'FixedSetOfTriplets';
    super(where, options);
    this.numTriplets = expectInteger(`${where}: numTriplets`, options.numTriplets);
    this.#classes = classesOf(where, options.labels);
    if (this.#classes.length < 2 || this.#classes.every((members) => members.length < 2)) {
      throw new RangeError(`${where}: labels must have two classes, one of them of two samples or more`);
    }
    this.#seed = drawSeed(this.generator);
    this.#triplets = this.#drawSet();
  }

  /** The triplets, in the order in which they were drawn. */
  get triplets(): readonly Triplet[] {
    return this.#triplets;
  }

  get length(): number {
    return 3 * this.numTriplets;
  }

  protected override *draw(generator: Generator, origin: Origin): globalThis.Generator<number> {
    Object.assign(origin, this.#setState());
    for (const triplet of shuffled(this.#triplets, generator)) yield* triplet;
  }

  protected override idle(): Origin {
    return { ...super.idle(), ...this.#setState() };
  }

  protected override prepare(state: SamplerState): void {
    super.prepare(state);
    const seed = state.sampler?.seed;
    if (seed == null || seed === this.#seed) return;
    this.#seed = seed;
    this.#triplets = this.#drawSet();
  }

  #setState(): Pick<SamplerState, 'sampler'> {
    return { sampler: { position: 0, seed: this.#seed } };
  }

  #drawSet(): Triplet[] {
    const generator = outsideScopes(() => new Generator().manualSeed(this.#seed));
    const able = this.#classes.filter((members) => members.length >= 2);
    return Array.from({ length: this.numTriplets }, () => {
      const [own] = choose(able, 1, generator) as [readonly number[]];
      const [first, second] = choose(this.#classes, 2, generator) as [readonly number[], readonly number[]];
      const [anchor, positive] = choose(own, 2, generator) as [number, number];
      const [negative] = choose(first === own ? second : first, 1, generator) as [number];
      return [anchor, positive, negative];
    });
  }
}
