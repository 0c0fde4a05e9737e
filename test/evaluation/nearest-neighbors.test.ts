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
