import { expect } from 'chai';
import * as torch from '../lib/index.ts';

const x = torch.tensor([
  [1, 2],
  [3, 4],
]);

/** Calls past the compiler, as JavaScript can. */
const loose = torch as unknown as Readonly<Record<string, (...values: unknown[]) => unknown>>;

function thrownBy(run: () => unknown): Error {
  try {
    run();
  } catch (error) {
    return error as Error;
  }
  throw new Error('expected an error, nothing was thrown');
}

describe('calls', () => {
  it('take arguments by position, then at most one options object', () => {
    const expected = [[3], [7]];
    expect(torch.sum(x, [1], true).tolist()).to.deep.equal(expected);
    expect(torch.sum(x, 1, true).tolist()).to.deep.equal(expected);
    expect(torch.sum(x, 1, { keepdim: true }).tolist()).to.deep.equal(expected);
    expect(torch.sum(x, { dim: 1, keepdim: true }).tolist()).to.deep.equal(expected);
    expect(loose.sum?.({ input: x, dim: 1, keepdim: true })).to.satisfy(
      (sum: torch.Tensor) => JSON.stringify(sum.tolist()) === JSON.stringify(expected),
    );
    expect(x.sum({ dim: 1, keepdim: true }).tolist()).to.deep.equal(expected);
  });

  it('take undefined as not given, null as None', () => {
    expect(torch.clamp(x, undefined, 3).tolist()).to.deep.equal([
      [1, 2],
      [3, 3],
    ]);
    expect(torch.clamp(x, null, 3).tolist()).to.deep.equal([
      [1, 2],
      [3, 3],
    ]);
    expect(torch.sum(x, { dim: undefined, dtype: undefined } as never).tolist()).to.equal(10);
    expect(x.sum(undefined as never).item()).to.equal(10);
  });

  it('take an options object without a prototype', () => {
    const options = Object.assign(Object.create(null), { dim: 0 }) as { dim: number };
    expect(torch.sum(x, options).tolist()).to.deep.equal([4, 6]);
  });

  it('take numbers on either side of arithmetic and comparison', () => {
    expect(torch.sub(1, x).tolist()).to.deep.equal([
      [0, -1],
      [-2, -3],
    ]);
    expect(torch.sub(x, 1).tolist()).to.deep.equal([
      [0, 1],
      [2, 3],
    ]);
    expect(torch.div(12, x).tolist()).to.deep.equal([
      [12, 6],
      [4, 3],
    ]);
    expect(torch.pow(2, x).tolist()).to.deep.equal([
      [2, 4],
      [8, 16],
    ]);
    expect(torch.lt(2, x).tolist()).to.deep.equal([
      [false, false],
      [true, true],
    ]);
    expect(torch.lt(x, 2).tolist()).to.deep.equal([
      [true, false],
      [false, false],
    ]);
  });

  it('keep numbers out of type promotion, as Python does', () => {
    const halves = torch.ones([2], { dtype: 'float16' });
    expect(torch.mul(0.1, halves).dtype).to.equal('float16');
    expect(torch.add(torch.ones([2], { dtype: 'int64' }), 1).dtype).to.equal('int64');
    expect(torch.add(torch.ones([2], { dtype: 'int64' }), 1.5).dtype).to.equal('float32');
    expect(torch.add(torch.ones([2], { dtype: 'uint8' }), 2n).dtype).to.equal('uint8');
    expect(torch.add(torch.ones([2], { dtype: 'bool' }), true).dtype).to.equal('bool');
    expect(torch.add(halves, new torch.Complex(0, 1)).dtype).to.equal('complex32');
  });

  it('count an integral number as an integer where a Scalar is meant', () => {
    expect(torch.arange(3).dtype).to.equal('int64');
    expect(torch.arange(3.5).dtype).to.equal('float32');
    expect(torch.arange(0, 1, 0.5).dtype).to.equal('float32');
    expect(torch.arange(2n ** 53n, 2n ** 53n + 2n).tolist()).to.deep.equal([2n ** 53n, 2n ** 53n + 1n]);
  });

  it('take one number for all of a fixed number of sizes, and only for those', () => {
    const image = torch.ones([1, 1, 4, 4]);
    expect(torch.maxPool2d(image, 2).shape).to.deep.equal(torch.maxPool2d(image, [2, 2]).shape);
    expect(() => loose.zeros?.(2)).to.throw(TypeError, 'zeros: size must be int[], got 2');
  });

  it('take a tensor without dimensions where a number is meant', () => {
    expect(torch.clamp(x, torch.tensor(2).item() as number).tolist()).to.deep.equal([
      [2, 2],
      [3, 4],
    ]);
    expect(x.select(0, torch.tensor(1n) as never).tolist()).to.deep.equal([3, 4]);
    expect(torch.add(x, x, { alpha: torch.tensor(2) as never }).tolist()).to.deep.equal([
      [3, 6],
      [9, 12],
    ]);
  });

  it('take any array-like of integers as sizes', () => {
    expect(torch.zeros(Int32Array.of(2, 3) as never).shape).to.deep.equal([2, 3]);
    expect(torch.zeros([2n, 3n]).shape).to.deep.equal([2, 3]);
  });

  it('find the overload that the arguments fit', () => {
    expect(torch.isTensor(torch.max(x))).to.equal(true);
    expect(torch.max(x, x.neg()).tolist()).to.deep.equal(x.tolist());
    expect(torch.max(x, 1).map((each) => each.tolist())).to.deep.equal([
      [2, 4],
      [1, 1],
    ]);
    expect(torch.split(torch.arange(5), 2).map((each) => each.shape)).to.deep.equal([[2], [2], [1]]);
    expect(torch.split(torch.arange(5), [1, 4]).map((each) => each.shape)).to.deep.equal([[1], [4]]);
    expect(torch.where(x.gt(2)).map((each) => each.tolist())).to.deep.equal([
      [1, 1],
      [0, 1],
    ]);
    expect(torch.where(x.gt(2), x, 0).tolist()).to.deep.equal([
      [0, 0],
      [3, 4],
    ]);
    expect(x.view('int32').dtype).to.equal('int32');
    expect(x.view([4]).shape).to.deep.equal([4]);
  });

  it('name several results', () => {
    const sorted = torch.sort(torch.tensor([3, 1, 2]));
    expect(sorted.values.tolist()).to.deep.equal([1, 2, 3]);
    expect(sorted.indices.tolist()).to.deep.equal([1, 2, 0]);
    expect(sorted[0]).to.equal(sorted.values);
    const [values, indices] = torch.max(x, 1);
    expect([values.shape, indices.dtype]).to.deep.equal([[2], 'int64']);
  });

  it('return the object that was changed in place', () => {
    const y = torch.ones([2]);
    expect(y.add_(1)).to.equal(y);
    expect(torch.relu_(y)).to.equal(y);
    expect(y.tolist()).to.deep.equal([2, 2]);
  });

  it("place a method's tensor where the schema has self", () => {
    expect(x.where(x.gt(2), torch.zeros([2, 2])).tolist()).to.deep.equal([
      [0, 0],
      [3, 4],
    ]);
    expect(() => (x.add as (other: number) => unknown).call('x', 1)).to.throw(
      TypeError,
      'add: must be called on a Tensor',
    );
  });
});

describe('out', () => {
  it('is written to, resized and returned', () => {
    const out = torch.empty([0]);
    expect(torch.add(x, x, { out })).to.equal(out);
    expect(out.tolist()).to.deep.equal([
      [2, 4],
      [6, 8],
    ]);
  });

  it('of several results is a list', () => {
    const values = torch.empty([2]);
    const indices = torch.empty([2], { dtype: 'int64' });
    const result = torch.max(x, 1, { out: [values, indices] });
    expect([result[0], result[1]]).to.deep.equal([values, indices]);
    expect(result.values).to.equal(values);
    expect(indices.tolist()).to.deep.equal([1, 1]);
  });

  it('of a factory must have the dtype and device that are asked for', () => {
    const out = torch.ones([3]);
    expect(torch.zeros([3], { out }).tolist()).to.deep.equal([0, 0, 0]);
    expect(torch.zeros([3], { out, dtype: 'float32' })).to.equal(out);
    expect(() => torch.zeros([3], { out, dtype: 'int64' })).to.throw(torch.DTypeError, "the dtype of out, 'float32'");
    expect(() => torch.zeros([3], { out, device: 'meta' })).to.throw(torch.DeviceError, "the device of out, 'cpu'");
  });

  it('that cannot hold the result is refused by libtorch', () => {
    const error = thrownBy(() => torch.add(x, 0.5, { out: torch.zeros([2, 2], { dtype: 'int64' }) }));
    expect(error).to.be.instanceOf(torch.TorchError);
    expect(error.message).to.include("result type Float can't be cast to the desired output type Long");
  });

  it('is refused by what has no such variant', () => {
    expect(() => loose.dropout?.(x, 0.5, true, { out: x })).to.throw(TypeError, 'dropout: no overload takes');
  });
});

describe('what does not fit', () => {
  const refused: readonly [name: string, run: () => unknown, message: string][] = [
    ['a wrong type', () => loose.relu?.('a'), 'relu: input must be Tensor, got "a"'],
    ['a missing argument', () => loose.matmul?.(x), 'matmul: other (Tensor) is missing, got (Tensor)'],
    ['no argument at all', () => loose.relu?.(), 'relu: input (Tensor) is missing, got ()'],
    ['a fraction for an integer', () => loose.softmax?.(x, 1.5), 'softmax: dim must be int, got 1.5'],
    ['an integer beyond int64', () => loose.select?.(x, 0, 2n ** 63n), `select: index must be int, got ${2n ** 63n}n`],
    ['a string for a tensor or number', () => loose.add?.(x, 'a'), 'add: other must be Tensor or a number, got "a"'],
    ['a string for a number', () => loose.add?.(x, x, { alpha: 'z' }), 'add: alpha must be Scalar, got "z"'],
    ['a number for a boolean', () => loose.dropout?.(x, 0.5, 1), 'dropout: train must be bool, got 1'],
    ['an unknown dtype', () => loose.zeros?.([2], { dtype: 'float33' }), 'zeros: dtype must be DType?, got "float33"'],
    ['an unknown device', () => loose.zeros?.([2], { device: 'gpu' }), 'zeros: device must be Device?, got "gpu"'],
    ['a list with a wrong element', () => loose.cat?.([x, 1]), 'cat: tensors must be Tensor[], got an array of 2'],
    ['a tensor for a list', () => loose.cat?.(x), 'cat: tensors must be Tensor[], got Tensor'],
    ['null where None is not allowed', () => loose.relu?.(null), 'relu: input must be Tensor, got null'],
  ];
  for (const [name, run, message] of refused) {
    it(`is named: ${name}`, () => {
      expect(thrownBy(run)).to.be.instanceOf(TypeError).with.property('message', message);
    });
  }

  it('is shown beside every overload', () => {
    expect(thrownBy(() => loose.sum?.(x, { dims: 1 })).message).to.equal(
      [
        'sum: no overload takes (Tensor, { dims: 1 }); expected one of',
        '  sum(input: Tensor, { dtype?: DType? })',
        '  sum(input: Tensor, dim: int[1]?, keepdim?: bool, { dtype?: DType? })',
      ].join('\n'),
    );
  });

  it('is an option with an unknown name, or given twice', () => {
    expect(() => loose.add?.(x, x, { beta: 2 })).to.throw(
      TypeError,
      'add: no overload takes (Tensor, Tensor, { beta: 2 })',
    );
    expect(() => loose.softmax?.(x, 1, { dim: 1 })).to.throw(TypeError, 'softmax: no overload takes');
    expect(() => loose.zeros?.([2], { requires_grad: true })).to.throw(TypeError, 'requiresGrad?: bool');
    expect(() => (x.sum as (options: object) => unknown)({ input: x })).to.throw(TypeError);
  });

  it('is one argument too many', () => {
    expect(() => loose.relu?.(x, x)).to.throw(TypeError, 'relu: no overload takes (Tensor, Tensor)');
    expect(() => loose.add?.(x, x, 2)).to.throw(TypeError, 'add(input: Tensor, other: Tensor, { alpha?: Scalar })');
  });

  it('leaves the next call as it was', () => {
    for (let i = 0; i < 3; i++) {
      expect(() => loose.einsum?.('ij,jk->ik', [x, 'x'])).to.throw(TypeError);
      expect(torch.einsum('ij,jk->ik', [x, x]).tolist()).to.deep.equal([
        [7, 10],
        [15, 22],
      ]);
    }
  });
});

describe('a refusal of libtorch', () => {
  it('is a TorchError that names the operator', () => {
    const error = thrownBy(() => torch.matmul(x, torch.ones([3, 3]))) as torch.TorchError;
    expect(error).to.be.instanceOf(torch.TorchError);
    expect([error.name, error.code, error.operator]).to.deep.equal(['TorchError', 'ERR_TORCH', 'aten::matmul']);
    expect(error.message).to.equal('mat1 and mat2 shapes cannot be multiplied (2x2 and 3x3)');
  });

  it('has no C++ stack in its message', () => {
    for (const run of [
      () => torch.cat([x, torch.ones([1, 3])]),
      () => torch.zeros([2, -3]),
      () => torch.cholesky(torch.zeros([2, 2])),
      () => x.backward(),
      () => torch.add(x, torch.ones([2, 2], { device: 'meta' })),
    ]) {
      expect(thrownBy(run).message).to.not.match(/frame #|\.cpp:\d|Exception raised from|libtorch|0x[0-9a-f]{6}/);
    }
  });

  it('leaves no tensor behind', () => {
    globalThis.gc?.(); // what earlier tests left
    const before = torch.memory().tensors;
    torch.scope(() => {
      for (let i = 0; i < 10; i++) expect(() => torch.matmul(x, torch.ones([3, 3]))).to.throw(torch.TorchError);
    });
    expect(torch.memory().tensors).to.equal(before);
  });
});
