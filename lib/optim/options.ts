/** Options that optimizers share, and their checks. */

import { isFloatingDType } from '../dtype.ts';
import { DTypeError, describeValue, ShapeError } from '../errors.ts';
import { Tensor } from '../tensor.ts';
import { numberOf, type Quantity } from './quantity.ts';

/** Options that every optimizer has. */
export interface OptimizerOptions {
  /** Learning rate: a number, or a tensor with one element that schedulers fill. */
  lr: Quantity;
}

/** Options of those that update lists of parameters. */
export interface ListOptions extends OptimizerOptions {
  /** Ascends instead of descending. */
  maximize: boolean;
  /**
   * Whether parameters are updated by PyTorch's formulas for lists (true), one by one (false), or all together with the
   * results of one by one (null; on CUDA as true).
   */
  foreach: boolean | null;
  /** Steps that autograd records, which only Python has: false. */
  differentiable: boolean;
}

/** Options of those that PyTorch can record into CUDA graphs. */
export interface CapturableOptions extends ListOptions {
  /** For CUDA graphs, which only Python has: false. */
  capturable: boolean;
}

/** Options of those that have a fused kernel. */
export interface FusedOptions extends ListOptions {
  /** Whether one kernel does the whole update; null is no. Faster, with other roundings, as in Python. */
  fused: boolean | null;
}

/** Checks a number that must not be negative. */
export function expectNotNegative(where: string, value: number): void {
  if (typeof value !== 'number') throw new TypeError(`${where} must be a number, got ${describeValue(value)}`);
  if (!(value >= 0)) throw new RangeError(`${where} must be at least 0, got ${value}`);
}

/** Checks a learning rate. */
export function expectRate(where: string, lr: Quantity): void {
  if (!(lr instanceof Tensor)) {
    expectNotNegative(where, lr);
    return;
  }
  if (lr.numel() !== 1) throw new ShapeError(`${where} must have one element, got the shape [${lr.shape.join(', ')}]`);
  if (!isFloatingDType(lr.dtype)) throw new DTypeError(`${where} must be floating-point, got ${lr.dtype}`);
  expectNotNegative(where, numberOf(lr));
}

/** Checks a pair of numbers such as betas: each from 0 up to below 1. */
export function expectBetas(where: string, betas: readonly [number, number]): void {
  if (!Array.isArray(betas) || betas.length !== 2 || betas.some((beta) => typeof beta !== 'number')) {
    throw new TypeError(`${where} must be two numbers, got ${describeValue(betas)}`);
  }
  for (const [i, beta] of betas.entries()) {
    if (!(beta >= 0 && beta < 1)) throw new RangeError(`${where}[${i}] must be at least 0 and below 1, got ${beta}`);
  }
}

/** Checks the options about how a step is done; those that an optimizer does not have are undefined. */
export function expectModes(optimizer: { readonly name: string }, options: object): void {
  const { foreach, fused, capturable, differentiable } = options as Partial<FusedOptions & CapturableOptions>;
  if (differentiable === true) {
    throw new RangeError(`${optimizer.name}: differentiable must be false, because autograd records no steps here`);
  }
  if (capturable === true) {
    throw new RangeError(`${optimizer.name}: capturable must be false, because there are no CUDA graphs here`);
  }
  if (foreach === true && fused === true)
    throw new RangeError(`${optimizer.name}: foreach and fused must not both be true`);
}
