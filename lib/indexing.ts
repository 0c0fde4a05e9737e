/** Python's subscripts: `x.index([0, slice(1, 3), '...', null, mask])` reads `x[0, 1:3, ..., None, mask]`. */

import { tensor } from './creation.ts';
import { describeValue, ShapeError } from './errors.ts';
import { select, unsqueeze } from './generated/torch.ts';
import { overloadFunction } from './operator.ts';
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

// These two have no public function in Python either, where the subscript is the way to them.
let sliceOperator: Call | undefined;
let indexOperator: Call | undefined;
let indexPutOperator: Call | undefined;
let aliasOperator: Call | undefined;

function operator(name: string, overload: string): Call {
  return overloadFunction('aten', name, overload) as Call;
}

/** How many dimensions of the tensor an index uses up. */
function dimensionsOf(index: Index): number {
  if (index === null || index === '...' || typeof index === 'boolean') return 0;
  if (index instanceof Tensor) return index.dtype === 'bool' || index.dtype === 'uint8' ? index.ndim : 1;
  return 1;
}

/** Applies what selects and reshapes; returns the view and the index tensors that are left, by dimension. */
function applyViews(
  self: Tensor,
  indices: readonly Index[],
  where: string,
): { view: Tensor; tensors: (Tensor | null)[] } {
  const rank = self.ndim;
  const resolved = indices.map((index) =>
    Array.isArray(index) ? tensor(index as NestedIndex as never) : (index as Index),
  );
  const used = resolved.reduce((sum: number, index) => sum + dimensionsOf(index), 0);
  if (used > rank) throw new ShapeError(`${where}: too many indices for a tensor of dimension ${rank}`);
  if (resolved.filter((index) => index === '...').length > 1) {
    throw new TypeError(`${where}: at most one '...' may be among the indices`);
  }
  sliceOperator ??= operator('slice', 'Tensor');
  let view = self;
  let dim = 0;
  const tensors: (Tensor | null)[] = [];
  const addTensor = (index: Tensor) => {
    while (tensors.length < dim) tensors.push(null);
    tensors.push(index);
    dim += index.dtype === 'bool' || index.dtype === 'uint8' ? Math.max(index.ndim, 1) : 1;
    while (tensors.length < dim) tensors.push(null);
  };
  for (const index of resolved) {
    if (typeof index === 'number' || typeof index === 'bigint') {
      if (typeof index === 'number' && !Number.isSafeInteger(index)) {
        throw new TypeError(`${where}: an index must be an integer, got ${index}`);
      }
      const size = view.shape[dim] as number;
      if (index >= size || index < -size) {
        throw new RangeError(`${where}: index ${index} is out of bounds for dimension ${dim} with size ${size}`);
      }
      view = select(view, dim, Number(index));
    } else if (index instanceof Slice) {
      if (index.start !== null || index.stop !== null || index.step !== 1) {
        view = sliceOperator(view, dim, index.start, index.stop, index.step);
      }
      dim++;
    } else if (index === '...') {
      dim += rank - used;
    } else if (index === null) {
      view = unsqueeze(view, dim);
      dim++;
    } else if (typeof index === 'boolean') {
      view = unsqueeze(view, dim);
      addTensor(tensor([index]));
    } else if (index instanceof Tensor) {
      if (index.ndim === 0 && index.dtype !== 'bool') {
        view = select(view, dim, index.item() as number);
      } else if (index.ndim === 0) {
        view = unsqueeze(view, dim);
        addTensor(index.unsqueeze(0));
      } else {
        addTensor(index);
      }
    } else {
      throw new TypeError(
        `${where}: an index must be an integer, a slice, '...', null, a boolean, a tensor or an array, got ${describeValue(index)}`,
      );
    }
  }
  return { view, tensors: tensors.some((each) => each !== null) ? tensors : [] };
}

function asList(indices: Index | readonly Index[]): readonly Index[] {
  return Array.isArray(indices) ? (indices as readonly Index[]) : [indices as Index];
}

/** `x[indices]`. */
export function index(self: Tensor, indices: Index | readonly Index[]): Tensor {
  const { view, tensors } = applyViews(self, asList(indices), 'index');
  if (tensors.length === 0) {
    aliasOperator ??= operator('alias', '');
    return view === self ? aliasOperator(view) : view;
  }
  indexOperator ??= operator('index', 'Tensor');
  return indexOperator(view, tensors);
}

/** `x[indices] = value`, or `+=` with `accumulate`. */
export function indexPut_(
  self: Tensor,
  indices: Index | readonly Index[],
  value: Tensor | Scalar,
  options: { accumulate?: boolean } = {},
): Tensor {
  const { view, tensors } = applyViews(self, asList(indices), 'indexPut_');
  const accumulate = options.accumulate ?? false;
  if (tensors.length === 0) {
    if (accumulate) view.add_(value);
    else view.copy_(stripLeadingOnes(value, view));
    return self;
  }
  indexPutOperator ??= operator('index_put_', '');
  const source = value instanceof Tensor ? value : tensor(value as number, { dtype: self.dtype, device: self.device });
  indexPutOperator(view, tensors, source, accumulate);
  return self;
}

/** Python lets a value have more leading dimensions of size 1 than its place. */
function stripLeadingOnes(value: Tensor | Scalar, place: Tensor): Tensor | Scalar {
  if (!(value instanceof Tensor)) return value;
  const shape = value.shape;
  let extra = shape.length - place.ndim;
  let view = value;
  while (extra-- > 0 && view.shape[0] === 1) view = view.squeeze(0);
  return view;
}
