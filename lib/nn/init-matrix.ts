/** Fills that give a tensor a structure: identities, orthogonal and sparse matrices. */

import { noGrad } from '../autograd/modes.ts';
import { describeValue, ShapeError } from '../errors.ts';
import { qr } from '../generated/linalg.ts';
import { diag, eye, randperm } from '../generated/torch.ts';
import type { Generator } from '../generator.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { expectCount, readTrailing, type Trailing } from './arguments.ts';

interface GeneratorOption {
  generator?: Generator | null;
}

function expectMatrix(where: string, tensor: Tensor): void {
  if (tensor.ndim !== 2) throw new ShapeError(`${where}: tensor must have 2 dimensions, got [${tensor.shape}]`);
}

/** The identity in a matrix, so that a linear layer hands on as many inputs as it can. @throws ShapeError otherwise. */
export function eye_(tensor: Tensor): Tensor {
  expectMatrix('eye_', tensor);
  const [rows, columns] = tensor.shape as [number, number];
  noGrad(() => eye(rows, columns, { out: tensor }));
  return tensor;
}

/**
 * The Dirac delta in a weight `[out, in, …kernel]` of one to three spatial dimensions, so that a convolution hands on as
 * many channels as it can; in each of `groups` alike.
 *
 * @throws ShapeError for other tensors, RangeError if `groups` does not divide the output channels.
 */
export function dirac_(tensor: Tensor, ...rest: Trailing<[groups: number], { groups?: number }>): Tensor {
  const groups = expectCount('dirac_: groups', readTrailing('dirac_', ['groups'], rest, { groups: 1 }).groups, 1);
  const { shape } = tensor;
  if (shape.length < 3 || shape.length > 5) {
    throw new ShapeError(`dirac_: tensor must have 3, 4 or 5 dimensions, got [${shape}]`);
  }
  const [outputs, inputs, ...kernel] = shape as [number, number, ...number[]];
  if (outputs % groups !== 0) {
    throw new RangeError(`dirac_: groups must divide the output channels, got ${groups} for [${shape}]`);
  }
  if (tensor.isMeta) return tensor;
  const perGroup = outputs / groups;
  const centre = kernel.map((size) => Math.floor(size / 2));
  noGrad(() =>
    scope(() => {
      tensor.zero_();
      for (let group = 0; group < groups; group++) {
        for (let channel = 0; channel < Math.min(perGroup, inputs); channel++) {
          tensor.indexPut_([group * perGroup + channel, channel, ...centre], 1);
        }
      }
    }),
  );
  return tensor;
}

interface OrthogonalOptions extends GeneratorOption {
  gain?: number;
}

/**
 * A matrix with orthogonal rows or columns, times `gain`; dimensions behind the second count as columns (Saxe et al. 2013).
 * @throws ShapeError below two dimensions.
 */
export function orthogonal_(tensor: Tensor, ...rest: Trailing<[gain: number], OrthogonalOptions>): Tensor {
  const defaults = { gain: 1, generator: null as Generator | null };
  const { gain, generator } = readTrailing('orthogonal_', ['gain'], rest, defaults);
  if (tensor.ndim < 2)
    throw new ShapeError(`orthogonal_: tensor must have at least 2 dimensions, got [${tensor.shape}]`);
  const count = tensor.numel();
  if (count === 0 || tensor.isMeta) return tensor;
  const rows = tensor.shape[0] as number;
  const columns = count / rows;
  noGrad(() =>
    scope(() => {
      const flat = tensor.newEmpty([rows, columns]).normal_(0, 1, { generator });
      if (rows < columns) flat.t_();
      const [q, r] = qr(flat);
      q.mul_(diag(r, 0).sign());
      if (rows < columns) q.t_();
      tensor.viewAs(q).copy_(q);
      tensor.mul_(gain);
    }),
  );
  return tensor;
}

interface SparseOptions extends GeneratorOption {
  /** The standard deviation of what is not zero; 0.01 by default. */
  std?: number;
}

/**
 * N(0, std²) in a matrix, with a fraction `sparsity` of each column set to zero (Martens 2010).
 * @throws ShapeError for other tensors, RangeError if `sparsity` is not between 0 and 1.
 */
export function sparse_(tensor: Tensor, sparsity: number, ...rest: Trailing<[std: number], SparseOptions>): Tensor {
  const defaults = { std: 0.01, generator: null as Generator | null };
  const { std, generator } = readTrailing('sparse_', ['std'], rest, defaults);
  expectMatrix('sparse_', tensor);
  if (!(sparsity >= 0 && sparsity <= 1)) {
    throw new RangeError(`sparse_: sparsity must be between 0 and 1, got ${describeValue(sparsity)}`);
  }
  if (tensor.isMeta) return tensor;
  const [rows, columns] = tensor.shape as [number, number];
  const zeros = Math.ceil(sparsity * rows);
  noGrad(() =>
    scope(() => {
      tensor.normal_(0, std, { generator });
      for (let column = 0; column < columns; column++) {
        tensor.indexPut_([randperm(rows).narrow(0, 0, zeros), column], 0);
      }
    }),
  );
  return tensor;
}
