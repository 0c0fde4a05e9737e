import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { plainBatch } from './plain.ts';

const { EmbeddingsAlreadyPackagedAsTriplets, RandomTripletMiner } = torch.miners;

describe('RandomTripletMiner', () => {
  beforeEach(() => torch.manualSeed(13));

  it('draws so many of each anchor that has both, evenly', () => {
    const batch = plainBatch({ rows: 8, classes: 3 });
    const perAnchor = 4000;
    const mined = new RandomTripletMiner({ tripletsPerAnchor: perAnchor, rowsPerBlock: 3 })(
      batch.embeddings,
      batch.labels,
    );
    for (const [a, positives] of batch.positives.entries()) {
      const negatives = batch.negatives[a] as readonly number[];
      const own = mined.anchor.eq(a);
      const able = positives.length > 0 && negatives.length > 0;
      expect(own.sum().item()).to.equal(able ? perAnchor : 0);
      for (const [column, candidates] of [
        [mined.positive, positives],
        [mined.negative, negatives],
      ] as const) {
        const drawn = column.index([own]).tolist() as number[];
        for (const i of able ? candidates : []) {
          const share = drawn.filter((each) => each === i).length / perAnchor;
          expect(share, `${a}, ${i}`).to.be.closeTo(1 / candidates.length, 0.04);
        }
      }
    }
  });

  it('refuses a number that is none', () => {
    expect(() => new RandomTripletMiner({ tripletsPerAnchor: 0 })).to.throw(RangeError, 'tripletsPerAnchor');
  });
});

describe('EmbeddingsAlreadyPackagedAsTriplets', () => {
  it('takes three rows for a triplet', () => {
    const miner = new EmbeddingsAlreadyPackagedAsTriplets();
    const { anchor, positive, negative } = miner(torch.randn([6, 2]), torch.zeros([6], { dtype: 'int64' }));
    expect([anchor, positive, negative].map((each) => each.tolist())).to.deep.equal([
      [0, 3],
      [1, 4],
      [2, 5],
    ]);
    expect(() => miner(torch.randn([4, 2]), torch.zeros([4], { dtype: 'int64' }))).to.throw(
      torch.ShapeError,
      '[3 T, D]',
    );
    const [reference, referenceLabels] = [torch.randn([3, 2]), torch.zeros([3], { dtype: 'int64' })];
    expect(() => miner(torch.randn([3, 2]), referenceLabels, { reference, referenceLabels })).to.throw(TypeError);
  });
});
