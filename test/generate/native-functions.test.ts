import { expect } from 'chai';
import { parseNativeFunctions } from '../../scripts/generate/native-functions.ts';

describe('native_functions.yaml', () => {
  it('says where a function is published', () => {
    const [relu, linear] = parseNativeFunctions(`
- func: relu(Tensor self) -> Tensor
  variants: function, method
  tags: [core, pointwise]
- func: linear(Tensor input, Tensor weight, Tensor? bias=None) -> Tensor
  python_module: nn
`);
    expect([...(relu?.variants ?? [])]).to.deep.equal(['function', 'method']);
    expect(relu?.tags).to.deep.equal(['core', 'pointwise']);
    expect([...(linear?.variants ?? [])]).to.deep.equal(['function']);
    expect(linear?.pythonModule).to.equal('nn');
  });

  it('is refused where it says what the generator does not know', () => {
    const relu = '- func: relu(Tensor self) -> Tensor\n';
    expect(() => parseNativeFunctions(`${relu}  python_name: rectify\n`)).to.throw(
      SyntaxError,
      'unknown key python_name',
    );
    expect(() => parseNativeFunctions(`${relu}  variants: property\n`)).to.throw(
      SyntaxError,
      'unknown variant property',
    );
    expect(() => parseNativeFunctions('relu')).to.throw(SyntaxError, 'not a list');
  });
});
