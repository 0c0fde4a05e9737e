import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { drawnFromBins } from '../../lib/miners/uniform-histogram-miner.ts';
import { plainBatch } from './plain.ts';

const { UniformHistogramMiner } = torch.miners;

/** How many of `values` lie in each of equal bins between the ends. */
function histogram(values: readonly number[], low: number, high: number, bins: number): number[] {
  const counts = new Array(bins).fill(0);
  for (const value of values) counts[Math.min(bins - 1, Math.floor(((value - low) / (high - low)) * bins))]++;
  return counts;
}

describe('UniformHistogramMiner', () => {
  beforeEach(() => torch.manualSeed(12));

  it('draws the same number in every bin that has any', () => {
    const { embeddings, labels, d, positives, negatives } = plainBatch({ rows: 24 });
    const mined = new UniformHistogramMiner({ numBins: 8, posPerBin: 5, negPerBin: 7, rowsPerBlock: 6 })(
      embeddings,
      labels,
    );
    for (const [lists, anchor, other, perBin] of [
      [positives, mined.positiveAnchor, mined.positive, 5],
      [negatives, mined.negativeAnchor, mined.negative, 7],
    ] as const) {
      const all = lists.flatMap((each, a) => each.map((i) => d[a]?.[i] as number));
      const [low, high] = [Math.min(...all), Math.max(...all)];
      const drawn = (torch.stack([anchor, other], 1).tolist() as number[][]).map(([a, i]) => d[a!]![i!] as number);
      const expected = histogram(all, low, high, 8).map((count) => (count === 0 ? 0 : perBin));
      expect(histogram(drawn, low, high, 8)).to.deep.equal(expected);
    }
  });

  it('draws evenly within a bin, and puts equal values into one', () => {
    const values = torch.tensor([0, 0.1, 0.2, 5, 10]);
    const drawn = drawnFromBins(values, 2, 9000).tolist() as number[];
    const counts = [0, 1, 2, 3, 4].map((i) => drawn.filter((each) => each === i).length);
    for (const i of [0, 1, 2]) expect(counts[i]).to.be.closeTo(3000, 300);
    for (const i of [3, 4]) expect(counts[i]).to.be.closeTo(4500, 300);
    expect(drawnFromBins(torch.ones([4]), 10, 3).numel()).to.equal(3);
    expect(drawnFromBins(torch.tensor([Number.NaN, 1]), 10, 2).tolist()).to.deep.equal([1, 1]);
  });

  it('refuses numbers that are none', () => {
    expect(() => new UniformHistogramMiner({ numBins: 0 })).to.throw(RangeError, 'UniformHistogramMiner: numBins');
    expect(() => new UniformHistogramMiner({ negPerBin: 1.5 })).to.throw(
      RangeError,
      'UniformHistogramMiner: negPerBin',
    );
  });
});
