import { expect } from 'chai';
import { readNativeFunctions } from '../../scripts/generate/native-functions.ts';
import { isFactory, keywords, outputs, parseSchema, parseType, printSchema } from '../../scripts/generate/schema.ts';

describe('schemas', () => {
  it('print as they were read, each one of native_functions.yaml', () => {
    const functions = readNativeFunctions();
    expect(functions).to.have.lengthOf(2584);
    for (const { text, schema } of functions) expect(printSchema(schema)).to.equal(text);
  });

  it('have positional and keyword-only arguments, defaults and returns', () => {
    const schema = parseSchema(
      'sum.IntList_out(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None, Tensor(a!) out) -> Tensor(a!)',
    );
    expect([schema.base, schema.overload]).to.deep.equal(['sum', 'IntList_out']);
    expect(schema.positional.map(({ name }) => name)).to.deep.equal(['self', 'dim', 'keepdim']);
    expect(schema.positional.map((argument) => argument.default)).to.deep.equal([undefined, undefined, 'False']);
    expect(keywords(schema).map(({ name }) => name)).to.deep.equal(['dtype']);
    expect(outputs(schema).map(({ name }) => name)).to.deep.equal(['out']);
  });

  it('have types that nest', () => {
    expect(parseType('int[1]?')).to.deep.equal({
      kind: 'optional',
      element: { kind: 'list', element: { kind: 'base', name: 'int', alias: undefined }, size: 1 },
    });
    expect(parseType('Tensor(a -> *)?[]')).to.deep.equal({
      kind: 'list',
      element: { kind: 'optional', element: { kind: 'base', name: 'Tensor', alias: 'a -> *' } },
      size: undefined,
    });
  });

  it('may have commas and arrows inside a default or an annotation', () => {
    const { positional, returns } = parseSchema(
      'f(Tensor(a -> *) self, str s="a, b", int[2] k=[1,2]) -> (Tensor(a)[] x, int y)',
    );
    expect(positional.map((argument) => argument.default)).to.deep.equal([undefined, '"a, b"', '[1,2]']);
    expect(returns.map(({ name }) => name)).to.deep.equal(['x', 'y']);
  });

  it('of factories take all four tensor options', () => {
    const options = '*, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None';
    expect(isFactory(parseSchema(`zeros(SymInt[] size, ${options}) -> Tensor`))).to.equal(true);
    expect(isFactory(parseSchema('sum(Tensor self, *, ScalarType? dtype=None) -> Tensor'))).to.equal(false);
  });

  it('that are none are refused', () => {
    for (const text of [
      'sum',
      'sum(Tensor self)',
      'sum(self) -> Tensor',
      'sum(Tensor self) -> Tensor[',
      'sum(Tensor self=) -> ()',
    ])
      expect(() => parseSchema(text), text).to.throw(SyntaxError, 'not a schema');
  });
});
