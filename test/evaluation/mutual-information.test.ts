import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

const { adjustedMutualInformation, normalizedMutualInformation } = torch.evaluation;

const ids = (...labels: number[]) => torch.tensor(BigInt64Array.from(labels, BigInt));

/** The information that two lists share, from the counts of their values. */
function information(a: readonly number[], b: readonly number[]): number {
  const share = (test: (i: number) => boolean) => a.filter((_, i) => test(i)).length / a.length;
  let total = 0;
  for (const x of new Set(a)) {
    for (const y of new Set(b)) {
      const both = share((i) => a[i] === x && b[i] === y);
      if (both > 0) total += both * Math.log(both / share((i) => a[i] === x) / share((i) => b[i] === y));
    }
  }
  return total;
}

/** Every order of a list. */
function permutations(list: readonly number[]): number[][] {
  if (list.length < 2) return [[...list]];
  return list.flatMap((first, i) => permutations(list.filter((_, j) => j !== i)).map((others) => [first, ...others]));
}

describe('mutual information', () => {
  const a = [0, 0, 0, 1, 1, 2, 2];
  const b = [5, 5, 6, 6, 6, 7, 5];

  it('is normalized by the mean of both entropies', () => {
    const expected = information(a, b) / ((information(a, a) + information(b, b)) / 2);
    expect(normalizedMutualInformation(ids(...a), ids(...b))).to.be.closeTo(expected, 1e-12);
  });

  it('is adjusted by what all orders of one partition give on average', () => {
    const orders = permutations(b);
    const chance = orders.reduce((sum, order) => sum + information(a, order), 0) / orders.length;
    const most = (information(a, a) + information(b, b)) / 2;
    const expected = (information(a, b) - chance) / (most - chance);
    expect(adjustedMutualInformation(ids(...a), ids(...b))).to.be.closeTo(expected, 1e-10);
  });

  it('does not depend on names, and keeps those apart that float64 would confuse', () => {
    const big = torch.tensor([2n ** 60n, 2n ** 60n + 1n, 2n ** 60n, 2n ** 60n + 1n]);
    for (const measure of [normalizedMutualInformation, adjustedMutualInformation]) {
      expect(measure(big, ids(4, 3, 4, 3))).to.be.closeTo(1, 1e-12);
      expect(measure(ids(0, 1), ids(7, 7))).to.equal(0);
      expect(measure(ids(0, 0), ids(7, 7))).to.equal(1);
    }
  });

  it('refuses partitions of different rows', () => {
    expect(() => normalizedMutualInformation(ids(0, 1), ids(0))).to.throw(
      torch.ShapeError,
      'normalizedMutualInformation: clusters must be [2] to match labels, got [1]',
    );
    expect(() => adjustedMutualInformation(torch.ones([2]), ids(0, 1))).to.throw(torch.DTypeError, 'int64');
  });
});
