/** The base of losses that give the angle between an embedding and its class a margin. */

import { expectNumber, expectOneOf } from '../arguments.ts';
import { CosineSimilarity } from '../distances/cosine-similarity.ts';
import { describeValue } from '../errors.ts';
import type { Parameter } from '../nn/parameter.ts';
import type { UnreducedLoss } from '../reducers/reducer.ts';
import type { Tensor } from '../tensor.ts';
import { cosinesTo, type MarginGradient, targetsOf, withTargets } from './angular-margin.ts';
import { ClassLoss, type ClassLossDefaults, type ClassLossOptions } from './class-loss.ts';
import { expectCosine } from './cosine-check.ts';
import type { LossBatch } from './loss-batch.ts';

export interface AngularMarginLossOptions extends ClassLossOptions {
  /** What cosines are multiplied by before the softmax: `s`. */
  scale?: number;
  /**
   * `'exact'` (default), or `'straight-through'`: the value has the margin, the gradient is that of the bare cosine, as in
   * insightface.
   */
  gradient?: MarginGradient;
}

/** What a margin may depend on. */
export interface AngularRows {
  /** `[N, D]` */
  readonly embeddings: Tensor;
  /** int64 `[N]` */
  readonly classes: Tensor;
}

/** Checks an angle that a constructor was given. */
export function expectAngle(where: string, name: string, value: unknown, half: number, unit: string): number {
  expectNumber(`${where}: ${name}`, value);
  if ((value as number) >= 0 && (value as number) < half) return value as number;
  const limit = half === 180 ? '180' : 'pi';
  throw new RangeError(`${where}: ${name} must be from 0 to below ${limit}, in ${unit}, got ${describeValue(value)}`);
}

/**
 * Cross entropy of scaled cosines between embeddings and the classes' weights, with that of each row's class made smaller:
 * `-log(exp(s psi(cos t_y)) / (exp(s psi(cos t_y)) + sum_{j != y} exp(s cos t_j)))`. A subclass says what `psi` is, in
 * `psi`.
 *
 * Where an embedding equals its class's centre or is opposite to it, the angle has no gradient: that of the cosine, which
 * is 0 there, is taken, so that values and gradients are finite everywhere.
 */
export abstract class AngularMarginLoss extends ClassLoss {
  readonly scale: number;
  readonly gradient: MarginGradient;
  /** `[embeddingSize, numClasses]`, or more columns where a class has several centres. */
  readonly W: Parameter;

  constructor(options: AngularMarginLossOptions, defaults: ClassLossDefaults & { columns?: number; scale?: number }) {
    super(options, { distance: () => new CosineSimilarity(), ...defaults });
    const { scale = defaults.scale ?? 64, gradient = 'exact' } = options;
    const where = this.constructor.name;
    expectCosine(where, this.distance);
    expectNumber(`${where}: scale`, scale);
    expectOneOf(`${where}: gradient`, gradient, ['exact', 'straight-through']);
    this.scale = scale;
    this.gradient = gradient;
    this.W = this.newWeights(this.embeddingSize, defaults.columns ?? this.numClasses);
  }

  /** `psi`: what becomes of the cosine between each row and its class, `[N]`. */
  protected abstract psi(cosines: Tensor, rows: AngularRows): Tensor;

  /** The cosines `[N, numClasses]`. */
  protected cosines(embeddings: Tensor): Tensor {
    return cosinesTo(embeddings, this.like(embeddings, this.W).T);
  }

  /** All cosines `[N, numClasses]`, those of the rows' classes with their margin. */
  protected withMargin(cosines: Tensor, rows: AngularRows): Tensor {
    return withTargets(cosines, rows.classes, this.targets(cosines, rows));
  }

  /** The cosines of the rows' classes with their margin, `[N, 1]`. */
  protected targets(cosines: Tensor, rows: AngularRows): Tensor {
    return targetsOf(cosines, rows.classes, this.gradient, (targets) => this.psi(targets, rows));
  }

  /** Cosines as logits. */
  protected scaled(cosines: Tensor, _embeddings: Tensor): Tensor {
    return cosines.mul(this.scale);
  }

  protected override weightRows(): Tensor {
    return this.W.T;
  }

  protected override logits(embeddings: Tensor): Tensor {
    return this.scaled(this.cosines(embeddings), embeddings);
  }

  protected override parts(batch: LossBatch): readonly UnreducedLoss[] {
    const classes = this.classesOf(batch);
    const { embeddings } = batch;
    const cosines = this.withMargin(this.cosines(embeddings), { embeddings, classes });
    return [this.crossEntropyOf(batch, this.scaled(cosines, embeddings), classes)];
  }
}
