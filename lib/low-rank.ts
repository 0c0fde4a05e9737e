/** Approximate singular vectors of large matrices by random projections (Halko, Martinsson, Tropp 2009, algorithm 4.4). */

import { readTrailing, type Trailing } from './arguments.ts';
import { isComplexDType } from './dtype.ts';
import { describeValue, ShapeError } from './errors.ts';
import { qr, svd } from './generated/linalg.ts';
import { mm as sparseMm } from './generated/sparse.ts';
import { adjoint, matmul, mean, ones, randn, sparseCooTensor, stack, zerosLike } from './generated/torch.ts';
import { overloadFunction } from './operator.ts';
import { isTensor, type Tensor } from './tensor.ts';
import type { DType } from './types.ts';

/** Left singular vectors `[…, M, q]`, singular values `[…, q]`, right singular vectors `[…, N, q]`. */
export type LowRank = [U: Tensor, S: Tensor, V: Tensor];

export interface SvdLowrankOptions {
  /** How many vectors; somewhat more than the rank. 6 by default. */
  q?: number;
  /** Rounds of refinement; 2 by default. */
  niter?: number;
  /** What is subtracted from the input, which may be sparse while their difference is not. */
  M?: Tensor | null;
}

export interface PcaLowrankOptions {
  /** How many components; `min(6, M, N)` by default. */
  q?: number | null;
  /** Whether the mean of each column is subtracted; true by default. */
  center?: boolean;
  niter?: number;
}

const sparseSum = overloadFunction('aten', '_sparse_sum', 'dim') as (input: Tensor, dims: number[]) => Tensor;

const isSparse = (input: Tensor): boolean => input.layout === 'sparse_coo';
const multiply = (a: Tensor, b: Tensor): Tensor => (isSparse(a) ? sparseMm(a, b) : matmul(a, b));

function floatingDType(input: Tensor): DType {
  return ['float16', 'float32', 'float64'].includes(input.dtype) ? input.dtype : 'float32';
}

/** An orthonormal basis `[…, M, q]` of about what the columns of `input - M` span. */
function basisOf(input: Tensor, q: number, niter: number, M: Tensor | null): Tensor {
  const less = (product: Tensor, subtracted: (M: Tensor) => Tensor) =>
    M === null ? product : product.sub(subtracted(M));
  const dtype = isComplexDType(input.dtype) ? input.dtype : floatingDType(input);
  const R = randn([input.shape.at(-1) as number, q], { dtype, device: input.device });
  let Q = qr(less(multiply(input, R), (M) => matmul(M, R)))[0];
  for (let i = 0; i < niter; i++) {
    const before = Q;
    const Z = qr(less(multiply(adjoint(input), before), (M) => matmul(adjoint(M), before)))[0];
    Q = qr(less(multiply(input, Z), (M) => matmul(M, Z)))[0];
  }
  return Q;
}

function svdOf(input: Tensor, q: number, niter: number, mean: Tensor | null): LowRank {
  const [m, n] = input.shape.slice(-2) as [number, number];
  const subtracted = mean === null ? null : mean.broadcastTo(input.shape);
  // The shorter side is the one whose vectors are approximated.
  const A = m < n ? adjoint(input) : input;
  const M = m < n && subtracted !== null ? adjoint(subtracted) : subtracted;
  const Q = basisOf(A, q, niter, M);
  const product = multiply(adjoint(Q), A);
  const [left, S, right] = svd(M === null ? product : product.sub(matmul(adjoint(Q), M)), { fullMatrices: false });
  const [U, V] = [Q.matmul(left), adjoint(right)];
  return m < n ? [V, S, U] : [U, S, V];
}

function expectMatrices(where: string, input: Tensor): [m: number, n: number] {
  if (!isTensor(input)) throw new TypeError(`${where}: input must be a Tensor, got ${describeValue(input)}`);
  if (input.ndim < 2) throw new ShapeError(`${where}: input must have at least 2 dimensions, got [${input.shape}]`);
  return input.shape.slice(-2) as [number, number];
}

function expectCount(where: string, value: number, most = Number.POSITIVE_INFINITY): void {
  if (Number.isSafeInteger(value) && value >= 0 && value <= most) return;
  throw new RangeError(`${where} must be an integer from 0 to ${most}, got ${describeValue(value)}`);
}

/**
 * The greatest `q` singular values and their vectors, about, of `[…, M, N]`; faster than `linalg.svd` for huge sparse
 * matrices only (`torch.svd_lowrank`). The projections come from the default generator.
 *
 * @throws ShapeError, RangeError
 */
export function svdLowrank(
  input: Tensor,
  ...rest: Trailing<[q: number, niter: number, M: Tensor | null], SvdLowrankOptions>
): LowRank {
  const { q, niter, M } = readTrailing('svdLowrank', ['q', 'niter', 'M'], rest, {
    q: 6,
    niter: 2,
    M: null as Tensor | null,
  });
  const [m, n] = expectMatrices('svdLowrank', input);
  expectCount('svdLowrank: q', q, Math.min(m, n));
  expectCount('svdLowrank: niter', niter);
  if (M !== null && !isTensor(M))
    throw new TypeError(`svdLowrank: M must be a Tensor or null, got ${describeValue(M)}`);
  return svdOf(input, q, niter, M);
}

/**
 * Principal components of the rows of `[…, M, N]`, about: `svdLowrank` of the input less the mean of each column
 * (`torch.pca_lowrank`).
 *
 * @throws ShapeError, RangeError
 */
export function pcaLowrank(
  input: Tensor,
  ...rest: Trailing<[q: number | null, center: boolean, niter: number], PcaLowrankOptions>
): LowRank {
  const defaults = { q: null as number | null, center: true, niter: 2 };
  const { q: wanted, center, niter } = readTrailing('pcaLowrank', ['q', 'center', 'niter'], rest, defaults);
  const [m, n] = expectMatrices('pcaLowrank', input);
  const q = wanted ?? Math.min(6, m, n);
  expectCount('pcaLowrank: q', q, Math.min(m, n));
  expectCount('pcaLowrank: niter', niter);
  if (!center) return svdOf(input, q, niter, null);
  if (!isSparse(input)) return svdOf(input.sub(mean(input, [-2], { keepdim: true })), q, niter, null);
  if (input.ndim !== 2) throw new ShapeError(`pcaLowrank: a sparse input must have 2 dimensions, got [${input.shape}]`);
  const sums = sparseSum(input, [-2]).div(m).coalesce();
  const columns = sums.indices().select(0, 0);
  const { device } = input;
  const options = { dtype: floatingDType(input), device };
  const means = sparseCooTensor(stack([columns, zerosLike(columns)]), sums.values(), [n, 1], options);
  return svdOf(input, q, niter, adjoint(sparseMm(means, ones([1, m], options))));
}
