/** The base of samplers that draw. */

import { drawSeed, expectGenerator, stateOf } from '../data/draws.ts';
import { idleState, type Order, ResumableSampler, type SamplerState } from '../data/sampler.ts';
import { Generator } from '../generator.ts';
import { outsideScopes } from '../scope.ts';

export interface SeededSamplerOptions {
  /** Where draws come from; by default a generator whose seed is drawn from the default one for each order. */
  generator?: Generator | null;
}

export type Origin = Omit<SamplerState, 'position'>;

/**
 * A sampler whose order follows from a seed, or from the state of a generator, so that it can be saved in the middle
 * and continued.
 */
export abstract class SeededSampler<T> extends ResumableSampler<T> {
  readonly generator: Generator | null;

  constructor(where: string, { generator }: SeededSamplerOptions) {
    super();
    this.generator = expectGenerator(where, generator);
  }

  /**
   * Draws an order.
   *
   * @param origin what the state will say that it was drawn from; more may be added.
   * @param saved what a state said.
   */
  protected abstract draw(generator: Generator, origin: Origin, saved: Origin | undefined): Iterable<T>;

  protected begin(saved?: Origin): Order<T> {
    if (this.generator === null) {
      const seed = saved?.seed ?? drawSeed();
      const origin = { seed };
      const generator = outsideScopes(() => new Generator().manualSeed(seed));
      return { items: this.draw(generator, origin, saved), origin };
    }
    if (saved?.generator != null) this.generator.setState(saved.generator);
    const origin = { generator: stateOf(this.generator) };
    return { items: this.draw(this.generator, origin, saved), origin };
  }

  protected idle(): Origin {
    return this.generator === null ? { seed: null } : idleState(this.generator);
  }

  protected override prepare({ generator }: SamplerState): void {
    if (this.generator !== null && generator != null) this.generator.setState(generator);
  }
}
