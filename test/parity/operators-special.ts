import * as torch from '../../lib/index.ts';
import { camelCase } from '../../lib/schema.ts';
import { family, type Input, positive, probability, type Row, real, unit } from './operators.ts';

const { special: t } = torch;
type Names = 'x' | 'p' | 'u' | 'q' | 'o';
type Call = (...values: unknown[]) => unknown;
const functions = t as unknown as Readonly<Record<string, Call>>;

function forms(input: Names, names: string): Row<Names>[] {
  return names.split(' ').flatMap((name): Row<Names>[] => [
    [`torch.special.${name}(${input})`, (inputs) => functions[camelCase(name)]?.(inputs[input])],
    [
      `torch.special.${name}(${input}, out=o)`,
      (inputs) => functions[camelCase(name)]?.(inputs[input], { out: inputs.o }),
    ],
  ]);
}

const inputs = {
  x: real(2, 5),
  p: positive(2, 5),
  u: unit(2, 5),
  q: probability(2, 5),
  o: real(2, 5),
} as const satisfies Record<Names, Input>;

export const special = family(
  'special functions',
  inputs,
  forms('x', 'airy_ai bessel_j0 bessel_j1 entr erf erfc erfcx exp2 expit expm1 i0 i0e i1 i1e log_ndtr ndtr sinc'),
  forms('x', 'modified_bessel_i0 modified_bessel_i1 round'),
  forms('p', 'bessel_y0 bessel_y1 digamma gammaln log1p modified_bessel_k0 modified_bessel_k1 psi'),
  forms('p', 'scaled_modified_bessel_k0 scaled_modified_bessel_k1 spherical_bessel_j0'),
  forms('q', 'logit ndtri'),
  forms('u', 'erfinv'),
  [
    ['torch.special.chebyshev_polynomial_t(u, 3)', ({ u }) => t.chebyshevPolynomialT(u, 3)],
    ['torch.special.chebyshev_polynomial_u(u, 2)', ({ u }) => t.chebyshevPolynomialU(u, 2)],
    ['torch.special.chebyshev_polynomial_v(u, 2)', ({ u }) => t.chebyshevPolynomialV(u, 2)],
    ['torch.special.chebyshev_polynomial_w(u, 2)', ({ u }) => t.chebyshevPolynomialW(u, 2)],
    ['torch.special.hermite_polynomial_h(u, 4)', ({ u }) => t.hermitePolynomialH(u, 4)],
    ['torch.special.hermite_polynomial_he(u, 4)', ({ u }) => t.hermitePolynomialHe(u, 4)],
    ['torch.special.laguerre_polynomial_l(u, 3)', ({ u }) => t.laguerrePolynomialL(u, 3)],
    ['torch.special.legendre_polynomial_p(u, 3)', ({ u }) => t.legendrePolynomialP(u, 3)],
    ['torch.special.shifted_chebyshev_polynomial_t(q, 3)', ({ q }) => t.shiftedChebyshevPolynomialT(q, 3)],
    ['torch.special.gammainc(p, q)', ({ p, q }) => t.gammainc(p, q)],
    ['torch.special.gammaincc(p, q)', ({ p, q }) => t.gammaincc(p, q)],
    ['torch.igamma(p, q)', ({ p, q }) => torch.igamma(p, q)],
    ['torch.igammac(p, q)', ({ p, q }) => torch.igammac(p, q)],
    ['torch.special.polygamma(1, p)', ({ p }) => t.polygamma(1, p)],
    ['torch.special.multigammaln(p + 2, 2)', ({ p }) => t.multigammaln(p.add(2), 2)],
    ['torch.special.xlogy(x, p)', ({ x, p }) => t.xlogy(x, p)],
    ['torch.special.xlog1py(x, p)', ({ x, p }) => t.xlog1py(x, p)],
    ['torch.special.xlog1py(2, p)', ({ p }) => t.xlog1py(2, p)],
    ['torch.special.zeta(p + 1, q)', ({ p, q }) => t.zeta(p.add(1), q)],
    ['torch.special.zeta(p, 2)', ({ p }) => t.zeta(p, 2)],
    ['torch.special.softmax(x, 1)', ({ x }) => t.softmax(x, 1)],
    ['torch.special.log_softmax(x, dim=0)', ({ x }) => t.logSoftmax(x, 0)],
    ['torch.special.logsumexp(x, 1)', ({ x }) => t.logsumexp(x, 1)],
    ['torch.special.logit(q, eps=0.2)', ({ q }) => t.logit(q, { eps: 0.2 })],
  ],
);
