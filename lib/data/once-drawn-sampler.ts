import { defaultGenerator, type Generator } from '../generator.ts';
import { scope } from '../scope.ts';
import { expectGenerator, stateOf } from './draws.ts';
import { idleState, type Order, ResumableSampler, type SamplerState } from './sampler.ts';

/** A sampler that draws its whole order at once, from the default generator where none is given. */
export abstract class OnceDrawnSampler extends ResumableSampler {
  readonly generator: Generator | null;

  constructor(where: string, generator: unknown) {
    super();
    this.generator = expectGenerator(where, generator);
  }

  /** Draws an order. */
  protected abstract draw(): number[];

  protected begin(saved?: SamplerState): Order<number> {
    const generator = this.generator ?? defaultGenerator();
    const origin = saved?.generator ?? stateOf(generator);
    if (saved?.generator == null) return { items: this.draw(), origin: { generator: origin } };
    const present = scope(() => generator.getState());
    generator.setState(origin);
    const items = this.draw();
    // The default generator has gone on since the order was drawn for the first time, and its owner has set it.
    if (this.generator === null) generator.setState(present);
    present.dispose();
    return { items, origin: { generator: origin } };
  }

  protected idle(): Omit<SamplerState, 'position'> {
    return idleState(this.generator);
  }

  protected override prepare({ generator }: SamplerState): void {
    if (this.generator !== null && generator != null) this.generator.setState(generator);
  }
}
