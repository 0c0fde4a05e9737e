import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

const { BatchedDistance, CosineSimilarity, DotProductSimilarity, LpDistance, SNRDistance } = torch.distances;

function rowsOf(x: torch.Tensor): number[][] {
  return x.tolist() as number[][];
}

function lp(a: readonly number[], b: readonly number[], p: number): number {
  const differences = a.map((value, i) => Math.abs(value - (b[i] as number)));
  if (p === Number.POSITIVE_INFINITY) return Math.max(...differences);
  return differences.reduce((sum, each) => sum + each ** p, 0) ** (1 / p);
}

function unit(a: readonly number[], p: number): number[] {
  const norm = lp(
    a,
    a.map(() => 0),
    p,
  );
  return a.map((value) => value / norm);
}

function expectMatrix(actual: torch.Tensor, expected: (i: number, j: number) => number, tolerance = 1e-12): void {
  rowsOf(actual).forEach((row, i) => {
    row.forEach((value, j) => {
      expect(value, `[${i}, ${j}]`).to.be.closeTo(expected(i, j), tolerance);
    });
  });
}

describe('LpDistance', () => {
  beforeEach(() => torch.manualSeed(0));

  for (const p of [1, 2, 3, Number.POSITIVE_INFINITY]) {
    it(`measures every row against every row, p = ${p}`, () => {
      const x = torch.randn([7, 5], { dtype: 'float64' });
      const y = torch.randn([4, 5], { dtype: 'float64' });
      const [a, b] = [rowsOf(x), rowsOf(y)];
      const plain = new LpDistance({ p, normalizeEmbeddings: false });
      expect(plain.matrix(x, y).shape).to.deep.equal([7, 4]);
      expectMatrix(plain.matrix(x, y), (i, j) => lp(a[i]!, b[j]!, p));
      const normalized = new LpDistance({ p });
      expectMatrix(normalized.matrix(x), (i, j) => lp(unit(a[i]!, p), unit(a[j]!, p), p));
    });
  }

  it('raises distances to a power', () => {
    const x = torch.randn([3, 2], { dtype: 'float64' });
    const a = rowsOf(x);
    const squared = new LpDistance({ power: 2, normalizeEmbeddings: false });
    expectMatrix(squared.matrix(x), (i, j) => lp(a[i]!, a[j]!, 2) ** 2);
    expect(squared.pairwise(x, x.flip([0])).tolist()).to.deep.equal(
      squared
        .matrix(x, x.flip([0]))
        .diagonal()
        .tolist(),
    );
  });

  it('is exactly 0 between equal rows, in batches of any size', () => {
    for (const count of [2, 25, 26, 300]) {
      const x = torch.randn([1, 64]).expand([count, 64]);
      expect(new LpDistance().matrix(x).abs().max().item(), `${count} rows`).to.equal(0);
    }
  });

  it('has gradient 0, not NaN, between equal rows', () => {
    const x = torch.ones([2, 3]).requiresGrad_();
    new LpDistance({ normalizeEmbeddings: false }).matrix(x).sum().backward();
    expect(x.grad?.tolist()).to.deep.equal([
      [0, 0, 0],
      [0, 0, 0],
    ]);
    const y = torch.ones([2, 3]).requiresGrad_();
    new LpDistance({ normalizeEmbeddings: false }).pairwise(y, y.detach()).sum().backward();
    expect(y.grad?.abs().max().item()).to.equal(0);
  });

  it('refuses a p or a power that is not positive', () => {
    expect(() => new LpDistance({ p: 0 })).to.throw(RangeError, 'LpDistance: p must be a positive number, got 0');
    expect(() => new LpDistance({ power: Number.NaN })).to.throw(
      RangeError,
      'power must be a positive number, got NaN',
    );
  });
});

describe('CosineSimilarity', () => {
  it('is the cosine of the angle, and 0 for a row of zeros', () => {
    const x = torch.tensor([
      [1, 0],
      [1, 1],
      [0, -2],
      [0, 0],
    ]);
    const degrees = [0, 45, -90];
    const expected = (i: number, j: number) =>
      i === 3 || j === 3 ? 0 : Math.cos(((degrees[i]! - degrees[j]!) * Math.PI) / 180);
    expectMatrix(new CosineSimilarity().matrix(x), expected, 1e-6);
    const shifted = x.roll([1], [0]);
    const pairwise = new CosineSimilarity().pairwise(x, shifted).tolist() as number[];
    pairwise.forEach((value, i) => {
      expect(value).to.be.closeTo(expected(i, (i + 3) % 4), 1e-6);
    });
  });
});

describe('DotProductSimilarity', () => {
  it('is the dot product, of embeddings as they are or divided by their norm', () => {
    torch.manualSeed(0);
    const [x, y] = [torch.randn([4, 5], { dtype: 'float64' }), torch.randn([3, 5], { dtype: 'float64' })];
    const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
    const [a, b] = [rowsOf(x), rowsOf(y)];
    const plain = new DotProductSimilarity({ normalizeEmbeddings: false });
    expectMatrix(plain.matrix(x, y), (i, j) => dot(a[i]!, b[j]!));
    expectMatrix(new DotProductSimilarity({ p: 1 }).matrix(x, y), (i, j) => dot(unit(a[i]!, 1), unit(b[j]!, 1)));
    expect(new DotProductSimilarity().matrix(x).tolist()).to.deep.equal(new CosineSimilarity().matrix(x).tolist());
  });

  it('refuses a p that is not positive', () => {
    expect(() => new DotProductSimilarity({ p: -1 })).to.throw(
      RangeError,
      'DotProductSimilarity: p must be a positive',
    );
  });
});

describe('SNRDistance', () => {
  const variance = (a: readonly number[]) => {
    const mean = a.reduce((sum, value) => sum + value, 0) / a.length;
    return a.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (a.length - 1);
  };

  it('is the variance of the difference in units of that of the anchor', () => {
    torch.manualSeed(0);
    const [x, y] = [torch.randn([4, 5], { dtype: 'float64' }), torch.randn([3, 5], { dtype: 'float64' })];
    const [a, b] = [rowsOf(x), rowsOf(y)];
    const ratio = (p: readonly number[], q: readonly number[]) =>
      variance(p.map((value, i) => value - q[i]!)) / variance(p);
    expectMatrix(new SNRDistance({ normalizeEmbeddings: false }).matrix(x, y), (i, j) => ratio(a[i]!, b[j]!));
    expectMatrix(new SNRDistance({ power: 2 }).matrix(x, y), (i, j) => ratio(unit(a[i]!, 2), unit(b[j]!, 2)) ** 2);
  });

  it('is exactly 0 between equal rows, in batches of any size', () => {
    for (const count of [2, 26, 300]) {
      const x = torch.randn([1, 64]).expand([count, 64]);
      expect(new SNRDistance().matrix(x).abs().max().item(), `${count} rows`).to.equal(0);
    }
  });

  it('refuses a power that is not positive', () => {
    expect(() => new SNRDistance({ power: 0 })).to.throw(
      RangeError,
      'SNRDistance: power must be a positive number, got 0',
    );
  });
});

describe('BatchedDistance', () => {
  const plain = new LpDistance({ normalizeEmbeddings: false });
  let x: torch.Tensor;

  beforeEach(() => {
    x = torch.arange(14, { dtype: 'float32' }).view([7, 2]);
  });

  it('visits a matrix by blocks of rows', () => {
    const batched = new BatchedDistance({ distance: plain, batchSize: 3 });
    const seen = batched.forEachBlock(x, (block, begin, end) => [block.shape, begin, end]);
    expect(seen).to.deep.equal([
      [[3, 7], 0, 3],
      [[3, 7], 3, 6],
      [[1, 7], 6, 7],
    ]);
    const nearest = torch.cat(batched.forEachBlock(x, (block) => block.argmin(1), x.flip([0])));
    expect(nearest.tolist()).to.deep.equal([6, 5, 4, 3, 2, 1, 0]);
    expect(batched.matrix(x).tolist()).to.deep.equal(plain.matrix(x).tolist());
  });

  it('frees each block before the next', () => {
    const batched = new BatchedDistance({ distance: plain, batchSize: 1 });
    const counts = batched.forEachBlock(x, () => torch.memory().tensors);
    expect(new Set(counts).size).to.equal(1);
  });

  it('passes gradients on', () => {
    const points = torch.randn([7, 2], { dtype: 'float64' });
    const leaf = points.clone().requiresGrad_();
    new BatchedDistance({ distance: plain, batchSize: 2 }).matrix(leaf).sum().backward();
    const other = points.clone().requiresGrad_();
    plain.matrix(other).sum().backward();
    expect(leaf.grad?.allclose(other.grad as torch.Tensor)).to.equal(true);
  });

  it('refuses what is no distance, and blocks without rows', () => {
    expect(() => new BatchedDistance({ distance: 2 as never })).to.throw(TypeError, 'distance must be a Distance, got');
    expect(() => new BatchedDistance({ distance: plain, batchSize: 0 })).to.throw(
      RangeError,
      'BatchedDistance: batchSize must be a positive integer, got 0',
    );
  });
});

describe('orientation', () => {
  const values = torch.tensor([0.5, 0.1, 0.5, 0.9]);

  it('of a distance: small is near', () => {
    const distance = new LpDistance();
    expect(distance.margin(torch.tensor(0.25), torch.tensor(0.75)).item()).to.equal(0.5);
    expect(distance.sort(values).indices.tolist()).to.deep.equal([1, 0, 2, 3]);
    expect(distance.farthest).to.equal(Number.POSITIVE_INFINITY);
  });

  it('of a similarity: large is near', () => {
    const similarity = new CosineSimilarity();
    expect(similarity.margin(torch.tensor(0.75), torch.tensor(0.25)).item()).to.equal(0.5);
    expect(similarity.sort(values).indices.tolist()).to.deep.equal([3, 0, 2, 1]);
    expect(similarity.farthest).to.equal(Number.NEGATIVE_INFINITY);
  });
});
