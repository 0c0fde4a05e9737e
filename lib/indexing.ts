/** Python's subscripts: `x.index([0, slice(1, 3), '...', null, mask])` reads `x[0, 1:3, ..., None, mask]`. */

import { type NestedArray, tensor } from './creation.ts';
import type { DeviceLike } from './device.ts';
import { isComplexDType, isFloatingDType } from './dtype.ts';
import { describeValue, ShapeError } from './errors.ts';
import { select, unsqueeze } from './generated/torch.ts';
import { overloadFunction } from './operator.ts';
import { release } from './scope.ts';
import { Tensor } from './tensor.ts';
import type { Scalar } from './types.ts';

/** A range along one dimension, as `torch.slice` makes it. */
export class Slice {
  readonly start: number | null;
  readonly stop: number | null;
  readonly step: number;

  constructor(start: number | null, stop: number | null, step: number) {
    for (const [name, value] of [
      ['start', start],
      ['stop', stop],
      ['step', step],
    ] as const) {
      if (value !== null && !Number.isSafeInteger(value)) {
        throw new TypeError(`slice: ${name} must be an integer or null, got ${describeValue(value)}`);
      }
    }
    if (step <= 0) throw new RangeError(`slice: step must be greater than 0, got ${step}`);
    this.start = start;
    this.stop = stop;
    this.step = step;
  }
}

/**
 * Python's `start:stop:step`; negative bounds count from the end, null is an open end.
 *
 * @throws RangeError if `step` is not positive, as in PyTorch.
 * @example
 * x.index([torch.slice(1, 3)]); // x[1:3]
 */
export function slice(start: number | null = null, stop: number | null = null, step: number | null = null): Slice {
  return new Slice(start, stop, step ?? 1);
}

/** A list of numbers or booleans, nested, that stands for an index tensor. */
export type NestedIndex = readonly (number | boolean | bigint | NestedIndex)[];
/** What may stand between Python's brackets. */
export type Index = number | bigint | Slice | '...' | null | boolean | Tensor | NestedIndex;

type Call = (...values: unknown[]) => Tensor;

// These have no public function in Python either, where the subscript is the way to them.
let sliceOperator: Call | undefined;
let indexOperator: Call | undefined;
let indexPutOperator: Call | undefined;
let aliasOperator: Call | undefined;

function operator(name: string, overload: string): Call {
  return overloadFunction('aten', name, overload) as Call;
}

/** Masks stand for as many dimensions as they have. PyTorch still takes uint8 for bool here. */
function isMask(index: Tensor): boolean {
  return index.dtype === 'bool' || index.dtype === 'uint8';
}

/** How many dimensions of the tensor an index uses up. */
function dimensionsOf(index: Index): number {
  if (index === null || index === '...' || typeof index === 'boolean') return 0;
  return index instanceof Tensor && isMask(index) ? index.ndim : 1;
}

/** A list of integers or booleans as an index tensor; an empty one holds no integers. */
function listIndex(list: NestedIndex, device: DeviceLike, where: string): Tensor {
  const leaves: unknown[] = (list as never[]).flat(Number.POSITIVE_INFINITY as 1);
  if (leaves.length > 0 && leaves.every((leaf) => typeof leaf === 'boolean'))
    return tensor(list as NestedArray, { device });
  for (const leaf of leaves) {
    if (typeof leaf !== 'bigint' && typeof leaf !== 'boolean' && !Number.isSafeInteger(leaf)) {
      throw new TypeError(`${where}: a list of indices must hold integers or booleans, got ${describeValue(leaf)}`);
    }
  }
  return tensor(list as NestedArray, { dtype: 'int64', device });
}

/** A subscript being applied: what selects and reshapes is done at once, index tensors are gathered. */
class Subscript {
  readonly where: string;
  /** The tensor after the indices so far. */
  view: Tensor;
  /** Index tensors by dimension of the view, null where there is none. */
  readonly tensors: (Tensor | null)[] = [];
  /** Tensors on the way, which nobody sees. */
  readonly #steps: Tensor[] = [];
  readonly #self: Tensor;
  readonly #unnamed: number;
  #dim = 0;

  constructor(self: Tensor, indices: Index | readonly Index[], where: string) {
    this.where = where;
    this.view = self;
    this.#self = self;
    const list = (Array.isArray(indices) ? indices : [indices]) as readonly Index[];
    const rank = self.ndim;
    const used = list.reduce((sum: number, index) => sum + dimensionsOf(index), 0);
    if (used > rank) throw new ShapeError(`${where}: too many indices for a tensor of dimension ${rank}`);
    if (list.filter((index) => index === '...').length > 1) {
      throw new TypeError(`${where}: at most one '...' may be among the indices`);
    }
    this.#unnamed = rank - used;
    for (const index of list) this.#apply(index);
    while (this.tensors.at(-1) === null) this.tensors.pop();
  }

  /** Frees what was made on the way. The view is kept where it is the result. */
  finish(isResult: boolean): void {
    if (!isResult && this.view !== this.#self) this.#steps.push(this.view);
    if (this.#steps.length > 0) release(this.#steps);
  }

  #apply(index: Index): void {
    if (typeof index === 'number' || typeof index === 'bigint') this.#select(index);
    else if (index instanceof Slice) this.#slice(index);
    else if (index === '...') this.#skip(this.#unnamed);
    else if (index === null) this.#newDimension();
    else if (typeof index === 'boolean') this.#flag(index);
    else if (index instanceof Tensor) this.#tensor(index);
    else if (Array.isArray(index)) this.#gather(this.#made(listIndex(index, this.#self.device, this.where)));
    else {
      throw new TypeError(
        `${this.where}: an index must be an integer, a slice, '...', null, a boolean, a tensor or an array, got ${describeValue(index)}`,
      );
    }
  }

  #made(step: Tensor): Tensor {
    this.#steps.push(step);
    return step;
  }

  #replace(view: Tensor): void {
    if (this.view !== this.#self) this.#steps.push(this.view);
    this.view = view;
  }

  /** Goes past dimensions that stay. */
  #skip(count: number): void {
    this.#dim += count;
    if (this.tensors.length > 0) for (let i = 0; i < count; i++) this.tensors.push(null);
  }

  #select(index: number | bigint): void {
    if (typeof index === 'number' && !Number.isSafeInteger(index)) {
      throw new TypeError(`${this.where}: an index must be an integer, got ${index}`);
    }
    const size = this.view.shape[this.#dim] as number;
    if (index >= size || index < -size) {
      // Dimensions to the right are as they were, so counting from there gives the tensor's own.
      const dim = this.#self.ndim - (this.view.ndim - this.#dim);
      throw new RangeError(`${this.where}: index ${index} is out of bounds for dimension ${dim} with size ${size}`);
    }
    this.#replace(select(this.view, this.#dim, index));
  }

  #slice({ start, stop, step }: Slice): void {
    if (start !== null || stop !== null || step !== 1) {
      sliceOperator ??= operator('slice', 'Tensor');
      this.#replace(sliceOperator(this.view, this.#dim, start, stop, step));
    }
    this.#skip(1);
  }

  #newDimension(): void {
    this.#replace(unsqueeze(this.view, this.#dim));
    this.#skip(1);
  }

  /** One boolean for a new dimension, of size 1 or 0. */
  #flag(flag: boolean): void {
    this.#replace(unsqueeze(this.view, this.#dim));
    this.#gather(this.#made(tensor(flag ? [0] : [], { dtype: 'int64', device: this.#self.device })));
  }

  #tensor(index: Tensor): void {
    if (index.ndim > 0 || isFloatingDType(index.dtype) || isComplexDType(index.dtype)) this.#gather(index);
    else if (isMask(index)) this.#flag(Boolean(index.item()));
    else this.#select(index.itemBigInt());
  }

  #gather(index: Tensor): void {
    if (this.tensors.length === 0) for (let i = 0; i < this.#dim; i++) this.tensors.push(null);
    this.tensors.push(index);
    this.#dim += dimensionsOf(index);
  }
}

/** `x[indices]`. */
export function index(self: Tensor, indices: Index | readonly Index[]): Tensor {
  const subscript = new Subscript(self, indices, 'index');
  const { view, tensors } = subscript;
  let result = view;
  if (tensors.length > 0) {
    indexOperator ??= operator('index', 'Tensor');
    result = indexOperator(view, tensors);
  } else if (view === self) {
    aliasOperator ??= operator('alias', '');
    result = aliasOperator(view);
  }
  subscript.finish(result === view);
  return result;
}

/** `x[indices] = value`, or `+=` with `accumulate`. */
export function indexPut_(
  self: Tensor,
  indices: Index | readonly Index[],
  value: Tensor | Scalar,
  options: { accumulate?: boolean } = {},
): Tensor {
  const accumulate = options.accumulate ?? false;
  const only = Array.isArray(indices) && indices.length === 1 ? (indices[0] as Index) : indices;
  // In Python, too, a single False takes any value and a single True converts the value's dtype.
  if (only === false) return self;
  const subscript = new Subscript(self, only === true ? null : indices, 'indexPut_');
  const { view, tensors } = subscript;
  const source = value instanceof Tensor ? withoutLeadingOnes(value) : value;
  if (tensors.length > 0) {
    const { dtype, device } = self;
    indexPutOperator ??= operator('index_put_', '');
    const written = source instanceof Tensor ? source : tensor(source, { dtype, device });
    indexPutOperator(view, tensors, written, accumulate);
    if (written !== value) release([written]);
  } else {
    if (accumulate) view.add_(source);
    else if (source instanceof Tensor && source.ndim > 0) view.copy_(source);
    else view.fill_(source);
    if (source !== value) release([source as Tensor]);
  }
  subscript.finish(false);
  return self;
}

/** Python lets a value have more leading dimensions of size 1 than its place. */
function withoutLeadingOnes(value: Tensor): Tensor {
  const shape = value.shape;
  if (shape[0] !== 1) return value;
  const first = shape.findIndex((size) => size !== 1);
  return value.reshape(first < 0 ? [] : shape.slice(first));
}
