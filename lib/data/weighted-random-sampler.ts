import { expectBoolean, expectInteger, readTrailing, type Trailing } from '../arguments.ts';
import { asTensor, type NestedArray, type TypedArray } from '../creation.ts';
import { ShapeError } from '../errors.ts';
import { multinomial } from '../generated/torch.ts';
import type { Generator } from '../generator.ts';
import { outsideScopes, scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { integersOf } from './draws.ts';
import { OnceDrawnSampler } from './once-drawn-sampler.ts';

/** Options of `WeightedRandomSampler`. */
export interface WeightedRandomSamplerOptions {
  /** Draws with replacement; true by default. */
  replacement?: boolean;
  generator?: Generator | null;
}

/**
 * Indices drawn with the given weights, which need not sum up to one (`torch.utils.data.WeightedRandomSampler`).
 *
 * @example
 * new torch.data.WeightedRandomSampler([0.1, 0.9, 0.4], 5);
 */
export class WeightedRandomSampler extends OnceDrawnSampler {
  /** float64 `[N]`. */
  readonly weights: Tensor;
  readonly numSamples: number;
  readonly replacement: boolean;

  /** @throws ShapeError unless the weights are one-dimensional, RangeError if there is nothing to draw. */
  constructor(
    weights: NestedArray | TypedArray | Tensor,
    numSamples: number,
    ...rest: Trailing<[replacement: boolean, generator: Generator | null], WeightedRandomSamplerOptions>
  ) {
    const where = 'WeightedRandomSampler';
    const defaults = { replacement: true, generator: null as unknown };
    const given = readTrailing(where, ['replacement', 'generator'], rest, defaults);
    super(where, given.generator);
    this.numSamples = expectInteger(`${where}: numSamples`, numSamples);
    this.replacement = expectBoolean(`${where}: replacement`, given.replacement);
    this.weights = outsideScopes(() => asTensor(weights, { dtype: 'float64' }));
    if (this.weights.ndim !== 1) {
      throw new ShapeError(`${where}: weights must be [N], got [${this.weights.shape.join(', ')}]`);
    }
  }

  get length(): number {
    return this.numSamples;
  }

  protected draw(): number[] {
    const { weights, numSamples, replacement, generator } = this;
    return scope(() => integersOf(multinomial(weights, numSamples, replacement, { generator })));
  }
}
