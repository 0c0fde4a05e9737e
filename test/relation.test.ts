import { expect } from 'chai';
import * as torch from '../lib/index.ts';

const { Relation } = torch;
const ids = (labels: readonly number[]) => torch.tensor(BigInt64Array.from(labels, BigInt));
const pairsIn = (mask: torch.Tensor) => (mask.nonzero().tolist() as number[][]).map((pair) => pair.map(Number));

describe('Relation', () => {
  it('of labels: one class is positive, a row is no candidate of itself', () => {
    const { positives, negatives, weights } = Relation.ofLabels(ids([0, 1, 0])).block();
    expect(pairsIn(positives)).to.deep.equal([
      [0, 2],
      [2, 0],
    ]);
    expect(pairsIn(negatives)).to.deep.equal([
      [0, 1],
      [1, 0],
      [1, 2],
      [2, 1],
    ]);
    expect(weights).to.equal(null);
  });

  it('of labels and a reference: every candidate counts, but the row itself where it is among them', () => {
    const whole = Relation.ofLabels(ids([0, 1]), ids([1, 0, 1]));
    expect(pairsIn(whole.block().positives)).to.deep.equal([
      [0, 1],
      [1, 0],
      [1, 2],
    ]);
    const later = Relation.ofLabels(ids([0, 1]), ids([0, 0, 1]), 1);
    expect(pairsIn(later.block().positives)).to.deep.equal([[0, 0]]);
    expect(pairsIn(later.block().negatives)).to.deep.equal([
      [0, 2],
      [1, 0],
      [1, 1],
    ]);
  });

  it('is the same in blocks', () => {
    const labels = ids([0, 1, 0, 2, 1, 0]);
    const relation = Relation.ofLabels(labels);
    const whole = relation.block();
    for (const kind of ['positives', 'negatives'] as const) {
      const blocks = torch.cat([relation.block(0, 2)[kind], relation.block(2, 3)[kind], relation.block(5)[kind]]);
      expect(blocks.equal(whole[kind])).to.equal(true);
    }
    expect(relation.block(6).positives.shape).to.deep.equal([0, 6]);
  });

  it('of label sets: a shared label is enough, and overlap can count', () => {
    const sets = torch.tensor([
      [true, true, false],
      [false, true, true],
      [false, false, false],
      [true, true, false],
    ]);
    const { positives, negatives, weights } = Relation.ofLabelSets(sets, undefined, { weighted: true }).block();
    expect(pairsIn(positives)).to.deep.equal([
      [0, 1],
      [0, 3],
      [1, 0],
      [1, 3],
      [3, 0],
      [3, 1],
    ]);
    expect(pairsIn(negatives).filter(([a]) => a === 2)).to.deep.equal([
      [2, 0],
      [2, 1],
      [2, 3],
    ]);
    expect(weights?.index([0, 1]).item()).to.be.closeTo(1 / 3, 1e-7);
    expect(weights?.index([0, 3]).item()).to.equal(1);
    expect(weights?.index([0, 2]).item()).to.equal(1);
    expect(Relation.ofLabelSets(sets, sets.narrow(0, 0, 2)).block().positives.shape).to.deep.equal([4, 2]);
  });

  it('of a matrix: above 0 a positive, below 0 a negative, 0 neither', () => {
    const matrix = torch.tensor([
      [9, 0.5, -2],
      [0, 9, 1],
      [-1, 0, 9],
    ]);
    const { positives, negatives, weights } = Relation.ofMatrix(matrix).block();
    expect(pairsIn(positives)).to.deep.equal([
      [0, 1],
      [1, 2],
    ]);
    expect(pairsIn(negatives)).to.deep.equal([
      [0, 2],
      [2, 0],
    ]);
    expect(weights?.index([0, 2]).item()).to.equal(2);
    const plain = Relation.ofMatrix(matrix.gt(0), { self: null }).block();
    expect(plain.positives.equal(matrix.gt(0))).to.equal(true);
    expect(plain.negatives.equal(matrix.le(0))).to.equal(true);
    expect(matrix.gt(0).sum().item(), 'the matrix is left as it was').to.equal(5);
  });

  it('of what a mask lets through, of rows or of pairs', () => {
    const relation = Relation.ofLabels(ids([0, 1, 0, 1]));
    const rows = relation.where(torch.tensor([true, true, true, false]));
    expect(pairsIn(rows.block().positives)).to.deep.equal([
      [0, 2],
      [2, 0],
    ]);
    expect(pairsIn(rows.block().negatives)).to.deep.equal([
      [0, 1],
      [1, 0],
      [1, 2],
      [2, 1],
    ]);
    const pairs = torch.ones([4, 4], { dtype: 'bool' });
    pairs.indexPut_([0, 2], false);
    expect(pairsIn(relation.where(pairs).block().positives)).to.deep.equal([
      [1, 3],
      [2, 0],
      [3, 1],
    ]);
    expect(rows.classes, 'labels alone no longer say all of it').to.equal(undefined);
    expect(rows.labels?.tolist()).to.deep.equal(relation.labels?.tolist());
  });

  it('refuses what is none', () => {
    const labels = ids([0, 1]);
    expect(() => Relation.ofLabels(labels.float())).to.throw(
      torch.DTypeError,
      'labels must be class ids of dtype int64',
    );
    expect(() => Relation.ofLabels(labels.unsqueeze(0))).to.throw(torch.ShapeError, 'labels must be [N], got [1, 2]');
    expect(() => Relation.ofLabelSets(labels)).to.throw(torch.DTypeError, 'sets must be bool');
    const sets = torch.zeros([2, 3], { dtype: 'bool' });
    expect(() => Relation.ofLabelSets(sets, sets.T)).to.throw(torch.ShapeError, 'reference must be [M, 3], got [3, 2]');
    expect(() => Relation.ofMatrix(labels)).to.throw(torch.DTypeError, 'matrix must be bool or floating, got int64');
    expect(() => Relation.ofMatrix(torch.zeros([2]))).to.throw(torch.ShapeError, 'matrix must be [N, M], got [2]');
    const relation = Relation.ofLabels(labels);
    expect(() => relation.where(labels)).to.throw(torch.DTypeError, 'mask must be bool');
    expect(() => relation.where(sets)).to.throw(torch.ShapeError, 'mask must be [2] or [2, 2], got [2, 3]');
    expect(() => Relation.ofLabels([0, 1] as never)).to.throw(TypeError, 'labels must be a Tensor');
  });
});
