/** What losses must satisfy that are called with columns of embeddings, row i of each belonging together. */

import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { columnLosses } from './loss-cases/columns.ts';
import { unlabelled } from './loss-cases/lists.ts';

const losses = torch.losses;
const { AngleSimilarity, LpDistance } = torch.distances;

interface ColumnCase {
  /** The class, and what is special about it. */
  readonly name: string;
  readonly columns: number;
  readonly make: () => torch.nn.Module;
  /** Calls it; `y` are scores `[N]` from 0 to 1. */
  readonly call: (lossFn: never, columns: torch.Tensor[], y: torch.Tensor) => torch.Tensor;
  /** What the loss of one row is; 0 by default. */
  readonly ofOneRow?: 'positive' | 'any';
  /** Why the gradient is no derivative of the value, where it is not. */
  readonly noGradcheck?: string;
}

type Call = (...inputs: unknown[]) => torch.Tensor;
const plain = (lossFn: unknown, columns: readonly torch.Tensor[]) => (lossFn as Call)(...columns);
const scored = (lossFn: unknown, columns: readonly torch.Tensor[], y: torch.Tensor) => (lossFn as Call)(...columns, y);
const everyDirection = ['query_to_doc', 'query_to_query', 'doc_to_query', 'doc_to_doc'] as const;

const cases: readonly ColumnCase[] = [
  { name: 'AnglELoss', columns: 2, make: () => new losses.AnglELoss(), call: scored },
  { name: 'AnglELoss, negatives', columns: 4, make: () => new losses.AnglELoss(), call: plain, ofOneRow: 'positive' },
  { name: 'CoSENTLoss', columns: 2, make: () => new losses.CoSENTLoss(), call: scored },
  {
    name: 'CoSENTLoss, Euclidean',
    columns: 2,
    make: () => new losses.CoSENTLoss({ scale: 1, similarity: new LpDistance() }),
    call: scored,
  },
  {
    name: 'GISTEmbedLoss',
    columns: 3,
    make: () => new losses.GISTEmbedLoss({ margin: 0.1, temperature: 0.1 }),
    call: (lossFn, columns) =>
      (lossFn as Call)(...columns, { guide: columns.map((each) => each.detach().double().add(1)) }),
    ofOneRow: 'any',
  },
  {
    name: 'MarginMSELoss',
    columns: 3,
    make: () => new losses.MarginMSELoss(),
    call: scored,
    ofOneRow: 'positive',
  },
  {
    name: 'MatryoshkaLoss',
    columns: 3,
    make: () =>
      new losses.MatryoshkaLoss({ loss: new losses.MultipleNegativesRankingLoss(), matryoshkaDims: [6, 3, 1] }),
    call: plain,
    ofOneRow: 'positive',
  },
  {
    name: 'MegaBatchMarginLoss',
    columns: 2,
    make: () => new losses.MegaBatchMarginLoss(),
    call: plain,
    ofOneRow: 'positive',
  },
  {
    name: 'MultipleNegativesRankingLoss',
    columns: 2,
    make: () => new losses.MultipleNegativesRankingLoss(),
    call: plain,
  },
  {
    name: 'MultipleNegativesRankingLoss, everything',
    columns: 4,
    make: () =>
      new losses.MultipleNegativesRankingLoss({
        directions: everyDirection,
        hardnessMode: 'all_negatives',
        hardnessStrength: 2,
      }),
    call: plain,
    noGradcheck: 'what hardness adds is a constant',
    ofOneRow: 'positive',
  },
  {
    name: 'MultipleNegativesRankingLoss, by angle',
    columns: 2,
    make: () => new losses.MultipleNegativesRankingLoss({ scale: 5, similarity: new AngleSimilarity() }),
    call: plain,
  },
  {
    name: 'OnlineContrastiveLoss',
    columns: 2,
    make: () => new losses.OnlineContrastiveLoss({ margin: 1.2 }),
    call: (lossFn, columns, y) => scored(lossFn, columns, y.gt(0.4)),
  },
  { name: 'VICRegLoss', columns: 2, make: () => new losses.VICRegLoss(), call: plain, ofOneRow: 'positive' },
  {
    name: 'ManifoldLoss',
    columns: 1,
    make: () => new losses.ManifoldLoss({ l: 6, K: 3, margin: 0.05 }),
    call: (lossFn, [x], y) => (lossFn as Call)(x, y.mul(3).long().clampMax(2)),
    ofOneRow: 'positive',
  },
];

const dimensions = 6;
const scoresOf = (rows: number) => torch.arange(rows).mul(0.37).remainder(1).to('float64');

function columnsOf(count: number, rows: number): torch.Tensor[] {
  return Array.from({ length: count }, () => torch.randn([rows, dimensions], { dtype: 'float64' }));
}

function made(each: ColumnCase, dtype: 'float32' | 'float64' = 'float64'): torch.nn.Module {
  torch.manualSeed(3);
  return each.make().to(dtype);
}

/** The loss and its gradients, shown to be finite. */
function run(each: ColumnCase, columns: readonly torch.Tensor[], y: torch.Tensor) {
  const dtype = columns[0]!.dtype === 'float64' ? 'float64' : 'float32';
  const leaves = columns.map((column) => column.detach().clone().requiresGrad_());
  const loss = each.call(made(each, dtype) as never, leaves, y);
  expect(loss.shape, 'shape').to.deep.equal([]);
  expect(Number.isFinite(loss.item()), `loss ${loss.item()}`).to.equal(true);
  loss.backward();
  const gradients = leaves.map((leaf) => leaf.grad ?? torch.zerosLike(leaf));
  for (const gradient of gradients) expect(gradient.isfinite().all().item(), 'finite gradient').to.equal(true);
  return { loss: loss.item() as number, gradients };
}

describe('every loss of columns', () => {
  it('has a case here', () => {
    const named = cases.map(({ name }) => name.replace(/,.*/, ''));
    expect([...new Set(named)].sort()).to.deep.equal([...columnLosses, ...unlabelled].sort());
  });
});

for (const each of cases) {
  describe(`loss contract: ${each.name}`, () => {
    beforeEach(() => torch.manualSeed(8));

    it('is finite, and so are its gradients, for every kind of batch', () => {
      const [unlike, two] = [columnsOf(each.columns, 12), columnsOf(each.columns, 2)];
      const [one] = unlike as [torch.Tensor];
      const zero = torch.zerosLike(one);
      const kinds: [string, torch.Tensor[]][] = [
        ['random', unlike],
        ['columns alike', unlike.map(() => one)],
        ['collapsed to one point', unlike.map(() => one.narrow(0, 0, 1).expand([12, dimensions]).contiguous())],
        ['collapsed to zero', unlike.map(() => zero)],
        ['one column of zeros', unlike.map((column, i) => (i === 0 ? zero : column))],
        ['opposite', unlike.map((_, i) => (i === 0 ? one : one.neg()))],
        ['one row', two.map((column) => column.narrow(0, 0, 1))],
        ['two rows', two],
        ['huge', unlike.map((column) => column.mul(1e4))],
        ['tiny', unlike.map((column) => column.mul(1e-6))],
      ];
      for (const dtype of ['float64', 'float32'] as const) {
        for (const [kind, columns] of kinds) {
          const rows = columns[0]!.shape[0] as number;
          try {
            run(
              each,
              columns.map((column) => column.to(dtype)),
              scoresOf(rows),
            );
          } catch (error) {
            throw new Error(`${kind}, ${dtype}: ${(error as Error).message}`, { cause: error });
          }
        }
      }
    });

    it('is 0 for an empty batch, with gradients', () => {
      expect(run(each, columnsOf(each.columns, 0), scoresOf(0)).loss).to.equal(0);
    });

    it(`is ${each.ofOneRow ?? '0'} of one row`, () => {
      const { loss } = run(each, columnsOf(each.columns, 1), scoresOf(1));
      if (each.ofOneRow === 'positive') expect(loss).to.be.greaterThan(0);
      else if (each.ofOneRow === undefined) expect(loss).to.be.closeTo(0, 1e-12);
    });

    if (each.noGradcheck === undefined) {
      it('has the gradients that finite differences give', () => {
        const lossFn = made(each);
        const inputs = columnsOf(each.columns, 7).map((column) => column.requiresGrad_());
        const all = [...inputs, ...lossFn.parameters()] as [torch.Tensor, ...torch.Tensor[]];
        const y = scoresOf(7);
        const calls = (...given: torch.Tensor[]) => each.call(lossFn as never, given.slice(0, each.columns), y);
        expect(torch.autograd.gradcheck(calls, all, { eps: 1e-6, atol: 1e-5 })).to.equal(true);
      });
    }

    it('takes half precision and computes in float32', () => {
      for (const dtype of ['float16', 'bfloat16'] as const) {
        const columns = columnsOf(each.columns, 9).map((column) => column.to(dtype));
        const half = run(each, columns, scoresOf(9));
        const single = run(
          each,
          columns.map((column) => column.float()),
          scoresOf(9),
        );
        expect(half.gradients[0]!.dtype).to.equal(dtype);
        expect(half.loss).to.be.closeTo(single.loss, 1e-5 * Math.max(1, Math.abs(single.loss)));
      }
    });

    it('does not change with the order of rows', () => {
      const [columns, y, order] = [columnsOf(each.columns, 11), scoresOf(11), torch.randperm(11)];
      const before = run(each, columns, y);
      const after = run(
        each,
        columns.map((column) => column.index([order])),
        y.index([order]),
      );
      expect(after.loss).to.be.closeTo(before.loss, 1e-9 * Math.max(1, Math.abs(before.loss)));
      const off = after.gradients[0]!.sub(before.gradients[0]!.index([order]))
        .abs()
        .max()
        .item() as number;
      expect(off).to.be.at.most(1e-9 * Math.max(1, before.gradients[0]!.abs().max().item() as number));
    });

    it('leaves no tensors behind in a scope', () => {
      const lossFn = made(each);
      const [columns, y] = [columnsOf(each.columns, 9), scoresOf(9)];
      const step = () => torch.scope(() => each.call(lossFn as never, columns, y).item());
      step();
      const before = torch.memory().tensors;
      step();
      expect(torch.memory().tensors).to.equal(before);
    });

    it('refuses what it cannot take', () => {
      const lossFn = made(each) as never;
      const [columns, y] = [columnsOf(each.columns, 4), scoresOf(4)];
      const withFirst = (first: unknown) => () => each.call(lossFn, [first as torch.Tensor, ...columns.slice(1)], y);
      const name = each.name.replace(/,.*/, '');
      const inner = name === 'MatryoshkaLoss' ? 'MultipleNegativesRankingLoss' : name;
      expect(withFirst(columns[0]!.narrow(0, 0, 3).flatten())).to.throw(Error, new RegExp(`^(${name}|${inner}):`));
      expect(withFirst(columns[0]!.long())).to.throw(torch.DTypeError, `${inner}:`);
      if (each.columns > 1) {
        const short = columns.map((column, i) => (i === 1 ? column.narrow(0, 0, 3) : column));
        expect(() => each.call(lossFn, short, y)).to.throw(torch.ShapeError, `${inner}:`);
        const other = columns.map((column, i) => (i === 1 ? column.float() : column));
        expect(() => each.call(lossFn, other, y)).to.throw(torch.DTypeError, `${inner}:`);
      }
    });
  });
}
