/** Parameters in a list. */

import { describeValue, TorchError } from '../errors.ts';
import { Tensor } from '../tensor.ts';
import { fieldOf } from './fields.ts';
import { Module } from './module.ts';
import { Parameter } from './parameter.ts';
import { printParameters } from './parameter-printing.ts';

/** A tensor as a parameter. @throws TypeError for anything else. */
export function asParameter(where: string, value: Tensor): Parameter {
  if (value instanceof Parameter) return value;
  if (!((value as unknown) instanceof Tensor)) {
    throw new TypeError(`${where} must be a Tensor, got ${describeValue(value)}`);
  }
  return new Parameter(value);
}

/**
 * Parameters by position (`torch.nn.ParameterList`): those in a plain array would not be found. Tensors become
 * parameters.
 *
 * @throws TypeError if something is not a tensor.
 * @example
 * class Net extends nn.Module {
 *   scales = new nn.ParameterList([torch.ones([4]), torch.ones([4])]);
 *   forward(x: Tensor) {
 *     for (const scale of this.scales) x = x.mul(scale);
 *     return x;
 *   }
 * }
 */
export class ParameterList extends Module {
  /** A parameter by position; `set` takes tensors, too. */
  [position: number]: Parameter;

  #length = 0;

  constructor(parameters?: Iterable<Tensor> | null) {
    super();
    if (parameters != null) this.extend(parameters);
  }

  /** The number of parameters. */
  override get length(): number {
    return this.#length;
  }

  /** The parameter at a position, from the end where it is negative; undefined beyond. */
  at(position: number): Parameter | undefined {
    const index = position < 0 ? position + this.#length : position;
    return index >= 0 && index < this.#length ? (fieldOf(this, String(index)) as Parameter) : undefined;
  }

  /** Replaces the parameter at a position, from the end where it is negative. @throws RangeError beyond. */
  set(position: number, value: Tensor): void {
    const length = this.#length;
    if (!Number.isSafeInteger(position) || position < -length || position >= length) {
      throw new RangeError(
        `ParameterList.set: position must be in [${-length}, ${length}), got ${describeValue(position)}`,
      );
    }
    const index = position < 0 ? position + length : position;
    this.registerParameter(String(index), asParameter(`ParameterList: parameter ${index}`, value));
  }

  /** Adds a parameter at the end. */
  append(value: Tensor): this {
    const parameter = asParameter(`ParameterList: parameter ${this.#length}`, value);
    this.registerParameter(String(this.#length), parameter);
    this.#length++;
    return this;
  }

  /** Adds several at the end. */
  extend(values: Iterable<Tensor>): this {
    if (
      (values as unknown) instanceof Tensor ||
      typeof (values as Partial<Iterable<Tensor>> | null)?.[Symbol.iterator] !== 'function'
    ) {
      throw new TypeError(
        `ParameterList.extend: parameters must be iterable and no Tensor, got ${describeValue(values)}`,
      );
    }
    for (const value of [...values]) this.append(value);
    return this;
  }

  /** The parameters from `start` up to `end`, as another list. */
  slice(start?: number, end?: number): ParameterList {
    return new ParameterList([...this].slice(start, end));
  }

  *[Symbol.iterator](): Iterator<Parameter> {
    for (let i = 0; i < this.#length; i++) yield fieldOf(this, String(i)) as Parameter;
  }

  /** A list has none. @throws TorchError always. */
  forward(): never {
    throw new TorchError('ParameterList should not be called.');
  }

  override extraRepr(): string {
    const entries = [...this].map((parameter, i) => [String(i), parameter] as const);
    return printParameters(entries, ({ dtype }) => `torch.${dtype}`);
  }
}
