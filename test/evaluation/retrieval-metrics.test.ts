import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

const { AccuracyCalculator } = torch.evaluation;

const everything = [
  'precisionAt1',
  'precisionAt4',
  'rPrecision',
  'meanAveragePrecision',
  'meanAveragePrecisionAtR',
  'meanReciprocalRank',
  'ndcg',
  'ndcgAt5',
  'recallAt3',
  'hitRateAt3',
  'cmcAt3',
] as const;
type Name = (typeof everything)[number];

/** What a query found, nearest first, and how many right answers with which gains there are. */
interface Found {
  readonly gains: readonly number[];
  readonly relevant: number;
  readonly ideal: readonly number[];
}

const sum = (values: readonly number[]) => values.reduce((total, each) => total + each, 0);
const mean = (values: readonly number[]) => sum(values) / values.length;

/** The definitions, by loops over one ranking; `all` is the depth where nothing else limits it, `most` the largest R. */
function measure(name: Name, { gains, relevant, ideal }: Found, all: number, most: number): number {
  const hit = (i: number) => ((gains[i] ?? 0) > 0 ? 1 : 0);
  const hitsAmong = (k: number) => sum(Array.from({ length: k }, (_, i) => hit(i)));
  const averagePrecision = (k: number) =>
    sum(Array.from({ length: k }, (_, i) => (hit(i) * hitsAmong(i + 1)) / (i + 1)));
  const discounted = (values: readonly number[], k: number) =>
    sum(values.slice(0, k).map((gain, i) => gain / Math.log2(i + 2)));
  const r = Math.min(relevant, most);
  const first = gains.slice(0, all).findIndex((gain) => gain > 0);
  const values: Record<Name, () => number> = {
    precisionAt1: () => hit(0),
    precisionAt4: () => hitsAmong(4) / 4,
    rPrecision: () => hitsAmong(r) / r,
    meanAveragePrecision: () => averagePrecision(all) / relevant,
    meanAveragePrecisionAtR: () => averagePrecision(r) / r,
    meanReciprocalRank: () => (first < 0 ? 0 : 1 / (first + 1)),
    ndcg: () => discounted(gains, all) / discounted(ideal, all),
    ndcgAt5: () => discounted(gains, 5) / discounted(ideal, 5),
    recallAt3: () => hitsAmong(3) / relevant,
    hitRateAt3: () => (hitsAmong(3) > 0 ? 1 : 0),
    cmcAt3: () => (hitsAmong(3) > 0 ? 1 : 0),
  };
  return values[name]();
}

type Judge = (query: number, candidate: number) => number | null;

/** Rankings by distance and row; a judge gives a gain, 0 for a wrong answer, null for one to be passed over. */
function rankings(query: number[][], reference: number[][], judge: Judge, same: boolean): Found[] {
  return query.map((point, q) => {
    const gains = reference
      .map((row, i) => ({ i, distance: Math.hypot(...row.map((value, d) => value - point[d]!)) }))
      .filter(({ i }) => !(same && i === q) && judge(q, i) !== null)
      .sort((a, b) => a.distance - b.distance || a.i - b.i)
      .map(({ i }) => judge(q, i) as number);
    const ideal = gains.filter((gain) => gain > 0).sort((a, b) => b - a);
    return { gains, relevant: ideal.length, ideal };
  });
}

const numbers = (x: torch.Tensor) => x.tolist() as number[][];

describe('the metrics of AccuracyCalculator', () => {
  beforeEach(() => torch.manualSeed(0));

  const sets: Record<string, () => torch.Tensor> = {
    'without ties': () => torch.randn([40, 3], { dtype: 'float64' }),
    'with many ties': () => torch.randint(0, 3, [40, 2]).double(),
    'in many dimensions': () => torch.randn([40, 32], { dtype: 'float64' }),
  };

  for (const [name, make] of Object.entries(sets)) {
    for (const k of [null, 7, 'max bin count'] as const) {
      it(`are what loops count on points ${name}, k = ${k}`, () => {
        const points = make();
        // One class has a single member: its query is left out.
        const labels = torch.cat([torch.tensor([99n]), torch.randint(0, 4, [39])]);
        const of = labels.tolist() as number[];
        const x = numbers(points);
        const all = rankings(x, x, (q, i) => (of[q] === of[i] ? 1 : 0), true).filter(({ relevant }) => relevant > 0);
        const most = Math.max(...all.map(({ relevant }) => relevant));
        const limit = k === 'max bin count' ? most : (k ?? 39);
        const accuracies = new AccuracyCalculator({ include: everything, k }).getAccuracy(points, labels);
        expect(accuracies.queries).to.equal(39);
        for (const metric of everything) {
          const expected = mean(all.map((found) => measure(metric, found, limit, Math.min(limit, most))));
          expect(accuracies[metric], metric).to.be.closeTo(expected, 1e-12);
          expect(expected, metric).to.be.within(0.001, 1);
        }
      });
    }
  }

  it('are means over classes, or of classes, where that is asked', () => {
    const points = torch.randn([40, 3], { dtype: 'float64' });
    const classes = [5n, 2n ** 60n, 2n ** 60n + 1n, -3n];
    const draw = torch.randint(0, 6, [39]).clampMax(3).tolist() as number[];
    const of = [77n, ...draw.map((i) => classes[i]!)];
    const labels = torch.tensor(BigInt64Array.from(of));
    const x = numbers(points);
    const all = rankings(x, x, (q, i) => (of[q] === of[i] ? 1 : 0), true);
    const include = ['rPrecision', 'recallAt3'] as const;
    const perClass = new AccuracyCalculator({ include, returnPerClass: true }).getAccuracy(points, labels);
    const averages = new AccuracyCalculator({ include, avgOfAvgs: true }).getAccuracy(points, labels);
    const expectedClasses = [-3n, 5n, 2n ** 60n, 2n ** 60n + 1n];
    expect(perClass.classes).to.deep.equal(expectedClasses);
    for (const metric of include) {
      const expected = expectedClasses.map((label) =>
        mean(all.filter((_, i) => of[i] === label).map((found) => measure(metric, found, 39, 39))),
      );
      perClass[metric].forEach((value, i) => {
        expect(value).to.be.closeTo(expected[i]!, 1e-12);
      });
      expect(averages[metric]).to.be.closeTo(mean(expected), 1e-12);
    }
  });

  it('take a comparison of labels of any shape', () => {
    const [points, reference] = [torch.randn([12, 3]).double(), torch.randn([30, 3]).double()];
    const [labels, referenceLabels] = [torch.randn([12, 2]), torch.randn([30, 2])];
    const shapes: number[][][] = [];
    const calculator = new AccuracyCalculator({
      include: ['rPrecision', 'meanReciprocalRank'],
      labelComparison: (a, b) => {
        shapes.push([a.shape, b.shape]);
        return a.sub(b).abs().amax([-1]).lt(0.8);
      },
    });
    const accuracies = calculator.getAccuracy(points, labels, { reference, referenceLabels });
    expect(shapes[0]).to.deep.equal([
      [12, 1, 2],
      [1, 30, 2],
    ]);
    const [a, b] = [numbers(labels), numbers(referenceLabels)];
    const judge: Judge = (q, i) => (Math.max(...a[q]!.map((value, d) => Math.abs(value - b[i]![d]!))) < 0.8 ? 1 : 0);
    const all = rankings(numbers(points), numbers(reference), judge, false).filter(({ relevant }) => relevant > 0);
    expect(accuracies.queries).to.equal(all.length);
    for (const metric of ['rPrecision', 'meanReciprocalRank'] as const) {
      expect(accuracies[metric]).to.be.closeTo(mean(all.map((found) => measure(metric, found, 30, 30))), 1e-12);
    }
  });

  it('leave a query out of its answers that a comparison calls different from itself', () => {
    const points = torch.tensor([[0], [1], [0.4]]);
    const labels = torch.tensor([0n, 1n, 0n]);
    // Right is what differs, so that no query is an answer of itself, and none is subtracted.
    const calculator = new AccuracyCalculator({ labelComparison: (a, b) => a.ne(b) });
    const { rPrecision, queries } = calculator.getAccuracy(points, labels);
    expect({ rPrecision, queries }).to.deep.equal({ rPrecision: 1 / 3, queries: 3 });
  });

  for (const self of [0, null]) {
    it(`take a weighted relation, and pass over what is neither right nor wrong, self: ${self}`, () => {
      const points = torch.randn([30, 3], { dtype: 'float64' });
      const weights = torch
        .randint(-1, 3, [30, 30])
        .double()
        .mul(torch.rand([30, 30], { dtype: 'float64' }));
      const relation = torch.Relation.ofMatrix(weights, { self });
      const accuracies = new AccuracyCalculator({ include: everything }).getAccuracy(points, relation);
      const shallow = ['precisionAt4', 'recallAt3', 'ndcgAt5'] as const;
      const some = new AccuracyCalculator({ include: shallow }).getAccuracy(points, relation);
      for (const metric of shallow) expect(some[metric], metric).to.equal(accuracies[metric]);
      const w = numbers(weights);
      const judge: Judge = (q, i) => (w[q]![i] === 0 ? null : Math.max(0, w[q]![i]!));
      const x = numbers(points);
      const all = rankings(x, x, judge, true);
      const most = Math.max(...all.map(({ relevant }) => relevant));
      for (const metric of everything) {
        const expected = mean(all.map((found) => measure(metric, found, 29, most)));
        expect(accuracies[metric], metric).to.be.closeTo(expected, 1e-12);
      }
    });
  }

  it('give means of classes for a relation that has them', () => {
    const points = torch.randn([20, 3]);
    const labels = torch.randint(0, 3, [20]);
    const calculator = new AccuracyCalculator({ returnPerClass: true });
    const ofRelation = calculator.getAccuracy(points, torch.Relation.ofLabels(labels));
    expect(ofRelation).to.deep.equal(calculator.getAccuracy(points, labels));
  });

  it('are measured in blocks of queries', () => {
    const [points, reference] = [torch.randn([220, 4]), torch.randn([20_000, 4])];
    const [labels, referenceLabels] = [torch.randint(0, 9, [220]), torch.randint(0, 10, [20_000])];
    const calculator = new AccuracyCalculator({ include: everything });
    const accuracies = calculator.getAccuracy(points, labels, { reference, referenceLabels });
    const relation = torch.Relation.ofLabels(labels, referenceLabels);
    expect(calculator.getAccuracy(points, relation, { reference })).to.deep.equal(accuracies);
    const [x, y] = [labels.tolist() as number[], referenceLabels.tolist() as number[]];
    const one = [219, 0].map((q) => {
      const judge: Judge = (_, i) => (x[q] === y[i] ? 1 : 0);
      const [found] = rankings(numbers(points.narrow(0, q, 1).double()), numbers(reference.double()), judge, false);
      const options = { reference, referenceLabels };
      const only = calculator.getAccuracy(points.narrow(0, q, 1), labels.narrow(0, q, 1), options);
      for (const metric of ['meanReciprocalRank', 'ndcgAt5', 'recallAt3'] as const) {
        expect(only[metric], metric).to.be.closeTo(measure(metric, found!, 20_000, 20_000), 1e-9);
      }
      return only.meanAveragePrecision;
    });
    expect(one[0]).to.not.equal(one[1]);
  });

  it('have types that follow what is included', () => {
    const points = torch.randn([4, 2]);
    const labels = torch.tensor([0n, 0n, 1n, 1n]);
    const accuracies = new AccuracyCalculator({ include: ['recallAt2', 'AMI'] }).getAccuracy(points, labels);
    const typed: { recallAt2: number; AMI: number; queries: number } = accuracies;
    expect(Object.keys(typed).sort()).to.deep.equal(['AMI', 'queries', 'recallAt2']);
    // @ts-expect-error It was not asked for.
    expect(accuracies.precisionAt1).to.equal(undefined);
    const perClass = new AccuracyCalculator({ include: ['recallAt2', 'NMI'], returnPerClass: true });
    const lists: { recallAt2: number[]; NMI: number; classes: bigint[] } = perClass.getAccuracy(points, labels);
    expect(lists.recallAt2).to.have.length(2);
    // @ts-expect-error There is no such metric.
    expect(() => new AccuracyCalculator({ include: ['recall'] })).to.throw(
      RangeError,
      /include must name rPrecision, .*, ndcg, precisionAtK, .*, NMI, AMI \(K: 1, 2, …\), got "recall"/,
    );
  });

  it('refuse options that exclude each other', () => {
    const points = torch.randn([3, 2]);
    const labels = torch.tensor([0n, 0n, 1n]);
    for (const [make, type, message] of [
      [() => new AccuracyCalculator({ include: ['ndcgAt10'], k: 5 }), RangeError, 'ndcgAt10 looks at 10 neighbours'],
      [() => new AccuracyCalculator({ include: 'NMI' as never }), TypeError, 'include must be an array of names'],
      [() => new AccuracyCalculator({ include: ['recallAt0'] }), RangeError, 'got "recallAt0"'],
      [() => new AccuracyCalculator({ include: ['recallAt1.5'] }), RangeError, 'got "recallAt1.5"'],
      [() => new AccuracyCalculator({ avgOfAvgs: true, returnPerClass: true }), TypeError, 'exclude each other'],
      [
        () => new AccuracyCalculator({ include: ['NMI'], labelComparison: torch.eq }),
        TypeError,
        'NMI is of classes, and cannot be measured by a labelComparison',
      ],
      [
        () =>
          new AccuracyCalculator({ include: ['AMI'] }).getAccuracy(
            points,
            torch.Relation.ofMatrix(torch.ones([3, 3]).bool()),
          ),
        TypeError,
        'AMI needs class ids int64 [N], got other labels',
      ],
      [
        () => new AccuracyCalculator({ labelComparison: (a, b) => a.sub(b) }).getAccuracy(points, labels),
        torch.DTypeError,
        'labelComparison must return bool, got int64',
      ],
      [
        () => new AccuracyCalculator({ labelComparison: (a) => a.eq(0) }).getAccuracy(points, labels),
        torch.ShapeError,
        'labelComparison must return [3, 3] for labels [3, 1, …] and [1, 3, …], got [3, 1]',
      ],
      [
        () =>
          new AccuracyCalculator().getAccuracy(points, labels, {
            reference: points,
            referenceLabels: labels.add(1),
            refIncludesQuery: true,
          }),
        RangeError,
        'a reference that includes the query begins with its labels',
      ],
    ] as const) {
      expect(make).to.throw(type, message);
    }
  });
});
