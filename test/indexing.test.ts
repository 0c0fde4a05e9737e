import { expect } from 'chai';
import * as torch from '../lib/index.ts';

const { slice } = torch;
const x = torch.arange(24).view([2, 3, 4]);

describe('index', () => {
  it('takes integers, slices, ellipsis, null, booleans, masks and lists', () => {
    expect(x.index(1).shape).to.deep.equal([3, 4]);
    expect(x.index([1, -1, 0]).item()).to.equal(20);
    expect(x.index([1n, 2]).tolist()).to.deep.equal([20, 21, 22, 23]);
    expect(x.index([slice(), slice(1), slice(null, null, 2)]).shape).to.deep.equal([2, 2, 2]);
    expect(x.index(['...', 0]).tolist()).to.deep.equal([
      [0, 4, 8],
      [12, 16, 20],
    ]);
    expect(x.index([null, '...', null]).shape).to.deep.equal([1, 2, 3, 4, 1]);
    expect(x.index([x.gt(21)]).tolist()).to.deep.equal([22, 23]);
    expect(x.index([[1, 0], 0]).shape).to.deep.equal([2, 4]);
    expect(x.index(true).shape).to.deep.equal([1, 2, 3, 4]);
    expect(x.index(false).shape).to.deep.equal([0, 2, 3, 4]);
    expect(x.index([]).shape).to.deep.equal([2, 3, 4]);
  });

  it('is a view where nothing is gathered', () => {
    const y = torch.zeros([3, 3]);
    y.index([slice(1), 0]).fill_(5);
    expect(y.tolist()).to.deep.equal([
      [0, 0, 0],
      [5, 0, 0],
      [5, 0, 0],
    ]);
    expect(y.index('...').dataPtr()).to.equal(y.dataPtr());
    expect(y.index([[0]]).dataPtr()).to.not.equal(y.dataPtr());
  });

  it('clips slices to the size, as Python does', () => {
    const v = torch.arange(5);
    expect(v.index([slice(-100, 100)]).tolist()).to.deep.equal([0, 1, 2, 3, 4]);
    expect(v.index([slice(4, 2)]).tolist()).to.deep.equal([]);
    expect(v.index([slice(-2)]).tolist()).to.deep.equal([3, 4]);
    expect(v.index([slice(null, -1, 3)]).tolist()).to.deep.equal([0, 3]);
  });

  it('refuses what Python refuses', () => {
    expect(() => x.index(2)).to.throw(RangeError, 'index: index 2 is out of bounds for dimension 0 with size 2');
    expect(() => x.index([0, -4])).to.throw(RangeError, 'index: index -4 is out of bounds for dimension 1 with size 3');
    expect(() => x.index([0, 0, 0, 0])).to.throw(torch.ShapeError, 'too many indices for a tensor of dimension 3');
    expect(() => x.index(['...', '...'])).to.throw(TypeError, "at most one '...'");
    expect(() => x.index(0.5)).to.throw(TypeError, 'index: an index must be an integer, got 0.5');
    expect(() => x.index('1' as never)).to.throw(TypeError, 'index: an index must be an integer, a slice');
    expect(() => x.index([{}] as never)).to.throw(TypeError, 'got an object');
    expect(() => x.index(undefined as never)).to.throw(TypeError, 'got undefined');
    expect(() => x.index([torch.tensor([5n])])).to.throw(torch.TorchError, 'index 5 is out of bounds');
    expect(() => x.index([torch.ones([3, 3]).gt(0)])).to.throw(torch.TorchError, 'does not match');
    expect(() => x.index([torch.tensor([1.5])])).to.throw(torch.TorchError);
  });
});

describe('slice', () => {
  it('refuses a step that is not positive, and bounds that are no integers', () => {
    expect(() => slice(0, 1, 0)).to.throw(RangeError, 'slice: step must be greater than 0, got 0');
    expect(() => slice(0, 1, -1)).to.throw(RangeError, 'got -1');
    expect(() => slice(0.5)).to.throw(TypeError, 'slice: start must be an integer or null, got 0.5');
    expect(() => slice(0, '3' as never)).to.throw(TypeError, 'slice: stop must be an integer or null, got "3"');
  });
});

describe('indexPut_', () => {
  it('writes numbers and tensors, broadcast', () => {
    const y = torch.zeros([2, 3]);
    expect(y.indexPut_([0], 1)).to.equal(y);
    y.indexPut_([slice(), 2], torch.tensor([7, 8]));
    y.indexPut_([y.eq(0)], -1);
    expect(y.tolist()).to.deep.equal([
      [1, 1, 7],
      [-1, -1, 8],
    ]);
    y.indexPut_([1, [0, 1]], torch.tensor([[4, 5]]));
    expect(y.tolist()).to.deep.equal([
      [1, 1, 7],
      [4, 5, 8],
    ]);
  });

  it('adds with accumulate, repeated indices too', () => {
    const y = torch.zeros([3]);
    y.indexPut_([[0, 0, 2]], torch.tensor([1, 2, 3]), { accumulate: true });
    expect(y.tolist()).to.deep.equal([3, 0, 3]);
    y.indexPut_([slice(1)], 10, { accumulate: true });
    expect(y.tolist()).to.deep.equal([3, 10, 13]);
  });

  it('refuses a value that does not fit its place', () => {
    const y = torch.zeros([2, 3]);
    expect(() => y.indexPut_([0], torch.ones([2]))).to.throw(torch.TorchError);
    expect(() => y.indexPut_([5], 1)).to.throw(RangeError, 'indexPut_: index 5 is out of bounds');
    expect(y.sum().item()).to.equal(0);
  });

  it('is recorded for gradients', () => {
    const w = torch.ones([3], { requiresGrad: true });
    const y = w.mul(2);
    y.indexPut_([[1]], torch.zeros([1]));
    y.sum().backward();
    expect(w.grad?.tolist()).to.deep.equal([2, 0, 2]);
  });
});
