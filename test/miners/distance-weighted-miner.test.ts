import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { inverseDensities } from '../../lib/miners/distance-weighted-miner.ts';

const { DistanceWeightedMiner } = torch.miners;
const { LpDistance } = torch.distances;

/** What each negative weighs, by the density as it is written in the paper. */
function weightsOf(row: readonly number[], isNegative: readonly boolean[], D: number): number[] {
  const weights = row.map((value, i) => {
    const d = Math.max(value, 0.5);
    if (!isNegative[i] || !(d < 1.4)) return 0;
    return 1 / (d ** (D - 2) * (1 - (d * d) / 4) ** ((D - 3) / 2));
  });
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => (sum === 0 ? 0 : weight / sum));
}

describe('DistanceWeightedMiner', () => {
  beforeEach(() => torch.manualSeed(10));

  for (const dimensions of [2, 3, 6, 40]) {
    it(`weighs negatives by the inverse density in ${dimensions} dimensions`, () => {
      const x = torch.randn([14, dimensions], { dtype: 'float64' });
      const labels = torch.randint(0, 4, [14], { dtype: 'int64' });
      const distances = new LpDistance().matrix(x);
      const negatives = labels.unsqueeze(1).ne(labels);
      const weights = inverseDensities(distances, negatives, dimensions, 0.5, 1.4).tolist() as number[][];
      const mask = negatives.tolist() as boolean[][];
      for (const [i, row] of (distances.tolist() as number[][]).entries()) {
        for (const [j, expected] of weightsOf(row, mask[i] as boolean[], dimensions).entries()) {
          expect(weights[i]?.[j], `${i}, ${j}`).to.be.closeTo(expected, 1e-12);
        }
      }
    });
  }

  it('draws as often as the weights say, and as many of each anchor as its class has rows', () => {
    const angles = [0, 0.5, 0.6, 0.9, 1.2, 3];
    const x = torch.tensor(
      angles.map((t) => [Math.cos(t), Math.sin(t), 0, 0, 0]),
      { dtype: 'float64' },
    );
    const labels = torch.tensor([0n, 0n, 1n, 2n, 3n, 4n]);
    const distances = new LpDistance().matrix(x).tolist() as number[][];
    const expected = weightsOf(distances[0] as number[], [false, false, true, true, true, true], 5);
    expect(new DistanceWeightedMiner()(x, labels).anchor.tolist()).to.deep.equal([0, 0, 1, 1]);
    const draws = 20_000;
    const { anchor, negative } = new DistanceWeightedMiner({ tripletsPerAnchor: draws })(x, labels);
    const counts = new Array(6).fill(0);
    for (const n of negative.index([anchor.eq(0)]).tolist() as number[]) counts[n]++;
    for (const [i, count] of counts.entries()) expect(count / draws).to.be.closeTo(expected[i] as number, 0.015);
    expect(counts[5]).to.equal(0);
  });

  it('keeps rows of many dimensions, whose weights are far apart', () => {
    // pytorch-metric-learning subtracts the largest logarithm of the whole batch, so that such rows come to nothing.
    const distances = torch.tensor([
      [0.5, 1.3],
      [1.38, 1.39],
    ]);
    const weights = inverseDensities(distances, torch.ones([2, 2], { dtype: 'bool' }), 1024, 0.5, 1.4);
    expect(weights.sum(1).tolist()).to.deep.equal([1, 1]);
  });

  it('leaves out an anchor whose negatives are all too far', () => {
    const x = torch.tensor([
      [1, 0],
      [1, 0.1],
      [-1, 0],
    ]);
    expect(new DistanceWeightedMiner()(x, torch.tensor([0n, 0n, 1n])).anchor.tolist()).to.deep.equal([]);
  });

  it('refuses what the density is not of', () => {
    const { CosineSimilarity } = torch.distances;
    for (const distance of [new CosineSimilarity(), new LpDistance({ normalizeEmbeddings: false })]) {
      expect(() => new DistanceWeightedMiner({ distance })).to.throw(TypeError, 'of normalised embeddings');
    }
    expect(() => new DistanceWeightedMiner({ cutoff: 0 })).to.throw(RangeError, 'cutoff');
    expect(() => new DistanceWeightedMiner({ tripletsPerAnchor: 0 })).to.throw(RangeError, 'tripletsPerAnchor');
  });
});
