import { expect } from 'chai';
import * as generatedNested from '../../lib/generated/nested.ts';
import * as generatedNn from '../../lib/generated/nn.ts';
import * as torch from '../../lib/index.ts';
import { camelCase } from '../../lib/schema.ts';
import { readNativeFunctions } from '../../scripts/generate/native-functions.ts';
import { type Place, places } from '../../scripts/generate/overrides.ts';
import { surfaceOf } from '../../scripts/generate/surface.ts';
import { onlyGenerated, onlyInPython } from '../generate/python-surface.ts';
import { usePython } from './oracle.ts';

const surface = surfaceOf(readNativeFunctions());

/** Where Python keeps the functions of a place, and the prefix that their names have there. */
const modules: Readonly<Record<Place, readonly [module: string, prefix: string]>> = {
  torch: ['torch._C._VariableFunctions', ''],
  nn: ['torch._C._nn', ''],
  linalg: ['torch._C._linalg', 'linalg_'],
  fft: ['torch._C._fft', 'fft_'],
  special: ['torch._C._special', 'special_'],
  sparse: ['torch._C._sparse', 'sparse_'],
  nested: ['torch._C._nested', 'nested_'],
  Tensor: ['torch._C.TensorBase', ''],
};

/** Where a user of hinge finds them. */
const published: Readonly<Record<Place, object>> = {
  torch,
  nn: generatedNn,
  linalg: torch.linalg,
  fft: torch.fft,
  special: torch.special,
  sparse: torch.sparse,
  nested: generatedNested,
  Tensor: torch.Tensor.prototype,
};

describe('the surface beside Python', () => {
  const python = usePython();

  for (const place of places) {
    it(`has the names of ${place}, but for those that the table explains`, async () => {
      const [module, prefix] = modules[place];
      const { names } = await python.run(`names = [name.removeprefix("${prefix}") for name in dir(${module})]`);
      const inPython = new Set((names as string[]).filter((name) => !name.startsWith('_')));
      const ours = new Set((surface.get(place) ?? []).map(({ publicName }) => publicName));
      const explained = onlyInPython(place);
      const extra = onlyGenerated(place);

      expect(inPython, 'names in Python').to.not.be.empty;
      const missing = [...inPython].filter((name) => !ours.has(name) && !explained.has(name));
      expect(missing, 'in Python and not here').to.deep.equal([]);
      const invented = [...ours].filter((name) => !inPython.has(name) && !extra.includes(name));
      expect(invented, 'here and not in Python').to.deep.equal([]);
    });
  }

  it('has nothing in the table that Python lacks', async () => {
    for (const place of places) {
      const [module, prefix] = modules[place];
      const { names } = await python.run(`names = [name.removeprefix("${prefix}") for name in dir(${module})]`);
      const stale = [...onlyInPython(place).keys()].filter((name) => !(names as string[]).includes(name));
      expect(stale, place).to.deep.equal([]);
    }
  });

  it('has the functions that Python composes from operators', async () => {
    const { names } = await python.run('names = torch.functional.__all__');
    const missing = (names as string[]).filter((name) => !(camelCase(name) in torch));
    expect(missing).to.deep.equal([]);
  });

  it('has the dtypes of Python, under the same names', async () => {
    const { names } = await python.run(
      'names = {n: str(v).removeprefix("torch.") for n, v in vars(torch).items() if isinstance(v, torch.dtype)}',
    );
    const exported = torch as unknown as Readonly<Record<string, unknown>>;
    const dtypes = Object.entries(names as Record<string, string>).filter(([name]) => name in exported);
    expect(dtypes).to.have.length.greaterThan(20);
    for (const [name, dtype] of dtypes) expect(exported[name], name).to.equal(dtype);
  });
});

describe('the surface', () => {
  for (const place of places) {
    it(`publishes each generated name of ${place}`, () => {
      const names = (surface.get(place) ?? []).map(({ name }) => name);
      const target = published[place];
      expect(names.filter((name) => typeof Reflect.get(target, name, torch.ones([1])) !== 'function')).to.deep.equal(
        [],
      );
    });
  }
});
