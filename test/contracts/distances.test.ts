/** What every distance must satisfy. */

import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

const { BatchedDistance, CosineSimilarity, DotProductSimilarity, LpDistance, SNRDistance } = torch.distances;

interface DistanceCase {
  readonly name: string;
  readonly make: () => torch.distances.Distance;
  /** False where a row may be farther from itself than from others. */
  readonly nearestToItself?: boolean;
}

const cases: readonly DistanceCase[] = [
  { name: 'LpDistance', make: () => new LpDistance() },
  { name: 'LpDistance, squared, as they are', make: () => new LpDistance({ power: 2, normalizeEmbeddings: false }) },
  { name: 'LpDistance, root', make: () => new LpDistance({ power: 0.5 }) },
  { name: 'LpDistance, p = 1', make: () => new LpDistance({ p: 1 }) },
  { name: 'LpDistance, p = 3', make: () => new LpDistance({ p: 3 }) },
  { name: 'LpDistance, p = infinity', make: () => new LpDistance({ p: Number.POSITIVE_INFINITY }) },
  { name: 'CosineSimilarity', make: () => new CosineSimilarity() },
  { name: 'DotProductSimilarity', make: () => new DotProductSimilarity() },
  {
    name: 'DotProductSimilarity, as they are',
    make: () => new DotProductSimilarity({ normalizeEmbeddings: false }),
    nearestToItself: false,
  },
  { name: 'SNRDistance', make: () => new SNRDistance() },
  { name: 'SNRDistance, squared', make: () => new SNRDistance({ power: 2, normalizeEmbeddings: false }) },
  { name: 'SNRDistance, root', make: () => new SNRDistance({ power: 0.5 }) },
  {
    name: 'BatchedDistance, distance',
    make: () => new BatchedDistance({ distance: new LpDistance(), batchSize: 2 }),
  },
  {
    name: 'BatchedDistance, similarity',
    make: () => new BatchedDistance({ distance: new CosineSimilarity(), batchSize: 3 }),
  },
  { name: 'AngleSimilarity', make: () => new torch.distances.AngleSimilarity(), nearestToItself: false },
  { name: 'CosineDistance', make: () => new torch.distances.CosineDistance() },
];

const bases = ['Distance', 'Similarity'];

function expectNear(actual: torch.Tensor, expected: torch.Tensor, tolerance: number, label: string): void {
  expect(actual.shape, `${label}: shape`).to.deep.equal(expected.shape);
  if (actual.numel() === 0) return;
  const off = actual.double().sub(expected.double()).abs().max().item() as number;
  expect(off <= tolerance, `${label}: off by ${off}`).to.equal(true);
}

describe('every distance', () => {
  it('has a case here', () => {
    const named = cases.map(({ name }) => name.replace(/,.*/, ''));
    expect([...new Set([...named, ...bases])].sort()).to.deep.equal(Object.keys(torch.distances).sort());
  });
});

for (const { name, make, nearestToItself } of cases) {
  describe(`distance contract: ${name}`, () => {
    let x: torch.Tensor;
    let y: torch.Tensor;

    beforeEach(() => {
      torch.manualSeed(4);
      x = torch.randn([7, 5], { dtype: 'float64' });
      y = torch.randn([4, 5], { dtype: 'float64' });
    });

    it('has a matrix of rows by candidates, whose diagonal is the pairwise distance', () => {
      const distance = make();
      expect(distance.matrix(x, y).shape).to.deep.equal([7, 4]);
      const four = x.narrow(0, 0, 4);
      expectNear(distance.pairwise(four, y), distance.matrix(four, y).diagonal(), 1e-12, 'pairwise');
      expectNear(distance.matrix(x), distance.matrix(x, x.clone()), 1e-12, 'of itself');
    });

    it('takes no rows, and no candidates', () => {
      const none = x.narrow(0, 0, 0);
      expect(make().matrix(none).shape).to.deep.equal([0, 0]);
      expect(make().matrix(none, x).shape).to.deep.equal([0, 7]);
      expect(make().matrix(x, none).shape).to.deep.equal([7, 0]);
      expect(make().pairwise(none, none).shape).to.deep.equal([0]);
    });

    it('points one way', () => {
      const distance = make();
      const matrix = distance.matrix(x, y);
      const ascending = distance.ascending(matrix);
      const { values, indices } = distance.sort(matrix);
      expect(values.tolist()).to.deep.equal(matrix.gather(1, indices).tolist());
      const steps = ascending.gather(1, indices).diff({ dim: 1 });
      expect(steps.ge(0).all().item(), 'sorted nearest first').to.equal(true);
      const [near, far] = [values.narrow(1, 0, 1), values.narrow(1, 3, 1)];
      expect(distance.margin(near, far).ge(0).all().item(), 'margin').to.equal(true);
      expectNear(distance.margin(near, far), distance.ascending(far).sub(distance.ascending(near)), 0, 'margin');
      expectNear(distance.excess(far, near), distance.margin(near, far), 0, 'excess');
      const farthest = distance.ascending(torch.tensor(distance.farthest)).item();
      expect(farthest).to.equal(Number.POSITIVE_INFINITY);
    });

    if (nearestToItself !== false) {
      it('has each row nearest to itself', () => {
        const distance = make();
        expect(distance.sort(distance.matrix(x)).indices.select(1, 0).tolist()).to.deep.equal([0, 1, 2, 3, 4, 5, 6]);
      });
    }

    it('has finite values and gradients for equal rows, rows of zeros, tiny and large ones, in batches of any size', () => {
      const zero = torch.zeros([1, 5], { dtype: 'float64' });
      const kinds: [string, torch.Tensor][] = [
        ['equal rows', x.narrow(0, 0, 1).repeat([6, 1])],
        ['rows of zeros', torch.cat([zero, x, zero])],
        ['zeros alone', zero.repeat([3, 1])],
        ['components alike', torch.cat([zero.add(1), zero.add(2)])],
        ['opposite rows', torch.cat([x, x.neg()])],
        ['tiny', x.mul(1e-6)],
        ['large', x.mul(1e4)],
        ['26 rows', x.repeat([4, 1]).narrow(0, 0, 26)],
      ];
      for (const dtype of ['float64', 'float32'] as const) {
        for (const [kind, rows] of kinds) {
          const leaf = rows.to(dtype).detach().requiresGrad_();
          const matrix = make().matrix(leaf);
          expect(matrix.isfinite().all().item(), `${kind}, ${dtype}: matrix`).to.equal(true);
          matrix
            .sum()
            .add(
              make()
                .pairwise(leaf, leaf.flip([0]))
                .sum(),
            )
            .backward();
          expect(leaf.grad?.isfinite().all().item(), `${kind}, ${dtype}: gradient`).to.equal(true);
        }
      }
    });

    it('has the gradients that finite differences give', () => {
      const distance = make();
      const inputs: [torch.Tensor, torch.Tensor] = [x.requiresGrad_(), y.requiresGrad_()];
      expect(torch.autograd.gradcheck((a, b) => distance.matrix(a, b), inputs)).to.equal(true);
      const pairs: [torch.Tensor, torch.Tensor] = [x.detach().narrow(0, 0, 4).requiresGrad_(), inputs[1]];
      expect(torch.autograd.gradcheck((a, b) => distance.pairwise(a, b), pairs)).to.equal(true);
      expect(torch.autograd.gradcheck((a) => distance.matrix(a), [x])).to.equal(true);
    });

    it('takes half precision and computes in float32', () => {
      for (const dtype of ['float16', 'bfloat16'] as const) {
        const half = x.to(dtype);
        const matrix = make().matrix(half);
        expect(matrix.dtype).to.equal('float32');
        expectNear(matrix, make().matrix(half.float()), 0, 'matrix');
        expectNear(make().pairwise(half, half.flip([0])), make().pairwise(half.float(), half.float().flip([0])), 0, '');
      }
    });
  });
}
