import { expect } from 'chai';
import * as torch from '../lib/index.ts';

describe('tensor', () => {
  it('infers a dtype: float for numbers, int64 for bigints, bool for booleans, complex for Complex', () => {
    expect(torch.tensor([1, 2]).dtype).to.equal('float32');
    expect(torch.tensor([1n, 2n]).dtype).to.equal('int64');
    expect(torch.tensor([true]).dtype).to.equal('bool');
    expect(torch.tensor([new torch.Complex(1, 2)]).dtype).to.equal('complex64');
    expect(torch.tensor([1n, 2.5]).dtype).to.equal('float32');
    expect(torch.tensor([true, 2n]).tolist()).to.deep.equal([1, 2]);
    expect(torch.tensor([]).dtype).to.equal('float32');
  });

  it('takes nested arrays of any depth', () => {
    expect(torch.tensor([[[1], [2]]]).shape).to.deep.equal([1, 2, 1]);
    expect(torch.tensor(5).shape).to.deep.equal([]);
    expect(torch.tensor([[], []]).shape).to.deep.equal([2, 0]);
    let deep: torch.NestedArray = [1];
    for (let i = 0; i < 20; i++) deep = [deep];
    expect(torch.tensor(deep).ndim).to.equal(21);
  });

  it('takes tensors without dimensions among the numbers', () => {
    expect(torch.tensor([torch.tensor(1), 2]).tolist()).to.deep.equal([1, 2]);
  });

  it('keeps every bit of a bigint', () => {
    expect(torch.tensor([2n ** 63n - 1n, -(2n ** 63n)]).tolist()).to.deep.equal([2n ** 63n - 1n, -(2n ** 63n)]);
    expect(torch.tensor([2n ** 64n - 1n], { dtype: 'uint64' }).tolist()).to.deep.equal([2n ** 64n - 1n]);
    expect(() => torch.tensor([2n ** 63n])).to.throw(RangeError, 'does not fit int64');
  });

  it('refuses uneven lists, and says where', () => {
    expect(() => torch.tensor([[1, 2], [3]])).to.throw(
      torch.ShapeError,
      'expected a list of length 2 at dimension 1, got [3]',
    );
    expect(() => torch.tensor([[1], 2])).to.throw(
      torch.ShapeError,
      'expected a list of length 1 at dimension 1, got 2',
    );
    expect(() => torch.tensor([1, [2]])).to.throw(torch.ShapeError, 'expected a number at dimension 1, got [2]');
    const endless: unknown[] = [];
    endless.push(endless);
    expect(() => torch.tensor(endless as never)).to.throw(torch.ShapeError, 'deeper than 64');
  });

  it('refuses what is no number', () => {
    for (const data of ['a', null, undefined, {}, () => 1, Symbol('s'), ['1'], [null], [1, undefined]]) {
      expect(() => torch.tensor(data as never), String(data)).to.throw(TypeError, 'tensor: ');
    }
    expect(() => torch.tensor([1, new torch.Complex(0, 1)], { dtype: 'float32' })).to.throw(TypeError, 'complex');
    expect(() => torch.tensor([1], { dtype: 'float33' as never })).to.throw(TypeError, "got 'float33'");
  });

  it('copies typed arrays with their own dtype', () => {
    const source = Float64Array.of(1, 2);
    const x = torch.tensor(source);
    source[0] = 9;
    expect([x.dtype, x.tolist()]).to.deep.equal(['float64', [1, 2]]);
    expect(torch.tensor(Uint8ClampedArray.of(255)).dtype).to.equal('uint8');
    expect(torch.tensor(Buffer.from([1, 2])).tolist()).to.deep.equal([1, 2]);
    expect(torch.tensor(BigInt64Array.of(2n ** 60n)).tolist()).to.deep.equal([2n ** 60n]);
    expect(torch.tensor(Float32Array.of(1, 2, 3).subarray(1)).tolist()).to.deep.equal([2, 3]);
    expect(torch.tensor(new Float32Array(0)).shape).to.deep.equal([0]);
  });

  it('takes the bits of types that JavaScript lacks', () => {
    expect(torch.tensor(Uint16Array.of(0x3c00), { dtype: 'float16' }).tolist()).to.deep.equal([1]);
    expect(torch.tensor(Uint16Array.of(0x3f80), { dtype: 'bfloat16' }).tolist()).to.deep.equal([1]);
    expect(torch.tensor(Uint16Array.of(3)).dtype).to.equal('uint16');
    expect(torch.tensor(Uint8Array.of(1, 0), { dtype: 'bool' }).tolist()).to.deep.equal([true, false]);
    expect(torch.tensor(Float32Array.of(1, 2), { dtype: 'complex64' }).tolist()).to.deep.equal([
      new torch.Complex(1, 2),
    ]);
    expect(() => torch.tensor(Float32Array.of(1, 2, 3), { dtype: 'complex64' })).to.throw(torch.ShapeError, 'pairs');
  });

  it('converts typed arrays to any other dtype', () => {
    expect(torch.tensor(Int32Array.of(1, 2), { dtype: 'float16' }).tolist()).to.deep.equal([1, 2]);
    expect(torch.tensor(Float32Array.of(1.9), { dtype: 'int64' }).tolist()).to.deep.equal([1]);
  });

  it('copies a tensor, out of its graph', () => {
    const x = torch.ones([2], { requiresGrad: true });
    const copy = torch.tensor(x);
    expect([copy.requiresGrad, copy.tolist()]).to.deep.equal([false, [1, 1]]);
    expect(copy.dataPtr()).to.not.equal(x.dataPtr());
    expect(torch.tensor(x, { dtype: 'int64' }).dtype).to.equal('int64');
  });

  it('makes leaves that require grad', () => {
    const x = torch.tensor([1, 2], { requiresGrad: true });
    expect([x.requiresGrad, x.isLeaf]).to.deep.equal([true, true]);
    expect(() => torch.tensor([1n], { requiresGrad: true })).to.throw(torch.TorchError, 'floating point');
  });

  it('leaves nothing else behind', () => {
    globalThis.gc?.(); // what earlier tests left
    const before = torch.memory().tensors;
    for (const dtype of ['float16', 'int32', 'complex64'] as const) torch.tensor([1, 2], { dtype }).dispose();
    expect(torch.memory().tensors).to.equal(before);
  });
});

describe('asTensor', () => {
  it('is the tensor itself where nothing differs', () => {
    const x = torch.ones([2]);
    expect(torch.asTensor(x)).to.equal(x);
    expect(torch.asTensor(x, { dtype: 'float32' })).to.equal(x);
    expect(torch.asTensor(x, { dtype: 'float64' }).dtype).to.equal('float64');
    expect(torch.asTensor([1, 2]).tolist()).to.deep.equal([1, 2]);
  });
});

describe('full', () => {
  it('takes the dtype of its value', () => {
    expect(torch.full([2], 7).dtype).to.equal('float32');
    expect(torch.full([2], 7n).dtype).to.equal('int64');
    expect(torch.full([2], true).dtype).to.equal('bool');
    expect(torch.full([2], 7, { dtype: 'int32' }).tolist()).to.deep.equal([7, 7]);
  });
});

describe('fromBlob', () => {
  it('shares memory both ways', () => {
    const data = Float32Array.of(1, 2, 3, 4);
    const x = torch.fromBlob(data, { shape: [2, 2] });
    data[0] = 10;
    expect(x.tolist()).to.deep.equal([
      [10, 2],
      [3, 4],
    ]);
    x.mul_(2);
    expect([...data]).to.deep.equal([20, 4, 6, 8]);
  });

  it('begins where the view begins', () => {
    const data = Float32Array.of(1, 2, 3, 4).subarray(2);
    expect(torch.fromBlob(data).tolist()).to.deep.equal([3, 4]);
    expect(torch.fromBlob(BigInt64Array.of(5n)).dtype).to.equal('int64');
    expect(torch.fromBlob(Uint16Array.of(0x3c00), { dtype: 'float16' }).tolist()).to.deep.equal([1]);
  });

  it('cannot lose its memory to another thread', () => {
    const data = Float32Array.of(1, 2);
    const x = torch.fromBlob(data);
    try {
      structuredClone(data, { transfer: [data.buffer] });
    } catch {
      // Node 20 copies instead of a transfer, later ones refuse.
    }
    data[1] = 5;
    expect([data.byteLength, x.tolist()]).to.deep.equal([8, [1, 5]]);
  });

  it('keeps its memory alive', () => {
    const x = torch.fromBlob(new Float32Array(1 << 16).fill(3));
    (globalThis as { gc?: () => void }).gc?.();
    expect(x.sum().item()).to.equal(3 * (1 << 16));
  });

  it('refuses a shape that needs more than there is', () => {
    expect(() => torch.fromBlob(new Float32Array(3), { shape: [2, 2] })).to.throw(RangeError);
    expect(() => torch.fromBlob(new Float32Array(3), { dtype: 'float64' })).to.throw(RangeError);
    expect(() => torch.fromBlob(new Float32Array(3), { shape: [-1] })).to.throw();
  });

  it('refuses what it cannot share', () => {
    expect(() => torch.fromBlob([1, 2] as never)).to.throw(
      TypeError,
      'fromBlob: data must be a TypedArray, got [1, 2]',
    );
    expect(() => torch.fromBlob(new Float32Array(new SharedArrayBuffer(8)))).to.throw(TypeError, 'SharedArrayBuffer');
    expect(() => torch.fromBlob(new DataView(new ArrayBuffer(8)) as never)).to.throw(TypeError, 'a DataView');
  });
});
