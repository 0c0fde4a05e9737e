/** What every miner must satisfy. */

import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { isPairs, type Tuples, toPairs } from '../../lib/pairs.ts';
import { minerCases } from './miner-cases.ts';

// Bases of others.
const bases = ['Miner', 'BlockMiner'];

const ids = (labels: readonly number[]) => torch.tensor(BigInt64Array.from(labels, BigInt));
// Rows 3 i and 3 i + 1 are of one class, row 3 i + 2 of another.
const labelsOf = (rows: number) =>
  ids(Array.from({ length: rows }, (_, i) => (Math.floor(i / 3) + (i % 3 === 2 ? 1 : 0)) % 4));
const batch = (rows: number, dtype: torch.DType = 'float64') => torch.randn([rows, 6], { dtype });
const rowsOf = (tuples: Tuples) => Object.entries(tuples).filter(([, value]) => value instanceof torch.Tensor);
const shown = (tuples: Tuples) => Object.fromEntries(rowsOf(tuples).map(([name, value]) => [name, value.tolist()]));
const sizes = (tuples: Tuples) => rowsOf(tuples).map(([, value]) => value.numel() as number);

/** Shows that tuples are what they say, under a relation. */
function expectValid(tuples: Tuples, relation: torch.Relation): void {
  const names = isPairs(tuples)
    ? [
        ['positiveAnchor', 'positive'],
        ['negativeAnchor', 'negative'],
      ]
    : [['anchor', 'positive', 'negative']];
  for (const [name, value] of rowsOf(tuples)) {
    expect(value.dtype, name).to.equal('int64');
    expect(value.shape.length, name).to.equal(1);
    expect(value.requiresGrad, name).to.equal(false);
    const limit = /anchor/i.test(name) ? relation.rows : relation.columns;
    for (const index of value.tolist()) expect(index >= 0 && index < limit, `${name}: ${index}`).to.equal(true);
  }
  for (const group of names) {
    const lengths = group.map((name) => (tuples as unknown as Record<string, torch.Tensor>)[name]?.numel());
    expect(new Set(lengths).size, `${group}: ${lengths}`).to.equal(1);
  }
  const { positives, negatives } = relation.block();
  const pairs = toPairs(tuples);
  const wrong = (mask: torch.Tensor, row: torch.Tensor, column: torch.Tensor) =>
    mask.index([row, column]).logicalNot().sum().item();
  expect(wrong(positives, pairs.positiveAnchor, pairs.positive), 'positives that are none').to.equal(0);
  expect(wrong(negatives, pairs.negativeAnchor, pairs.negative), 'negatives that are none').to.equal(0);
}

describe('every miner', () => {
  it('has a case here', () => {
    const exported = Object.keys(torch.miners).filter((name) => /^[A-Z]/.test(name) && !bases.includes(name));
    expect([...new Set(minerCases.map(({ name }) => name.replace(/,.*/, '')))].sort()).to.deep.equal(exported.sort());
  });
});

for (const { name, make, looksAtLabels = true } of minerCases) {
  describe(`miner contract: ${name}`, () => {
    beforeEach(() => torch.manualSeed(11));

    it('gives indices in range, positives that are positives and negatives that are negatives', () => {
      let found = 0;
      for (let trial = 0; trial < 5; trial++) {
        const [x, y] = [batch(27), labelsOf(27)];
        const tuples = make()(x, y);
        expectValid(tuples, torch.Relation.ofLabels(y));
        found += Math.min(...sizes(tuples));
      }
      expect(found, 'tuples of five batches').to.be.above(0);
    });

    it('gives the same for the same seed', () => {
      const [x, y] = [batch(27), labelsOf(27)];
      const mine = () => {
        torch.manualSeed(4);
        return shown(make()(x, y));
      };
      expect(mine()).to.deep.equal(mine());
    });

    it('records no gradients', () => {
      const x = batch(27).requiresGrad_();
      expectValid(make()(x, labelsOf(27)), torch.Relation.ofLabels(labelsOf(27)));
      expect(x.grad).to.equal(null);
    });

    it('leaves no tensors behind in a scope', () => {
      const [x, y, miner] = [batch(27), labelsOf(27), make()];
      const step = () => torch.scope(() => void miner(x, y));
      step();
      const before = torch.memory().tensors;
      step();
      expect(torch.memory().tensors).to.equal(before);
      const kept = miner(x, y);
      expect(torch.memory().tensors).to.equal(before + rowsOf(kept).length);
    });

    it('gives for a relation what it gives for the labels that it is of', () => {
      const [x, y] = [batch(27), labelsOf(27)];
      const mine = (labels: torch.Labels) => {
        torch.manualSeed(4);
        return shown(make()(x, labels));
      };
      expect(mine(torch.Relation.ofMatrix(y.unsqueeze(1).eq(y)))).to.deep.equal(mine(y));
      const sets = torch.nn.functional.oneHot(y, 4).to('bool');
      expect(mine(torch.Relation.ofLabelSets(sets))).to.deep.equal(mine(y));
    });

    if (looksAtLabels) {
      it('takes a reference set', () => {
        let found = 0;
        for (let trial = 0; trial < 5; trial++) {
          const [x, y, reference, referenceLabels] = [batch(13), labelsOf(13), batch(24), labelsOf(24)];
          const tuples = make()(x, y, { reference, referenceLabels });
          expectValid(tuples, torch.Relation.ofLabels(y, referenceLabels));
          found += Math.min(...sizes(tuples));
        }
        expect(found, 'tuples of five batches').to.be.above(0);
        const none = make()(batch(13), labelsOf(13), { reference: batch(0), referenceLabels: ids([]) });
        expect(sizes(none).every((size) => size === 0)).to.equal(true);
      });

      it('gives nothing where there is nothing to choose', () => {
        const different = make()(batch(6), ids([0, 1, 2, 3, 4, 5]));
        expect(isPairs(different) ? different.positive.numel() : different.anchor.numel()).to.equal(0);
        const same = make()(batch(6), ids([1, 1, 1, 1, 1, 1]));
        expect(isPairs(same) ? same.negative.numel() : same.anchor.numel()).to.equal(0);
        expectValid(different, torch.Relation.ofLabels(ids([0, 1, 2, 3, 4, 5])));
        expectValid(same, torch.Relation.ofLabels(ids([1, 1, 1, 1, 1, 1])));
      });
    }

    it('takes what is degenerate: no rows, NaN, collapsed and huge embeddings', () => {
      expect(sizes(make()(batch(0), ids([]))).every((size) => size === 0)).to.equal(true);
      const y = labelsOf(27);
      const someNaN = batch(27);
      someNaN.index([torch.tensor([3n, 8n])]).shape;
      someNaN.narrow(0, 3, 1).fill_(Number.NaN);
      const kinds = {
        NaN: torch.full([27, 6], Number.NaN),
        'some NaN': someNaN,
        collapsed: torch.ones([27, 6]),
        zero: torch.zeros([27, 6]),
        huge: batch(27).mul(1e200),
        infinite: torch.full([27, 6], Number.POSITIVE_INFINITY),
      };
      for (const [kind, x] of Object.entries(kinds)) {
        try {
          expectValid(make()(x, y), torch.Relation.ofLabels(y));
        } catch (error) {
          throw new Error(`${kind}: ${(error as Error).message}`, { cause: error });
        }
      }
    });

    it('takes half precision and computes in float32', () => {
      for (const dtype of ['float16', 'bfloat16'] as const) {
        const x = batch(27, 'float32').to(dtype);
        torch.manualSeed(4);
        const half = shown(make()(x, labelsOf(27)));
        torch.manualSeed(4);
        expect(half).to.deep.equal(shown(make()(x.float(), labelsOf(27))));
      }
    });

    it('refuses what it cannot take', () => {
      const miner = make();
      const where = miner.constructor.name;
      const [x, y] = [batch(6), ids([0, 0, 1, 1, 1, 0])];
      expect(() => miner(x, ids([0, 1, 0]))).to.throw(torch.ShapeError, `${where}: labels must be [6]`);
      expect(() => miner(x, y.double())).to.throw(torch.DTypeError, `${where}: labels must be class ids`);
      expect(() => miner(x.long(), y)).to.throw(torch.DTypeError, `${where}: embeddings must be of a floating dtype`);
      expect(() => miner(x.flatten(), y)).to.throw(torch.ShapeError, `${where}: embeddings must be [N, D]`);
      expect(() => miner([[1]] as never, y)).to.throw(TypeError, `${where}: embeddings must be a Tensor`);
      const reference = torch.randn([4, 5], { dtype: 'float64' });
      expect(() => miner(x, y, { references: reference } as never)).to.throw(TypeError, 'got references');
      expect(() => miner(x, y, { reference })).to.throw(torch.ShapeError, `${where}: reference must be [M, 6]`);
    });
  });
}
