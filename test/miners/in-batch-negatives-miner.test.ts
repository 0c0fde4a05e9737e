import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { plainBatch, plainKinds, rowsOf, sorted } from './plain.ts';

const { InBatchNegativesMiner } = torch.miners;

describe('InBatchNegativesMiner', () => {
  beforeEach(() => torch.manualSeed(5));

  for (const [kind, options] of Object.entries(plainKinds)) {
    it(`takes one positive and every negative among ${kind}`, () => {
      const batch = plainBatch(options);
      const all: number[][] = [];
      const nearest: number[][] = [];
      for (const [a, positives] of batch.positives.entries()) {
        const p = positives.includes(a) ? a : positives[0];
        if (p === undefined) continue;
        const negatives = [...(batch.negatives[a] as readonly number[])];
        const at = (i: number) => batch.d[a]?.[i] as number;
        all.push(...negatives.map((n) => [a, p, n]));
        negatives.sort((i, j) => at(i) - at(j));
        nearest.push(...negatives.slice(0, 3).map((n) => [a, p, n]));
      }
      const mine = (negativesPerAnchor: number | 'all') =>
        rowsOf(
          new InBatchNegativesMiner({ negativesPerAnchor, distance: options.distance, rowsPerBlock: 4 })(
            batch.embeddings,
            batch.labels,
            batch.call,
          ),
        );
      expect(mine('all')).to.deep.equal(sorted(all));
      expect(mine(3)).to.deep.equal(sorted(nearest));
    });
  }

  it('pairs questions with their answers, and no answer with a question that it also answers', () => {
    const [questions, answers] = [torch.randn([3, 4]), torch.randn([3, 4])];
    const labels = torch.tensor([7n, 8n, 7n]);
    const mined = new InBatchNegativesMiner()(questions, labels, { reference: answers, referenceLabels: labels });
    expect(rowsOf(mined)).to.deep.equal([
      [0, 0, 1],
      [1, 1, 0],
      [1, 1, 2],
      [2, 2, 1],
    ]);
  });

  it('refuses a number that is none', () => {
    expect(() => new InBatchNegativesMiner({ negativesPerAnchor: 0 })).to.throw(RangeError, 'negativesPerAnchor');
  });
});
