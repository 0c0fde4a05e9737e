import { expect } from 'chai';
import * as torch from '../lib/index.ts';
import { allPairs, expectTuples, type Pairs, toMasks, toPairs, toTriplets, toWeights } from '../lib/pairs.ts';
import type { Triplets } from '../lib/triplets.ts';

const ids = (values: readonly number[]) => torch.tensor(BigInt64Array.from(values, BigInt));
const numbers = (tensor: torch.Tensor) => (tensor.tolist() as number[]).map(Number);

const triplets: Triplets = { anchor: ids([0, 0, 1]), positive: ids([1, 1, 0]), negative: ids([2, 3, 2]) };
const pairs: Pairs = {
  positiveAnchor: ids([0, 0, 2]),
  positive: ids([1, 3, 4]),
  negativeAnchor: ids([0, 1]),
  negative: ids([2, 2]),
};

describe('pairs and triplets', () => {
  it('lists all pairs of a relation, by anchor', () => {
    const all = allPairs(torch.Relation.ofLabels(ids([0, 1, 0])));
    expect(Object.values(all).map(numbers)).to.deep.equal([
      [0, 2],
      [2, 0],
      [0, 1, 1, 2],
      [1, 0, 2, 1],
    ]);
  });

  it('takes a triplet as a positive and a negative pair, as often as it occurs', () => {
    expect(Object.values(toPairs(triplets)).map(numbers)).to.deep.equal([
      [0, 0, 1],
      [1, 1, 0],
      [0, 0, 1],
      [2, 3, 2],
    ]);
    expect(toPairs(pairs)).to.equal(pairs);
  });

  it('shows tuples as masks', () => {
    const masks = toMasks(triplets, 2, 4);
    expect(masks.positives.nonzero().tolist()).to.deep.equal([
      [0, 1],
      [1, 0],
    ]);
    expect(masks.negatives.nonzero().tolist()).to.deep.equal([
      [0, 2],
      [0, 3],
      [1, 2],
    ]);
  });

  it('makes triplets of pairs that share an anchor', () => {
    const made = toTriplets(pairs, 3, 5);
    expect([made.anchor, made.positive, made.negative].map(numbers)).to.deep.equal([
      [0, 0],
      [1, 3],
      [2, 2],
    ]);
    expect(toTriplets(triplets, 2, 4)).to.equal(triplets);
  });

  it('counts how often each row was chosen, by the largest count', () => {
    expect(toWeights(triplets, 5, 'float64', false).tolist()).to.deep.equal([1, 1, 2 / 3, 1 / 3, 0]);
    expect(toWeights(triplets, 2, 'float64', true).tolist()).to.deep.equal([1, 0.5]);
    const none = { anchor: ids([]), positive: ids([]), negative: ids([]) };
    expect(toWeights(none, 3, 'float32', false).tolist()).to.deep.equal([1, 1, 1]);
  });

  it('refuses what are no tuples', () => {
    expect(() => expectTuples('L: tuples', null as never)).to.throw(TypeError, 'L: tuples must be triplets or pairs');
    expect(() => expectTuples('L: tuples', { anchor: ids([0]) } as never)).to.throw(TypeError, 'positive must be');
    const uneven = { ...pairs, negative: ids([2]) };
    expect(() => expectTuples('L: tuples', uneven)).to.throw(torch.ShapeError, 'negative must be [2], got [1]');
    const floating = { ...triplets, anchor: torch.zeros([3]) };
    expect(() => expectTuples('L: tuples', floating)).to.throw(torch.DTypeError, 'anchor must be int64, got float32');
  });
});
