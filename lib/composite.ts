/** Functions that Python composes from operators: those that no single operator of libtorch stands for. */

import { readTrailing, type Trailing } from './arguments.ts';
import { tensor } from './creation.ts';
import { DTypeError, describeValue, ShapeError } from './errors.ts';
import { matrixNorm, vectorNorm } from './generated/linalg.ts';
import { overloadFunction } from './operator.ts';
import { isTensor, type Tensor } from './tensor.ts';
import type { DType } from './types.ts';

export interface NormOptions {
  /** The order: a number, `'fro'` or `'nuc'`. */
  p?: number | 'fro' | 'nuc';
  dim?: number | readonly number[] | null;
  keepdim?: boolean;
  dtype?: DType;
  out?: Tensor;
}

/** The norm of a vector, or of matrices for `'nuc'` (`torch.norm`). */
export function norm(input: Tensor, options?: NormOptions): Tensor;
export function norm(input: Tensor, p: NormOptions['p'], options?: Omit<NormOptions, 'p'>): Tensor;
export function norm(
  input: Tensor,
  p: NormOptions['p'],
  dim: NormOptions['dim'],
  options?: Omit<NormOptions, 'p' | 'dim'>,
): Tensor;
export function norm(
  input: Tensor,
  p?: NormOptions['p'] | NormOptions,
  dim?: NormOptions['dim'] | NormOptions,
  more?: NormOptions,
): Tensor {
  if (!isTensor(input)) throw new TypeError(`norm: input must be a Tensor, got ${describeValue(input)}`);
  const options: NormOptions = { ...more };
  for (const [name, value] of [
    ['p', p],
    ['dim', dim],
  ] as const) {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) Object.assign(options, value);
    else if (value !== undefined) Object.assign(options, { [name]: value });
  }
  const order = options.p ?? 'fro';
  const { keepdim = false, dtype, out } = options;
  const named = { keepdim, ...(dtype === undefined ? {} : { dtype }), ...(out === undefined ? {} : { out }) };
  const dims = typeof options.dim === 'number' ? [options.dim] : (options.dim ?? null);
  if (order === 'nuc') return matrixNorm(input, 'nuc', { dim: (dims as number[] | null) ?? [-2, -1], ...named });
  if (order !== 'fro' && typeof order !== 'number') {
    throw new TypeError(`norm: p must be a number, 'fro' or 'nuc', got ${describeValue(order)}`);
  }
  // Over all elements both are the 2-norm of the flattened tensor.
  return vectorNorm(input, { ord: order === 'fro' ? 2 : order, dim: dims as number[] | null, ...named });
}

type Call = (...values: unknown[]) => Tensor;
const tensordotOperator = overloadFunction('aten', 'tensordot', '') as Call;

/**
 * Contracts two tensors over several dimensions (`torch.tensordot`).
 *
 * @param dims how many trailing dimensions of `a` meet leading ones of `b`, or the two lists of dimensions.
 */
export function tensordot(
  a: Tensor,
  b: Tensor,
  dims: number | readonly [readonly number[], readonly number[]] = 2,
): Tensor {
  if (typeof dims === 'number') {
    if (!Number.isSafeInteger(dims) || dims < 0 || dims > Math.min(a.ndim, b.ndim)) {
      throw new RangeError(`tensordot: dims must be an integer in [0, ${Math.min(a.ndim, b.ndim)}], got ${dims}`);
    }
    const count = dims;
    const first = Array.from({ length: count }, (_, i) => i - count);
    return tensordotOperator(
      a,
      b,
      first,
      first.map((dim) => dim + count),
    );
  }
  const [first, second] = dims;
  if (first.length !== second.length) {
    throw new ShapeError(`tensordot: dims must be two lists of one length, got ${first.length} and ${second.length}`);
  }
  return tensordotOperator(a, b, first, second);
}

export interface UniqueOptions {
  sorted?: boolean;
  returnInverse?: boolean;
  returnCounts?: boolean;
  dim?: number | null;
}

const uniqueFlat = overloadFunction('aten', '_unique2', '') as (...values: unknown[]) => Tensor[];
const uniqueAlong = overloadFunction('aten', 'unique_dim', '') as (...values: unknown[]) => Tensor[];
const consecutive = overloadFunction('aten', 'unique_consecutive', '') as (...values: unknown[]) => Tensor[];

/** Only what was asked for: the values alone, or the values with inverse and counts behind them. */
function selectResults(results: Tensor[], options: UniqueOptions): Tensor | Tensor[] {
  const [values, inverse, counts] = results as [Tensor, Tensor, Tensor];
  const chosen = [values];
  if (options.returnInverse === true) chosen.push(inverse);
  if (options.returnCounts === true) chosen.push(counts);
  return chosen.length === 1 ? values : chosen;
}

/**
 * The distinct elements, or slices along `dim` (`torch.unique`). With `returnInverse` or `returnCounts` a list: values,
 * then the inverse indices, then the counts.
 */
export function unique(
  input: Tensor,
  options?: UniqueOptions & { returnInverse?: false; returnCounts?: false },
): Tensor;
export function unique(input: Tensor, options: UniqueOptions): Tensor[];
export function unique(input: Tensor, options: UniqueOptions = {}): Tensor | Tensor[] {
  const { sorted = true, returnInverse = false, returnCounts = false, dim = null } = options;
  const results =
    dim === null
      ? uniqueFlat(input, sorted, returnInverse, returnCounts)
      : uniqueAlong(input, dim, sorted, returnInverse, returnCounts);
  return selectResults(results, options);
}

/** The elements without those equal to the one before (`torch.unique_consecutive`); results as of `unique`. */
export function uniqueConsecutive(
  input: Tensor,
  options?: Omit<UniqueOptions, 'sorted'> & { returnInverse?: false; returnCounts?: false },
): Tensor;
export function uniqueConsecutive(input: Tensor, options: Omit<UniqueOptions, 'sorted'>): Tensor[];
export function uniqueConsecutive(input: Tensor, options: Omit<UniqueOptions, 'sorted'> = {}): Tensor | Tensor[] {
  const { returnInverse = false, returnCounts = false, dim = null } = options;
  return selectResults(consecutive(input, returnInverse, returnCounts, dim), options);
}

/** The number of elements (`torch.numel`). */
export function numel(input: Tensor): number {
  return input.numel();
}

/**
 * The shape that tensors of these shapes have together; none needs memory (`torch.broadcast_shapes`). A number stands for a
 * shape of one dimension.
 *
 * @throws ShapeError for shapes that do not fit, RangeError for negative sizes.
 */
export function broadcastShapes(...shapes: readonly (number | readonly number[])[]): number[] {
  const result: number[] = [];
  for (const shape of shapes) {
    const sizes = typeof shape === 'number' ? [shape] : shape;
    if (!Array.isArray(sizes)) {
      throw new TypeError(`broadcastShapes: shapes must be lists of sizes, got ${describeValue(shape)}`);
    }
    for (let i = 1; i <= sizes.length; i++) {
      const size: unknown = sizes[sizes.length - i];
      if (!Number.isSafeInteger(size) || (size as number) < 0) {
        throw new RangeError(`broadcastShapes: sizes must be integers from 0, got ${describeValue(size)}`);
      }
      const before = result[i - 1] ?? 1;
      if (size !== 1 && before !== 1 && size !== before) {
        throw new ShapeError(
          `broadcastShapes: shapes must agree from their ends, or be 1: got ${size} and ${before} at dimension -${i}`,
        );
      }
      result[i - 1] = size === 1 ? before : (size as number);
    }
  }
  return result.reverse();
}

/**
 * Where elements with these flat indices lie in a tensor of `shape`: a tensor of indices for each dimension
 * (`torch.unravel_index`). Indices beyond the end are not refused: they wrap, as PyTorch's do.
 *
 * @throws DTypeError for indices that are no integers, RangeError for negative sizes.
 */
export function unravelIndex(indices: Tensor, shape: number | readonly number[]): Tensor[] {
  if (!isTensor(indices)) throw new TypeError(`unravelIndex: indices must be a Tensor, got ${describeValue(indices)}`);
  if (!/^u?int/.test(indices.dtype)) {
    throw new DTypeError(`unravelIndex: indices must have an integer dtype, got ${indices.dtype}`);
  }
  const sizes: readonly unknown[] = typeof shape === 'number' ? [shape] : shape;
  if (!Array.isArray(sizes)) throw new TypeError(`unravelIndex: shape must be sizes, got ${describeValue(shape)}`);
  for (const size of sizes) {
    if (Number.isSafeInteger(size) && size >= 0) continue;
    throw new RangeError(`unravelIndex: sizes must be integers from 0, got ${describeValue(size)}`);
  }
  const steps = sizes.map((_, i) => sizes.slice(i + 1).reduce((product, size) => product * size, 1));
  const int64 = { dtype: 'int64', device: indices.device } as const;
  return indices
    .unsqueeze(-1)
    .floorDivide(tensor(steps, int64))
    .remainder(tensor(sizes as number[], int64))
    .unbind(-1);
}

const luWithInfo = overloadFunction('aten', '_lu_with_info', '') as (
  input: Tensor,
  pivot: boolean,
  checkErrors: boolean,
) => Tensor[];

export interface LuOptions {
  /** Whether rows are exchanged; true by default. Only CUDA can do without. */
  pivot?: boolean;
  /** Whether a third result says which matrices failed, instead of an error; false by default. */
  getInfos?: boolean;
}

/**
 * The LU factorisation of matrices `[…, M, N]`, in one tensor, and its pivots (`torch.lu`, which `linalg.luFactor` has
 * replaced).
 */
export function lu(
  input: Tensor,
  ...rest: Trailing<[pivot: boolean, getInfos: boolean], LuOptions>
): [LU: Tensor, pivots: Tensor, infos?: Tensor] {
  const { pivot, getInfos } = readTrailing('lu', ['pivot', 'getInfos'], rest, { pivot: true, getInfos: false });
  const [factors, pivots, infos] = luWithInfo(input, pivot, !getInfos) as [Tensor, Tensor, Tensor];
  return getInfos ? [factors, pivots, infos] : [factors, pivots];
}
