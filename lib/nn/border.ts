/** What the padding layers share: how far each side of an input grows. */

import { pad } from '../generated/nn.ts';
import type { Tensor } from '../tensor.ts';
import { Module } from './module.ts';
import { repr } from './python-repr.ts';
import { eachSize, type SizeOf } from './sizes.ts';

/** Borders of a sequence: one number for both sides, or `[left, right]`. */
export type Border1 = SizeOf<[left: number, right: number]>;
/** Borders of an image: one number for all sides, or `[left, right, top, bottom]`. */
export type Border2 = SizeOf<[left: number, right: number, top: number, bottom: number]>;
/** Borders of a volume: one number for all sides, or `[left, right, top, bottom, front, back]`. */
export type Border3 = SizeOf<[left: number, right: number, top: number, bottom: number, front: number, back: number]>;

/** The base of layers that add borders `T`, two for each spatial dimension; negative ones cut. */
export abstract class BorderNd<T extends number[]> extends Module {
  padding: T;
  private readonly mode: string;

  constructor(sides: number, mode: 'constant' | 'reflect' | 'replicate' | 'circular', padding: SizeOf<T>) {
    super();
    this.padding = eachSize(`${new.target.name}: padding`, padding, sides);
    this.mode = mode;
  }

  forward(input: Tensor): Tensor {
    return pad(input, this.padding, this.mode, this.fill());
  }

  /** The value of a constant border. */
  protected fill(): number | null {
    return null;
  }

  override extraRepr(): string {
    return repr(this.padding);
  }
}
