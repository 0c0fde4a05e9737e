import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

const { AccuracyCalculator } = torch.evaluation;

/** The definitions, one query at a time. */
function expectedAccuracies(
  query: number[][],
  queryLabels: number[],
  reference: number[][],
  referenceLabels: number[],
  same: boolean,
  k = Number.POSITIVE_INFINITY,
): torch.evaluation.Accuracies {
  const totals = { precisionAt1: 0, rPrecision: 0, meanAveragePrecisionAtR: 0, queries: 0 };
  query.forEach((point, q) => {
    const others = reference
      .map((row, i) => ({ i, distance: Math.hypot(...row.map((value, d) => value - point[d]!)) }))
      .filter(({ i }) => !(same && i === q))
      .sort((a, b) => a.distance - b.distance || a.i - b.i)
      .map(({ i }) => referenceLabels[i] === queryLabels[q]);
    const relevant = Math.min(others.filter(Boolean).length, k);
    if (relevant === 0) return;
    let hits = 0;
    let precisions = 0;
    for (let rank = 1; rank <= relevant; rank++) {
      if (!others[rank - 1]) continue;
      hits++;
      precisions += hits / rank;
    }
    totals.queries++;
    totals.precisionAt1 += others[0] ? 1 : 0;
    totals.rPrecision += hits / relevant;
    totals.meanAveragePrecisionAtR += precisions / relevant;
  });
  const { queries } = totals;
  return {
    precisionAt1: totals.precisionAt1 / queries,
    rPrecision: totals.rPrecision / queries,
    meanAveragePrecisionAtR: totals.meanAveragePrecisionAtR / queries,
    queries,
  };
}

function expectSame(actual: torch.evaluation.Accuracies, expected: torch.evaluation.Accuracies): void {
  expect(actual.queries).to.equal(expected.queries);
  for (const name of ['precisionAt1', 'rPrecision', 'meanAveragePrecisionAtR'] as const) {
    expect(actual[name], name).to.be.closeTo(expected[name], 1e-12);
  }
}

const ids = (...labels: number[]) => torch.tensor(BigInt64Array.from(labels, BigInt));

describe('AccuracyCalculator', () => {
  beforeEach(() => torch.manualSeed(0));

  it('is right on a set that can be counted by hand', () => {
    // Neighbours of 0: 1 (other), 2 (same), 3 (same). R = 2: one of the first two is right, at rank 2.
    const points = torch.tensor([[0], [1], [2.5], [4.5]]);
    const { precisionAt1, rPrecision, meanAveragePrecisionAtR, queries } = new AccuracyCalculator().getAccuracy(
      points.narrow(0, 0, 1),
      ids(7),
      { reference: points, referenceLabels: ids(7, 8, 7, 7), refIncludesQuery: true },
    );
    expect({ precisionAt1, rPrecision, meanAveragePrecisionAtR, queries }).to.deep.equal({
      precisionAt1: 0,
      rPrecision: 0.5,
      meanAveragePrecisionAtR: 0.25,
      queries: 1,
    });
  });

  for (const [name, make] of [
    ['points without ties', () => torch.randn([60, 3], { dtype: 'float64' })],
    ['points with many ties and duplicates', () => torch.randint(0, 3, [60, 2]).to('float64')],
  ] as const) {
    it(`follows the definitions on ${name}`, () => {
      const points = make();
      const labels = torch.randint(0, 4, [60]);
      const [x, y] = [points.tolist() as number[][], labels.tolist() as number[]];
      const accuracies = new AccuracyCalculator().getAccuracy(points, labels);
      expect(accuracies.meanAveragePrecisionAtR).to.be.within(0.01, 0.99);
      expectSame(accuracies, expectedAccuracies(x, y, x, y, true));
    });

    it(`follows the definitions against another set, ${name}`, () => {
      const [query, reference] = [make().narrow(0, 0, 20), make()];
      const [queryLabels, referenceLabels] = [torch.randint(0, 5, [20]), torch.randint(0, 4, [60])];
      const accuracies = new AccuracyCalculator().getAccuracy(query, queryLabels, { reference, referenceLabels });
      const lists = [query, queryLabels, reference, referenceLabels].map((each) => each.tolist());
      expectSame(
        accuracies,
        expectedAccuracies(
          lists[0] as number[][],
          lists[1] as number[],
          lists[2] as number[][],
          lists[3] as number[],
          false,
        ),
      );
    });
  }

  for (const k of [1, 3, 1000]) {
    it(`looks at ${k} neighbours when k says so`, () => {
      const points = torch.randn([40, 2], { dtype: 'float64' });
      const labels = torch.randint(0, 3, [40]);
      const [x, y] = [points.tolist() as number[][], labels.tolist() as number[]];
      expectSame(new AccuracyCalculator({ k }).getAccuracy(points, labels), expectedAccuracies(x, y, x, y, true, k));
    });
  }

  it('is 1 for a single class', () => {
    expect(new AccuracyCalculator().getAccuracy(torch.randn([5, 2]), ids(3, 3, 3, 3, 3))).to.deep.equal({
      precisionAt1: 1,
      rPrecision: 1,
      meanAveragePrecisionAtR: 1,
      queries: 5,
    });
  });

  it('leaves out a class with one member, but keeps it as a neighbour', () => {
    const points = torch.tensor([[0], [1], [1.1]]);
    const accuracies = new AccuracyCalculator().getAccuracy(points, ids(0, 1, 0));
    expect(accuracies).to.deep.equal({ precisionAt1: 0, rPrecision: 0, meanAveragePrecisionAtR: 0, queries: 2 });
  });

  it('is NaN where no query has an answer', () => {
    const { queries, precisionAt1, meanAveragePrecisionAtR } = new AccuracyCalculator().getAccuracy(
      torch.randn([3, 2]),
      ids(0, 1, 2),
    );
    expect(queries).to.equal(0);
    expect(precisionAt1).to.be.NaN;
    expect(meanAveragePrecisionAtR).to.be.NaN;
  });

  it('tells class ids apart that float32 would confuse', () => {
    const points = torch.tensor([[0], [0.1], [5], [5.1]]);
    const accuracies = new AccuracyCalculator().getAccuracy(points, ids(16777216, 16777217, 16777216, 16777217));
    expect(accuracies.precisionAt1).to.equal(0);
  });

  it('leaves no tensors behind', () => {
    const [points, labels] = [torch.randn([30, 2]), torch.arange(30).remainder(3)];
    globalThis.gc?.(); // what earlier tests left
    const before = torch.memory().tensors;
    new AccuracyCalculator().getAccuracy(points, labels);
    expect(torch.memory().tensors).to.equal(before);
  });

  it('refuses what it cannot measure', () => {
    const calculator = new AccuracyCalculator();
    const points = torch.randn([3, 2]);
    expect(() => calculator.getAccuracy(points, ids(0, 1))).to.throw(
      torch.ShapeError,
      'AccuracyCalculator: queryLabels must be [3] to match embeddings [3, 2], got [2]',
    );
    expect(() => calculator.getAccuracy(points, torch.ones([3]))).to.throw(torch.DTypeError, 'int64, got float32');
    expect(() => calculator.getAccuracy(points, ids(0, 1, 2), { reference: points })).to.throw(
      TypeError,
      'AccuracyCalculator: a reference needs referenceLabels, got undefined',
    );
    expect(() => new AccuracyCalculator({ k: 1.5 })).to.throw(RangeError, 'k must be a positive integer or null');
  });
});
