import * as torch from '../../lib/index.ts';
import { family, positive, type Row, real } from './operators.ts';

type Names = 'a' | 'b' | 'p' | 'q' | 's';

function call(name: string, overload: string, ...values: unknown[]): unknown {
  const operator = torch.ops.aten?.[name]?.[overload];
  if (operator === undefined) throw new Error(`no operator aten::${name}.${overload}`);
  return operator(...values);
}

/** Operators of one list. */
function unary(inputs: 'ab' | 'pq', names: string): Row<Names>[] {
  const list = (given: Readonly<Record<Names, torch.Tensor>>) =>
    inputs === 'ab' ? [given.a, given.b] : [given.p, given.q];
  const shown = `[${inputs[0]}, ${inputs[1]}]`;
  return names.split(' ').flatMap((name): Row<Names>[] => [
    [`torch._foreach_${name}(${shown})`, (given) => call(`_foreach_${name}`, 'default', list(given))],
    [
      `torch.ops.aten._foreach_${name}_(${shown})`,
      (given) => call(`_foreach_${name}_`, 'default', list(given)),
      { gradients: false },
    ],
  ]);
}

/** Operators of two lists, a list and a number, a list and numbers. */
function binary(names: string): Row<Names>[] {
  return names.split(' ').flatMap((name): Row<Names>[] => [
    [`torch._foreach_${name}([a, b], [p, q])`, ({ a, b, p, q }) => call(`_foreach_${name}`, 'List', [a, b], [p, q])],
    [`torch._foreach_${name}([a, b], 2)`, ({ a, b }) => call(`_foreach_${name}`, 'Scalar', [a, b], 2)],
    [
      `torch._foreach_${name}([a, b], [2, 0.5])`,
      ({ a, b }) => call(`_foreach_${name}`, 'ScalarList', [a, b], [2, 0.5]),
    ],
    [
      `torch.ops.aten._foreach_${name}_([a, b], [p, q])`,
      ({ a, b, p, q }) => call(`_foreach_${name}_`, 'List', [a, b], [p, q]),
      { gradients: false },
    ],
    [
      `torch.ops.aten._foreach_${name}_([a, b], 2)`,
      ({ a, b }) => call(`_foreach_${name}_`, 'Scalar', [a, b], 2),
      { gradients: false },
    ],
  ]);
}

/** Operators on lists of tensors: what optimizers are made of. */
export const foreach = family(
  'foreach',
  { a: real(3, 4), b: real(5), p: positive(3, 4), q: positive(5), s: positive() },
  unary('ab', 'abs neg exp expm1 sin cos tan tanh sinh cosh sigmoid erf erfc ceil floor round trunc frac sign atan'),
  unary('pq', 'sqrt log log2 log10 log1p reciprocal rsqrt lgamma'),
  binary('add sub mul div maximum minimum clamp_min clamp_max pow'),
  [
    [
      'torch._foreach_add([a, b], [p, q], alpha=2)',
      ({ a, b, p, q }) => call('_foreach_add', 'List', [a, b], [p, q], { alpha: 2 }),
    ],
    [
      'torch.ops.aten._foreach_add_([a, b], s)',
      ({ a, b, s }) => call('_foreach_add_', 'Tensor', [a, b], s),
      { gradients: false },
    ],
    ['torch._foreach_mul([a, b], s)', ({ a, b, s }) => call('_foreach_mul', 'Tensor', [a, b], s)],
    [
      'torch._foreach_addcmul([a, b], [p, q], [p, q], 0.5)',
      ({ a, b, p, q }) => call('_foreach_addcmul', 'Scalar', [a, b], [p, q], [p, q], 0.5),
    ],
    [
      'torch.ops.aten._foreach_addcmul_([a, b], [p, q], [p, q], value=2)',
      ({ a, b, p, q }) => call('_foreach_addcmul_', 'Scalar', [a, b], [p, q], [p, q], { value: 2 }),
      { gradients: false },
    ],
    [
      'torch._foreach_addcdiv([a, b], [p, q], [p, q], [1, 2])',
      ({ a, b, p, q }) => call('_foreach_addcdiv', 'ScalarList', [a, b], [p, q], [p, q], [1, 2]),
    ],
    [
      'torch.ops.aten._foreach_addcdiv_([a, b], [p, q], [p, q], -0.1)',
      ({ a, b, p, q }) => call('_foreach_addcdiv_', 'Scalar', [a, b], [p, q], [p, q], -0.1),
      { gradients: false },
    ],
    [
      'torch._foreach_lerp([a, b], [p, q], 0.25)',
      ({ a, b, p, q }) => call('_foreach_lerp', 'Scalar', [a, b], [p, q], 0.25),
    ],
    [
      'torch.ops.aten._foreach_lerp_([a, b], [p, q], [p, q])',
      ({ a, b, p, q }) => call('_foreach_lerp_', 'List', [a, b], [p, q], [p, q]),
      { gradients: false },
    ],
    ['torch._foreach_norm([a, b])', ({ a, b }) => call('_foreach_norm', 'Scalar', [a, b])],
    ['torch._foreach_norm([a, b], 1)', ({ a, b }) => call('_foreach_norm', 'Scalar', [a, b], 1)],
    ['torch._foreach_max([a, b])', ({ a, b }) => call('_foreach_max', 'default', [a, b])],
    [
      'torch.ops.aten._foreach_copy_([a, b], [p, q])',
      ({ a, b, p, q }) => call('_foreach_copy_', 'default', [a, b], [p, q]),
      { gradients: false },
    ],
    [
      'torch.ops.aten._foreach_zero_([a, b])',
      ({ a, b }) => call('_foreach_zero_', 'default', [a, b]),
      { gradients: false },
    ],
    ['torch._foreach_pow(2, [p, q])', ({ p, q }) => call('_foreach_pow', 'ScalarAndTensor', 2, [p, q])],
  ],
);
