import { expect } from 'chai';
import { callForms, printCallForm } from '../../scripts/generate/call-form.ts';
import { camelCase } from '../../scripts/generate/camel-case.ts';
import { pairOverloads } from '../../scripts/generate/overload.ts';
import { inResolutionOrder } from '../../scripts/generate/overload-order.ts';
import type { Place } from '../../scripts/generate/overrides.ts';
import { parseSchema } from '../../scripts/generate/schema.ts';
import { signaturesOf } from '../../scripts/generate/signature.ts';
import { type Operator, specOf } from '../../scripts/generate/surface.ts';

function operator(place: Place, ...schemas: string[]): Operator {
  const functions = schemas.map((text) => {
    const variant = place === 'Tensor' ? ('method' as const) : ('function' as const);
    return { text, schema: parseSchema(text), variants: new Set([variant]), tags: [], autogen: [] };
  });
  const publicName = functions[0]?.schema.base ?? '';
  const overloads = inResolutionOrder(pairOverloads(functions, place === 'Tensor'), place === 'Tensor');
  return { place, publicName, name: camelCase(publicName), overloads };
}

function declared(place: Place, ...schemas: string[]): string[] {
  const forms = signaturesOf(operator(place, ...schemas)).flatMap((signature) =>
    callForms(signature, place === 'Tensor'),
  );
  return forms.map((form) => printCallForm(form, '', `: ${form.returns}`, ''));
}

describe('declarations', () => {
  it('have a form for each beginning, with the rest as options', () => {
    expect(declared('Tensor', 'any.dims(Tensor self, int[]? dim, bool keepdim=False) -> Tensor')).to.deep.equal([
      '(dim: IntList | null, keepdim?: boolean): Tensor',
      '(dim: IntList | null, options: { keepdim?: boolean }): Tensor',
      '(options: { dim: IntList | null; keepdim?: boolean }): Tensor',
    ]);
  });

  it('name no first argument of a function', () => {
    expect(declared('torch', 'softplus(Tensor self, Scalar beta=1) -> Tensor')).to.deep.equal([
      '(input: Tensor, beta?: Scalar): Tensor',
      '(input: Tensor, options: { beta?: Scalar }): Tensor',
    ]);
  });

  it('merge the out variant into the options', () => {
    const schemas = ['exp(Tensor self) -> Tensor', 'exp.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)'];
    expect(declared('torch', ...schemas)).to.deep.equal(['(input: Tensor, options?: { out?: Tensor }): Tensor']);
    expect(specOf(operator('torch', ...schemas))).to.equal('exp+exp.out');
  });

  it('take a pair where there are two outputs, and return a pair with names', () => {
    const [form] = declared(
      'torch',
      'aminmax(Tensor self, *, bool keepdim=False) -> (Tensor min, Tensor max_value)',
      'aminmax.out(Tensor self, *, bool keepdim=False, Tensor(a!) min, Tensor(b!) max) -> (Tensor(a!) min, Tensor(b!) max_value)',
    );
    expect(form?.replace(/\s+/g, ' ')).to.equal(
      '( input: Tensor, options?: { keepdim?: boolean; out?: readonly [Tensor, Tensor] }, ): [Tensor, Tensor] & { min: Tensor; maxValue: Tensor }',
    );
  });

  it('are one where overloads differ in one type', () => {
    expect(
      declared(
        'Tensor',
        'pow.Tensor_Scalar(Tensor self, Scalar exponent) -> Tensor',
        'pow.Tensor_Tensor(Tensor self, Tensor exponent) -> Tensor',
      ),
    ).to.deep.equal(['(exponent: Tensor | Scalar): Tensor', '(options: { exponent: Tensor | Scalar }): Tensor']);
  });

  it('stay apart where overloads differ in two types', () => {
    const forms = declared(
      'Tensor',
      'clamp(Tensor self, Scalar? min=None, Scalar? max=None) -> Tensor',
      'clamp.Tensor(Tensor self, Tensor? min=None, Tensor? max=None) -> Tensor',
    );
    expect(forms[0]).to.equal('(min?: Tensor | null, max?: Tensor | null): Tensor');
    expect(forms[3]).to.equal('(min?: Scalar | null, max?: Scalar | null): Tensor');
    expect(forms).to.have.lengthOf(6);
  });

  it('make optional what only one overload requires', () => {
    expect(
      declared('Tensor', 'round(Tensor self) -> Tensor', 'round.decimals(Tensor self, *, int decimals) -> Tensor'),
    ).to.deep.equal(['(options?: { decimals?: Int }): Tensor']);
  });

  it('stay apart where overloads return different things', () => {
    expect(
      declared(
        'Tensor',
        'min(Tensor self) -> Tensor',
        'min.dim(Tensor self, int dim) -> (Tensor values, Tensor indices)',
      ),
    ).to.deep.equal([
      '(): Tensor',
      '(dim: Int): [Tensor, Tensor] & { values: Tensor; indices: Tensor }',
      '(options: { dim: Int }): [Tensor, Tensor] & { values: Tensor; indices: Tensor }',
    ]);
  });

  it('take a number for a tensor where Python does', () => {
    const add = 'add.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor';
    expect(declared('torch', add)[0]).to.equal(
      '(input: Tensor | Scalar, other: Tensor | Scalar, options?: { alpha?: Scalar }): Tensor',
    );
    expect(declared('Tensor', add)[0]).to.equal('(other: Tensor | Scalar, options?: { alpha?: Scalar }): Tensor');
    const maximum = 'maximum(Tensor self, Tensor other) -> Tensor';
    expect(declared('torch', maximum)[0]).to.equal('(input: Tensor, other: Tensor): Tensor');
  });

  it('give the tensor options of factories a name, and add requiresGrad', () => {
    const options = '*, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None';
    expect(declared('torch', `eye(SymInt n, ${options}) -> Tensor`)).to.deep.equal([
      '(n: Int, options?: TensorOptions): Tensor',
    ]);
  });

  it('keep a tensor from passing for options', () => {
    expect(declared('Tensor', 'sum(Tensor self, *, ScalarType? dtype=None) -> Tensor')).to.deep.equal([
      '(options?: Options<{ dtype?: DType | null }>): Tensor',
    ]);
  });

  it('return this from a method that works in place', () => {
    expect(declared('Tensor', 'relu_(Tensor(a!) self) -> Tensor(a!)')).to.deep.equal(['(): this']);
    expect(declared('torch', 'relu_(Tensor(a!) self) -> Tensor(a!)')).to.deep.equal(['(input: Tensor): Tensor']);
  });

  it('have no parameter whose name is a reserved word', () => {
    expect(declared('torch', 'f(Tensor mean, Tensor var) -> ()')).to.deep.equal([
      '(mean: Tensor, var_: Tensor): void',
      '(mean: Tensor, options: { var: Tensor }): void',
    ]);
  });

  it('are refused for a type that is not known', () => {
    expect(() => declared('torch', 'f(Tensor self, Stream s) -> ()')).to.throw(
      'no TypeScript type for the schema type Stream',
    );
  });

  it('are refused for an out variant without its base', () => {
    expect(() => declared('torch', 'f.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)')).to.throw('no base schema');
  });
});

describe('overloads', () => {
  const spec = (...schemas: string[]) => specOf(operator('torch', ...schemas));

  it('are tried with a tensor before a number', () => {
    expect(
      spec('eq.Scalar(Tensor self, Scalar other) -> Tensor', 'eq.Tensor(Tensor self, Tensor other) -> Tensor'),
    ).to.equal('eq.Tensor eq.Scalar');
  });

  it('are tried with one int before a list of them', () => {
    expect(
      spec(
        'tensor_split.indices(Tensor self, int[] indices) -> Tensor[]',
        'tensor_split.sections(Tensor self, int sections) -> Tensor[]',
      ),
    ).to.equal('tensor_split.sections tensor_split.indices');
  });

  it('are tried in the order of their spelling otherwise', () => {
    expect(
      spec(
        'std(Tensor self, bool unbiased=True) -> Tensor',
        'std.dim(Tensor self, int[1]? dim, bool unbiased=True, bool keepdim=False) -> Tensor',
        'std.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False) -> Tensor',
      ),
    ).to.equal('std.dim std.correction std');
  });
});
