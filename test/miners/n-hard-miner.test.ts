import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { type PlainBatch, plainBatch, plainKinds, rowsOf, sorted } from './plain.ts';

const { NHardMiner } = torch.miners;

type Ranks = readonly [number, number];

function chosen({ d, positives, negatives }: PlainBatch, ofPositives: Ranks, ofNegatives: Ranks): number[][] {
  const triplets: number[][] = [];
  for (const [a, row] of d.entries()) {
    const at = (i: number) => row[i] as number;
    const ps = [...(positives[a] as readonly number[])].sort((i, j) => at(j) - at(i));
    const ns = [...(negatives[a] as readonly number[])].sort((i, j) => at(i) - at(j));
    for (const p of ps.slice(ofPositives[0] - 1, ofPositives[1])) {
      for (const n of ns.slice(ofNegatives[0] - 1, ofNegatives[1])) triplets.push([a, p, n]);
    }
  }
  return sorted(triplets);
}

describe('NHardMiner', () => {
  beforeEach(() => torch.manualSeed(3));

  const ranks: [number | Ranks, Ranks, number | Ranks, Ranks][] = [
    [1, [1, 1], 1, [1, 1]],
    [2, [1, 2], 4, [1, 4]],
    [
      [2, 3],
      [2, 3],
      [3, 6],
      [3, 6],
    ],
    [100, [1, 100], [2, 100], [2, 100]],
  ];
  for (const [kind, options] of Object.entries(plainKinds)) {
    it(`takes the ranks of each side among ${kind}`, () => {
      const batch = plainBatch(options);
      for (const [positives, ofPositives, negatives, ofNegatives] of ranks) {
        const miner = new NHardMiner({ positives, negatives, distance: options.distance, rowsPerBlock: 6 });
        const expected = chosen(batch, ofPositives, ofNegatives);
        expect(rowsOf(miner(batch.embeddings, batch.labels, batch.call))).to.deep.equal(expected);
      }
    });
  }

  it('is the batch-hard miner for one of each', () => {
    const { embeddings, labels } = plainBatch();
    const hard = new torch.miners.BatchHardMiner()(embeddings, labels);
    expect(rowsOf(new NHardMiner()(embeddings, labels))).to.deep.equal(rowsOf(hard));
  });

  it('orders by hardness', () => {
    const x = torch.tensor([[0], [1], [5], [2], [-1.5], [9]]);
    const labels = torch.tensor([0n, 0n, 0n, 1n, 1n, 1n]);
    const distance = new torch.distances.LpDistance({ normalizeEmbeddings: false });
    const { anchor, positive, negative } = new NHardMiner({ positives: 2, negatives: 2, distance })(x, labels);
    const all = torch.stack([anchor, positive, negative], 1).tolist() as number[][];
    expect(all.slice(0, 4)).to.deep.equal([
      [0, 2, 4],
      [0, 2, 3],
      [0, 1, 4],
      [0, 1, 3],
    ]);
  });

  it('refuses ranks that are none', () => {
    for (const ranks of [0, 1.5, [0, 2], [3, 2], [1], 'two'] as never[]) {
      expect(() => new NHardMiner({ negatives: ranks }), String(ranks)).to.throw(RangeError, 'NHardMiner: negatives');
    }
  });
});
