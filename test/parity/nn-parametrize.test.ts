import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { expectBeside } from './module-beside.ts';
import { expectSameBits, usePython } from './oracle.ts';

const { nn } = torch;
const { parametrizations, parametrize } = nn.utils;
type Module = torch.nn.Module;
type Tensor = torch.Tensor;
type Any = Module & ((...inputs: unknown[]) => unknown);

const leaf = (...shape: number[]) => torch.randn(shape, { requiresGrad: true });

class Symmetric extends nn.Module {
  forward(x: Tensor): Tensor {
    return x.triu().add(x.triu(1).mT);
  }
  rightInverse(x: Tensor): Tensor {
    return x.triu();
  }
}

class Doubled extends nn.Module {
  forward(x: Tensor): Tensor {
    return x.mul(2);
  }
}

const classes = `
class Symmetric(nn.Module):
    def forward(self, x): return x.triu() + x.triu(1).mT
    def right_inverse(self, x): return x.triu()
class Doubled(nn.Module):
    def forward(self, x): return x * 2
_pz, _pt, _u = nn.utils.parametrizations, nn.utils.parametrize, nn.utils
`;

describe('parametrisations beside Python', () => {
  const python = usePython();

  const modules: [source: string, make: () => Module, input: number[]][] = [
    ['_pz.weight_norm(nn.Linear(3, 4))', () => parametrizations.weightNorm(new nn.Linear(3, 4)), [2, 3]],
    [
      '_pz.weight_norm(nn.Linear(3, 4), "weight", None)',
      () => parametrizations.weightNorm(new nn.Linear(3, 4), 'weight', null),
      [2, 3],
    ],
    [
      '_pz.weight_norm(nn.Conv2d(2, 4, 3), dim=1)',
      () => parametrizations.weightNorm(new nn.Conv2d(2, 4, 3), { dim: 1 }),
      [1, 2, 5, 5],
    ],
    ['_pz.spectral_norm(nn.Linear(3, 4))', () => parametrizations.spectralNorm(new nn.Linear(3, 4)), [2, 3]],
    [
      '_pz.spectral_norm(nn.ConvTranspose2d(2, 4, 3), n_power_iterations=3, eps=1e-6)',
      () => parametrizations.spectralNorm(new nn.ConvTranspose2d(2, 4, 3), { nPowerIterations: 3, eps: 1e-6 }),
      [1, 2, 5, 5],
    ],
    [
      '_pz.spectral_norm(nn.Linear(3, 4), "bias")',
      () => parametrizations.spectralNorm(new nn.Linear(3, 4), 'bias'),
      [2, 3],
    ],
    ['_pz.orthogonal(nn.Linear(4, 4))', () => parametrizations.orthogonal(new nn.Linear(4, 4)), [2, 4]],
    ['_pz.orthogonal(nn.Linear(3, 5))', () => parametrizations.orthogonal(new nn.Linear(3, 5)), [2, 3]],
    ['_pz.orthogonal(nn.Linear(5, 3))', () => parametrizations.orthogonal(new nn.Linear(5, 3)), [2, 5]],
    [
      '_pz.orthogonal(nn.Linear(3, 5), "weight", "cayley")',
      () => parametrizations.orthogonal(new nn.Linear(3, 5), 'weight', 'cayley'),
      [2, 3],
    ],
    [
      '_pz.orthogonal(nn.Linear(5, 3), orthogonal_map="householder", use_trivialization=False)',
      () =>
        parametrizations.orthogonal(new nn.Linear(5, 3), { orthogonalMap: 'householder', useTrivialization: false }),
      [2, 5],
    ],
    [
      '_pz.orthogonal(nn.Linear(5, 3), orthogonal_map="matrix_exp", use_trivialization=False)',
      () => parametrizations.orthogonal(new nn.Linear(5, 3), { orthogonalMap: 'matrix_exp', useTrivialization: false }),
      [2, 5],
    ],
    [
      '_pt.register_parametrization(nn.Linear(3, 3), "weight", Symmetric())',
      () => parametrize.registerParametrization(new nn.Linear(3, 3), 'weight', new Symmetric()),
      [2, 3],
    ],
    [
      '_pt.register_parametrization(_pt.register_parametrization(nn.Linear(3, 3), "weight", Symmetric()), "weight", Doubled())',
      () =>
        parametrize.registerParametrization(
          parametrize.registerParametrization(new nn.Linear(3, 3), 'weight', new Symmetric()),
          'weight',
          new Doubled(),
        ),
      [2, 3],
    ],
    ['_u.weight_norm(nn.Linear(3, 4))', () => nn.utils.weightNorm(new nn.Linear(3, 4)), [2, 3]],
    [
      '_u.weight_norm(nn.Conv2d(2, 4, 3), dim=None)',
      () => nn.utils.weightNorm(new nn.Conv2d(2, 4, 3), { dim: null }),
      [1, 2, 5, 5],
    ],
    ['_u.spectral_norm(nn.Linear(3, 4))', () => nn.utils.spectralNorm(new nn.Linear(3, 4)), [2, 3]],
    [
      '_u.spectral_norm(nn.ConvTranspose2d(2, 4, 3), "weight", 2)',
      () => nn.utils.spectralNorm(new nn.ConvTranspose2d(2, 4, 3), 'weight', 2),
      [1, 2, 5, 5],
    ],
    [
      '_pz.weight_norm(nn.LSTM(3, 4), "weight_hh_l0")',
      () => parametrizations.weightNorm(new nn.LSTM(3, 4), 'weight_hh_l0'),
      [5, 2, 3],
    ],
  ];
  for (const [source, make, shape] of modules) {
    for (const evaluating of [false, true]) {
      it(`${source}${evaluating ? ' evaluating' : ''}`, async () => {
        const x = leaf(...shape);
        await expectBeside(python, {
          module: source,
          call: '_m(x)',
          make,
          run: (module) => (module as Any)(x),
          inputs: { x },
          evaluating,
          prelude: classes,
        });
      });
    }
  }

  it('keep their buffers in step over several calls, and end with the same weight', async () => {
    torch.manualSeed(5);
    const ours = [
      parametrizations.spectralNorm(new nn.Linear(3, 4)),
      nn.utils.spectralNorm(new nn.Linear(3, 4)),
      parametrizations.weightNorm(new nn.Linear(3, 4)),
      nn.utils.weightNorm(new nn.Linear(3, 4)),
    ];
    const x = torch.randn([2, 3]);
    for (const module of ours) for (let i = 0; i < 3; i++) torch.scope(() => void module(x));
    const states = ours.map((module) => [...module.stateDict().values()].map((each) => each.clone()));
    parametrize.removeParametrizations(ours[0]!, 'weight');
    nn.utils.removeSpectralNorm(ours[1]!);
    parametrize.removeParametrizations(ours[2]!, 'weight');
    nn.utils.removeWeightNorm(ours[3]!);
    const theirs = await python.run(
      `${classes}
torch.manual_seed(5)
_ours = [_pz.spectral_norm(nn.Linear(3, 4)), _u.spectral_norm(nn.Linear(3, 4)),
         _pz.weight_norm(nn.Linear(3, 4)), _u.weight_norm(nn.Linear(3, 4))]
for _m in _ours:
    for _ in range(3): _m(x)
states = [[each.clone() for each in _m.state_dict().values()] for _m in _ours]
_pt.remove_parametrizations(_ours[0], 'weight')
_u.remove_spectral_norm(_ours[1])
_pt.remove_parametrizations(_ours[2], 'weight')
_u.remove_weight_norm(_ours[3])
keys = [list(_m.state_dict()) for _m in _ours]
texts = [repr(_m) for _m in _ours]
weights = [_m.weight.detach() for _m in _ours]
kinds = [isinstance(_m.weight, nn.Parameter) for _m in _ours]`,
      { x },
    );
    for (const [i, state] of states.entries()) expectSameBits(state, (theirs.states as [])[i]);
    expect(ours.map((module) => [...module.stateDict().keys()])).to.deep.equal(theirs.keys);
    expect(ours.map(String)).to.deep.equal(theirs.texts);
    expectSameBits(
      ours.map(({ weight }) => weight.detach()),
      theirs.weights,
    );
    expect(ours.map(({ weight }) => weight instanceof nn.Parameter)).to.deep.equal(theirs.kinds);
  });

  it('take assignments', async () => {
    torch.manualSeed(6);
    const a = parametrize.registerParametrization(new nn.Linear(3, 3), 'weight', new Symmetric());
    const b = parametrizations.orthogonal(new nn.Linear(3, 3));
    const c = parametrizations.weightNorm(new nn.Linear(3, 3));
    const value = torch.randn([3, 3]);
    const q = torch.linalg.qr(torch.randn([3, 3]))[0];
    for (const module of [a, c]) Reflect.set(module, 'weight', value.clone());
    Reflect.set(b, 'weight', q);
    const theirs = await python.run(
      `${classes}
torch.manual_seed(6)
_a = _pt.register_parametrization(nn.Linear(3, 3), 'weight', Symmetric())
_b, _c = _pz.orthogonal(nn.Linear(3, 3)), _pz.weight_norm(nn.Linear(3, 3))
_a.weight, _b.weight, _c.weight = value.clone(), q, value.clone()
states = [[each.clone() for each in _m.state_dict().values()] for _m in (_a, _b, _c)]
weights = [_m.weight.detach() for _m in (_a, _b, _c)]`,
      { value, q },
    );
    for (const [i, module] of [a, b, c].entries()) {
      expectSameBits([...module.stateDict().values()], (theirs.states as [])[i]);
      expectSameBits(module.weight.detach(), (theirs.weights as [])[i]);
    }
  });

  it('load state dicts of the older weight norm', () => {
    const old = nn.utils.weightNorm(new nn.Linear(3, 4));
    const module = new nn.Sequential(parametrizations.weightNorm(new nn.Linear(3, 4)));
    module.loadStateDict(new Map([...old.stateDict()].map(([key, value]) => [`0.${key}`, value])));
    const x = torch.randn([2, 3]);
    expect(torch.equal(module(x), old(x))).to.equal(true);
  });
});
