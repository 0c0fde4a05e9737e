import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { rowsOf } from './plain.ts';

const { BatchEasyHardMiner, BatchHardMiner, NHardMiner, SemiHardMiner } = torch.miners;

/** Remembers the largest matrix of distances that it was asked for. */
class Watched extends torch.distances.LpDistance {
  largest = 0;

  override matrix(query: torch.Tensor, reference?: torch.Tensor): torch.Tensor {
    const distances = super.matrix(query, reference);
    this.largest = Math.max(this.largest, distances.numel());
    return distances;
  }
}

const makers: Readonly<Record<string, (options: torch.miners.BlockMinerOptions) => torch.miners.Miner>> = {
  BatchEasyHardMiner: (options) => new BatchEasyHardMiner(options),
  BatchHardMiner: (options) => new BatchHardMiner(options),
  NHardMiner: (options) => new NHardMiner({ negatives: [2, 4], ...options }),
  'SemiHardMiner, tfa': (options) => new SemiHardMiner(options),
  'SemiHardMiner, tf-similarity': (options) => new SemiHardMiner({ rule: 'tf-similarity', ...options }),
  'SemiHardMiner, pml-easy-hard': (options) => new SemiHardMiner({ rule: 'pml-easy-hard', ...options }),
};

describe('miners of blocks of rows', () => {
  beforeEach(() => torch.manualSeed(14));

  for (const [name, make] of Object.entries(makers)) {
    it(`${name} never holds the distances of all rows, and chooses as if it did`, () => {
      const x = torch.randn([2600, 2]);
      const labels = torch.arange(2600).remainder(800);
      const distance = new Watched();
      const mined = make({ distance })(x, labels);
      expect(distance.largest)
        .to.be.at.most(1 << 22)
        .and.above(1 << 20);
      const whole = make({ distance: new torch.distances.LpDistance(), rowsPerBlock: 2600 })(x, labels);
      expect(rowsOf(mined)).to.deep.equal(rowsOf(whole));
    });
  }
});
