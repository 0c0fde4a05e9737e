import * as torch from '../../lib/index.ts';
import { camelCase } from '../../lib/schema.ts';
import { family, floats, integers, mask, type Row, real } from './operators.ts';

type Names = 'x' | 'y' | 'row' | 'b' | 'o';
type Call = (...values: unknown[]) => torch.Tensor;
const functions = torch as unknown as Readonly<Record<string, Call>>;

/** Every form of an operator that compares. */
function forms(names: string): Row<Names>[] {
  return names.split(' ').flatMap((name): Row<Names>[] => {
    const call = functions[camelCase(name)] as Call;
    const method = (input: torch.Tensor, key: string) =>
      (input as unknown as Readonly<Record<string, Call>>)[camelCase(key)] as Call;
    return [
      [`torch.${name}(x, y)`, ({ x, y }) => call(x, y)],
      [`torch.${name}(x, 1)`, ({ x }) => call(x, 1)],
      [`torch.${name}(x, row)`, ({ x, row }) => call(x, row)],
      [`x.${name}(y)`, ({ x, y }) => method(x, name).call(x, y)],
      [`x.${name}(0.5)`, ({ x }) => method(x, name).call(x, 0.5)],
      [`x.${name}_(y)`, ({ x, y }) => method(x, `${name}_`).call(x, y)],
      [`torch.${name}(x, y, out=b)`, ({ x, y, b }) => call(x, y, { out: b })],
    ];
  });
}

export const comparison = family(
  'comparison',
  {
    x: real(3, 4),
    y: real(3, 4),
    row: real(4),
    b: mask([
      [true, false, true, false],
      [true, true, false, false],
      [false, false, false, true],
    ]),
    o: real(3, 4),
  },
  forms('eq ne not_equal lt less le less_equal gt greater ge greater_equal'),
  [
    ['1 < x', ({ x }) => torch.lt(1, x), { dtypes: [...floats, ...integers, 'bool'] }],
    ['x == 0.5', ({ x }) => torch.eq(x, 0.5)],
    ['torch.isclose(x, y, rtol=0.5)', ({ x, y }) => torch.isclose(x, y, { rtol: 0.5 })],
    ['torch.allclose(x, x)', ({ x }) => torch.allclose(x, x)],
    ['torch.allclose(x, y, 1e-3, 10.0, True)', ({ x, y }) => torch.allclose(x, y, 1e-3, 10, true)],
    ['torch.equal(x, x.clone())', ({ x }) => torch.equal(x, x.clone())],
    ['torch.equal(x, y)', ({ x, y }) => torch.equal(x, y)],
    ['torch.isin(x, row)', ({ x, row }) => torch.isin(x, row)],
    ['torch.isin(x, row, invert=True)', ({ x, row }) => torch.isin(x, row, { invert: true })],
    ['torch.isin(x, 1)', ({ x }) => torch.isin(x, 1)],
    ['torch.where(b, x, y)', ({ b, x, y }) => torch.where(b, x, y)],
    ['torch.where(b, x, 0.5)', ({ b, x }) => torch.where(b, x, 0.5)],
    ['torch.where(b, 1, x)', ({ b, x }) => torch.where(b, 1, x)],
    ['torch.where(b)', ({ b }) => torch.where(b)],
    ['x.where(b, y)', ({ b, x, y }) => x.where(b, y)],
    ['torch.where(b, x, y, out=o)', ({ b, x, y, o }) => torch.where(b, x, y, { out: o })],
    ['torch.where(b, 1.5, 2)', ({ b }) => torch.where(b, 1.5, 2)],
    ['torch.is_nonzero(x.sum())', ({ x }) => torch.isNonzero(x.sum())],
    ['torch.is_floating_point(x)', ({ x }) => torch.isFloatingPoint(x)],
    ['torch.is_complex(x)', ({ x }) => torch.isComplex(x)],
    ['x.is_signed()', ({ x }) => x.isSigned()],
    ['x.is_contiguous()', ({ x }) => x.isContiguous()],
    ['x.T.is_contiguous()', ({ x }) => x.T.isContiguous()],
    ['torch.is_same_size(x, y)', ({ x, y }) => torch.isSameSize(x, y)],
    ['torch.can_cast(x.dtype, torch.int32)', ({ x }) => torch.canCast(x.dtype, 'int32')],
    ['torch.result_type(x, 1.5)', ({ x }) => torch.resultType(x, 1.5)],
    ['torch.result_type(x, y.double())', ({ x, y }) => torch.resultType(x, y.double())],
    ['torch.promote_types(x.dtype, torch.float16)', ({ x }) => torch.promoteTypes(x.dtype, 'float16')],
    ['torch.maximum(x, x.mean())', ({ x }) => torch.maximum(x, x.mean()), { dtypes: floats }],
  ],
);
