/** What stands behind a parametrised tensor: the original, and the modules that it goes through. */

import { noGrad } from '../../../autograd/modes.ts';
import { DeviceError, DTypeError, describeValue, ShapeError, TorchError } from '../../../errors.ts';
import { keep, scope } from '../../../scope.ts';
import { Tensor } from '../../../tensor.ts';
import { fieldOf } from '../../fields.ts';
import type { Module } from '../../module.ts';
import { printRun } from '../../module-printing.ts';
import { ModuleSequence } from '../../module-sequence.ts';
import { Parameter } from '../../parameter.ts';

/** A module that makes a tensor of another, or of several. */
export interface Parametrization extends Module {
  forward(...originals: Tensor[]): Tensor;
  /** What `forward` would make the value of: the original, or several of them; for initial values and assignments. */
  readonly rightInverse?: ((value: Tensor) => Tensor | readonly Tensor[]) | undefined;
}

/** Registers a parameter, or another tensor as a buffer. */
export function registerTensor(module: Module, name: string, tensor: Tensor): void {
  if (tensor instanceof Parameter) module.registerParameter(name, tensor);
  else module.registerBuffer(name, tensor);
}

/** @throws for what is no tensor like `like`; `what` names it. */
export function expectLike(what: string, value: unknown, like: Tensor): asserts value is Tensor {
  if (!(value instanceof Tensor)) throw new TypeError(`${what} must be a Tensor, got ${describeValue(value)}`);
  if (value.dtype !== like.dtype) {
    throw new DTypeError(`${what} must be ${like.dtype}, as the tensor that is parametrised, got ${value.dtype}`);
  }
  if (String(value.shape) !== String(like.shape)) {
    throw new ShapeError(`${what} must be [${like.shape}], as the tensor that is parametrised, got [${value.shape}]`);
  }
}

function expectSameKind(what: string, value: unknown, like: Tensor): asserts value is Tensor {
  if (!(value instanceof Tensor)) throw new TypeError(`${what} must be a Tensor, got ${describeValue(value)}`);
  if (value.dtype !== like.dtype) throw new DTypeError(`${what} must be ${like.dtype}, got ${value.dtype}`);
  if (value.device !== like.device) throw new DeviceError(`${what} must be on ${like.device}, got ${value.device}`);
}

/**
 * The parametrisations of one tensor, in their order, with the field `original`, or `original0`, `original1` … where it is
 * made of several (`torch.nn.utils.parametrize.ParametrizationList`). Calling it computes the tensor.
 *
 * @throws TypeError, DTypeError or ShapeError if, unless `unsafe`, what is computed is not like the original.
 */
export class ParametrizationList extends ModuleSequence<Parametrization> {
  unsafe: boolean;
  /** Whether there is one original. */
  isTensor: boolean;
  ntensors: number;

  constructor(modules: Iterable<Parametrization>, original: Tensor, unsafe = false) {
    super();
    this.unsafe = unsafe;
    this.extend(modules);
    if (this.length === 0) throw new RangeError('ParametrizationList: modules must have at least one, got none');
    const { shape, dtype } = original;
    const inverse = noGrad(() => this.invert(original, false));
    this.isTensor = inverse instanceof Tensor;
    this.ntensors = inverse instanceof Tensor ? 1 : inverse.length;
    if (inverse instanceof Tensor) {
      expectSameKind('registerParametrization: what rightInverse gives', inverse, original);
      noGrad(() => original.set_(inverse));
      registerTensor(this, 'original', original);
    } else this.registerSeveral(inverse, original);
    if (unsafe) return;
    scope(() => {
      const what = 'registerParametrization: without unsafe, what the parametrization gives';
      const value: unknown = (this as unknown as () => unknown)();
      if (!(value instanceof Tensor)) throw new TypeError(`${what} must be a Tensor, got ${describeValue(value)}`);
      if (value.dtype !== dtype) throw new DTypeError(`${what} must be ${dtype}, got ${value.dtype}`);
      if (String(value.shape) !== String(shape)) {
        throw new ShapeError(`${what} must be [${shape}], got [${value.shape}]`);
      }
    });
  }

  /** The originals. */
  get originals(): Tensor[] {
    if (this.isTensor) return [fieldOf(this, 'original') as Tensor];
    return Array.from({ length: this.ntensors }, (_, i) => fieldOf(this, `original${i}`) as Tensor);
  }

  /** Gives the originals the values of which `value` is made. @throws TorchError where a parametrisation has no inverse. */
  rightInverse(value: Tensor): void {
    const what = 'rightInverse: what it gives';
    noGrad(() => {
      const inverse = this.invert(value, true);
      const { originals } = this;
      const list = inverse instanceof Tensor ? [inverse] : inverse;
      if (this.isTensor !== inverse instanceof Tensor || list.length !== originals.length) {
        const expected = this.isTensor ? 'a Tensor' : `${originals.length} tensors`;
        throw new TypeError(`${what} must be ${expected}, got ${describeValue(inverse)}`);
      }
      for (const [i, original] of originals.entries()) {
        const each: unknown = list[i];
        expectSameKind(what, each, original);
        original.set_(each);
      }
    });
  }

  /** The tensor. */
  forward(): Tensor {
    const [first, ...others] = this;
    let value = (first as Parametrization)(...this.originals);
    for (const each of others) value = each(value);
    return value;
  }

  /** As Python prints it: modules in a row that print alike stand once. */
  override toString(): string {
    return printRun(this.constructor.name, [...this].map(String));
  }

  private invert(value: Tensor, strict: boolean): Tensor | readonly Tensor[] {
    let inverse: Tensor | readonly Tensor[] = value;
    for (const each of [...this].reverse()) {
      if (each.rightInverse !== undefined) inverse = each.rightInverse(inverse as Tensor);
      else if (strict) throw new TorchError(`parametrization ${each.constructor.name} does not implement rightInverse`);
    }
    if (!(inverse instanceof Tensor) && !Array.isArray(inverse)) {
      throw new TypeError(`rightInverse: must give a Tensor or an array of them, got ${describeValue(inverse)}`);
    }
    return inverse;
  }

  private registerSeveral(tensors: readonly Tensor[], original: Tensor): void {
    const { requiresGrad } = original;
    for (const [i, each] of tensors.entries()) {
      if (!((each as unknown) instanceof Tensor)) {
        throw new TypeError(`rightInverse: element ${i} must be a Tensor, got ${describeValue(each)}`);
      }
      const registered = original instanceof Parameter ? new Parameter(each, requiresGrad) : keep(each);
      registered.requiresGrad = requiresGrad;
      registerTensor(this, `original${i}`, registered);
    }
  }
}
