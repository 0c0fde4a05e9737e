import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

const { TripletMarginMiner } = torch.miners;
const { CosineSimilarity, LpDistance } = torch.distances;

type Kind = 'easy' | 'semihard' | 'hard';

/** Every triplet with its kind, by three loops over a matrix of distances. */
function triplets(distances: number[][], labels: number[], margin: number): { at: number[]; kind: Kind }[] {
  const all: { at: number[]; kind: Kind }[] = [];
  for (let a = 0; a < labels.length; a++) {
    for (let p = 0; p < labels.length; p++) {
      if (p === a || labels[p] !== labels[a]) continue;
      for (let n = 0; n < labels.length; n++) {
        if (labels[n] === labels[a]) continue;
        // float32, as the miner's own subtraction.
        const gap = Math.fround(distances[a]![n]! - distances[a]![p]!);
        all.push({ at: [a, p, n], kind: gap > margin ? 'easy' : gap > 0 ? 'semihard' : 'hard' });
      }
    }
  }
  return all;
}

function rows({ anchor, positive, negative }: torch.miners.Triplets): number[][] {
  return torch.stack([anchor, positive, negative], 1).tolist() as number[][];
}

const wanted = {
  all: ['semihard', 'hard'],
  hard: ['hard'],
  semihard: ['semihard'],
  easy: ['easy'],
} as const;

describe('TripletMarginMiner', () => {
  beforeEach(() => torch.manualSeed(0));

  for (const type of ['all', 'hard', 'semihard', 'easy'] as const) {
    it(`picks the ${type} triplets and counts all of them`, () => {
      const embeddings = torch.randn([24, 4]);
      const labels = torch.randint(0, 5, [24]);
      const distance = new LpDistance();
      const margin = 0.25;
      const expected = triplets(
        distance.matrix(embeddings).tolist() as number[][],
        labels.tolist() as number[],
        margin,
      );
      const mined = new TripletMarginMiner({ margin, typeOfTriplets: type, distance })(embeddings, labels);
      const kinds: readonly Kind[] = wanted[type];
      const chosen = expected.filter(({ kind }) => kinds.includes(kind));
      expect(chosen).to.not.be.empty;
      expect(rows(mined)).to.deep.equal(chosen.map(({ at }) => at));
      const count = (kind: Kind) => expected.filter((each) => each.kind === kind).length;
      expect(mined.counts).to.deep.equal({
        total: expected.length,
        easy: count('easy'),
        semihard: count('semihard'),
        hard: count('hard'),
      });
    });
  }

  it('counts ties as hard, and a gap of exactly the margin as semi-hard', () => {
    const embeddings = torch.tensor([[0], [1], [-1], [1.5], [1.75]]);
    const labels = torch.tensor([0n, 0n, 1n, 2n, 3n]);
    const distance = new LpDistance({ normalizeEmbeddings: false });
    const mine = (typeOfTriplets: torch.miners.TypeOfTriplets) =>
      rows(new TripletMarginMiner({ margin: 0.5, typeOfTriplets, distance })(embeddings, labels)).filter(
        ([anchor]) => anchor === 0,
      );
    expect(mine('hard')).to.deep.equal([[0, 1, 2]]);
    expect(mine('semihard')).to.deep.equal([[0, 1, 3]]);
    expect(mine('easy')).to.deep.equal([[0, 1, 4]]);
  });

  it('knows which way a similarity points', () => {
    const embeddings = torch.tensor([
      [1, 0],
      [1, 0.1],
      [1, 0.5],
      [-1, 0],
    ]);
    const labels = torch.tensor([0n, 0n, 1n, 2n]);
    const mined = new TripletMarginMiner({ margin: 0.3, distance: new CosineSimilarity() })(embeddings, labels);
    expect(rows(mined)).to.deep.equal([
      [0, 1, 2],
      [1, 0, 2],
    ]);
  });

  for (const [name, labels] of [
    ['one class', [4n, 4n, 4n]],
    ['no two of a class', [1n, 2n, 3n]],
    ['no rows', []],
  ] as const) {
    it(`returns empty int64 indices for ${name}`, () => {
      const given = torch.tensor(BigInt64Array.from(labels));
      const mined = new TripletMarginMiner()(torch.randn([labels.length, 2]), given);
      for (const indices of [mined.anchor, mined.positive, mined.negative]) {
        expect(indices.dtype).to.equal('int64');
        expect(indices.shape).to.deep.equal([0]);
      }
      expect(mined.counts).to.deep.equal({ total: 0, easy: 0, semihard: 0, hard: 0 });
    });
  }

  it('tells class ids apart that float32 would confuse', () => {
    const labels = torch.tensor([16777216n, 16777216n, 16777217n]);
    const mined = new TripletMarginMiner({ margin: 10 })(torch.randn([3, 4]), labels);
    expect(mined.counts.total).to.equal(2);
  });

  it('records no gradients', () => {
    const embeddings = torch.randn([6, 3]).requiresGrad_();
    const mined = new TripletMarginMiner()(embeddings, torch.tensor([0n, 0n, 0n, 1n, 1n, 1n]));
    expect(mined.anchor.requiresGrad).to.equal(false);
    expect(embeddings.grad).to.equal(null);
  });

  it('does not call broken embeddings easy', () => {
    const embeddings = torch.full([4, 2], Number.NaN);
    const { counts } = new TripletMarginMiner()(embeddings, torch.tensor([0n, 0n, 1n, 1n]));
    expect(counts).to.deep.equal({ total: 8, easy: 0, semihard: 0, hard: 8 });
  });

  it('finds the same triplets where a batch takes several blocks of memory', () => {
    const count = 220;
    const embeddings = torch.cat([torch.randn([110, 2]).add(3), torch.randn([110, 2]).sub(3)]);
    const labels = torch.arange(count).ge(110).long();
    const distance = new LpDistance({ normalizeEmbeddings: false });
    const matrix = distance.matrix(embeddings).tolist() as number[][];
    const expected: number[][] = [];
    for (let a = 0; a < count; a++)
      for (let p = 0; p < count; p++)
        for (let n = 0; n < count; n++)
          if (a !== p && a < 110 === p < 110 && a < 110 !== n < 110 && matrix[a]![n]! <= matrix[a]![p]!)
            expected.push([a, p, n]);
    const mined = new TripletMarginMiner({ typeOfTriplets: 'hard', distance })(embeddings, labels);
    expect(expected.length).to.be.greaterThan(100);
    expect(rows(mined)).to.deep.equal(expected);
    expect(mined.counts).to.include({ total: 220 * 109 * 110, hard: expected.length });
  });

  it('leaves no tensors behind but the triplets', () => {
    const embeddings = torch.randn([12, 3]);
    const labels = torch.arange(12).remainder(3);
    const miner = new TripletMarginMiner();
    globalThis.gc?.(); // what earlier tests left
    const before = torch.memory().tensors;
    const mined = miner(embeddings, labels);
    expect(torch.memory().tensors - before).to.equal(3);
    for (const indices of [mined.anchor, mined.positive, mined.negative]) indices.dispose();
    expect(torch.memory().tensors).to.equal(before);
  });

  it('refuses what it cannot mine', () => {
    const miner = new TripletMarginMiner();
    const embeddings = torch.randn([4, 2]);
    const message = 'TripletMarginMiner: labels must be [4] to match embeddings [4, 2], got [3]';
    expect(() => miner(embeddings, torch.tensor([0n, 0n, 1n]))).to.throw(torch.ShapeError, message);
    expect(() => miner(embeddings, torch.zeros([4]))).to.throw(torch.DTypeError, 'must be class ids of dtype int64');
    expect(() => miner(torch.randn([4]), torch.zeros([4], { dtype: 'int64' }))).to.throw(torch.ShapeError, '[N, D]');
    expect(() => miner([1] as never, embeddings)).to.throw(TypeError, 'embeddings must be a Tensor, got [1]');
    expect(() => new TripletMarginMiner({ margin: Number.NaN })).to.throw(TypeError, 'margin must be a number');
    expect(() => new TripletMarginMiner({ typeOfTriplets: 'medium' as never })).to.throw(
      RangeError,
      'TripletMarginMiner: typeOfTriplets must be one of all, hard, semihard, easy, got "medium"',
    );
  });
});
