import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import * as generated from '../../lib/generated/tensor-method-specs.ts';
import { emit } from '../../scripts/generate/emit.ts';
import { readNativeFunctions } from '../../scripts/generate/native-functions.ts';
import { overrides, type Place, places } from '../../scripts/generate/overrides.ts';
import { operatorName } from '../../scripts/generate/schema.ts';
import { type Operator, specOf, surfaceOf } from '../../scripts/generate/surface.ts';
import { onlyGenerated, onlyInPython } from './python-surface.ts';

const functions = readNativeFunctions();
const surface = surfaceOf(functions);

function operatorsOf(place: Place): readonly Operator[] {
  return surface.get(place) ?? [];
}

function specs(place: Place): Record<string, string> {
  return Object.fromEntries(operatorsOf(place).map((operator) => [operator.name, specOf(operator)]));
}

describe('generated surface', () => {
  it('is what lib/generated holds', () => {
    const root = fileURLToPath(new URL('../..', import.meta.url));
    execFileSync(process.execPath, ['--import', 'tsx', 'scripts/generate/main.ts', '--check'], {
      cwd: root,
      stdio: 'pipe',
    });
  }).timeout(20_000);

  it('has so many names and overloads', () => {
    const counts = places.map((place) => {
      const operators = operatorsOf(place);
      return [place, operators.length, operators.flatMap(({ overloads }) => overloads).length];
    });
    expect(counts).to.deep.equal([
      ['torch', 606, 800],
      ['nn', 80, 87],
      ['linalg', 41, 50],
      ['fft', 22, 22],
      ['special', 56, 86],
      ['sparse', 7, 10],
      ['nested', 1, 1],
      ['Tensor', 501, 633],
    ]);
  });

  it('tries overloads in the order in which Python tries them', () => {
    const { add, clamp, full, max, split, std, sum, where } = specs('torch');
    expect(add).to.equal('add.Tensor+add.out');
    expect(clamp).to.equal('clamp.Tensor+clamp.Tensor_out clamp+clamp.out');
    expect(full).to.equal(undefined);
    expect(max).to.equal('max+max.unary_out max.other+max.out max.dim+max.dim_max');
    expect(split).to.equal('split.Tensor split.sizes');
    expect(std).to.equal('std.dim+std.out std.correction+std.correction_out std');
    expect(sum).to.equal('sum sum.dim_IntList+sum.IntList_out');
    expect(where).to.equal('where where.self+where.self_out where.ScalarSelf where.ScalarOther where.Scalar');
    expect(specs('linalg').norm).to.equal('linalg_norm+linalg_norm.out linalg_norm.ord_str+linalg_norm.ord_str_out');
    expect(specs('Tensor').sum).to.equal('sum sum.dim_IntList');
  });

  it('names overloads of native_functions.yaml, or what PyTorch derives from them', () => {
    const known = new Set(functions.flatMap(({ schema, autogen }) => [operatorName(schema), ...autogen]));
    const used = places.flatMap((place) => Object.values(specs(place)).flatMap((spec) => spec.split(/[ +]/)));
    expect(used.filter((name) => !known.has(name))).to.deep.equal([]);
  });

  it('has the same methods as types and at run time', () => {
    const declared =
      emit(surface)
        .get('tensor-methods.ts')
        ?.matchAll(/^ {2}(\w+)\(/gm) ?? [];
    const names = [...new Set([...declared].map((match) => match[1]))];
    expect(names).to.deep.equal(Object.keys(generated.tensorMethodSpecs));
    expect(generated.tensorMethodSpecs).to.deep.equal(specs('Tensor'));
  });

  it('quotes the schema of each overload in a comment', () => {
    const text = [...emit(surface).values()].join('');
    for (const place of places)
      for (const { overloads } of operatorsOf(place))
        for (const { base } of overloads) expect(text.includes(`\`${base.text}\``), base.text).to.equal(true);
  });

  it('has no private and no deprecated name, and nothing for gradients only', () => {
    const names = places.flatMap((place) => operatorsOf(place).map(({ publicName }) => publicName));
    expect(names.filter((name) => /^_|_backward|_jvp$/.test(name))).to.deep.equal([]);
  });

  it('has nothing that differs from Python but what the table says', () => {
    for (const place of places) {
      const names = operatorsOf(place).map(({ publicName }) => publicName);
      expect(names.filter((name) => onlyInPython(place).has(name))).to.deep.equal([]);
      expect(names).to.include.members([...onlyGenerated(place)]);
    }
  });

  it('gives a reason for each override', () => {
    for (const place of places)
      for (const [name, reason] of Object.entries(overrides[place])) expect(reason, name).to.match(/^[a-zA-Z ]{5,}/);
  });
});
