import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

const { reducers } = torch;
const ids = (values: readonly number[]) => torch.tensor(BigInt64Array.from(values, BigInt));
const batch = { embeddings: torch.zeros([4, 2]), classes: ids([0, 1, 0, 2]) };

function pairs(values: readonly number[], anchors: readonly number[], divisor?: number | torch.Tensor) {
  const indices = { anchor: ids(anchors), other: ids(anchors.map((each) => (each + 1) % 4)) };
  const part = { kind: 'pair', name: 'positive', values: torch.tensor(values), indices } as const;
  return divisor === undefined ? part : { ...part, divisor };
}

describe('AvgNonZeroReducer', () => {
  it('is the mean over what is greater than 0', () => {
    const values = torch.tensor([0, 1, 3, -8]).requiresGrad_();
    const loss = new reducers.AvgNonZeroReducer().reduce({ ...pairs([], [0, 1, 2, 3]), values });
    expect(loss.item()).to.equal(2);
    loss.backward();
    expect(values.grad?.tolist()).to.deep.equal([0, 0.5, 0.5, 0]);
  });
});

describe('DivisorReducer', () => {
  it('divides the sum by what the loss says, a tensor or a number', () => {
    const reducer = new reducers.DivisorReducer();
    expect(reducer.reduce(pairs([1, 2, 3], [0, 1, 2], 4)).item()).to.equal(1.5);
    expect(reducer.reduce(pairs([1, 2, 3], [0, 1, 2], torch.tensor(4n))).item()).to.equal(1.5);
    expect(reducer.reduce(pairs([1, 2, 3], [0, 1, 2], torch.tensor(0n))).item()).to.equal(0);
    expect(reducer.reduce(pairs([1, 2, 3], [0, 1, 2], 0)).item()).to.equal(0);
  });

  it('refuses a loss that says nothing', () => {
    expect(() => new reducers.DivisorReducer().reduce(pairs([1], [0]))).to.throw(TypeError, 'gives no divisor');
  });
});

describe('ThresholdReducer', () => {
  const losses = pairs([0, 0.25, 0.5, 1, 2], [0, 1, 2, 3, 0]);

  it('is the mean over the losses between its limits, which are excluded', () => {
    const reduce = (options: torch.reducers.ThresholdReducerOptions) =>
      new reducers.ThresholdReducer(options).reduce(losses).item();
    expect(reduce({ low: 0.25 })).to.be.closeTo(3.5 / 3, 1e-6);
    expect(reduce({ high: 1 })).to.equal(0.25);
    expect(reduce({ low: 0, high: 1 })).to.equal(0.375);
    expect(reduce({ low: 2 })).to.equal(0);
  });

  it('has no gradient for what it leaves out', () => {
    const values = torch.tensor([0.25, 0.5, 2]).requiresGrad_();
    new reducers.ThresholdReducer({ low: 0.3, high: 1 }).reduce({ ...pairs([], [0, 1, 2]), values }).backward();
    expect(values.grad?.tolist()).to.deep.equal([0, 1, 0]);
  });

  it('refuses to have no limit', () => {
    expect(() => new reducers.ThresholdReducer({})).to.throw(TypeError, 'low or high must be a number, got neither');
  });
});

describe('ClassWeightedReducer', () => {
  const weights = torch.tensor([1, 10, 100]);

  it('weighs each loss by the class of its anchor, and divides by their number', () => {
    const reduced = new reducers.ClassWeightedReducer({ weights }).reduce(pairs([1, 2, 3], [2, 1, 3]), batch);
    expect(reduced.item()).to.be.closeTo((1 + 20 + 300) / 3, 1e-4);
  });

  it('refuses rows without class ids, classes without weights, and weights of another shape', () => {
    const reducer = new reducers.ClassWeightedReducer({ weights: weights.narrow(0, 0, 2) });
    expect(() => reducer.reduce(pairs([1], [0]))).to.throw(TypeError, 'labels must be class ids');
    expect(() => reducer.reduce(pairs([1], [3]), batch)).to.throw(RangeError, 'labels must be from 0 to 1, got 2');
    expect(() => new reducers.ClassWeightedReducer({ weights: weights.unsqueeze(0) })).to.throw(
      torch.ShapeError,
      'ClassWeightedReducer: weights must be [C], got [1, 3]',
    );
  });
});

describe('PerAnchorReducer', () => {
  it('averages over the anchors what is averaged over the pairs of each', () => {
    const losses = pairs([1, 3, 5, 0], [0, 0, 2, 3]);
    expect(new reducers.PerAnchorReducer().reduce(losses, batch).item()).to.equal((2 + 0 + 5 + 0) / 4);
    const reducer = new reducers.AvgNonZeroReducer();
    expect(new reducers.PerAnchorReducer({ reducer }).reduce(losses, batch).item()).to.equal(3.5);
  });

  it('does so for triplets', () => {
    const values = torch.tensor([1, 3, 5]);
    const [anchor, positive, negative] = [ids([0, 0, 2]), ids([2, 2, 0]), ids([1, 3, 1])];
    const losses = { kind: 'triplet', values, indices: { anchor, positive, negative } } as const;
    expect(new reducers.PerAnchorReducer().reduce(losses, batch).item()).to.equal(7 / 4);
    const loss = new torch.losses.TripletMarginLoss({ reducer: new reducers.PerAnchorReducer() });
    expect(loss(torch.randn([4, 3]), batch.classes).item()).to.be.a('number');
  });

  it('refuses pairs without their batch', () => {
    expect(() => new reducers.PerAnchorReducer().reduce(pairs([1], [0]))).to.throw(
      TypeError,
      'the batch must be given',
    );
  });
});

describe('MultipleReducers', () => {
  it('reduces each part by its name', () => {
    const reducer = new reducers.MultipleReducers({ reducers: { positive: new reducers.SumReducer() } });
    expect(reducer.reduce(pairs([1, 2, 3], [0, 1, 2])).item()).to.equal(6);
    expect(reducer.reduce({ ...pairs([1, 2, 3], [0, 1, 2]), name: 'negative' }).item()).to.equal(2);
  });
});
