import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { plainBatch, rowsOf, sorted } from './plain.ts';

const { AngularMiner } = torch.miners;
const { CosineSimilarity, LpDistance } = torch.distances;

describe('AngularMiner', () => {
  beforeEach(() => torch.manualSeed(9));

  for (const columns of [undefined, 13]) {
    for (const normalizeEmbeddings of [true, false]) {
      const kind = `${columns === undefined ? 'a batch' : 'a reference'}, ${normalizeEmbeddings ? '' : 'not '}normalised`;
      it(`takes wide angles of ${kind}`, () => {
        const batch = plainBatch({ rows: 16, columns });
        const unit = (point: number[]) => {
          const length = normalizeEmbeddings ? Math.hypot(...point) : 1;
          return point.map((x) => x / length);
        };
        const points = (x: torch.Tensor) => (x.tolist() as number[][]).map(unit);
        const rows = points(batch.embeddings);
        const candidates = points(batch.call.reference ?? batch.embeddings);
        const apart = (x: number[], y: number[]) => Math.hypot(...x.map((value, i) => value - (y[i] as number)));
        const expected: number[][] = [];
        for (const [a, positives] of batch.positives.entries()) {
          for (const p of positives) {
            const [from, to] = [rows[a] as number[], candidates[p] as number[]];
            const center = from.map((value, i) => (value + (to[i] as number)) / 2);
            for (const n of batch.negatives[a] as readonly number[]) {
              const angle = Math.atan(apart(from, to) / (2 * apart(candidates[n] as number[], center)));
              if ((angle * 180) / Math.PI > 35) expected.push([a, p, n]);
            }
          }
        }
        expect(expected).to.not.be.empty;
        const miner = new AngularMiner({
          angle: 35,
          distance: new LpDistance({ normalizeEmbeddings }),
          rowsPerBlock: 6,
        });
        expect(rowsOf(miner(batch.embeddings, batch.labels, batch.call))).to.deep.equal(sorted(expected));
      });
    }
  }

  it('refuses distances that are not Euclidean', () => {
    for (const distance of [new CosineSimilarity(), new LpDistance({ p: 1 }), new LpDistance({ power: 2 })]) {
      expect(() => new AngularMiner({ distance })).to.throw(TypeError, 'AngularMiner: distance must be');
    }
    expect(() => new AngularMiner({ angle: 'wide' as never })).to.throw(TypeError, 'AngularMiner: angle');
  });
});
