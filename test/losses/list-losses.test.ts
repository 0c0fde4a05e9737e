/** List- and set-wise losses against loops over plain numbers, and at their edges. */

import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

const losses = torch.losses;
const ids = (labels: readonly number[]) => torch.tensor(BigInt64Array.from(labels, BigInt));
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const labels = [0, 1, 2, 0, 1, 2, 0, 0, 3, 1];
const referenceLabels = [1, 0, 2, 4, 0, 1];

function cosine(a: readonly number[], b: readonly number[]): number {
  const dot = (x: readonly number[], y: readonly number[]) => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

/** A batch as plain numbers: what each row may be compared with, and how similar it is. */
interface Plain {
  readonly similarity: number[][];
  /** Columns of each row, itself left out. */
  readonly positives: number[][];
  readonly negatives: number[][];
  /** The column that the row itself is. */
  readonly self: (row: number) => number[];
}

function plain(x: torch.Tensor, candidates?: torch.Tensor): Plain {
  const [rows, columns] = [x.tolist() as number[][], (candidates ?? x).tolist() as number[][]];
  const classes = candidates === undefined ? labels : referenceLabels;
  const where = (row: number, related: boolean) =>
    columns
      .map((_, j) => j)
      .filter((j) => (classes[j] === labels[row]) === related && (candidates !== undefined || j !== row));
  return {
    similarity: rows.map((a) => columns.map((b) => cosine(a, b))),
    positives: rows.map((_, i) => where(i, true)),
    negatives: rows.map((_, i) => where(i, false)),
    self: (row) => (candidates === undefined ? [row] : []),
  };
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const distanceOf = (similarity: number) => Math.sqrt(Math.max(0, 2 - 2 * similarity));

/** The mean over rows that have a positive. */
function overQueries({ positives }: Plain, of: (row: number) => number): number {
  return mean(positives.flatMap((own, row) => (own.length > 0 ? [of(row)] : [])));
}

const formulas: readonly [string, () => torch.losses.MetricLoss, (batch: Plain) => number][] = [
  [
    'FastAPLoss',
    () => new losses.FastAPLoss({ numBins: 8 }),
    (batch) => {
      const histogram = (row: number, columns: readonly number[]) =>
        Array.from({ length: 9 }, (_, node) => {
          const places = columns.map((j) => (2 - 2 * batch.similarity[row]![j]!) * 2);
          return places.reduce((sum, place) => sum + Math.max(0, 1 - Math.abs(place - node)), 0);
        });
      return overQueries(batch, (row) => {
        const [near, far] = [histogram(row, batch.positives[row]!), histogram(row, batch.negatives[row]!)];
        let [precision, nearBefore, before] = [0, 0, 0];
        for (const [node, hits] of near.entries()) {
          nearBefore += hits;
          before += hits + far[node]!;
          if (hits > 0) precision += (hits * nearBefore) / before;
        }
        return 1 - precision / batch.positives[row]!.length;
      });
    },
  ],
  [
    'SmoothAPLoss',
    () => new losses.SmoothAPLoss({ temperature: 0.2 }),
    (batch) =>
      overQueries(batch, (row) => {
        const s = batch.similarity[row]!;
        const own = [...batch.positives[row]!, ...batch.self(row)];
        const rank = (i: number, among: readonly number[]) =>
          among.reduce((sum, j) => (j === i ? sum : sum + sigmoid((s[j]! - s[i]!) / 0.2)), 1);
        return 1 - mean(own.map((i) => rank(i, own) / rank(i, [...own, ...batch.negatives[row]!])));
      }),
  ],
  ...(
    [
      ['Ds', (r: number) => Math.log(1 + r)],
      ['Dq', (r: number) => 1 - 1 / (1 + r) ** 3],
      ['Iu', (r: number) => (1 + r) * Math.log(1 + r)],
      ['Ib', (r: number) => (4 * r - Math.log(1 + 4 * r)) / 16],
      ['O', (r: number) => r],
    ] as const
  ).map(
    ([variant, penalty]) =>
      [
        `PNPLoss, ${variant}`,
        () => new losses.PNPLoss({ variant, alpha: 3, b: 4, anneal: 0.2 }),
        (batch: Plain) =>
          overQueries(batch, (row) => {
            const s = batch.similarity[row]!;
            const before = (i: number) =>
              batch.negatives[row]!.reduce((sum, j) => sum + sigmoid((s[j]! - s[i]!) / 0.2), 0);
            return mean([...batch.positives[row]!, ...batch.self(row)].map((i) => penalty(before(i))));
          }),
      ] as [string, () => torch.losses.MetricLoss, (batch: Plain) => number],
  ),
  [
    'HistogramLoss',
    () => new losses.HistogramLoss({ nBins: 10 }),
    (batch) => {
      const [near, far] = [new Map<string, number>(), new Map<string, number>()];
      for (const [row, own] of batch.positives.entries()) {
        if (own.length === 0 || batch.negatives[row]!.length === 0) continue;
        const key = (j: number) => (batch.self(row).length > 0 ? [row, j].sort((a, b) => a - b).join() : `${row},${j}`);
        for (const j of own) near.set(key(j), batch.similarity[row]![j]!);
        for (const j of batch.negatives[row]!) far.set(key(j), batch.similarity[row]![j]!);
      }
      const density = (values: readonly number[]) =>
        Array.from({ length: 11 }, (_, node) => mean(values.map((s) => Math.max(0, 1 - Math.abs((s + 1) * 5 - node)))));
      const [p, n] = [density([...near.values()]), density([...far.values()])];
      return n.reduce((sum, each, r) => sum + each * p.slice(0, r + 1).reduce((a, b) => a + b, 0), 0);
    },
  ],
  [
    'RankedListLoss',
    () => new losses.RankedListLoss({ margin: 0.5, Tn: 4, Tp: 2, imbalance: 0.3, alpha: 1.3 }),
    (batch) => {
      const weighted = (violations: readonly number[], temperature: number, candidates: number) => {
        const found = violations.filter((violation) => violation > 0);
        const weights = found.map((violation) => Math.exp(temperature * violation));
        const sum = weights.reduce((a, b) => a + b, 1e-5 * candidates);
        return found.reduce((total, violation, i) => total + weights[i]! * violation, 0) / sum;
      };
      return mean(
        batch.similarity.map((s, row) => {
          const near = batch.positives[row]!.map((j) => distanceOf(s[j]!) - 0.8);
          const far = batch.negatives[row]!.map((j) => 1.3 - distanceOf(s[j]!));
          return 0.7 * weighted(near, 2, s.length) + 0.3 * weighted(far, 4, s.length);
        }),
      );
    },
  ],
  [
    'DynamicSoftMarginLoss',
    () => new losses.DynamicSoftMarginLoss({ numBins: 8 }),
    (batch) => {
      const gaps = batch.similarity.flatMap((s, row) =>
        batch.positives[row]!.flatMap((p) => batch.negatives[row]!.map((n) => distanceOf(s[p]!) - distanceOf(s[n]!))),
      );
      const [counts, place] = [Array<number>(8).fill(0), (gap: number) => Math.min(7, (gap + 2) * 2)];
      for (const gap of gaps) {
        for (const node of counts.keys()) counts[node]! += Math.max(0, 1 - Math.abs(place(gap) - node));
      }
      const below = (gap: number) =>
        counts.slice(0, Math.floor(place(gap)) + 1).reduce((a, b) => a + b, 0) / gaps.length;
      return mean(gaps.map((gap) => below(gap) * gap));
    },
  ],
];

describe('list- and set-wise losses', () => {
  let x: torch.Tensor;
  let reference: torch.Tensor;

  beforeEach(() => {
    torch.manualSeed(12);
    x = torch.randn([10, 4], { dtype: 'float64' });
    reference = torch.randn([6, 4], { dtype: 'float64' });
  });

  for (const [name, make, formula] of formulas) {
    it(`${name} is its formula, in a batch and with a reference`, () => {
      expect(make().double()(x, ids(labels)).item()).to.be.closeTo(formula(plain(x)), 1e-10);
      const call = { reference, referenceLabels: ids(referenceLabels) };
      expect(make().double()(x, ids(labels), call).item()).to.be.closeTo(formula(plain(x, reference)), 1e-10);
    });
  }

  it('SmoothAPLoss and DynamicSoftMarginLoss are the same block by block', () => {
    // 240 rows of 3 classes: 18,960 positive pairs times 240 candidates are more than one block holds.
    const many = torch.randn([240, 3], { dtype: 'float64' });
    const y = torch.arange(240).remainder(3);
    const order = y.argsort({ stable: true });
    for (const make of [
      () => new losses.SmoothAPLoss({ temperature: 0.1 }),
      () => new losses.DynamicSoftMarginLoss(),
    ]) {
      const whole = many.clone().requiresGrad_();
      const loss = make().double()(whole, y);
      loss.backward();
      const sorted = many.index([order]).requiresGrad_();
      const other = make().double()(sorted, y.index([order]));
      other.backward();
      expect(other.item()).to.be.closeTo(loss.item() as number, 1e-12);
      expect(
        sorted
          .grad!.sub(whole.grad!.index([order]))
          .abs()
          .max()
          .item(),
      ).to.be.lessThan(1e-12);
    }
  });

  it('SmoothAPLoss and PNPLoss can be differentiated twice', () => {
    const few = x.narrow(0, 0, 6).requiresGrad_();
    const y = ids(labels.slice(0, 6));
    for (const lossFn of [new losses.SmoothAPLoss({ temperature: 0.5 }), new losses.PNPLoss({ anneal: 0.5 })]) {
      expect(torch.autograd.gradgradcheck((each) => lossFn(each, y), [few])).to.equal(true);
    }
  });

  it('FastAPLoss and HistogramLoss refuse distances whose range they do not know', () => {
    const { CosineSimilarity, LpDistance } = torch.distances;
    expect(() => new losses.FastAPLoss({ distance: new CosineSimilarity() })).to.throw(
      TypeError,
      'FastAPLoss: distance',
    );
    expect(() => new losses.FastAPLoss({ distance: new LpDistance({ p: 1 }) })).to.throw(
      TypeError,
      'LpDistance of p 2',
    );
    expect(() => new losses.HistogramLoss({ distance: new LpDistance() })).to.throw(
      TypeError,
      'HistogramLoss: distance',
    );
    expect(() => new losses.HistogramLoss({ nBins: 10, delta: 0.3 })).to.throw(RangeError, 'delta must be 2 / nBins');
    expect(new losses.HistogramLoss({ nBins: 30, delta: 2 / 30 }).delta).to.equal(2 / 30);
  });

  it('SmoothAPLoss is 0 for a perfect ranking, and PNPLoss too', () => {
    const perfect = torch.tensor(
      [
        [1, 0],
        [1, 0.01],
        [-1, 0],
        [-1, 0.01],
      ],
      { dtype: 'float64' },
    );
    const y = ids([0, 0, 1, 1]);
    expect(new losses.SmoothAPLoss()(perfect, y).item()).to.be.closeTo(0, 1e-12);
    for (const variant of ['Ds', 'Dq', 'Iu', 'Ib', 'O'] as const) {
      expect(new losses.PNPLoss({ variant })(perfect, y).item(), variant).to.be.closeTo(0, 1e-12);
    }
  });

  it('PNPLoss refuses other variants', () => {
    expect(() => new losses.PNPLoss({ variant: 'X' as never })).to.throw(RangeError, 'variant must be one of Ds, Dq');
  });

  it('RankedListLoss wants a margin and a temperature', () => {
    expect(() => new losses.RankedListLoss({ margin: 0.4 } as never)).to.throw(TypeError, 'RankedListLoss: Tn must be');
    expect(() => new losses.RankedListLoss(undefined as never)).to.throw(TypeError, 'RankedListLoss: margin must be');
    expect(() => new losses.RankedListLoss({ margin: 0.4, Tn: 1, imbalance: 2 })).to.throw(RangeError, 'from 0 to 1');
  });

  it('InstanceLoss takes the row of the rank of its class as its target', () => {
    const y = ids([7, 3, 7]);
    const s = plain(x).similarity;
    const of = (row: number, target: number) =>
      Math.log([0, 1, 2].reduce((sum, j) => sum + Math.exp(5 * s[row]![j]!), 0)) - 5 * s[row]![target]!;
    const expected = mean([of(0, 1), of(1, 0), of(2, 1)]);
    expect(new losses.InstanceLoss({ gamma: 5 })(x.narrow(0, 0, 3), y).item()).to.be.closeTo(expected, 1e-12);
    expect(() =>
      new losses.InstanceLoss()(x, ids(labels), { reference, referenceLabels: ids(referenceLabels) }),
    ).to.throw(TypeError, 'InstanceLoss: this loss takes no reference');
  });

  describe('DynamicSoftMarginLoss', () => {
    it('keeps its histogram in the state dict, and moves it in training only', () => {
      const lossFn = new losses.DynamicSoftMarginLoss().double();
      const y = ids(labels);
      lossFn(x, y);
      const [first] = [lossFn.histogram.tolist() as number[]];
      expect(first.reduce((sum, each) => sum + each, 0)).to.be.closeTo(1, 1e-12);
      lossFn.eval();
      lossFn(reference, ids(referenceLabels));
      expect(lossFn.histogram.tolist()).to.deep.equal(first);
      const loaded = new losses.DynamicSoftMarginLoss().double();
      loaded.loadStateDict(lossFn.stateDict());
      expect(loaded.eval()(x, y).item()).to.equal(lossFn(x, y).item());
      lossFn.train()(reference, ids(referenceLabels));
      expect(lossFn.histogram.tolist()).to.not.deep.equal(first);
    });

    it('pairs row i of both sets where there are no labels', () => {
      const [a, b] = [x.narrow(0, 0, 6), reference];
      const distances = new torch.distances.LpDistance().matrix(a, b).tolist() as number[][];
      const gaps = distances.map((row, i) => {
        const others = [
          ...row.filter((_, j) => j !== i),
          ...distances.map((each) => each[i]!).filter((_, j) => j !== i),
        ];
        return row[i]! - Math.min(...others);
      });
      const place = (gap: number) => Math.min(7, (gap + 2) * 2);
      const counts = Array.from({ length: 8 }, (_, node) =>
        gaps.reduce((sum, gap) => sum + Math.max(0, 1 - Math.abs(place(gap) - node)), 0),
      );
      const weight = (gap: number) => counts.slice(0, Math.floor(place(gap)) + 1).reduce((p, q) => p + q, 0) / 6;
      const lossFn = new losses.DynamicSoftMarginLoss({ numBins: 8 }).double();
      expect(lossFn(a, null, { reference: b }).item()).to.be.closeTo(mean(gaps.map((gap) => weight(gap) * gap)), 1e-12);
      expect(() => lossFn(x, null, { reference: b })).to.throw(
        TypeError,
        'without labels, reference must have as many rows',
      );
      expect(() => lossFn(x, null)).to.throw(TypeError, 'got none');
      expect(lossFn(x.narrow(0, 0, 1), null, { reference: b.narrow(0, 0, 1) }).item()).to.equal(0);
    });
  });

  describe('P2SGradLoss', () => {
    it('keeps its columns at length 1, and leaves them alone where they are', () => {
      const lossFn = new losses.P2SGradLoss({ descriptorsDim: 4, numClasses: 5 }).double();
      const y = ids(labels);
      // Two graphs may wait for their backward at once.
      const sum = lossFn(x, y).add(lossFn(x, y));
      sum.backward();
      torch.noGrad(() => lossFn.weight.mul_(3));
      lossFn(x, y);
      const lengths = lossFn.weight.square().sum(0).sqrt().tolist() as number[];
      for (const length of lengths) expect(length).to.be.closeTo(1, 1e-12);
    });

    it('has the gradient by embeddings that finite differences give', () => {
      const lossFn = new losses.P2SGradLoss({ descriptorsDim: 4, numClasses: 5 }).double();
      expect(torch.autograd.gradcheck((each) => lossFn(each, ids(labels)), [x.requiresGrad_()])).to.equal(true);
    });

    it('refuses class ids and embeddings that its weight is not of', () => {
      const lossFn = new losses.P2SGradLoss({ descriptorsDim: 4, numClasses: 3 }).double();
      expect(() => lossFn(x, ids(labels))).to.throw(RangeError, 'labels must be from 0 to 2, got 3');
      expect(() => lossFn(x.narrow(1, 0, 3), ids(labels))).to.throw(torch.ShapeError, 'embeddings must be [N, 4]');
    });
  });

  describe('ManifoldLoss', () => {
    it('draws the proxies by the generator of torch', () => {
      const lossFn = new losses.ManifoldLoss({ l: 4, K: 3 }).double();
      const drawn = () => {
        torch.manualSeed(5);
        return lossFn(x).item();
      };
      const once = drawn();
      expect(drawn()).to.equal(once);
      expect(lossFn(x.narrow(0, 0, 2)).item(), 'fewer rows than proxies').to.be.greaterThan(0);
    });

    it('refuses what it cannot take', () => {
      expect(() => new losses.ManifoldLoss({} as never)).to.throw(TypeError, 'ManifoldLoss: l must be');
      expect(() => new losses.ManifoldLoss({ l: 4, alpha: 1 })).to.throw(RangeError, 'alpha must be between 0 and 1');
      const lossFn = new losses.ManifoldLoss({ l: 4, K: 3 }).double();
      expect(() => lossFn(x.narrow(1, 0, 3))).to.throw(torch.ShapeError, 'embeddings must be [N, 4]');
      expect(() => lossFn(x, ids(labels))).to.throw(RangeError, 'metaClasses must be from 0 to 2, got 3');
      expect(() => lossFn(x, ids([0]))).to.throw(torch.ShapeError, 'metaClasses must be [10]');
    });
  });
});
