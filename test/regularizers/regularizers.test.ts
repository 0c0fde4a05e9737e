import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

const { regularizers } = torch;

const cases: readonly [string, () => torch.regularizers.Regularizer, (x: number[][]) => number][] = [
  [
    'LpRegularizer',
    () => new regularizers.LpRegularizer({ p: 3, power: 2 }),
    (x) => mean(x.map((row) => row.reduce((sum, value) => sum + Math.abs(value) ** 3, 0) ** (2 / 3))),
  ],
  [
    'ZeroMeanRegularizer',
    () => new regularizers.ZeroMeanRegularizer(),
    (x) => mean(x.map((row) => Math.abs(row.reduce((sum, value) => sum + value, 0)))),
  ],
  [
    'CenterInvariantRegularizer',
    () => new regularizers.CenterInvariantRegularizer(),
    (x) => {
      const squares = x.map((row) => dot(row, row));
      return mean(squares.map((each) => (each - mean(squares)) ** 2 / 4));
    },
  ],
  [
    'RegularFaceRegularizer',
    () => new regularizers.RegularFaceRegularizer(),
    (x) => mean(x.map((row, i) => Math.max(...x.filter((_, j) => j !== i).map((other) => cosine(row, other))))),
  ],
  [
    'SparseCentersRegularizer',
    () => new regularizers.SparseCentersRegularizer({ numClasses: 3, centersPerClass: 4 }),
    (x) => {
      const values: number[] = [];
      for (let i = 0; i < 12; i++)
        for (let j = i + 1; j < 12; j++)
          if (Math.floor(i / 4) === Math.floor(j / 4)) values.push(Math.sqrt(2 - 2 * cosine(x[i]!, x[j]!)));
      return mean(values) / 2;
    },
  ],
  [
    'GlobalOrthogonalRegularizer',
    () => new regularizers.GlobalOrthogonalRegularizer({ meanWeight: 2, secondMomentWeight: 3 }),
    (x) => {
      const values = x.flatMap((row, i) => x.filter((_, j) => j !== i).map((other) => cosine(row, other)));
      const spread = mean(values.map((value) => value ** 2)) - 1 / 5;
      return 2 * mean(values) ** 2 + 3 * Math.max(0, spread);
    },
  ],
];

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
const cosine = (a: readonly number[], b: readonly number[]) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('regularizers', () => {
  for (const [name, make, naive] of cases) {
    describe(name, () => {
      it('is its formula, with the gradient that finite differences give', () => {
        torch.manualSeed(3);
        const x = torch.randn([12, 5], { dtype: 'float64' }).add(0.3).requiresGrad_();
        expect(make()(x).item()).to.be.closeTo(naive(x.detach().tolist() as number[][]), 1e-10);
        expect(torch.autograd.gradcheck((rows: torch.Tensor) => make()(rows), [x])).to.equal(true);
      });

      it('is finite for rows alike, opposite, zero, huge and tiny', () => {
        torch.manualSeed(3);
        const row = torch.randn([1, 5]);
        const unlike = torch.randn([12, 5]);
        const alike = row.expand([12, 5]).contiguous();
        const opposite = torch.cat([row, row.neg()]).repeat([6, 1]);
        for (const x of [alike, opposite, torch.zeros([12, 5]), unlike.mul(1e6), unlike.mul(1e-6), alike.mul(1e-8)]) {
          for (const dtype of ['float32', 'float64'] as const) {
            const leaf = x.detach().clone().to(dtype).requiresGrad_();
            const value = make()(leaf);
            value.backward();
            expect(value.item()).to.satisfy(Number.isFinite);
            expect(leaf.grad?.isfinite().all().item()).to.equal(true);
          }
        }
      });

      it('takes half precision, and refuses what are no rows', () => {
        expect(make()(torch.randn([12, 5]).to('float16')).dtype).to.equal('float32');
        expect(() => make()(torch.randn([5]))).to.throw(torch.ShapeError, `${name}: rows must be [N, D], got [5]`);
        expect(() => make()(torch.ones([2, 2], { dtype: 'int64' }))).to.throw(torch.DTypeError, `${name}: rows`);
      });

      if (name !== 'SparseCentersRegularizer') {
        it('is 0 for no rows', () => {
          expect(make()(torch.zeros([0, 5])).item()).to.equal(0);
        });
      }
    });
  }

  it('RegularFaceRegularizer and GlobalOrthogonalRegularizer are 0 for one row', () => {
    for (const make of [regularizers.RegularFaceRegularizer, regularizers.GlobalOrthogonalRegularizer]) {
      const leaf = torch.randn([1, 5]).requiresGrad_();
      const value = new make()(leaf);
      value.backward();
      expect(value.item()).to.equal(0);
      expect(leaf.grad?.abs().max().item()).to.equal(0);
    }
  });

  it('refuse options that mean nothing', () => {
    const refusals: [() => unknown, typeof RangeError | typeof TypeError, string][] = [
      [() => new regularizers.LpRegularizer({ p: 0 }), RangeError, 'p must be a positive number, got 0'],
      [() => new regularizers.LpRegularizer({ power: -1 }), RangeError, 'power must be a positive number, got -1'],
      [
        () => new regularizers.RegularFaceRegularizer({ distance: new torch.distances.LpDistance() as never }),
        TypeError,
        'distance must be a Similarity',
      ],
      [
        () => new regularizers.SparseCentersRegularizer({ numClasses: 3, centersPerClass: 1 }),
        RangeError,
        'centersPerClass must be an integer of at least 2, got 1',
      ],
      [
        () => new regularizers.SparseCentersRegularizer({ numClasses: 3, centersPerClass: 2 })(torch.ones([5, 2])),
        torch.ShapeError as never,
        'rows must be [6, D], got [5, 2]',
      ],
    ];
    for (const [act, kind, message] of refusals) expect(act, message).to.throw(kind, message);
  });
});
