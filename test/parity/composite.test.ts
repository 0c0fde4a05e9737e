import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { expectSameBits, type PythonValue, usePython } from './oracle.ts';

describe('functions composed from operators, beside Python', () => {
  const python = usePython();

  function expectAllSame(ours: readonly torch.Tensor[], theirs: PythonValue | undefined): void {
    const list = theirs as PythonValue[];
    expect(ours).to.have.length(list.length);
    for (const [i, tensor] of ours.entries()) expectSameBits(tensor, list[i]);
  }

  const shapes: (number | number[])[][] = [
    [[2], [3, 1], [1, 1, 1]],
    [
      [0, 1],
      [1, 4],
    ],
    [5, [3, 1]],
    [[]],
    [],
    [[1], [0]],
  ];
  for (const each of shapes) {
    it(`broadcastShapes(${JSON.stringify(each)})`, async () => {
      const { result } = await python.run('result = list(torch.broadcast_shapes(*shapes))', { shapes: each });
      expect(torch.broadcastShapes(...each)).to.deep.equal((result as number[]).map(Number));
    });
  }

  it('unravelIndex', async () => {
    const cases: [torch.Tensor, number | number[]][] = [
      [torch.tensor([[4n], [27n], [11n]]), [4, 7]],
      [torch.tensor([1, 3, 5], { dtype: 'int32' }), [3, 2]],
      [torch.tensor(1234n), [10, 10, 10, 10]],
      [torch.tensor([62n]), 100],
      [torch.tensor([30n, -1n]), [4, 7]],
    ];
    for (const [indices, shape] of cases) {
      const { result } = await python.run(
        'result = list(torch.unravel_index(indices, shape if isinstance(shape, int) else tuple(shape)))',
        { indices, shape },
      );
      expectAllSame(torch.unravelIndex(indices, shape), result);
    }
  });

  it('lu', async () => {
    const input = torch.randn([2, 4, 4]);
    const { two, three } = await python.run(
      'two = list(torch.lu(input))\nthree = list(torch.lu(input, get_infos=True))',
      { input },
    );
    expectAllSame(torch.lu(input) as torch.Tensor[], two);
    expectAllSame(torch.lu(input, { getInfos: true }) as torch.Tensor[], three);
  });

  const matrices: Record<string, () => torch.Tensor> = {
    tall: () => torch.randn([20, 7]),
    wide: () => torch.randn([7, 20]),
    'a batch': () => torch.randn([3, 9, 8], { dtype: 'float64' }),
    sparse: () =>
      torch
        .randn([15, 12])
        .mul(torch.rand([15, 12]).gt(0.7))
        .toSparse(),
  };
  for (const [name, make] of Object.entries(matrices)) {
    it(`svdLowrank and pcaLowrank, ${name}`, async () => {
      torch.manualSeed(5);
      const dense = make();
      const isSparse = dense.layout === 'sparse_coo';
      const input = isSparse ? dense.toDense() : dense;
      const m = torch.randn([1, input.shape.at(-1) as number], { dtype: input.dtype });
      const { svd, shifted, pca, uncentred } = await python.run(
        `
_x = input.to_sparse() if is_sparse else input
torch.manual_seed(1)
svd = list(torch.svd_lowrank(_x, q=4))
torch.manual_seed(1)
shifted = list(torch.svd_lowrank(_x, q=4, niter=1, M=m))
torch.manual_seed(1)
pca = list(torch.pca_lowrank(_x))
torch.manual_seed(1)
uncentred = list(torch.pca_lowrank(_x, q=3, center=False, niter=3))
`,
        { input, m, is_sparse: isSparse },
      );
      const seeded = (run: () => torch.LowRank) => {
        torch.manualSeed(1);
        return run();
      };
      expectAllSame(
        seeded(() => torch.svdLowrank(dense, 4)),
        svd,
      );
      expectAllSame(
        seeded(() => torch.svdLowrank(dense, { q: 4, niter: 1, M: m })),
        shifted,
      );
      expectAllSame(
        seeded(() => torch.pcaLowrank(dense)),
        pca,
      );
      expectAllSame(
        seeded(() => torch.pcaLowrank(dense, { q: 3, center: false, niter: 3 })),
        uncentred,
      );
    });
  }

  it('refuse what cannot be meant', () => {
    expect(() => torch.broadcastShapes([2], [3])).to.throw(torch.ShapeError, 'got 3 and 2 at dimension -1');
    expect(() => torch.broadcastShapes([-1])).to.throw(RangeError, 'got -1');
    expect(() => torch.broadcastShapes('2' as never)).to.throw(TypeError, 'got "2"');
    expect(() => torch.unravelIndex(torch.ones([1]), [2])).to.throw(torch.DTypeError, 'float32');
    expect(() => torch.unravelIndex(torch.tensor([1n]), [-2])).to.throw(RangeError, 'got -2');
    expect(() => torch.unravelIndex(torch.tensor([true]), [2])).to.throw(torch.DTypeError, 'bool');
    expect(() => torch.svdLowrank(torch.ones([3]))).to.throw(torch.ShapeError, '[3]');
    expect(() => torch.svdLowrank(torch.ones([3, 2]), 3)).to.throw(RangeError, 'from 0 to 2, got 3');
    expect(() => torch.pcaLowrank(torch.ones([3, 2]), { niter: -1 })).to.throw(RangeError, 'niter');
    expect(() => torch.lu(torch.ones([3]))).to.throw(torch.TorchError);
  });
});
