import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

const { defaultCollate, defaultConvert } = torch.data;

describe('defaultCollate', () => {
  it('stacks tensors and typed arrays', () => {
    expect(defaultCollate([torch.ones([2]), torch.zeros([2])]).tolist()).to.deep.equal([
      [1, 1],
      [0, 0],
    ]);
    const typed = defaultCollate([new Int16Array([1, 2]), new Int16Array([3, 4])]);
    expect([typed.dtype, typed.tolist()]).to.deep.equal([
      'int16',
      [
        [1, 2],
        [3, 4],
      ],
    ]);
  });

  it('makes float64 of numbers, int64 of bigints, bool of booleans, and leaves strings', () => {
    const { n, i, b, s } = defaultCollate([
      { n: 1, i: 1n, b: true, s: 'x' },
      { n: 2, i: 2n, b: false, s: 'y' },
    ]); // prettier-ignore
    expect([n.dtype, i.dtype, b.dtype, s]).to.deep.equal(['float64', 'int64', 'bool', ['x', 'y']]);
  });

  it('goes into arrays, objects and Maps', () => {
    const batch = defaultCollate([
      new Map([['a', [1, { b: torch.ones([1]) }] as [number, { b: torch.Tensor }]]]),
      new Map([['a', [2, { b: torch.zeros([1]) }] as [number, { b: torch.Tensor }]]]),
    ]);
    const [numbers, { b }] = batch.get('a') as [torch.Tensor, { b: torch.Tensor }];
    expect([numbers.tolist(), b.tolist()]).to.deep.equal([
      [1, 2],
      [[1], [0]],
    ]); // prettier-ignore
  });

  it('leaves no tensor behind but the batch', () => {
    const before = torch.memory().tensors;
    torch.scope(() => {
      const batch = defaultCollate([new Float32Array(2), new Float32Array(2)]);
      expect(torch.memory().inScope).to.equal(1);
      return batch.shape;
    });
    expect(torch.memory().tensors).to.equal(before);
  });

  it('refuses samples that differ, and what no tensor can hold', () => {
    const refused: readonly (readonly [unknown, new () => Error, string])[] = [
      [[], RangeError, 'must not be empty'],
      [4, TypeError, 'must be an array'],
      [[null], TypeError, 'got null'],
      [[undefined], TypeError, 'got undefined'],
      [[new Date(0)], TypeError, 'got a Date'],
      [[() => 1], TypeError, 'got function'],
      [[1, 'a'], TypeError, 'alike'],
      [[torch.ones([1]), 1], TypeError, 'alike'],
      [[[1], 2], TypeError, 'alike'],
      [[{ a: 1 }, 2], TypeError, 'alike'],
      [[{ a: 1 }, { b: 1 }], RangeError, 'has no "a"'],
      [[new Map([['a', 1]]), new Map()], RangeError, 'has no "a"'],
      [[[1, 2], [1]], torch.ShapeError, 'same length, got 2 and 1'],
      [[torch.ones([1]), torch.ones([2])], torch.ShapeError, '[1] and [2]'],
      [[torch.ones([2, 2]).toSparse()], TypeError, 'sparse'],
    ];
    for (const [batch, kind, message] of refused) {
      expect(() => defaultCollate(batch as never), message).to.throw(kind, message);
    }
    const gone = torch.ones([1]);
    gone.dispose();
    expect(() => defaultCollate([gone])).to.throw(torch.DisposedError);
  });
});

describe('defaultConvert', () => {
  it('makes tensors of typed arrays, and leaves the rest', () => {
    const x = torch.ones([1]);
    const date = new Date(0);
    const converted = defaultConvert([
      x,
      new Int32Array([3]),
      { a: 'b', c: new Map([[1, new Float64Array(1)]]) },
      5,
      date,
    ]);
    const [same, typed, { a, c }, number, day] = converted as [torch.Tensor, torch.Tensor, never, number, Date];
    expect([same === x, (typed as torch.Tensor).dtype, a, number, day === date]).to.deep.equal([
      true,
      'int32',
      'b',
      5,
      true,
    ]);
    expect((c as Map<number, torch.Tensor>).get(1)?.dtype).to.equal('float64');
  });
});
