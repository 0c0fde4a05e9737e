import * as torch from '../../lib/index.ts';
import { camelCase } from '../../lib/schema.ts';
import { family, floats, type Input, positive, type Row, real, unit } from './operators.ts';

type Inputs = 'x' | 'p' | 'u' | 'o';
type Call = (...values: unknown[]) => unknown;

// By the one mechanical rule of naming, which is part of what is tested.
const functions = torch as unknown as Readonly<Record<string, Call>>;

function method(input: torch.Tensor, name: string): unknown {
  return (input as unknown as Readonly<Record<string, Call>>)[camelCase(name)]?.call(input);
}

/** Function, method, in-place and out form of operators of one tensor. */
function forms(input: Inputs, names: string): Row<Inputs>[] {
  return names.split(' ').flatMap((name): Row<Inputs>[] => [
    [`torch.${name}(${input})`, (inputs) => functions[camelCase(name)]?.(inputs[input])],
    [`${input}.${name}()`, (inputs) => method(inputs[input], name)],
    [`${input}.${name}_()`, (inputs) => method(inputs[input], `${name}_`)],
    [`torch.${name}(${input}, out=o)`, (inputs) => functions[camelCase(name)]?.(inputs[input], { out: inputs.o })],
  ]);
}

/** Function and method only. */
function plainForms(input: Inputs, names: string): Row<Inputs>[] {
  return forms(input, names).filter((_, i) => i % 4 < 2);
}

const inputs = {
  x: real(2, 5),
  p: positive(2, 5),
  u: unit(2, 5),
  o: real(2, 5),
} as const satisfies Record<Inputs, Input>;

export const unary = family(
  'of one tensor',
  inputs,
  forms(
    'x',
    'abs absolute neg negative ceil floor round trunc fix frac sgn sign sin cos tan sinh cosh tanh atan arctan',
  ),
  forms('x', 'asinh arcsinh sigmoid exp exp2 expm1 erf erfc square sinc i0 deg2rad rad2deg nan_to_num'),
  forms('x', 'bitwise_not logical_not conj_physical'),
  forms('p', 'log log2 log10 log1p sqrt rsqrt reciprocal lgamma digamma acosh arccosh'),
  forms('u', 'asin arcsin acos arccos atanh arctanh erfinv logit'),
  plainForms('x', 'positive signbit isnan isinf isfinite isposinf isneginf isreal angle conj resolve_conj resolve_neg'),
  [
    ['torch.relu(x)', ({ x }) => torch.relu(x)],
    ['x.relu_()', ({ x }) => x.relu_()],
    ['torch.real(x)', ({ x }) => torch.real(x)],
    ['torch.imag(x)', ({ x }) => torch.imag(x)],
    ['x.imag', ({ x }) => x.imag, { dtypes: ['complex64'] }],
    ['x.real', ({ x }) => x.real],
    ['torch.view_as_real(x)', ({ x }) => torch.viewAsReal(x)],
    ['torch.view_as_complex(torch.stack([x, p], -1))', ({ x, p }) => torch.viewAsComplex(torch.stack([x, p], -1))],
    ['torch.round(x, decimals=1)', ({ x }) => torch.round(x, { decimals: 1 })],
    ['x.round_(decimals=1)', ({ x }) => x.round_({ decimals: 1 })],
    ['torch.logit(x, 0.1)', ({ x }) => torch.logit(x, 0.1)],
    ['torch.logit(x, eps=0.2)', ({ x }) => torch.logit(x, { eps: 0.2 })],
    ['torch.nan_to_num(x / 0, nan=0.5, posinf=2)', ({ x }) => torch.nanToNum(x.div(0), { nan: 0.5, posinf: 2 })],
    ['torch.polygamma(1, p)', ({ p }) => torch.polygamma(1, p)],
    ['p.polygamma(2)', ({ p }) => p.polygamma(2)],
    ['torch.mvlgamma(p + 3, 2)', ({ p }) => torch.mvlgamma(p.add(3), 2)],
    ['torch.frexp(x)', ({ x }) => torch.frexp(x)],
    ['torch.abs(-x)', ({ x }) => torch.abs(torch.neg(x))],
    ['torch.float_power(x, 2.0)', ({ x }) => torch.floatPower(x, 2)],
    ['x.float()', ({ x }) => x.float()],
    ['x.double()', ({ x }) => x.double()],
    ['x.half()', ({ x }) => x.half()],
    ['x.bfloat16()', ({ x }) => x.bfloat16()],
    ['x.int()', ({ x }) => x.int()],
    ['x.long()', ({ x }) => x.long()],
    ['x.short()', ({ x }) => x.short()],
    ['x.char()', ({ x }) => x.char()],
    ['p.byte()', ({ p }) => p.byte()],
    ['x.bool()', ({ x }) => x.bool()],
    ['x.cfloat()', ({ x }) => x.cfloat()],
    ['x.cdouble()', ({ x }) => x.cdouble()],
    ['x.to(torch.float64)', ({ x }) => x.to('float64')],
    ["x.to('cpu', torch.float32)", ({ x }) => x.to('cpu', 'float32')],
    ['x.to(p, copy=True)', ({ x, p }) => x.to(p, { copy: true })],
    ['x.type_as(p.double())', ({ x, p }) => x.typeAs(p.double())],
    ['x.clone()', ({ x }) => x.clone()],
    ['x.detach()', ({ x }) => x.detach()],
    ['torch.clone(x)', ({ x }) => torch.clone(x)],
    ['torch.positive(+x)', ({ x }) => torch.positive(x)],
    ['torch.fill(x, 2)', ({ x }) => torch.fill(x, 2)],
    ['x.fill_(1.5)', ({ x }) => x.fill_(1.5)],
    ['x.zero_()', ({ x }) => x.zero_()],
    ['x.copy_(p)', ({ x, p }) => x.copy_(p)],
    ['x.copy_(p.double())', ({ x, p }) => x.copy_(p.double())],
    ['x.item() if x.numel() == 1 else x.sum().item()', ({ x }) => x.sum().item(), { dtypes: floats }],
    ['x[0].tolist()', ({ x }) => x.index(0).tolist(), { dtypes: [...floats, 'int64', 'int32', 'uint8', 'bool'] }],
  ],
);
