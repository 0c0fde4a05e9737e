import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

const { TripletMarginLoss } = torch.losses;
const { AvgNonZeroReducer, MeanReducer, SumReducer } = torch.reducers;
const { LpDistance, CosineSimilarity } = torch.distances;
const plain = new LpDistance({ normalizeEmbeddings: false });

function distance(a: readonly number[], b: readonly number[]): number {
  return Math.hypot(...a.map((value, i) => value - b[i]!));
}

/** Value and gradient of a sum of hinges, written from the formula; `scale` is what the reducer multiplies it by. */
function hinges(x: number[][], triplets: readonly (readonly [number, number, number])[], margin: number) {
  const gradient = x.map((row) => row.map(() => 0));
  const values = triplets.map(([a, p, n]) => {
    const [near, far] = [distance(x[a]!, x[p]!), distance(x[a]!, x[n]!)];
    const value = Math.max(0, near - far + margin);
    if (value > 0) {
      for (let d = 0; d < x[a]!.length; d++) {
        const towards = (x[a]![d]! - x[p]![d]!) / near;
        const away = (x[a]![d]! - x[n]![d]!) / far;
        gradient[a]![d]! += towards - away;
        gradient[p]![d]! -= towards;
        gradient[n]![d]! += away;
      }
    }
    return value;
  });
  return { values, gradient, violating: values.filter((value) => value > 0).length };
}

function everyTriplet(labels: readonly number[]): [number, number, number][] {
  const all: [number, number, number][] = [];
  for (const [a, label] of labels.entries())
    for (const [p, positive] of labels.entries())
      for (const [n, negative] of labels.entries())
        if (a !== p && label === positive && label !== negative) all.push([a, p, n]);
  return all;
}

function indices(triplets: readonly (readonly number[])[]): torch.miners.Triplets {
  const column = (at: number) => torch.tensor(BigInt64Array.from(triplets, (each) => BigInt(each[at]!)));
  return { anchor: column(0), positive: column(1), negative: column(2) };
}

function expectClose(actual: torch.Tensor | null, expected: number[][], scale: number): void {
  (actual!.tolist() as number[][]).forEach((row, i) => {
    row.forEach((value, d) => {
      expect(value, `gradient [${i}, ${d}]`).to.be.closeTo(expected[i]![d]! * scale, 1e-12);
    });
  });
}

describe('losses.TripletMarginLoss', () => {
  const labels = [0, 1, 2, 0, 1, 2, 0, 0, 1];
  const labelTensor = torch.tensor(BigInt64Array.from(labels, BigInt));
  let x: torch.Tensor;

  beforeEach(() => {
    torch.manualSeed(1);
    x = torch.randn([labels.length, 3], { dtype: 'float64' }).requiresGrad_();
  });

  for (const [name, reducer, scaleOf] of [
    ['the mean over violating triplets', new AvgNonZeroReducer(), (_: number, violating: number) => 1 / violating],
    ['the mean over all triplets', new MeanReducer(), (count: number) => 1 / count],
    ['the sum', new SumReducer(), () => 1],
  ] as const) {
    it(`is ${name} of the formula, gradient included`, () => {
      const all = everyTriplet(labels);
      const expected = hinges(x.tolist() as number[][], all, 0.3);
      expect(expected.violating).to.be.within(1, all.length - 1);
      const scale = scaleOf(all.length, expected.violating);
      const loss = new TripletMarginLoss({ margin: 0.3, distance: plain, reducer })(x, labelTensor);
      expect(loss.item()).to.be.closeTo(expected.values.reduce((sum, value) => sum + value, 0) * scale, 1e-12);
      loss.backward();
      expectClose(x.grad, expected.gradient, scale);
    });
  }

  it('takes the triplets that a miner picked', () => {
    const mined = new torch.miners.TripletMarginMiner({ margin: 0.3, typeOfTriplets: 'semihard', distance: plain })(
      x,
      labelTensor,
    );
    const picked = torch.stack([mined.anchor, mined.positive, mined.negative], 1).tolist() as [
      number,
      number,
      number,
    ][];
    expect(picked).to.not.be.empty;
    const expected = hinges(x.tolist() as number[][], picked, 0.3);
    const loss = new TripletMarginLoss({ margin: 0.3, distance: plain })(x, labelTensor, { tuples: mined });
    expect(loss.item()).to.be.closeTo(expected.values.reduce((sum, value) => sum + value, 0) / picked.length, 1e-12);
    loss.backward();
    expectClose(x.grad, expected.gradient, 1 / picked.length);
  });

  it('equals the loss over all triplets when the miner keeps all that violate', () => {
    const miner = new torch.miners.TripletMarginMiner({ margin: 0.3 });
    const lossFn = new TripletMarginLoss({ margin: 0.3 });
    expect(lossFn(x, labelTensor, { tuples: miner(x, labelTensor) }).item()).to.be.closeTo(
      lossFn(x, labelTensor).item() as number,
      1e-14,
    );
  });

  it('gives each triplet its own value before reduction', () => {
    const triplets = indices([
      [0, 3, 1],
      [1, 4, 2],
    ]);
    const lossFn = new TripletMarginLoss({ margin: 1, distance: plain });
    const [part] = lossFn.unreduced(x, labelTensor, { tuples: triplets });
    expect(part!.kind).to.equal('triplet');
    const expected = hinges(
      x.tolist() as number[][],
      [
        [0, 3, 1],
        [1, 4, 2],
      ],
      1,
    );
    (part!.values.tolist() as number[]).forEach((value, i) => {
      expect(value).to.be.closeTo(expected.values[i]!, 1e-12);
    });
  });

  for (const [name, options] of [
    ['swapped', { swap: true }],
    ['smooth', { smoothLoss: true }],
    ['swapped and smooth', { swap: true, smoothLoss: true }],
    ['swapped, by cosine', { swap: true, distance: new CosineSimilarity() }],
    ['plain', {}],
  ] as const) {
    for (const weighted of [false, true]) {
      it(`evaluates all triplets as listing them does: ${name}${weighted ? ', weighted' : ''}`, () => {
        const others = torch.randn([7, 3], { dtype: 'float64' }).requiresGrad_();
        const matrix = torch.randint(-2, 3, [9, 7]).double().div(2);
        const relation = torch.Relation.ofMatrix(weighted ? matrix : matrix.gt(0));
        for (const reducer of [new AvgNonZeroReducer(), new MeanReducer(), new SumReducer()]) {
          const lossFn = new TripletMarginLoss({ margin: 0.4, reducer, ...options });
          const weights = weighted ? torch.rand([9], { dtype: 'float64' }) : undefined;
          const call = { reference: others, weights };
          const results = [
            lossFn(x, relation, call),
            reducer.reduce(lossFn.unreduced(x, relation, call)[0] as never),
          ].map((loss) => [loss, ...torch.autograd.grad(loss, [x, others])] as torch.Tensor[]);
          const [fast, listed] = results as [torch.Tensor[], torch.Tensor[]];
          expect((fast[0] as torch.Tensor).item()).to.be.greaterThan(0);
          fast.forEach((each, i) => {
            expect(
              each
                .sub(listed[i] as torch.Tensor)
                .abs()
                .max()
                .item(),
              `${i}`,
            ).to.be.at.most(1e-12);
          });
        }
      });
    }
  }

  for (const power of [1, 2] as const) {
    for (const activeAtKink of [false, true]) {
      it(`sums what listing gives where many meet the margin exactly: power ${power}, ${activeAtKink ? '' : 'not '}active there`, () => {
        const points = torch.randint(0, 6, [12, 1]).double().div(4).requiresGrad_();
        const y = torch.arange(12).remainder(3);
        for (const reducer of [new AvgNonZeroReducer(), new MeanReducer(), new SumReducer()]) {
          const lossFn = new TripletMarginLoss({ margin: 0.25, power, activeAtKink, reducer, distance: plain });
          const part = lossFn.unreduced(points, y)[0] as never;
          const [fast, listed] = [lossFn(points, y), reducer.reduce(part)];
          expect(fast.item()).to.be.closeTo(listed.item() as number, 1e-12);
          const [actual, expected] = [fast, listed].map((loss) => torch.autograd.grad(loss, [points])[0]);
          expect(
            (actual as torch.Tensor)
              .sub(expected as torch.Tensor)
              .abs()
              .max()
              .item(),
          ).to.be.at.most(1e-12);
        }
      });
    }
  }

  it('has a gradient where the margin is met exactly, if asked and not left out of the mean', () => {
    const points = torch.tensor([[0], [1], [1.5]], { dtype: 'float64' }).requiresGrad_();
    const gradientFor = (reducer: torch.reducers.Reducer) => {
      const lossFn = new TripletMarginLoss({ margin: 0.5, distance: plain, activeAtKink: true, reducer });
      const loss = lossFn(points, torch.tensor([0n, 0n, 1n]), { tuples: indices([[0, 1, 2]]) });
      return torch.autograd.grad(loss, [points])[0]?.tolist();
    };
    expect(gradientFor(new SumReducer())).to.deep.equal([[0], [1], [-1]]);
    expect(gradientFor(new AvgNonZeroReducer())).to.deep.equal([[0], [0], [0]]);
  });

  it('grows with margin and embeddings together', () => {
    const lossOf = (scale: number) =>
      new TripletMarginLoss({ margin: 0.3 * scale, distance: plain })(x.mul(scale), labelTensor).item() as number;
    expect(lossOf(8)).to.be.closeTo(8 * lossOf(1), 1e-11);
  });

  it('is the sum over chunks of anchors', () => {
    const lossFn = new TripletMarginLoss({ margin: 0.3, reducer: new SumReducer() });
    const whole = lossFn(x, labelTensor);
    const chunks = [0, 3, 7].map((begin, i, begins) => {
      const length = (begins[i + 1] ?? 9) - begin;
      const relation = torch.Relation.ofLabels(labelTensor.narrow(0, begin, length), labelTensor, begin);
      return lossFn(x.narrow(0, begin, length), relation, { reference: x });
    });
    const sum = chunks.reduce((total, each) => total.add(each));
    expect(sum.item()).to.be.closeTo(whole.item() as number, 1e-12);
    const [expected, actual] = [whole, sum].map((loss) => torch.autograd.grad(loss, [x])[0] as torch.Tensor);
    expect(
      actual!
        .sub(expected as torch.Tensor)
        .abs()
        .max()
        .item(),
    ).to.be.at.most(1e-12);
  });

  it('takes label sets, masks and half precision as it takes labels', () => {
    const lossFn = new TripletMarginLoss({ margin: 0.3, reducer: new SumReducer() });
    const rest = torch.tensor([true, true, true, true, true, true, true, false, false]);
    const masked = lossFn(x, torch.Relation.ofLabels(labelTensor).where(rest));
    expect(masked.item()).to.be.closeTo(lossFn(x.narrow(0, 0, 7), labelTensor.narrow(0, 0, 7)).item() as number, 1e-12);
    const half = x.detach().half();
    expect(lossFn(half, labelTensor).item()).to.equal(lossFn(half.float(), labelTensor).item());
  });

  it('turns around for a similarity', () => {
    const points = torch.tensor([
      [1, 0],
      [0, 1],
      [1, 1],
    ]);
    const loss = new TripletMarginLoss({ margin: 0.5, distance: new CosineSimilarity() });
    const value = loss(points, torch.tensor([0n, 0n, 1n]), { tuples: indices([[0, 1, 2]]) }).item() as number;
    expect(value).to.be.closeTo(Math.SQRT1_2 - 0 + 0.5, 1e-6);
  });

  it('has gradient 0 where the margin is met exactly', () => {
    const points = torch.tensor([[0], [1], [1.5]], { dtype: 'float64' }).requiresGrad_();
    const loss = new TripletMarginLoss({ margin: 0.5, distance: plain });
    const value = loss(points, torch.tensor([0n, 0n, 1n]), { tuples: indices([[0, 1, 2]]) });
    value.backward();
    expect(value.item()).to.equal(0);
    expect(points.grad?.abs().max().item()).to.equal(0);
  });

  it('is 0 with gradient 0 where there is no triplet', () => {
    const loss = new TripletMarginLoss()(x, torch.zeros([labels.length], { dtype: 'int64' }));
    expect(loss.item()).to.equal(0);
    loss.backward();
    expect(x.grad?.abs().max().item()).to.equal(0);
  });

  it('has the gradient that finite differences give, with normalised embeddings', () => {
    const points = x.detach().narrow(0, 0, 6).requiresGrad_();
    const y = labelTensor.narrow(0, 0, 6);
    const lossFn = new TripletMarginLoss({ margin: 0.7 });
    const [analytic] = torch.autograd.grad(lossFn(points, y), [points]);
    const step = 1e-6;
    const flat = points.detach().flatten().tolist() as number[];
    const valueAt = (at: number, by: number) => {
      const moved = torch.tensor(Float64Array.from(flat, (value, i) => (i === at ? value + by : value))).view([6, 3]);
      return lossFn(moved, y).item() as number;
    };
    (analytic!.flatten().tolist() as number[]).forEach((value, i) => {
      expect(value).to.be.closeTo((valueAt(i, step) - valueAt(i, -step)) / (2 * step), 1e-7);
    });
  });

  it('shows broken embeddings as NaN', () => {
    const points = torch.full([3, 2], Number.NaN);
    expect(new TripletMarginLoss()(points, torch.tensor([0n, 0n, 1n])).item()).to.be.NaN;
  });

  it('refuses wrong labels, triplets and margins', () => {
    const lossFn = new TripletMarginLoss();
    expect(() => lossFn(x, labelTensor.narrow(0, 0, 8))).to.throw(
      torch.ShapeError,
      'TripletMarginLoss: labels must be [9] to match embeddings [9, 3], got [8]',
    );
    expect(() => lossFn(x, labelTensor.float())).to.throw(torch.DTypeError, 'labels must be class ids of dtype int64');
    const good = indices([[0, 3, 1]]);
    expect(() => lossFn(x, labelTensor, { tuples: { ...good, negative: torch.tensor([1n, 2n]) } })).to.throw(
      torch.ShapeError,
      'TripletMarginLoss: tuples: negative must be [1], got [2]',
    );
    expect(() => lossFn(x, labelTensor, { tuples: { ...good, anchor: torch.tensor([0]) } })).to.throw(
      torch.DTypeError,
      'anchor',
    );
    expect(() => lossFn(x, labelTensor, { tuples: [] as never })).to.throw(
      TypeError,
      'anchor must be a Tensor, got undefined',
    );
    expect(() => lossFn(x, labelTensor, good as never)).to.throw(TypeError, 'got anchor');
    expect(() => new TripletMarginLoss({ margin: '1' as never })).to.throw(TypeError, 'margin must be a number');
    expect(() => new TripletMarginLoss({ power: 3 as never })).to.throw(RangeError, 'power must be one of');
    expect(() => new TripletMarginLoss({ power: 2, smoothLoss: true })).to.throw(RangeError, 'smoothLoss has no kink');
  });
});
