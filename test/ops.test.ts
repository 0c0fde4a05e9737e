import { expect } from 'chai';
import * as torch from '../lib/index.ts';

const { ops } = torch;
const { aten } = ops as { aten: NonNullable<typeof ops.aten> };

/** The operator under a name of libtorch. */
function operator(name: string, overload?: string): (...values: unknown[]) => unknown {
  const found = overload === undefined ? aten[name] : aten[name]?.[overload];
  if (found === undefined) throw new Error(`no operator aten::${name}`);
  return found;
}

const x = torch.tensor([
  [1, 2],
  [3, 4],
]);
const list = (value: unknown) => (value as torch.Tensor[]).map((each) => each.tolist());

describe('ops', () => {
  it('have the overloads of the dispatcher under its names', () => {
    expect(Object.keys(operator('add'))).to.include.members(['Tensor', 'Scalar', 'out']);
    expect((operator('relu', 'default')(x) as torch.Tensor).tolist()).to.deep.equal(x.tolist());
    expect((operator('add', 'Tensor')(x, x, { alpha: 2 }) as torch.Tensor).tolist()).to.deep.equal([
      [3, 6],
      [9, 12],
    ]);
  });

  it('are undefined where libtorch has none', () => {
    expect(aten.no_such_operator).to.equal(undefined);
    expect(aten.add?.no_such_overload).to.equal(undefined);
    expect(ops.nowhere?.add).to.equal(undefined);
    expect('relu' in aten).to.equal(true);
    expect('no_such_operator' in aten).to.equal(false);
  });

  it('without a default overload say which there are', () => {
    expect(() => operator('_foreach_add_')([x], 1)).to.throw(TypeError, 'name one of');
  });

  it('take strings', () => {
    expect((operator('einsum')('ij->ji', [x]) as torch.Tensor).tolist()).to.deep.equal([
      [1, 3],
      [2, 4],
    ]);
    const quantile = operator('quantile', 'scalar');
    expect((quantile(x, 0.5, null, false, { interpolation: 'lower' }) as torch.Tensor).item()).to.equal(2);
    expect((quantile(x, 0.5, null, false, { interpolation: 'higher' }) as torch.Tensor).item()).to.equal(3);
    expect(() => quantile(x, 0.5, null, false, { interpolation: 'éa\u0000' })).to.throw(
      torch.TorchError,
      'interpolation',
    );
    expect(() => operator('einsum')(3, [x])).to.throw(TypeError, 'aten.einsum: equation must be string, got 3');
  });

  it('take lists of tensors, with None among them', () => {
    const rows = torch.tensor([1n]);
    expect((operator('index', 'Tensor')(x, [null, rows]) as torch.Tensor).tolist()).to.deep.equal([[2], [4]]);
    expect(() => operator('cat')([x, null])).to.throw(TypeError, 'tensors must be Tensor[]');
  });

  it('take lists of integers, floats and booleans', () => {
    expect(list(operator('split_with_sizes')(torch.arange(5), [2, 3]))).to.deep.equal([
      [0, 1],
      [2, 3, 4],
    ]);
    expect(
      (operator('upsample_nearest2d', 'vec')(x.view([1, 1, 2, 2]), null, [2, 2]) as torch.Tensor).shape,
    ).to.deep.equal([1, 1, 4, 4]);
    const gradient = operator('convolution_backward')(
      torch.ones([1, 1, 1, 1]),
      x.view([1, 1, 2, 2]),
      torch.ones([1, 1, 2, 2]),
      null,
      [1, 1],
      [0, 0],
      [1, 1],
      false,
      [0, 0],
      1,
      [false, true, false],
    ) as (torch.Tensor | null)[];
    expect(gradient[1]?.flatten().tolist()).to.deep.equal([1, 2, 3, 4]);
    expect(
      (operator('_foreach_mul', 'ScalarList')([x, x], [2, 0.5]) as torch.Tensor[]).map((each) => each.sum().item()),
    ).to.deep.equal([20, 5]);
  });

  it('return several results, with their names', () => {
    const [values, indices] = operator('max', 'dim')(x, 1) as [torch.Tensor, torch.Tensor];
    expect([values.tolist(), indices.tolist()]).to.deep.equal([
      [2, 4],
      [1, 1],
    ]);
    const sorted = operator('sort')(x) as unknown as { values: torch.Tensor };
    expect(sorted.values.tolist()).to.deep.equal(x.tolist());
    const [tensors, flag] = operator('_batch_norm_impl_index')(
      x,
      null,
      null,
      null,
      null,
      true,
      0.1,
      1e-5,
      false,
    ) as unknown[];
    expect(torch.isTensor(tensors)).to.equal(true);
    expect(torch.isTensor(flag)).to.equal(true);
  });

  it('return lists, numbers, booleans and dtypes', () => {
    expect(list(operator('unbind', 'int')(x))).to.deep.equal([
      [1, 2],
      [3, 4],
    ]);
    expect(operator('size', 'int')(x, 1)).to.equal(2);
    expect(operator('is_floating_point')(x)).to.equal(true);
    expect(operator('_local_scalar_dense')(torch.tensor(2.5))).to.equal(2.5);
    expect(operator('result_type', 'Tensor')(x, torch.ones([1], { dtype: 'float64' }))).to.equal('float64');
    expect(operator('sym_size', 'int')(x, 0)).to.equal(2);
  });

  it('return strings, and tuples of numbers', () => {
    expect(ops._test?.get_first?.([['a\u00e9', 'b'], ['c']])).to.equal('a\u00e9');
    expect(operator('_choose_qparams_per_tensor')(torch.tensor([0, 1, 2]))).to.deep.equal([2 / 255, 0]);
  });

  it('return nothing where the schema says so', () => {
    const y = torch.ones([2]);
    expect(operator('_foreach_add_', 'Scalar')([y], 1)).to.equal(undefined);
    expect(y.tolist()).to.deep.equal([2, 2]);
  });

  it('return the object that they changed', () => {
    const y = torch.ones([2]);
    expect(operator('add_', 'Tensor')(y, y)).to.equal(y);
    expect(operator('add', 'out')(y, y, { out: x.clone().view([4]).narrow(0, 0, 2) })).to.satisfy(torch.isTensor);
  });

  it('say what does not fit', () => {
    expect(() => operator('relu')('a')).to.throw(TypeError, 'aten.relu: input must be Tensor, got "a"');
    expect(() => operator('add', 'Tensor')(x)).to.throw(
      TypeError,
      'aten.add.Tensor: other (Tensor) is missing, got (Tensor)',
    );
  });
});
