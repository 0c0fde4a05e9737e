import { expect } from 'chai';
import { NearestKernel } from '../../lib/evaluation/nearest-kernel.ts';
import * as torch from '../../lib/index.ts';

const plain = new torch.distances.LpDistance({ normalizeEmbeddings: false });

describe('NearestKernel', () => {
  beforeEach(() => torch.manualSeed(0));

  it('finds what sorting all distances finds, duplicates and several blocks included', () => {
    const reference = torch.randn([5000, 20]);
    reference.narrow(0, 2500, 100).copy_(reference.narrow(0, 0, 100));
    const query = reference.narrow(0, 0, 300);
    for (const [k, self] of [
      [1, null],
      [7, 0],
      [300, null],
    ] as const) {
      const { values, indices } = NearestKernel.for(plain, query, reference, k)!.nearest(query, self);
      const all = torch.cdist(query.double(), reference.double(), 2, 2);
      if (self !== null) all.diagonal(self).fill_(Number.POSITIVE_INFINITY);
      // Distances are compared as the float32 that they are rounded to.
      const [sorted, order] = all.float().sort({ dim: 1, stable: true }) as [torch.Tensor, torch.Tensor];
      expect(indices.equal(order.narrow(1, 0, k)), `k ${k}`).to.equal(true);
      expect(
        values
          .double()
          .sub(sorted.narrow(1, 0, k))
          .abs()
          .max()
          .item(),
      ).to.be.below(1e-6);
    }
  });

  it('gives distances in their unit', () => {
    const x = torch.randn([50, 8]);
    const squared = new torch.distances.LpDistance({ power: 2 });
    const { values } = NearestKernel.for(squared, x, x, 3)!.nearest(x, 0);
    const expected = squared.matrix(x).fillDiagonal_(Number.POSITIVE_INFINITY).sort({ dim: 1 })[0] as torch.Tensor;
    expect(
      values
        .sub(expected.narrow(1, 0, 3))
        .abs()
        .max()
        .item(),
    ).to.be.below(1e-6);
  });

  it('says where it cannot be asked', () => {
    const x = torch.randn([40, 4]);
    expect(NearestKernel.for(plain, x, x, 5)).to.not.equal(null);
    expect(NearestKernel.for(plain, x, x, 20), 'half of all').to.equal(null);
    expect(NearestKernel.for(plain, x.double(), x.double(), 5)).to.equal(null);
    expect(NearestKernel.for(new torch.distances.LpDistance({ p: 1 }), x, x, 5)).to.equal(null);
    expect(NearestKernel.for(new torch.distances.CosineSimilarity(), x, x, 5)).to.equal(null);
    const broken = x.clone();
    broken.indexPut_([3, 1], Number.NaN);
    expect(NearestKernel.for(plain, x, broken, 5)).to.equal(null);
  });

  it('refuses, as an operator, what does not fit', () => {
    const nearest = torch.ops.hinge?.nearest as (...values: unknown[]) => unknown;
    const { TorchError } = torch;
    const [x, norms] = [torch.zeros([3, 2]), torch.zeros([3])];
    expect(() => nearest(x, x.T, norms, 1)).to.throw(TorchError, 'queries must be [N, D] and references [M, D]');
    expect(() => nearest(x.double(), x.double(), norms, 1)).to.throw(TorchError, 'must be float32');
    expect(() => nearest(x, x, torch.zeros([2]), 1)).to.throw(TorchError, 'norms must be float32 [3]');
    expect(() => nearest(x, x, norms, 0)).to.throw(TorchError, 'k must be between 1');
    expect(() => nearest(x, x, norms, 3, 0)).to.throw(TorchError, 'k must be between 1');
    expect(() => nearest(x, x, norms, 1, 1)).to.throw(TorchError, '3 references cannot include 3 queries');
    expect(() => nearest(x, x, norms.add(Number.NaN), 1)).to.throw(TorchError, 'must be finite');
  });
});
