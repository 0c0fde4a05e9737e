import { expect } from 'chai';
import { ratios, sameNumber, spreadOf } from '../../bench/ratio.ts';

describe('bench: ratios of pairs', () => {
  it('names the least, the middle and the greatest, in whatever order they came', () => {
    expect(spreadOf([0.9, 0.2, 0.5])).to.deep.equal({ min: 0.2, median: 0.5, max: 0.9 });
  });

  it('puts the median of an even number of trials between the two in the middle', () => {
    expect(spreadOf([4, 1, 2, 10]).median).to.equal(3);
  });

  it('sorts numbers as numbers', () => {
    expect(spreadOf([10, 9, 100])).to.deep.equal({ min: 9, median: 10, max: 100 });
  });

  it('leaves the values as they were', () => {
    const values = [3, 1, 2];
    spreadOf(values);
    expect(values).to.deep.equal([3, 1, 2]);
  });

  it('refuses to summarise nothing', () => {
    expect(() => spreadOf([])).to.throw(RangeError, 'must not be empty');
  });

  it('divides each of ours by its neighbour', () => {
    expect(ratios([1, 6], [2, 3])).to.deep.equal([0.5, 2]);
    expect(() => ratios([1, 2], [1])).to.throw(RangeError, 'got 2 and 1');
  });

  it('tells results of the same work from others', () => {
    expect(sameNumber(0.8591229, 0.8591231)).to.equal(true);
    expect(sameNumber(0.8591, 0.8601)).to.equal(false);
    expect(sameNumber(Number.NaN, Number.NaN)).to.equal(true);
    expect(sameNumber(Number.NaN, 0)).to.equal(false);
  });
});
