import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { plainBatch, plainKinds, rowsOf, sorted } from './plain.ts';

const { MultiSimilarityMiner } = torch.miners;

describe('MultiSimilarityMiner', () => {
  beforeEach(() => torch.manualSeed(7));

  for (const [kind, options] of Object.entries(plainKinds)) {
    it(`compares each pair with the hardest of the other side among ${kind}`, () => {
      const distance = options.distance ?? new torch.distances.LpDistance();
      const batch = plainBatch(options);
      const epsilon = 0.15;
      const [positives, negatives]: [number[][], number[][]] = [[], []];
      for (const [a, ps] of batch.positives.entries()) {
        const ns = batch.negatives[a] as readonly number[];
        const at = (i: number) => batch.d[a]?.[i] as number;
        for (const p of ps) if (ns.some((n) => at(p) + epsilon > at(n))) positives.push([a, p]);
        for (const n of ns) if (ps.some((p) => at(n) - epsilon < at(p))) negatives.push([a, n]);
      }
      expect(positives).to.not.be.empty;
      const miner = new MultiSimilarityMiner({ epsilon, distance, rowsPerBlock: 5 });
      const mined = rowsOf(miner(batch.embeddings, batch.labels, batch.call));
      expect(mined).to.deep.equal({ positives: sorted(positives), negatives: sorted(negatives) });
    });
  }

  it('takes cosine similarity by default', () => {
    const { embeddings, labels } = plainBatch();
    const distance = new torch.distances.CosineSimilarity();
    const expected = rowsOf(new MultiSimilarityMiner({ distance })(embeddings, labels));
    expect(rowsOf(new MultiSimilarityMiner()(embeddings, labels))).to.deep.equal(expected);
    expect(() => new MultiSimilarityMiner({ epsilon: Number.NaN })).to.throw(TypeError, 'epsilon');
  });
});
