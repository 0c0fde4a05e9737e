import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { plainBatch, plainKinds, rowsOf, sorted } from './plain.ts';

const { HDCMiner } = torch.miners;

describe('HDCMiner', () => {
  beforeEach(() => torch.manualSeed(8));

  for (const [kind, options] of Object.entries(plainKinds)) {
    it(`takes the hardest share of each side among ${kind}`, () => {
      const batch = plainBatch(options);
      const share = 0.3;
      const hardest = (lists: readonly (readonly number[])[], sign: number) => {
        const pairs = lists.flatMap((each, a) => each.map((i) => [a, i] as const));
        const hardness = ([a, i]: readonly [number, number]) => sign * (batch.d[a]?.[i] as number);
        // Each pair occurs twice, once from each side: to fall between the two is to take either.
        return pairs.sort((p, q) => hardness(q) - hardness(p)).slice(0, Math.ceil(share * pairs.length));
      };
      const mined = new HDCMiner({ filterPercentage: share, distance: options.distance, rowsPerBlock: 5 })(
        batch.embeddings,
        batch.labels,
        batch.call,
      );
      const values = (pairs: readonly (readonly number[])[]) =>
        pairs.map(([a, i]) => batch.d[a as number]?.[i as number] as number).sort((p, q) => p - q);
      const rows = rowsOf(mined) as { positives: number[][]; negatives: number[][] };
      expect(values(rows.positives)).to.deep.equal(values(hardest(batch.positives, 1)));
      expect(values(rows.negatives)).to.deep.equal(values(hardest(batch.negatives, -1)));
      expect(rows.positives).to.deep.equal(
        sorted(torch.stack([mined.positiveAnchor, mined.positive], 1).tolist() as number[][]),
      );
    });
  }

  it('picks among the pairs of an earlier stage', () => {
    const { embeddings, labels, d } = plainBatch({ rows: 20 });
    const miner = new HDCMiner({ filterPercentage: 0.5, rowsPerBlock: 6 });
    const first = miner(embeddings, labels);
    const second = miner.among(first)(embeddings, labels);
    expect(second.positive.numel()).to.equal(Math.ceil(first.positive.numel() / 2));
    expect(second.negative.numel()).to.equal(Math.ceil(first.negative.numel() / 2));
    const of = (pairs: torch.miners.Pairs) => (rowsOf(pairs) as { negatives: number[][] }).negatives;
    expect(of(first)).to.deep.include.members(of(second));
    const values = (pairs: torch.miners.Pairs) => of(pairs).map(([a, n]) => d[a as number]?.[n as number] as number);
    const limit = Math.max(...values(second));
    expect(values(first).filter((value) => value < limit).length).to.be.at.most(second.negative.numel());
    expect(() => miner.among(3 as never)).to.throw(TypeError, 'HDCMiner.among');
  });

  it('refuses a share that is none', () => {
    for (const filterPercentage of [0, 1.1, Number.NaN]) {
      expect(() => new HDCMiner({ filterPercentage })).to.throw(RangeError, 'HDCMiner: filterPercentage');
    }
  });
});
