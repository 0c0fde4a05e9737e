import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { composedMarginTriplets, marginTriplets, typesOfTriplets } from '../../lib/selection/margin-triplets.ts';

function plain({ anchor, positive, negative, counts }: torch.miners.MinedTriplets): unknown {
  return [anchor.tolist(), positive.tolist(), negative.tolist(), counts];
}

const related = (labels: torch.Tensor) => torch.Relation.ofLabels(labels).block();

/** Distances with ties, gaps of exactly the margin, NaN and infinities among them. */
function distances(count: number, dtype: torch.DType): torch.Tensor {
  const matrix = torch.randint(0, 9, [count, count]).to(dtype).div(8);
  matrix.indexPut_([2, 5], Number.NaN);
  matrix.indexPut_([3], Number.POSITIVE_INFINITY);
  return matrix;
}

describe('marginTriplets', () => {
  beforeEach(() => torch.manualSeed(0));

  for (const dtype of ['float16', 'bfloat16', 'float32', 'float64'] as const) {
    for (const type of typesOfTriplets) {
      it(`chooses the ${type} triplets of ${dtype} as a composition of operators does`, () => {
        for (const margin of [0.25, 0, -0.125, 0.2, Number.POSITIVE_INFINITY]) {
          const matrix = distances(23, dtype);
          const labels = related(torch.randint(0, 4, [23]));
          const kernel = marginTriplets(matrix, labels, margin, type);
          const composed = composedMarginTriplets(matrix, labels, margin, type);
          expect(plain(kernel), `margin ${margin}`).to.deep.equal(plain(composed));
          expect(kernel.counts.total).to.be.greaterThan(0);
        }
      });
    }
  }

  it('takes matrices that are not contiguous, and no rows', () => {
    const matrix = torch.rand([12, 12]);
    const columns = torch
      .arange(24)
      .remainder(3)
      .index([torch.slice(null, null, 2)]);
    const labels = related(columns);
    const expected = plain(composedMarginTriplets(matrix.T, labels, 0.1, 'all'));
    expect(plain(marginTriplets(matrix.T, labels, 0.1, 'all'))).to.deep.equal(expected);
    const none = marginTriplets(torch.zeros([0, 0]), related(torch.zeros([0], { dtype: 'int64' })), 0.1, 'all');
    expect(none.counts).to.deep.equal({ total: 0, easy: 0, semihard: 0, hard: 0 });
  });

  it('finds the same with several threads', () => {
    const matrix = torch.rand([300, 300]);
    const labels = related(torch.randint(0, 7, [300]));
    const threads = torch.getNumThreads();
    torch.setNumThreads(1);
    const one = plain(marginTriplets(matrix, labels, 0.05, 'semihard'));
    torch.setNumThreads(3);
    const three = plain(marginTriplets(matrix, labels, 0.05, 'semihard'));
    torch.setNumThreads(threads);
    expect(three).to.deep.equal(one);
  });

  it('refuses, as an operator, what does not fit', () => {
    const mine = torch.ops.hinge?.margin_triplets as (...values: unknown[]) => unknown;
    const mask = torch.zeros([3, 3], { dtype: 'bool' });
    const { TorchError } = torch;
    expect(() => mine(torch.zeros([3]), mask, mask, 0.1, 0)).to.throw(TorchError, 'distances must be [R, C]');
    expect(() => mine(torch.zeros([3, 4]), mask, mask, 0.1, 0)).to.throw(TorchError, 'positives must be bool [3, 4]');
    expect(() => mine(torch.zeros([3, 3]), mask, mask.long(), 0.1, 0)).to.throw(TorchError, 'negatives must be bool');
    expect(() => mine(torch.zeros([3, 3]), mask, mask, 0.1, 4)).to.throw(TorchError, 'no type of triplets');
    expect(() => mine(torch.zeros([3, 3], { dtype: 'int32' }), mask, mask, 0.1, 0)).to.throw(TorchError, 'Int');
    expect(() => mine(torch.zeros([3, 3]), mask, mask, 0.1)).to.throw(TypeError, 'type (int) is missing');
  });
});
