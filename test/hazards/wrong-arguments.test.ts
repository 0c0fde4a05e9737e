import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { generatedFunctions, publicOverloads } from './fuzz-surface.ts';

describe('every generated function', () => {
  const functions = generatedFunctions();

  it('is called here', () => {
    expect(functions.length).to.be.greaterThan(1200);
    expect(publicOverloads().length).to.be.greaterThan(1300);
  });

  const symbol = Symbol('wrong');
  const wrong: Record<string, () => unknown[]> = {
    'a symbol': () => [symbol],
    'symbols all over': () => new Array(6).fill(symbol),
    'a tensor and too many symbols': () => [torch.ones([2, 2]), ...new Array(30).fill(symbol)],
    'a Promise': () => [Promise.resolve(1)],
    'an option that it does not have': () => [torch.ones([2, 2]), { noSuchOption: 1 }],
  };
  for (const [name, values] of Object.entries(wrong)) {
    it(`refuses ${name} with a TypeError`, () => {
      const accepted: string[] = [];
      for (const [path, call] of functions) {
        try {
          torch.scope(() => call(values()));
          accepted.push(path);
        } catch (error) {
          expect(error, `${path}: ${error}`).to.be.instanceOf(TypeError);
          expect((error as Error).message, path).to.match(/\w+: .*(must|no overload takes|is missing)/s);
        }
      }
      expect(accepted).to.deep.equal([]);
    });
  }
});
