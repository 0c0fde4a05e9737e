import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

const { init } = torch.nn;

describe('nn.init', () => {
  it('makes what it says', () => {
    const q = init.orthogonal_(torch.empty([6, 4]), 3);
    expect(torch.allclose(q.t().matmul(q), torch.eye(4).mul(9), { atol: 1e-4 })).to.equal(true);
    expect(init.eye_(torch.empty([2, 3])).tolist()).to.deep.equal([
      [1, 0, 0],
      [0, 1, 0],
    ]);
    const x = torch.randn([1, 3, 9]);
    expect(torch.equal(torch.conv1d(x, init.dirac_(torch.empty([3, 3, 5])), null, 1, 2), x)).to.equal(true);
    const sparse = init.sparse_(torch.empty([10, 5]), 0.31);
    expect(sparse.eq(0).sum(0).tolist()).to.deep.equal([4, 4, 4, 4, 4]);
    for (const [a, b] of [
      [-1, 2],
      [2, 3],
    ] as const) {
      const values = init.truncNormal_(torch.empty([1000]), { a, b });
      expect(values.min().item()).to.be.at.least(a);
      expect(values.max().item()).to.be.at.most(b);
    }
  });

  it('keeps nothing alive but its argument', () => {
    const fills: ((w: torch.Tensor) => torch.Tensor)[] = [
      (w) => init.truncNormal_(w),
      (w) => init.truncNormal_(w, { a: 2, b: 3 }),
      (w) => init.orthogonal_(w),
      (w) => init.sparse_(w, 0.5),
      (w) => init.eye_(w),
    ];
    for (const fill of fills) {
      torch.scope(() => {
        const w = torch.empty([6, 4]);
        const before = torch.memory();
        expect(fill(w)).to.equal(w);
        expect(torch.memory().tensors - torch.memory().inScope).to.equal(before.tensors - before.inScope);
        expect(torch.memory().inScope).to.equal(before.inScope);
      });
    }
  });

  it('leaves a tensor without data alone', () => {
    const w = torch.empty([4, 4, 3], { device: 'meta' });
    expect(init.orthogonal_(w)).to.equal(w);
    expect(init.dirac_(w)).to.equal(w);
    expect(init.truncNormal_(w)).to.equal(w);
  });

  it('refuses what does not fit', () => {
    const cube = torch.empty([2, 2, 2]);
    const vector = torch.empty([2]);
    expect(() => init.eye_(cube)).to.throw(torch.ShapeError, 'eye_: tensor must have 2 dimensions, got [2,2,2]');
    expect(() => init.sparse_(cube, 0.1)).to.throw(torch.ShapeError, 'sparse_: tensor must have 2 dimensions');
    expect(() => init.dirac_(vector)).to.throw(torch.ShapeError, 'dirac_: tensor must have 3, 4 or 5 dimensions');
    expect(() => init.orthogonal_(vector)).to.throw(torch.ShapeError, 'orthogonal_: tensor must have at least 2');
    expect(() => init.dirac_(cube, 3)).to.throw(RangeError, 'dirac_: groups must divide the output channels, got 3');
    expect(() => init.dirac_(cube, 0)).to.throw(RangeError, 'dirac_: groups must be at least 1, got 0');
    expect(() => init.sparse_(torch.empty([2, 2]), 1.5)).to.throw(RangeError, 'sparsity must be between 0 and 1');
    expect(() => init.truncNormal_(vector, { generator: 3 as never })).to.throw(TypeError);
    expect(() => init.truncNormal_(vector, { sd: 3 } as never)).to.throw(TypeError, 'there is no option sd');
  });
});
