import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

const { nearestNeighbors } = torch.evaluation;

/** Rows of the reference by distance, equal ones by number. */
function ranked(query: number[], reference: number[][], without?: number): { row: number; distance: number }[] {
  return reference
    .map((row, i) => ({ row: i, distance: Math.hypot(...row.map((value, d) => value - query[d]!)) }))
    .filter(({ row }) => row !== without)
    .sort((a, b) => a.distance - b.distance || a.row - b.row);
}

describe('nearestNeighbors', () => {
  beforeEach(() => torch.manualSeed(0));

  // Whole numbers from 0 to 2 give many ties, whose distances are exact.
  const grid = (count: number) => torch.randint(0, 3, [count, 2]).to('float64');

  it('ranks every row of the reference, ties by row', () => {
    const [query, reference] = [grid(6), grid(40)];
    const { distances, indices } = nearestNeighbors(query, reference);
    const rows = reference.tolist() as number[][];
    (query.tolist() as number[][]).forEach((each, i) => {
      const expected = ranked(each, rows);
      expect(indices.select(0, i).tolist()).to.deep.equal(expected.map(({ row }) => row));
      expect(distances.select(0, i).tolist()).to.deep.equal(expected.map(({ distance }) => distance));
    });
  });

  it('leaves a query out of its own neighbours, but not its duplicates', () => {
    const points = grid(40);
    const { indices } = nearestNeighbors(points, points, { refIncludesQuery: true, k: 7 });
    const rows = points.tolist() as number[][];
    rows.forEach((each, i) => {
      const expected = ranked(each, rows, i).slice(0, 7);
      expect(indices.select(0, i).tolist()).to.deep.equal(expected.map(({ row }) => row));
    });
  });

  it('gives all there are when k is more', () => {
    const points = grid(5);
    expect(nearestNeighbors(points, points, { k: 100 }).indices.shape).to.deep.equal([5, 5]);
    const { indices } = nearestNeighbors(points, points, { k: 100, refIncludesQuery: true });
    expect(indices.shape).to.deep.equal([5, 4]);
    const one = nearestNeighbors(grid(1), grid(1), { refIncludesQuery: true });
    expect(one.indices.shape).to.deep.equal([1, 0]);
  });

  it('ranks by similarity where that is asked', () => {
    const query = torch.tensor([[1, 0]]);
    const reference = torch.tensor([
      [-5, 0],
      [3, 3],
      [9, 1],
    ]);
    const distance = new torch.distances.CosineSimilarity();
    expect(nearestNeighbors(query, reference, { distance }).indices.tolist()).to.deep.equal([[2, 1, 0]]);
  });

  it('finds the same where the distances take several blocks of memory', () => {
    const [query, reference] = [torch.randn([5, 1]), torch.randn([1_000_000, 1])];
    const { distances, indices } = nearestNeighbors(query, reference, { k: 1 });
    const values = reference.toTypedArray() as Float32Array;
    (query.flatten().tolist() as number[]).forEach((each, i) => {
      let best = 0;
      for (let row = 1; row < values.length; row++) {
        if (Math.abs(values[row]! - each) < Math.abs(values[best]! - each)) best = row;
      }
      expect(distances.index([i, 0]).item()).to.equal(Math.fround(Math.abs(values[best]! - each)));
      expect(indices.index([i, 0]).item()).to.equal(best);
    });
  });

  // Each is searched by a shortlist, or by exact distances where that proves nothing.
  const sets: Record<string, (rows: number) => torch.Tensor> = {
    'without structure': (rows) => torch.randn([rows, 24]),
    float64: (rows) => torch.randn([rows, 24], { dtype: 'float64' }),
    'far from the origin, where a product cancels': (rows) => torch.randn([rows, 24]).mul(8e-3).add(7),
    'of duplicates': (rows) => torch.randn([25, 24]).index([torch.randint(0, 25, [rows])]),
    'of many equal distances': (rows) => torch.randint(0, 2, [rows, 24]).float(),
    'with one far outlier': (rows) => torch.cat([torch.randn([rows - 1, 24]), torch.full([1, 24], 1e6)]),
    'too small to square': (rows) => torch.randn([rows, 24]).mul(1e-23),
    'too small to square in float64': (rows) => torch.randn([rows, 24], { dtype: 'float64' }).mul(3e-162),
    'with NaN': (rows) => torch.cat([torch.randn([rows - 3, 24]), torch.full([3, 24], Number.NaN)]),
  };
  for (const [name, make] of Object.entries(sets)) {
    for (const options of [{ normalizeEmbeddings: false }, { normalizeEmbeddings: true, power: 2 }]) {
      it(`finds what sorting all distances finds in a set ${name}, ${JSON.stringify(options)}`, () => {
        const distance = new torch.distances.LpDistance(options);
        const reference = make(9000);
        const query = reference.narrow(0, 0, 40);
        const all = distance.sort(distance.matrix(query, reference));
        for (const [k, refIncludesQuery] of [
          [5, false],
          [5, true],
          [1200, true],
        ] as const) {
          const found = nearestNeighbors(query, reference, { k, refIncludesQuery, distance });
          const others = all.indices.ne(torch.arange(40).unsqueeze(1));
          const pick = (from: torch.Tensor) =>
            (refIncludesQuery ? from.maskedSelect(others).view([40, -1]) : from).narrow(1, 0, k);
          expect(found.indices.equal(pick(all.indices)), `rows, k = ${k}`).to.equal(true);
          const [distances, expected] = [found.distances, pick(all.values)].map((each) => each.nanToNum(-1));
          expect(distances!.equal(expected!), `distances, k = ${k}`).to.equal(true);
        }
      });
    }
  }

  it('measures few rows exactly where a product can choose them', () => {
    for (const [points, most] of [
      [torch.randn([9000, 32], { dtype: 'float64' }), 100 * 40],
      // Nothing chooses among equal rows.
      [torch.ones([9000, 32], { dtype: 'float64' }), 100 * 9040],
    ] as const) {
      const distance = new torch.distances.LpDistance();
      let measured = 0;
      distance.matrix = function (query, reference) {
        const values = torch.distances.LpDistance.prototype.matrix.call(this, query, reference);
        measured += values.numel();
        return values;
      };
      nearestNeighbors(points.narrow(0, 0, 100), points, { k: 10, distance });
      expect(measured).to.be.within(most / 2, most);
    }
  });

  it('ranks by similarity in blocks, ties by row', () => {
    const distance = new torch.distances.CosineSimilarity();
    const reference = torch.randint(0, 2, [20_000, 4]).double();
    const { distances, indices } = nearestNeighbors(reference.narrow(0, 0, 9), reference, { k: 30, distance });
    const [x, similarity, rows] = [reference, distances, indices].map((each) => each.tolist() as number[][]);
    rows!.forEach((row, i) => {
      for (let rank = 1; rank < row.length; rank++) {
        const [before, here] = [similarity![i]![rank - 1]!, similarity![i]![rank]!];
        expect(before).to.be.at.least(here);
        if (before === here) expect(row[rank]).to.be.greaterThan(row[rank - 1]!);
      }
      const norm = (v: number[]) => Math.hypot(...v) || 1;
      const cosine = (v: number[]) => v.reduce((sum, each, d) => sum + each * x![i]![d]!, 0) / norm(v) / norm(x![i]!);
      const worst = similarity![i]!.at(-1)!;
      expect(x!.filter((v) => cosine(v) > worst + 1e-9).length).to.be.at.most(30);
    });
  });

  it('holds no matrix of all distances', () => {
    let [most, largest] = [0, 0];
    class Watched extends torch.distances.LpDistance {
      override matrix(query: torch.Tensor, reference?: torch.Tensor): torch.Tensor {
        const values = super.matrix(query, reference);
        most = Math.max(most, torch.memory().bytes);
        largest = Math.max(largest, values.numel());
        return values;
      }
    }
    const [query, reference] = [torch.randn([600, 2]), torch.randn([100_000, 2])];
    globalThis.gc?.(); // what earlier tests left
    const before = torch.memory().bytes;
    nearestNeighbors(query, reference, { k: 10, distance: new Watched() });
    expect(largest).to.be.within(1 << 20, 1 << 22);
    expect(most - before).to.be.below(40e6);
  });

  it('refuses sets that do not fit', () => {
    expect(() => nearestNeighbors(torch.ones([2, 3]), torch.ones([4, 2]))).to.throw(
      torch.ShapeError,
      'nearestNeighbors: reference must be [M, 3], got [4, 2]',
    );
    expect(() => nearestNeighbors(torch.ones([5, 3]), torch.ones([4, 3]), { refIncludesQuery: true })).to.throw(
      torch.ShapeError,
      'a reference of 4 rows cannot include 5 queries',
    );
    expect(() => nearestNeighbors(torch.ones([2, 3]), torch.ones([4, 3]), { k: 0 })).to.throw(
      RangeError,
      'nearestNeighbors: k must be a positive integer or null, got 0',
    );
  });
});
