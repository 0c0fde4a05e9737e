/** Limits gradients. */

import { noGrad } from '../../autograd/modes.ts';
import { tensor as makeTensor } from '../../creation.ts';
import { describeValue } from '../../errors.ts';
import { vectorNorm } from '../../generated/linalg.ts';
import { stack } from '../../generated/torch.ts';
import { overloadFunction } from '../../operator.ts';
import { scope } from '../../scope.ts';
import { Tensor } from '../../tensor.ts';
import { expectNumber, readTrailing, type Trailing } from '../arguments.ts';

type Tensors = Tensor | Iterable<Tensor>;

const foreachNorm = overloadFunction('aten', '_foreach_norm', 'Scalar') as (a: Tensor[], order: number) => Tensor[];
const foreachMul_ = overloadFunction('aten', '_foreach_mul_', 'Tensor') as (a: Tensor[], factor: Tensor) => void;
const foreachClampMin_ = overloadFunction('aten', '_foreach_clamp_min_', 'Scalar') as (a: Tensor[], to: number) => void;
const foreachClampMax_ = overloadFunction('aten', '_foreach_clamp_max_', 'Scalar') as (a: Tensor[], to: number) => void;

export interface TotalNormOptions {
  /** The order of the norm, `Infinity` included; 2 by default. */
  normType?: number;
  /** Whether a norm that is infinite or no number is an error; false by default. */
  errorIfNonfinite?: boolean;
  /** Whether one kernel serves many tensors; by default where the device has such. */
  foreach?: boolean | null;
}

type TotalNormArguments = Trailing<
  [normType: number, errorIfNonfinite: boolean, foreach: boolean | null],
  TotalNormOptions
>;

const normNames = ['normType', 'errorIfNonfinite', 'foreach'] as const;
const normDefaults: Required<TotalNormOptions> = { normType: 2, errorIfNonfinite: false, foreach: null };

function listOf(where: string, tensors: Tensors): Tensor[] {
  if (tensors instanceof Tensor) return [tensors];
  if (typeof (tensors as Partial<Iterable<Tensor>> | null)?.[Symbol.iterator] !== 'function') {
    throw new TypeError(`${where} must be a Tensor or several, got ${describeValue(tensors)}`);
  }
  const list = [...tensors];
  const other = list.findIndex((each) => !((each as unknown) instanceof Tensor));
  if (other >= 0) throw new TypeError(`${where}[${other}] must be a Tensor, got ${describeValue(list[other])}`);
  if (list.length === 0 && !Array.isArray(tensors)) process.emitWarning(`${where} is an iterator without tensors`);
  return list;
}

function gradientsOf(where: string, parameters: Tensors): Tensor[] {
  return listOf(where, parameters).flatMap(({ grad }) => (grad === null ? [] : [grad]));
}

/** Tensors gathered by device and dtype: kernels for many take only like ones. */
function groups(tensors: readonly Tensor[]): Tensor[][] {
  const byKey = new Map<string, Tensor[]>();
  for (const each of tensors) {
    const key = `${each.device} ${each.dtype}`;
    const group = byKey.get(key);
    if (group === undefined) byKey.set(key, [each]);
    else group.push(each);
  }
  // The last comes first, as in libtorch, whose order decides the bits of a sum over groups.
  return [...byKey.values()].reverse();
}

/** Whether one kernel is to serve a group. */
function takesForeach(group: readonly Tensor[], foreach: boolean | null): boolean {
  return foreach ?? (group[0] as Tensor).device !== 'cpu';
}

/**
 * The norm of all tensors as if they were one vector (`torch.nn.utils.get_total_norm`).
 * @throws RangeError with `errorIfNonfinite` for a norm that is infinite or no number.
 */
export function getTotalNorm(tensors: Tensors, ...rest: TotalNormArguments): Tensor {
  const { normType, errorIfNonfinite, foreach } = readTrailing('getTotalNorm', normNames, rest, normDefaults);
  const order = expectNumber('getTotalNorm: normType', normType);
  const list = listOf('getTotalNorm: tensors', tensors);
  const [first] = list;
  if (first === undefined) return makeTensor(0);
  return noGrad(() =>
    scope(() => {
      const norms = groups(list).flatMap((group) =>
        takesForeach(group, foreach) ? foreachNorm(group, order) : group.map((each) => vectorNorm(each, order)),
      );
      const total = vectorNorm(stack(norms.map((each) => each.to(first.device))), order);
      if (errorIfNonfinite && total.isfinite().item() === false) {
        throw new RangeError(
          `getTotalNorm: the norm of order ${order} must be finite, got ${total.item()}; without errorIfNonfinite gradients are scaled by it anyway`,
        );
      }
      return total;
    }),
  );
}

/** Scales gradients of the norm `totalNorm` to at most `maxNorm` (`torch.nn.utils.clip_grads_with_norm_`). */
export function clipGradsWithNorm_(
  parameters: Tensors,
  maxNorm: number,
  totalNorm: Tensor,
  ...rest: Trailing<[foreach: boolean | null], Pick<TotalNormOptions, 'foreach'>>
): void {
  const where = 'clipGradsWithNorm_';
  const { foreach } = readTrailing(where, ['foreach'], rest, { foreach: null as boolean | null });
  const limit = expectNumber(`${where}: maxNorm`, maxNorm);
  const gradients = gradientsOf(`${where}: parameters`, parameters);
  if (gradients.length === 0) return;
  noGrad(() =>
    scope(() => {
      const factor = totalNorm.add(1e-6).reciprocal().mul(limit).clamp({ max: 1 });
      for (const group of groups(gradients)) {
        const local = factor.to((group[0] as Tensor).device);
        if (takesForeach(group, foreach)) foreachMul_(group, local);
        else for (const each of group) each.mul_(local);
      }
    }),
  );
}

/**
 * Scales gradients so that their norm, as if they were one vector, is at most `maxNorm`
 * (`torch.nn.utils.clip_grad_norm_`).
 *
 * @returns the norm that they had.
 * @throws RangeError with `errorIfNonfinite` for a norm that is infinite or no number.
 * @example
 * loss.backward();
 * nn.utils.clipGradNorm_(model.parameters(), 1);
 * optimizer.step();
 */
export function clipGradNorm_(parameters: Tensors, maxNorm: number, ...rest: TotalNormArguments): Tensor {
  const options = readTrailing('clipGradNorm_', normNames, rest, normDefaults);
  const limit = expectNumber('clipGradNorm_: maxNorm', maxNorm);
  const list = listOf('clipGradNorm_: parameters', parameters);
  const total = getTotalNorm(gradientsOf('clipGradNorm_: parameters', list), options);
  clipGradsWithNorm_(list, limit, total, options.foreach);
  return total;
}

/** Puts the elements of gradients into ±`clipValue` (`torch.nn.utils.clip_grad_value_`). */
export function clipGradValue_(
  parameters: Tensors,
  clipValue: number,
  ...rest: Trailing<[foreach: boolean | null], Pick<TotalNormOptions, 'foreach'>>
): void {
  const where = 'clipGradValue_';
  const { foreach } = readTrailing(where, ['foreach'], rest, { foreach: null as boolean | null });
  const limit = expectNumber(`${where}: clipValue`, clipValue);
  const gradients = gradientsOf(`${where}: parameters`, parameters);
  noGrad(() => {
    for (const group of groups(gradients)) {
      if (!takesForeach(group, foreach)) for (const each of group) each.clamp_(-limit, limit);
      else {
        foreachClampMin_(group, -limit);
        foreachClampMax_(group, limit);
      }
    }
  });
}
