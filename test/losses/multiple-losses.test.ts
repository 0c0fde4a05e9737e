import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

const { MultipleLosses, SelfSupervisedLoss, TripletMarginLoss } = torch.losses;
const { BatchHardMiner, TripletMarginMiner } = torch.miners;

const batch = (rows: number) => torch.randn([rows, 5], { dtype: 'float64' });
const labelsOf = (rows: number) => torch.randint(0, 4, [rows], { dtype: 'int64' });
const value = (loss: torch.Tensor) => loss.item() as number;

describe('MultipleLosses', () => {
  beforeEach(() => torch.manualSeed(32));

  const [near, far] = [new TripletMarginLoss({ margin: 0.1 }), new TripletMarginLoss({ margin: 0.9, swap: true })];

  it('adds losses in a list, or by name, each with its weight and miner', () => {
    const [x, y] = [batch(12), labelsOf(12)];
    const plain = value(near(x, y)) + value(far(x, y));
    expect(value(new MultipleLosses({ losses: [near, far] })(x, y))).to.be.closeTo(plain, 1e-12);
    const miner = new BatchHardMiner();
    const weighed = 2 * value(near(x, y)) - 0.5 * value(far(x, y, { tuples: miner(x, y) }));
    const listed = new MultipleLosses({ losses: [near, far], miners: [null, miner], weights: [2, -0.5] });
    expect(value(listed(x, y))).to.be.closeTo(weighed, 1e-12);
    const named = new MultipleLosses({
      losses: { near, far },
      miners: { far: miner },
      weights: { far: -0.5, near: 2 },
    });
    expect(value(named(x, y))).to.be.closeTo(weighed, 1e-12);
    expect([...named.children()]).to.have.length(2);
  });

  it('passes what it is called with on, and can be wrapped', () => {
    const [x, y, reference, referenceLabels] = [batch(8), labelsOf(8), batch(11), labelsOf(11)];
    const call = { reference, referenceLabels, tuples: new TripletMarginMiner()(x, y, { reference, referenceLabels }) };
    const both = new MultipleLosses({ losses: [near, far] });
    expect(value(both(x, y, call))).to.be.closeTo(value(near(x, y, call)) + value(far(x, y, call)), 1e-12);
    const mined = new MultipleLosses({ losses: [near], miners: [new TripletMarginMiner()] });
    expect(value(mined(x, y, { reference, referenceLabels }))).to.be.closeTo(value(near(x, y, call)), 1e-12);
    const memory = new torch.losses.CrossBatchMemory({ loss: both, embeddingSize: 5 });
    expect(value(memory(x, y))).to.be.closeTo(value(both(x, y)), 1e-12);
  });

  it('is 0 without losses, and has their parameters', () => {
    expect(value(new MultipleLosses({ losses: [] })(batch(3), labelsOf(3)))).to.equal(0);
    class Scaled extends TripletMarginLoss {
      scale = new torch.nn.Parameter(torch.ones([]));
    }
    const names = [...new MultipleLosses({ losses: { a: new Scaled(), b: near } }).stateDict().keys()];
    expect(names).to.deep.equal(['losses.a.scale']);
  });

  it('refuses what does not agree', () => {
    const miner = new BatchHardMiner();
    expect(() => new MultipleLosses({ losses: [near], weights: [1, 2] })).to.throw(
      RangeError,
      'weights must be of losses 0',
    );
    expect(() => new MultipleLosses({ losses: { near }, miners: { far: miner } })).to.throw(RangeError, 'got far');
    expect(() => new MultipleLosses({ losses: [near], weights: ['1' as never] })).to.throw(TypeError, 'weights 0');
    expect(() => new MultipleLosses({ losses: [3 as never] })).to.throw(TypeError, 'losses 0 must be a Module');
    expect(() => new MultipleLosses({ losses: null as never })).to.throw(TypeError, 'an array or an object');
    const [x, y] = [batch(6), labelsOf(6)];
    const lossFn = new MultipleLosses({ losses: [near], miners: [miner] });
    expect(() => lossFn(x, y, { tuples: miner(x, y) })).to.throw(TypeError, 'got both');
  });
});

describe('SelfSupervisedLoss', () => {
  beforeEach(() => torch.manualSeed(33));

  it('takes row i of the one for the positive of row i of the other', () => {
    const [x, reference] = [batch(7), batch(7)];
    const loss = new TripletMarginLoss({ margin: 0.4 });
    const distances = new torch.distances.LpDistance();
    /** The mean of what is above 0 over all triplets of points and candidates that are positives by their number. */
    const mean = (points: torch.Tensor, candidates: torch.Tensor, isSelf: boolean) => {
      const d = distances.matrix(points, candidates).tolist() as number[][];
      const values: number[] = [];
      for (const [a, row] of d.entries()) {
        for (let p = 0; p < row.length; p++) {
          if (p % 7 !== a % 7 || (isSelf && p === a)) continue;
          for (let n = 0; n < row.length; n++) {
            if (n % 7 !== a % 7) values.push((row[p] as number) - (row[n] as number) + 0.4);
          }
        }
      }
      const active = values.filter((each) => each > 0);
      return active.reduce((a, b) => a + b, 0) / active.length;
    };
    const both = torch.cat([x, reference]);
    expect(value(new SelfSupervisedLoss({ loss })(x, reference))).to.be.closeTo(mean(both, both, true), 1e-12);
    const oneWay = new SelfSupervisedLoss({ loss, symmetric: false });
    expect(value(oneWay(x, reference))).to.be.closeTo(mean(x, reference, false), 1e-12);
  });

  it('refuses what does not match', () => {
    const lossFn = new SelfSupervisedLoss({ loss: new TripletMarginLoss() });
    expect(() => lossFn(batch(4), batch(3))).to.throw(torch.ShapeError, 'reference must be [4, 5], got [3, 5]');
    expect(() => lossFn(batch(4), 3 as never)).to.throw(TypeError, 'SelfSupervisedLoss: reference must be a Tensor');
    expect(() => new SelfSupervisedLoss({ loss: {} as never })).to.throw(TypeError, 'loss must be a Module');
  });
});
