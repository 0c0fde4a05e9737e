/** Weights divided by their greatest singular value. */

import { noGrad } from '../../../autograd/modes.ts';
import { describeValue } from '../../../errors.ts';
import { mv, vdot } from '../../../generated/torch.ts';
import { scope } from '../../../scope.ts';
import { Tensor } from '../../../tensor.ts';
import { expectCount, readTrailing, type Trailing } from '../../arguments.ts';
import { ConvNd } from '../../conv-nd.ts';
import { fieldOf } from '../../fields.ts';
import { normalize } from '../../functional/normalize.ts';
import { Module } from '../../module.ts';
import { type Parametrized, registerParametrization } from '../parametrize/register.ts';

export interface SpectralNormOptions {
  /** The tensor's name; `'weight'` by default. */
  name?: string;
  /** Steps of the power iteration at each computation in training mode; 1 by default. */
  nPowerIterations?: number;
  /** The least length that is divided by; 1e-12 by default. */
  eps?: number;
  /** The dimension of outputs, which are the rows of a matrix; 0 by default, and 1 for transposed convolutions. */
  dim?: number | null;
}

export type SpectralNormArguments = Trailing<
  [name: string, nPowerIterations: number, eps: number, dim: number | null],
  SpectralNormOptions
>;

/** The options, the dimension found out. */
export function readSpectralNorm(
  where: string,
  module: Module,
  rest: readonly unknown[],
): Required<SpectralNormOptions> & { dim: number } {
  const defaults = { name: 'weight', nPowerIterations: 1, eps: 1e-12, dim: null as number | null };
  const options = readTrailing(where, ['name', 'nPowerIterations', 'eps', 'dim'], rest, defaults);
  expectCount(`${where}: nPowerIterations`, options.nPowerIterations, 1);
  return { ...options, dim: options.dim ?? (module instanceof ConvNd && module.transposed ? 1 : 0) };
}

/** A weight as a matrix whose rows are the places of one dimension. */
export function asMatrix(weight: Tensor, dim: number): Tensor {
  if (weight.ndim === 1) return weight.unsqueeze(1);
  if (dim === 0) return weight.flatten(1);
  const others = weight.shape.map((_, i) => i).filter((i) => i !== dim);
  return weight.permute([dim, ...others]).flatten(1);
}

/** Printed by this name, which is Python's. */
class _SpectralNorm extends Module {
  dim: number;
  eps: number;
  nPowerIterations: number;
  // Names in the state dict: the singular vectors.
  declare _u: Tensor;
  declare _v: Tensor;

  constructor(weight: Tensor, nPowerIterations: number, dim: number, eps: number) {
    super();
    const rank = weight.ndim;
    if (!Number.isSafeInteger(dim) || dim >= rank || dim < -rank) {
      throw new RangeError(`spectralNorm: dim must be in [${-rank}, ${rank - 1}], got ${describeValue(dim)}`);
    }
    this.dim = dim >= 0 ? dim : dim + rank;
    this.eps = eps;
    this.nPowerIterations = nPowerIterations;
    if (rank <= 1) return;
    noGrad(() =>
      scope(() => {
        const matrix = asMatrix(weight, this.dim);
        const [rows, columns] = matrix.shape as [number, number];
        const draw = (size: number) => matrix.newEmpty([size]).normal_(0, 1);
        const [u, v] = [draw(rows), draw(columns)];
        this.registerBuffer('_u', this.unit(u));
        this.registerBuffer('_v', this.unit(v));
        this.iterate(matrix, 15);
      }),
    );
  }

  forward(weight: Tensor): Tensor {
    if (weight.ndim === 1) return this.unit(weight);
    const matrix = asMatrix(weight, this.dim);
    if (this.training) this.iterate(matrix, this.nPowerIterations);
    // Copies, because the next iteration changes the vectors that this computation may need for gradients.
    const [u, v] = [
      this._u.clone({ memoryFormat: 'contiguous_format' }),
      this._v.clone({ memoryFormat: 'contiguous_format' }),
    ];
    return weight.div(vdot(u, mv(matrix, v)));
  }

  rightInverse(value: Tensor): Tensor {
    return value;
  }

  private unit(vector: Tensor): Tensor {
    return normalize(vector, { dim: 0, eps: this.eps });
  }

  private iterate(matrix: Tensor, steps: number): void {
    noGrad(() =>
      scope(() => {
        for (let i = 0; i < steps; i++) {
          this._u.copy_(this.unit(mv(matrix, this._v)));
          this._v.copy_(this.unit(mv(matrix.H, this._u)));
        }
      }),
    );
  }
}

/**
 * Divides a weight by an estimate of its greatest singular value (Miyato et al. 2018,
 * `torch.nn.utils.parametrizations.spectral_norm`).
 *
 * @throws RangeError if the module has no such tensor, or the tensor no such dimension.
 * @example
 * const layer = nn.utils.parametrizations.spectralNorm(new nn.Linear(20, 40));
 */
export function spectralNorm<M extends Module>(module: M, ...rest: SpectralNormArguments): M & Parametrized {
  const where = 'spectralNorm';
  const { name, nPowerIterations, eps, dim } = readSpectralNorm(where, module, rest);
  const weight = fieldOf(module, name);
  if (!(weight instanceof Tensor)) {
    throw new RangeError(`${where}: ${module.constructor.name} has no parameter or buffer ${describeValue(name)}`);
  }
  return registerParametrization(module, name, new _SpectralNorm(weight, nPowerIterations, dim, eps));
}
