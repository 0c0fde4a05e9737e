import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { below, gapsOf } from './every-triplet.ts';

const { TripletMargins } = torch.margins;
const float64 = { dtype: 'float64' } as const;

function problem(rows = 20) {
  return { x: torch.randn([rows, 4], float64), y: torch.randint(0, 4, [rows]) };
}

describe('TripletMargins', () => {
  beforeEach(() => torch.manualSeed(4));

  for (const [name, distance, sign] of [
    ['Euclidean', new torch.distances.LpDistance(), 1],
    ['cosine', new torch.distances.CosineSimilarity(), -1],
  ] as const) {
    it(`counts what evaluating every triplet counts: ${name}`, () => {
      const { x, y } = problem();
      const gaps = gapsOf(distance.matrix(x), y, sign);
      const all = gaps.flat();
      const margins = new TripletMargins(x, y, { distance });
      expect(margins.total).to.equal(all.length);
      for (const margin of [-0.3, 0, 0.1, 0.7, 5]) {
        const active = below(all, margin);
        const hard = all.filter((gap) => gap <= 0 && gap < margin).length;
        expect(margins.counts(margin)).to.deep.equal({
          total: all.length,
          easy: all.length - active,
          semihard: active - hard,
          hard,
        });
        expect(margins.rate(margin)).to.equal(active / all.length);
        expect(margins.countsByAnchor(margin).tolist()).to.deep.equal(
          gaps.map((own) => [own.length, below(own, margin)]),
        );
      }
      const edges = [-0.5, -0.1, 0, 0.2, 1.3];
      expect(margins.histogram(edges).counts).to.deep.equal(
        edges.slice(1).map((end, i) => below(all, end) - below(all, edges[i]!)),
      );
      const { counts, edges: found } = margins.histogram(7);
      expect(found).to.have.length(8);
      expect(counts.reduce((sum, count) => sum + count)).to.equal(all.length);
    });

    it(`finds the margin of a rate exactly: ${name}`, () => {
      const { x, y } = problem();
      const all = gapsOf(distance.matrix(x), y, sign).flat();
      const margins = new TripletMargins(x, y, { distance });
      for (const rate of [0, 0.001, 0.25, 0.5, 0.9, 1]) {
        const margin = margins.quantile(rate);
        expect(below(all, margin), `rate ${rate}`).to.equal(Math.round(rate * all.length));
      }
    });
  }

  it('comes as near as ties allow', () => {
    // One positive at distance 1; negatives at 2, 2, 2 and 5: gaps 1, 1, 1 and 4 of the first anchor.
    const x = torch.tensor([[0], [1], [2], [-2], [2], [5]], float64);
    const y = torch.tensor([0, 0, 1, 2, 3, 4], { dtype: 'int64' });
    const distance = new torch.distances.LpDistance({ normalizeEmbeddings: false });
    const all = gapsOf(distance.matrix(x), y)
      .flat()
      .sort((a, b) => a - b);
    expect(all).to.deep.equal([0, 0, 1, 1, 1, 2, 3, 4]);
    const margins = new TripletMargins(x, y, { distance });
    expect(below(all, margins.quantile(0.25))).to.equal(2);
    expect(below(all, margins.quantile(0.4))).to.equal(2);
    expect(below(all, margins.quantile(0.5))).to.equal(5);
    expect(below(all, margins.quantile(0.75))).to.equal(6);
  });

  it('works in blocks, on float32, with a reference', () => {
    const x = torch.randn([1100, 3]);
    const y = torch.randint(0, 40, [1100]);
    const margins = new TripletMargins(x, y);
    const { total, hard, active } = sums(x, y);
    expect(margins.total).to.equal(total);
    const counts = margins.counts(0.2);
    expect(counts.hard).to.equal(hard);
    expect(counts.hard + counts.semihard).to.equal(active);
    const half = margins.quantile(0.5);
    expect(Math.abs(margins.rate(half) - 0.5) * total).to.be.at.most(20); // float32 gaps tie
    const few = new TripletMargins(x.narrow(0, 0, 5), y.narrow(0, 0, 5), { reference: x, referenceLabels: y });
    const related = y.narrow(0, 0, 5).unsqueeze(1).eq(y).sum(1);
    expect(few.total).to.equal(related.mul(torch.sub(1100, related)).sum().item());
  });

  it('is NaN where there is nothing, and leaves nothing behind', () => {
    const { x } = problem(4);
    const nothing = new TripletMargins(x, torch.arange(4));
    expect(nothing.total).to.equal(0);
    for (const value of [nothing.rate(0.2), nothing.quantile(0.5)]) expect(Number.isNaN(value)).to.equal(true);
    expect(nothing.histogram(3).counts).to.deep.equal([0, 0, 0]);
    const { x: rows, y } = problem();
    const before = torch.memory().tensors;
    torch.scope(() => {
      const margins = new TripletMargins(rows, y);
      return margins.quantile(0.3) + margins.histogram(4).edges[0]!;
    });
    expect(torch.memory().tensors).to.equal(before);
  });

  it('refuses what makes no sense', () => {
    const { x, y } = problem();
    const margins = new TripletMargins(x, y);
    expect(() => margins.rate(NaN)).to.throw(RangeError, 'margin must be a finite number, got NaN');
    expect(() => margins.quantile(1.5)).to.throw(RangeError, 'rate must be from 0 to 1, got 1.5');
    expect(() => margins.histogram(0)).to.throw(RangeError, 'edges must be a positive integer, got 0');
    expect(() => new TripletMargins(x, y.double())).to.throw(torch.DTypeError, 'TripletMargins: labels');
  });
});

/** Counts of all triplets at a margin of 0.2, by the miner. */
function sums(x: torch.Tensor, y: torch.Tensor) {
  const { total, hard, semihard } = new torch.miners.TripletMarginMiner({ margin: 0.2, typeOfTriplets: 'hard' })(
    x,
    y,
  ).counts;
  return { total, hard, active: hard + semihard };
}
