import { inspect } from 'node:util';
import { expect } from 'chai';
import * as torch from '../lib/index.ts';

describe('a tensor', () => {
  const x = torch.arange(24).view([2, 3, 4]);

  it('has a shape, strides, an offset and a number of dimensions', () => {
    expect([x.shape, x.strides, x.offset, x.ndim, x.numel()]).to.deep.equal([[2, 3, 4], [12, 4, 1], 0, 3, 24]);
    const part = x.index([1, torch.slice(1)]).t();
    expect([part.shape, part.strides, part.offset]).to.deep.equal([[4, 2], [1, 4], 16]);
    const scalar = torch.tensor(5);
    expect([scalar.shape, scalar.strides, scalar.ndim, scalar.numel()]).to.deep.equal([[], [], 0, 1]);
    expect(torch.zeros([0, 3]).numel()).to.equal(0);
  });

  it('answers size and stride of one dimension', () => {
    expect([x.size(1), x.size(-1), x.stride(0), x.stride(-2)]).to.deep.equal([3, 4, 12, 4]);
    expect(x.size()).to.deep.equal(x.shape);
    expect(() => x.size(3)).to.throw(RangeError, 'size: dim 3 is out of range for a tensor of 3 dimensions');
    expect(() => x.stride(0.5)).to.throw(TypeError, 'stride: dim must be an integer, got 0.5');
  });

  it('has a fresh shape at each call, which no one can change for others', () => {
    x.shape.push(7);
    expect(x.shape).to.deep.equal([2, 3, 4]);
  });

  it('knows its dtype, device, layout and bytes', () => {
    expect([x.dtype, x.device, x.layout]).to.deep.equal(['int64', 'cpu', 'strided']);
    expect([x.itemsize, x.elementSize(), x.nbytes]).to.deep.equal([8, 8, 192]);
    expect([x.isCuda, x.isMeta, x.isSparse]).to.deep.equal([false, false, false]);
    expect(torch.eye(2).toSparse().isSparse).to.equal(true);
    expect(torch.eye(2).toSparse().strides).to.deep.equal([]);
  });

  it('counts changes in place', () => {
    const y = torch.tensor([1, 2]);
    expect(y.version).to.equal(0);
    y.add_(1).mul_(2);
    expect(y.version).to.equal(2);
    expect(y.view([2, 1]).version).to.equal(2);
  });

  it('gives its first element an address that views share', () => {
    const y = torch.zeros([4]);
    expect(y.dataPtr()).to.be.a('bigint').that.is.not.equal(0n);
    expect(y.narrow(0, 1, 2).dataPtr() - y.dataPtr()).to.equal(4n);
  });

  it('is printed as Python prints it', () => {
    const y = torch.tensor([1, 2.5]);
    expect(String(y)).to.equal('tensor([1.0000, 2.5000])');
    expect(inspect(y)).to.equal('tensor([1.0000, 2.5000])');
    expect(`${torch.tensor(3n)}`).to.equal('tensor(3)');
  });

  it('with one element is a number where JavaScript wants one', () => {
    expect(Number(torch.tensor(2.5))).to.equal(2.5);
    expect(+torch.tensor([4n])).to.equal(4);
    expect(Number(torch.tensor(3)) > 2).to.equal(true);
  });

  it('is made by nobody else', () => {
    expect(torch.isTensor(x)).to.equal(true);
    for (const other of [{ handle: x.handle }, [1], 1, null, undefined, new Float32Array(2)]) {
      expect(torch.isTensor(other)).to.equal(false);
    }
    expect(() => new torch.Tensor(12345).shape).to.throw(torch.DisposedError);
  });
});

describe('item', () => {
  it('is a number, a boolean or a Complex', () => {
    expect(torch.tensor(2.5).item()).to.equal(2.5);
    expect(torch.tensor([[7n]]).item()).to.equal(7);
    expect(torch.tensor(true).item()).to.equal(true);
    expect(torch.tensor(new torch.Complex(1, -2)).item()).to.deep.equal(new torch.Complex(1, -2));
    expect(torch.tensor(Number.NaN).item()).to.be.NaN;
    expect(torch.tensor(-0).item()).to.equal(-0);
  });

  it('of a float32 is the float32, widened', () => {
    expect(torch.tensor(0.1).item()).to.equal(Math.fround(0.1));
    expect(torch.tensor(0.1, { dtype: 'float64' }).item()).to.equal(0.1);
    expect(torch.tensor(0.1, { dtype: 'float16' }).item()).to.equal(0.0999755859375);
  });

  it('refuses an integer beyond 2^53 and names itemBigInt, which has it', () => {
    const big = torch.tensor(2n ** 53n + 1n);
    expect(() => big.item()).to.throw(RangeError, 'itemBigInt()');
    expect(big.itemBigInt()).to.equal(9007199254740993n);
    expect(torch.tensor(-(2n ** 63n)).itemBigInt()).to.equal(-(2n ** 63n));
    expect(torch.tensor(7n).itemBigInt()).to.equal(7n);
    expect(torch.tensor(2n ** 53n - 1n).item()).to.equal(Number.MAX_SAFE_INTEGER);
    expect(() => torch.tensor(1.5).itemBigInt()).to.throw(
      TypeError,
      'itemBigInt: expected an integer tensor, got float32',
    );
  });

  it('refuses a tensor with several elements, or none', () => {
    expect(() => torch.ones([2]).item()).to.throw(torch.TorchError, '2 elements');
    expect(() => torch.ones([0]).item()).to.throw(torch.TorchError, '0 elements');
    expect(() => torch.ones([], { device: 'meta' }).item()).to.throw(torch.TorchError);
  });
});

describe('elements', () => {
  it('come as nested arrays', () => {
    expect(torch.arange(6).view([2, 3]).tolist()).to.deep.equal([
      [0, 1, 2],
      [3, 4, 5],
    ]);
    expect(torch.tensor(1.5).tolist()).to.equal(1.5);
    expect(torch.zeros([2, 0]).tolist()).to.deep.equal([[], []]);
    expect(torch.zeros([0]).tolist()).to.deep.equal([]);
    expect(torch.tensor([1n, 2n ** 60n]).tolist()).to.deep.equal([1, 2n ** 60n]);
    expect(torch.tensor([true, false]).toArray()).to.deep.equal([true, false]);
    expect(torch.tensor([new torch.Complex(1, 2)]).tolist()).to.deep.equal([new torch.Complex(1, 2)]);
  });

  it('come in row-major order, whatever the strides', () => {
    const x = torch.arange(6).view([2, 3]);
    expect(x.t().tolist()).to.deep.equal([
      [0, 3],
      [1, 4],
      [2, 5],
    ]);
    expect([...x.t().toTypedArray()]).to.deep.equal([0n, 3n, 1n, 4n, 2n, 5n]);
    expect(torch.tensor([7]).expand([3]).tolist()).to.deep.equal([7, 7, 7]);
    expect(
      torch
        .tensor([new torch.Complex(1, 2)])
        .conj()
        .tolist(),
    ).to.deep.equal([new torch.Complex(1, -2)]);
  });

  const arrays: readonly [torch.DType, torch.Scalar, torch.TypedArray][] = [
    ['uint8', 200, Uint8Array.of(200)],
    ['int8', -100, Int8Array.of(-100)],
    ['int16', -30000, Int16Array.of(-30000)],
    ['int32', -(2 ** 31), Int32Array.of(-(2 ** 31))],
    ['int64', -(2n ** 62n), BigInt64Array.of(-(2n ** 62n))],
    ['uint16', 60000, Uint16Array.of(60000)],
    ['uint32', 2 ** 32 - 1, Uint32Array.of(2 ** 32 - 1)],
    ['uint64', 2n ** 64n - 1n, BigUint64Array.of(2n ** 64n - 1n)],
    ['float16', 1.5, Uint16Array.of(0x3e00)],
    ['bfloat16', 1.5, Uint16Array.of(0x3fc0)],
    ['float32', 0.1, Float32Array.of(0.1)],
    ['float64', 0.1, Float64Array.of(0.1)],
    ['bool', true, Uint8Array.of(1)],
    ['complex64', new torch.Complex(1, -2), Float32Array.of(1, -2)],
    ['complex128', new torch.Complex(0.1, -2), Float64Array.of(0.1, -2)],
    ['complex32', new torch.Complex(1.5, 0), Uint16Array.of(0x3e00, 0)],
    ['float8_e5m2', 1.5, Uint8Array.of(0x3e)],
    ['float8_e4m3fn', 1.5, Uint8Array.of(0x3c)],
  ];
  for (const [dtype, value, expected] of arrays) {
    it(`of ${dtype} come as ${expected.constructor.name}, and back`, () => {
      const x = torch.tensor([value], { dtype });
      expect(x.dtype).to.equal(dtype);
      expect(x.toTypedArray()).to.deep.equal(expected);
      if (dtype === 'complex32') return;
      expect(torch.tensor(expected, { dtype }).tolist()).to.deep.equal(x.tolist());
    });
  }

  it('are copies', () => {
    const x = torch.zeros([2]);
    x.toTypedArray()[0] = 5;
    expect(x.tolist()).to.deep.equal([0, 0]);
  });

  it('of a sparse tensor come dense', () => {
    expect([...torch.eye(2).toSparse().toTypedArray()]).to.deep.equal([1, 0, 0, 1]);
  });

  it('of a gradient that libtorch knows to be zero are zeros', () => {
    const w = torch.ones([2], { requiresGrad: true });
    const [gradient] = torch.autograd.grad(torch.sgn(w).sum(), [w]);
    expect(gradient?.tolist()).to.deep.equal([0, 0]);
    expect(gradient?.toTypedArray()).to.deep.equal(Float32Array.of(0, 0));
  });

  it('are not there on the meta device', () => {
    expect(() => torch.zeros([2], { device: 'meta' }).tolist()).to.throw(torch.TorchError, 'a meta tensor has no data');
  });
});

describe('iteration', () => {
  it('goes along the first dimension', () => {
    expect([...torch.arange(6).view([2, 3])].map((row) => row.tolist())).to.deep.equal([
      [0, 1, 2],
      [3, 4, 5],
    ]);
    const [first, second] = torch.tensor([4, 5]);
    expect([first?.item(), second?.item()]).to.deep.equal([4, 5]);
  });

  it('has nothing to go along in a tensor without dimensions', () => {
    expect(() => [...torch.tensor(1)]).to.throw(torch.ShapeError, 'iteration over a tensor without dimensions');
  });
});

describe('to', () => {
  const x = torch.tensor([1.7, -1.7]);

  it('takes a dtype, a device, a tensor or options', () => {
    expect(x.to('int32').tolist()).to.deep.equal([1, -1]);
    expect(x.to('cpu', 'float64').dtype).to.equal('float64');
    expect(x.to(torch.zeros([1], { dtype: 'float16' })).dtype).to.equal('float16');
    expect(x.to({ dtype: 'int64' }).dtype).to.equal('int64');
    expect(x.to('meta').device).to.equal('meta');
    expect(x.long().dtype).to.equal('int64');
  });

  it('is the same object when nothing changes, and another with copy', () => {
    expect(x.to('float32')).to.equal(x);
    expect(x.to('cpu')).to.equal(x);
    expect(x.float()).to.equal(x);
    const copy = x.to('float32', { copy: true });
    expect(copy).to.not.equal(x);
    expect(copy.dataPtr()).to.not.equal(x.dataPtr());
  });

  it('refuses what is none of these', () => {
    expect(() => x.to('float33' as never)).to.throw(
      TypeError,
      'to: expected a dtype, a device or a Tensor, got "float33"',
    );
    expect(() => x.to(3 as never)).to.throw(TypeError, 'got 3');
  });
});

describe('dispose', () => {
  it('frees a tensor now, and twice is once', () => {
    const x = torch.ones([2]);
    const view = x.view([2, 1]);
    expect(x.isDisposed).to.equal(false);
    x.dispose();
    x.dispose();
    expect(x.isDisposed).to.equal(true);
    expect(() => x.add(1)).to.throw(torch.DisposedError);
    expect(() => x.shape).to.throw(torch.DisposedError);
    expect(view.tolist()).to.deep.equal([[1], [1]]);
  });

  it('comes at the end of a block with using', () => {
    let outside: torch.Tensor;
    {
      using x = torch.ones([2]);
      outside = x;
      expect(x.sum().item()).to.equal(2);
    }
    expect(outside.isDisposed).to.equal(true);
  });

  it('leaves what autograd saved', () => {
    const w = torch.tensor([2, 3], { requiresGrad: true });
    const square = w.mul(w);
    const loss = square.sum();
    square.dispose();
    loss.backward();
    expect(w.grad?.tolist()).to.deep.equal([4, 6]);
  });
});
