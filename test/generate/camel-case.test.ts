import { expect } from 'chai';
import { camelCase, variableName } from '../../scripts/generate/camel-case.ts';

describe('camelCase', () => {
  const names: Readonly<Record<string, string>> = {
    log_softmax: 'logSoftmax',
    clamp_min_: 'clampMin_',
    keepdim: 'keepdim',
    add_: 'add_',
    atleast_1d: 'atleast1d',
    max_pool2d_with_indices: 'maxPool2dWithIndices',
    LU_pivots: 'LUPivots',
    HxW: 'HxW',
    T: 'T',
  };
  for (const [name, expected] of Object.entries(names)) {
    it(`writes ${name} as ${expected}`, () => expect(camelCase(name)).to.equal(expected));
  }

  it('has no spelling for a private name', () => {
    expect(() => camelCase('_foreach_add')).to.throw(RangeError, '_foreach_add');
  });

  it('leaves it to variableName to evade reserved words', () => {
    expect(variableName('var')).to.equal('var_');
    expect(variableName('vars')).to.equal('vars');
  });
});
