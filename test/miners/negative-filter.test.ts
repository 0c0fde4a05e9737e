import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { type PlainBatch, plainBatch, plainKinds, rowsOf, sorted } from './plain.ts';

const { filterNegatives, InBatchNegativesMiner, NHardMiner } = torch.miners;

/** The negatives that are left, by scores that are the distances with the sign changed. */
function left(batch: PlainBatch, { absoluteMargin, relativeMargin, trim = 0 }: torch.miners.NegativeFilterOptions) {
  return batch.negatives.map((negatives, a) => {
    const score = (i: number) => -(batch.d[a]?.[i] as number);
    const pos = Math.min(...(batch.positives[a] as readonly number[]).map(score));
    return negatives
      .filter((n) => absoluteMargin == null || !(score(n) + absoluteMargin > pos))
      .filter((n) => relativeMargin == null || !(score(n) > pos - Math.abs(pos) * relativeMargin))
      .sort((i, j) => score(j) - score(i))
      .slice(trim);
  });
}

describe('filters of negatives', () => {
  beforeEach(() => torch.manualSeed(4));

  const filters: torch.miners.NegativeFilterOptions[] = [
    { absoluteMargin: 0.1 },
    { absoluteMargin: -0.3 },
    { relativeMargin: 0.05 },
    { relativeMargin: 0 },
    { trim: 3 },
    { absoluteMargin: 0, relativeMargin: 0.1, trim: 1 },
    { trim: 1000 },
  ];
  for (const [kind, options] of Object.entries(plainKinds)) {
    it(`leave out what they say among ${kind}`, () => {
      const batch = plainBatch(options);
      let [kept, dropped] = [0, 0];
      for (const filter of filters) {
        const expected = left(batch, filter).flatMap((negatives, a) =>
          (batch.positives[a] as readonly number[]).flatMap((p) => negatives.map((n) => [a, p, n])),
        );
        const all = new NHardMiner({ positives: 99, negatives: 99, distance: options.distance, ...filter });
        const mined = rowsOf(all(batch.embeddings, batch.labels, batch.call));
        expect(mined, JSON.stringify(filter)).to.deep.equal(sorted(expected));
        const possible = batch.negatives.reduce(
          (sum, each, a) => sum + each.length * (batch.positives[a]?.length ?? 0),
          0,
        );
        kept += expected.length;
        dropped += possible - expected.length;
      }
      expect(kept).to.be.above(0);
      expect(dropped).to.be.above(0);
    });
  }

  for (const [kind, options] of Object.entries(plainKinds)) {
    it(`make a relation for any loss among ${kind}`, () => {
      const batch = plainBatch(options);
      const relations = [batch.labels, torch.Relation.ofLabels(batch.labels, batch.call.referenceLabels)];
      for (const labels of batch.call.reference === undefined ? relations : relations.slice(1)) {
        for (const filter of filters) {
          const { distance } = options;
          const relation = filterNegatives(batch.embeddings, labels, { distance, ...batch.call, ...filter });
          const { positives, negatives } = relation.block();
          const rows = (mask: torch.Tensor) => mask.nonzero().tolist() as number[][];
          const pairs = (lists: readonly (readonly number[])[]) =>
            sorted(lists.flatMap((each, a) => each.map((i) => [a, i])));
          expect(rows(negatives), JSON.stringify(filter)).to.deep.equal(pairs(left(batch, filter)));
          expect(rows(positives)).to.deep.equal(pairs(batch.positives));
        }
      }
    });
  }

  it('take what a guide says, in a loss of other embeddings', () => {
    const { embeddings, labels } = plainBatch();
    const other = torch.randn([22, 6], { dtype: 'float64' });
    const relation = filterNegatives(embeddings, labels, { trim: 4 });
    const loss = new torch.losses.TripletMarginLoss({ margin: 1, reducer: new torch.reducers.SumReducer() });
    const tuples = new NHardMiner({ positives: 99, negatives: 99, trim: 4 })(embeddings, labels);
    expect(loss(other, relation).item()).to.be.closeTo(loss(other, labels, { tuples }).item() as number, 1e-9);
    expect(relation.classes, 'class ids no longer say all of it').to.equal(undefined);
    expect(() => filterNegatives(embeddings, labels.double())).to.throw(
      torch.DTypeError,
      'filterNegatives: labels must be class ids',
    );
    expect(() => filterNegatives(embeddings, labels, { trim: 0.5 })).to.throw(RangeError, 'filterNegatives: trim');
  });

  it('lower the limit of a positive whose score is negative', () => {
    // Scores of the anchor: -0.5 of its positive, -0.52 and -0.6 of negatives. 10 % below -0.5 is -0.55.
    const angle = (score: number) => [score, Math.sqrt(1 - score * score)];
    const x = torch.tensor([[1, 0], angle(-0.5), angle(-0.52), angle(-0.6)]);
    const labels = torch.tensor([0n, 0n, 1n, 2n]);
    const distance = new torch.distances.CosineSimilarity();
    const miner = new InBatchNegativesMiner({ relativeMargin: 0.1, distance });
    const mined = (rowsOf(miner(x, labels)) as number[][]).filter(([a]) => a === 0);
    expect(mined).to.deep.equal([[0, 1, 3]]);
  });

  it('refuse what is no margin', () => {
    expect(() => new NHardMiner({ trim: -1 })).to.throw(RangeError, 'NHardMiner: trim');
    expect(() => new NHardMiner({ relativeMargin: '5%' as never })).to.throw(TypeError, 'NHardMiner: relativeMargin');
    expect(() => new NHardMiner({ absoluteMargin: Number.NaN })).to.throw(TypeError, 'NHardMiner: absoluteMargin');
  });
});
