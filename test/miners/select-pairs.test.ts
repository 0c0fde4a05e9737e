import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import type { MinerBatch } from '../../lib/miners/miner.ts';
import { canSelectPairs, type PairChoice, selectPairs } from '../../lib/miners/select-pairs.ts';

const distance = new torch.distances.LpDistance({ normalizeEmbeddings: false });

interface Candidate {
  at: number;
  far: number;
}

const nearestFirst = (a: Candidate, b: Candidate) => a.far - b.far || a.at - b.at;
const farthestFirst = (a: Candidate, b: Candidate) => b.far - a.far || a.at - b.at;

/** The same by sorting everything. */
function naive(
  rows: number[][],
  columns: number[][],
  labels: readonly number[],
  candidates: readonly number[],
  self: number | null,
  positive: Required<PairChoice>,
  negative: Required<PairChoice>,
) {
  const chosen = rows.map((row, i) => {
    const all = columns.map((column, at) => ({ at, far: Math.hypot(...row.map((value, d) => value - column[d]!)) }));
    const others = all.filter(({ at }) => self === null || at !== self + i);
    let positives = others.filter(({ at }) => candidates[at] === labels[i]);
    let negatives = others.filter(({ at }) => candidates[at] !== labels[i]);
    positives.sort(positive.rule === 'easy' ? nearestFirst : farthestFirst);
    negatives.sort(negative.rule === 'easy' ? farthestFirst : nearestFirst);
    if (positive.rule === 'semihard') {
      const limit = negatives[negative.skip]?.far ?? -1;
      positives = positives.filter(({ far }) => far < limit);
    }
    if (negative.rule === 'semihard') {
      const limit = positives[positive.skip]?.far ?? Number.POSITIVE_INFINITY;
      negatives = negatives.filter(({ far }) => far > limit);
    }
    const take = (list: Candidate[], { skip, count }: Required<PairChoice>) =>
      Array.from({ length: count }, (_, n) => list[skip + n]?.at ?? -1);
    return [take(positives, positive), take(negatives, negative)] as const;
  });
  return { positive: chosen.map(([p]) => p), negative: chosen.map(([, n]) => n) };
}

const ids = (labels: readonly number[]) => torch.tensor(BigInt64Array.from(labels, BigInt));
const numbers = (labels: torch.Tensor) => (labels.tolist() as (number | bigint)[]).map(Number);

const choices: [PairChoice, PairChoice][] = [
  [{ rule: 'hard' }, { rule: 'hard' }],
  [{ rule: 'easy' }, { rule: 'easy' }],
  [{ rule: 'easy' }, { rule: 'semihard' }],
  [{ rule: 'hard' }, { rule: 'semihard', count: 3 }],
  [{ rule: 'semihard' }, { rule: 'hard' }],
  [
    { rule: 'hard', skip: 1, count: 2 },
    { rule: 'hard', skip: 2, count: 4 },
  ],
  [
    { rule: 'easy', skip: 1, count: 3 },
    { rule: 'easy', skip: 3, count: 200 },
  ],
];

describe('selectPairs', () => {
  beforeEach(() => torch.manualSeed(0));

  for (const [positive, negative] of choices) {
    it(`chooses what sorting everything does: ${JSON.stringify(positive)}, ${JSON.stringify(negative)}`, () => {
      // Quarters, so that many are equally far, and duplicates; more than one stride of columns.
      const grids = [torch.randn([150, 6]), torch.randint(0, 4, [150, 2]).float().div(4)];
      for (const x of grids) {
        const labels = torch.randint(0, 5, [150]);
        const others = torch.cat([x.narrow(0, 0, 40), torch.randn([30, x.shape[1] as number])]);
        const otherLabels = torch.randint(0, 6, [70]);
        const batches: [MinerBatch, torch.Tensor][] = [
          [{ embeddings: x, reference: x, relation: torch.Relation.ofLabels(labels) }, labels],
          [{ embeddings: x, reference: others, relation: torch.Relation.ofLabels(labels, otherLabels) }, otherLabels],
        ];
        for (const [batch, candidates] of batches) {
          expect(canSelectPairs(batch, distance)).to.equal(true);
          const selected = selectPairs(batch, distance, positive, negative);
          const expected = naive(
            batch.embeddings.tolist() as number[][],
            batch.reference.tolist() as number[][],
            numbers(labels),
            numbers(candidates),
            batch.relation.self,
            { skip: 0, count: 1, ...positive },
            { skip: 0, count: 1, ...negative },
          );
          const found = (tensor: torch.Tensor) => (tensor.tolist() as number[][]).map((row) => row.map(Number));
          expect(found(selected.positive), 'positives').to.deep.equal(expected.positive);
          expect(found(selected.negative), 'negatives').to.deep.equal(expected.negative);
        }
      }
    });
  }

  it('says where it cannot be asked', () => {
    const x = torch.randn([4, 2]);
    const relation = torch.Relation.ofLabels(ids([0, 0, 1, 1]));
    const batch = { embeddings: x, reference: x, relation };
    expect(canSelectPairs(batch, distance)).to.equal(true);
    expect(canSelectPairs(batch, new torch.distances.LpDistance({ p: 1 }))).to.equal(false);
    expect(canSelectPairs(batch, new torch.distances.CosineSimilarity())).to.equal(false);
    expect(canSelectPairs({ ...batch, embeddings: x.double() }, distance)).to.equal(false);
    expect(canSelectPairs({ ...batch, embeddings: x.to('meta') }, distance)).to.equal(false);
    const masked = relation.where(torch.tensor([true, true, true, false]));
    expect(canSelectPairs({ ...batch, relation: masked }, distance)).to.equal(false);
  });

  it('passes NaN over, and takes no rows', () => {
    const x = torch.tensor([[0], [1], [Number.NaN], [2], [5]]);
    const relation = torch.Relation.ofLabels(ids([0, 0, 0, 1, 1]));
    const { positive, negative } = selectPairs(
      { embeddings: x, reference: x, relation },
      distance,
      { rule: 'easy' },
      { rule: 'hard' },
    );
    expect(numbers(positive.squeeze(1))).to.deep.equal(
      [1, 0, 0, 4, 3].map((each, i) => (i === 2 ? numbers(positive.squeeze(1))[2] : each)),
    );
    expect(numbers(negative.squeeze(1)).filter((_, i) => i !== 2)).to.deep.equal([3, 3, 1, 1]);
    const empty = torch.zeros([0, 3]);
    const none = { embeddings: empty, reference: empty, relation: torch.Relation.ofLabels(ids([])) };
    expect(selectPairs(none, distance, { rule: 'hard' }, { rule: 'hard' }).positive.shape).to.deep.equal([0, 1]);
  });

  it('refuses, as an operator, what does not fit', () => {
    const select = torch.ops.hinge?.select_pairs as (...values: unknown[]) => unknown;
    const [x, y] = [torch.zeros([3, 2]), ids([0, 1, 2])];
    const { TorchError } = torch;
    expect(() => select(x, x.T, y, y, 0, [0, 0, 1], [0, 0, 1])).to.throw(TorchError, 'x must be [N, D] and y [M, D]');
    expect(() => select(x.double(), x, y, y, 0, [0, 0, 1], [0, 0, 1])).to.throw(TorchError, 'must be float32');
    expect(() => select(x, x, y.float(), y, 0, [0, 0, 1], [0, 0, 1])).to.throw(TorchError, 'labels must be int64 [3]');
    expect(() => select(x, x, y, ids([1]), 0, [0, 0, 1], [0, 0, 1])).to.throw(TorchError, 'candidates must be int64');
    expect(() => select(x, x, y, y, 0, [3, 0, 1], [0, 0, 1])).to.throw(TorchError, 'no rule of positives has number 3');
    expect(() => select(x, x, y, y, 0, [0, 0, 1], [0, -1, 1])).to.throw(TorchError, 'negatives must skip at least 0');
    expect(() => select(x, x, y, y, 0, [2, 0, 1], [2, 0, 1])).to.throw(TorchError, 'cannot both be semi-hard');
    expect(() => select(x, x, y, y, 0, [0, 0], [0, 0, 1])).to.throw(TorchError, 'a choice must be');
  });
});
