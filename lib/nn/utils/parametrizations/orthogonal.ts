/** Weights whose rows or columns are orthogonal and of length 1. */

import { noGrad } from '../../../autograd/modes.ts';
import { isComplexDType } from '../../../dtype.ts';
import { describeValue, ShapeError } from '../../../errors.ts';
import { householderProduct, solve } from '../../../generated/linalg.ts';
import {
  add,
  allclose,
  cat,
  where as choose,
  eye,
  geqrf,
  matrixExp,
  randn,
  zerosLike,
} from '../../../generated/torch.ts';
import { keep, scope } from '../../../scope.ts';
import { Tensor } from '../../../tensor.ts';
import { readTrailing, type Trailing } from '../../arguments.ts';
import { fieldOf } from '../../fields.ts';
import { Module } from '../../module.ts';
import { type Parametrized, registerParametrization } from '../parametrize/register.ts';

/** How an orthogonal matrix is made of any one. */
export type OrthogonalMap = 'matrix_exp' | 'cayley' | 'householder';

const maps: readonly unknown[] = ['matrix_exp', 'cayley', 'householder'];

function isOrthogonal(q: Tensor): boolean {
  const [rows, columns] = [q.size(-2), q.size(-1)];
  const identity = eye(columns, { dtype: q.dtype, device: q.device });
  const epsilon = q.dtype === 'float64' || q.dtype === 'complex128' ? 2 ** -52 : 2 ** -23;
  return allclose(q.mH.matmul(q), identity, { atol: 10 * rows * epsilon });
}

/** The orthogonal factor of a matrix, with positive signs in the other one's diagonal. */
function orthogonalFactor(a: Tensor): Tensor {
  const [x, tau] = geqrf(a);
  return householderProduct(x, tau).mul_(x.diagonal(0, -2, -1).sgn().unsqueeze(-2));
}

/** Printed by this name, which is Python's. */
class _Orthogonal extends Module {
  shape: number[];
  orthogonalMap: OrthogonalMap;
  useTrivialization: boolean;
  /** What the orthogonal matrix is multiplied with, so that the original begins at a simple value. */
  declare base: Tensor | null;

  constructor(weight: Tensor, orthogonalMap: OrthogonalMap, useTrivialization: boolean) {
    super();
    if (isComplexDType(weight.dtype) && orthogonalMap === 'householder') {
      throw new RangeError("orthogonal: orthogonalMap 'householder' takes no complex tensors");
    }
    this.shape = weight.shape;
    this.orthogonalMap = orthogonalMap;
    this.useTrivialization = useTrivialization;
    if (useTrivialization) this.registerBuffer('base', null);
  }

  forward(original: Tensor): Tensor {
    const transposed = original.size(-2) < original.size(-1);
    const x = transposed ? original.mT : original;
    const q = this.orthogonalMap === 'householder' ? this.reflect(x) : this.rotate(x);
    const based = this.useTrivialization ? (this.base as Tensor).matmul(q) : q;
    return transposed ? based.mT : based;
  }

  /** Undefined where there is none: rotations cannot be inverted without a base. */
  get rightInverse(): ((q: Tensor) => Tensor) | undefined {
    if (!this.useTrivialization && this.orthogonalMap !== 'householder') return undefined;
    return (q) => noGrad(() => scope(() => (this.useTrivialization ? this.rebase(q) : this.reflections(q))));
  }

  /** By the exponential or Cayley's transform of an antisymmetric matrix. */
  private rotate(original: Tensor): Tensor {
    const [n, k] = [original.size(-2), original.size(-1)];
    let x = original.tril();
    if (n !== k) x = cat([x, x.newZeros([n, n - k]).expand([...x.shape.slice(0, -2), -1, -1])], -1);
    const a = x.sub(x.mH);
    let q: Tensor;
    if (this.orthogonalMap === 'matrix_exp') q = matrixExp(a);
    else {
      const identity = eye(n, { dtype: a.dtype, device: a.device });
      q = solve(add(identity, a, { alpha: -0.5 }), add(identity, a, { alpha: 0.5 }));
    }
    return n === k ? q : q.narrow(-1, 0, k);
  }

  /** By Householder's reflections. */
  private reflect(x: Tensor): Tensor {
    const a = x.tril(-1);
    const tau = a.mul(a).sum(-2).add(1).reciprocal().mul(2);
    return householderProduct(a, tau).mul(x.diagonal(0, -2, -1).int().unsqueeze(-2));
  }

  private expectShape(q: Tensor): void {
    if (String(q.shape) === String(this.shape)) return;
    throw new ShapeError(`orthogonal: the tensor must be [${this.shape}], got [${q.shape}]`);
  }

  private reflections(given: Tensor): Tensor {
    this.expectShape(given);
    const transposed = given.size(-2) < given.size(-1);
    const [a, tau] = geqrf(transposed ? given.mT : given);
    const signs = a.diagonal(0, -2, -1).sign_();
    signs.copy_(choose(tau.eq(0), signs.neg(), signs));
    return transposed ? a.mT : a;
  }

  private rebase(given: Tensor): Tensor {
    this.expectShape(given);
    const q = given.size(-2) < given.size(-1) ? given.mT : given;
    const [n, k] = [q.size(-2), q.size(-1)];
    let base: Tensor;
    if (n === k) base = isOrthogonal(q) ? q.clone() : orthogonalFactor(q);
    else {
      const more = randn([...q.shape.slice(0, -2), n, n - k], { dtype: q.dtype, device: q.device });
      base = orthogonalFactor(cat([q, more], -1));
    }
    this.base = keep(base);
    const original = zerosLike(given);
    original.diagonal(0, -2, -1).fill_(-1);
    return original;
  }
}

export interface OrthogonalOptions {
  /** The tensor's name; `'weight'` by default. */
  name?: string;
  /** By default `'matrix_exp'` for square and complex matrices, and `'householder'` for others. */
  orthogonalMap?: OrthogonalMap | null;
  /** Whether the original begins at a simple value, and can be assigned to; true by default. */
  useTrivialization?: boolean;
}

/**
 * Parametrises a matrix, or a batch of them, by an orthogonal one, with orthogonal rows or columns where it is not square
 * (`torch.nn.utils.parametrizations.orthogonal`).
 *
 * @throws RangeError if the module has no such tensor or there is no such map; ShapeError below two dimensions.
 * @example
 * const layer = nn.utils.parametrizations.orthogonal(new nn.Linear(20, 40));
 */
export function orthogonal<M extends Module>(
  module: M,
  ...rest: Trailing<[name: string, orthogonalMap: OrthogonalMap | null], OrthogonalOptions>
): M & Parametrized {
  const where = 'orthogonal';
  const defaults: Required<OrthogonalOptions> = { name: 'weight', orthogonalMap: null, useTrivialization: true };
  const options = readTrailing(where, ['name', 'orthogonalMap'], rest, defaults);
  const { name, useTrivialization } = options;
  const weight = fieldOf(module, name);
  if (!(weight instanceof Tensor)) {
    throw new RangeError(`${where}: ${module.constructor.name} has no parameter or buffer ${describeValue(name)}`);
  }
  if (weight.ndim < 2) throw new ShapeError(`${where}: ${name} must have at least 2 dimensions, got [${weight.shape}]`);
  const isSquare = weight.size(-2) === weight.size(-1);
  const orthogonalMap =
    options.orthogonalMap ?? (isSquare || isComplexDType(weight.dtype) ? 'matrix_exp' : 'householder');
  if (!maps.includes(orthogonalMap)) {
    throw new RangeError(
      `${where}: orthogonalMap must be 'matrix_exp', 'cayley' or 'householder', got ${describeValue(orthogonalMap)}`,
    );
  }
  const parametrization = new _Orthogonal(weight, orthogonalMap, useTrivialization);
  return registerParametrization(module, name, parametrization, { unsafe: true });
}
