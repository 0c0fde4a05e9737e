import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { plainBatch, plainKinds, rowsOf, sorted } from './plain.ts';

const { PairMarginMiner } = torch.miners;

describe('PairMarginMiner', () => {
  beforeEach(() => torch.manualSeed(6));

  for (const [kind, options] of Object.entries(plainKinds)) {
    it(`takes far positives and near negatives among ${kind}`, () => {
      const batch = plainBatch(options);
      const [posMargin, negMargin] =
        options.distance instanceof torch.distances.CosineSimilarity ? [0.4, -0.2] : [0.7, 1.1];
      const sign = options.distance instanceof torch.distances.CosineSimilarity ? -1 : 1;
      const pairs = (lists: readonly (readonly number[])[], keep: (value: number) => boolean) =>
        sorted(lists.flatMap((each, a) => each.filter((i) => keep(batch.d[a]?.[i] as number)).map((i) => [a, i])));
      const expected = {
        positives: pairs(batch.positives, (value) => value > sign * posMargin),
        negatives: pairs(batch.negatives, (value) => value < sign * negMargin),
      };
      expect(expected.negatives).to.not.be.empty;
      const miner = new PairMarginMiner({ posMargin, negMargin, distance: options.distance, rowsPerBlock: 5 });
      expect(rowsOf(miner(batch.embeddings, batch.labels, batch.call))).to.deep.equal(expected);
    });
  }

  it('leaves out a pair exactly at a margin, and shows NaN', () => {
    const distance = new torch.distances.LpDistance({ normalizeEmbeddings: false });
    const x = torch.tensor([[0], [0.5], [1], [Number.NaN]]);
    const labels = torch.tensor([0n, 0n, 1n, 0n]);
    const mined = new PairMarginMiner({ posMargin: 0.5, negMargin: 1, distance })(x, labels);
    expect(rowsOf(mined)).to.deep.equal({
      positives: [
        [0, 3],
        [1, 3],
        [3, 0],
        [3, 1],
      ],
      negatives: [
        [1, 2],
        [2, 1],
        [2, 3],
        [3, 2],
      ],
    });
  });

  it('refuses a margin that is no number', () => {
    expect(() => new PairMarginMiner({ posMargin: '1' as never })).to.throw(TypeError, 'PairMarginMiner: posMargin');
  });
});
