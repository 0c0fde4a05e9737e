import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { usePython } from '../parity/oracle.ts';
import { mean } from './every-triplet.ts';

const { calibration, compareLosses, scoreMargins, silhouette, tuneMargin } = torch.margins;
const float64 = { dtype: 'float64' } as const;

function outputs(rows = 60) {
  return {
    scores: torch.randn([rows, 4], float64).mul(3),
    embeddings: torch.randn([rows, 3], float64),
    y: torch.randint(0, 4, [rows]),
  };
}

describe('calibration', () => {
  beforeEach(() => torch.manualSeed(6));

  it('is what a loop over samples says', () => {
    const { scores, y } = outputs();
    const [rows, ids] = [scores.tolist() as number[][], y.tolist() as number[]];
    const samples = rows.map((row, i) => {
      const total = row.reduce((sum, s) => sum + Math.exp(s), 0);
      const p = row.map((s) => Math.exp(s) / total);
      const confidence = Math.max(...p);
      return { p, c: ids[i]!, confidence, correct: p.indexOf(confidence) === ids[i] ? 1 : 0 };
    });
    const bins = Array.from({ length: 10 }, (_, i) =>
      samples.filter(({ confidence }) => confidence > i / 10 && confidence <= (i + 1) / 10),
    );
    const ece = bins.reduce(
      (sum, bin) => sum + Math.abs(bin.reduce((gap, { correct, confidence }) => gap + correct - confidence, 0)) / 60,
      0,
    );
    const found = calibration(scores, y, { bins: 10 });
    expect(found.accuracy).to.be.closeTo(mean(samples.map(({ correct }) => correct)), 1e-12);
    expect(found.nll).to.be.closeTo(mean(samples.map(({ p, c }) => -Math.log(p[c]!))), 1e-12);
    expect(found.brier).to.be.closeTo(
      mean(samples.map(({ p, c }) => p.reduce((sum, q, j) => sum + (q - (j === c ? 1 : 0)) ** 2, 0))),
      1e-12,
    );
    expect(found.ece).to.be.closeTo(ece, 1e-12);
  });

  it('stays finite for huge scores and takes half precision', () => {
    const scores = torch.tensor([
      [1000, 0],
      [-1000, 0],
    ]);
    const found = calibration(scores.half(), torch.tensor([0, 1], { dtype: 'int64' }));
    expect(found).to.deep.equal({ accuracy: 1, nll: 0, brier: 0, ece: 0 });
    expect(calibration(scores, torch.tensor([1, 0], { dtype: 'int64' }))).to.deep.equal({
      accuracy: 0,
      nll: 1000,
      brier: 2,
      ece: 1,
    });
  });

  it('refuses what is no scores', () => {
    const y = torch.tensor([0, 2], { dtype: 'int64' });
    expect(() => calibration(torch.zeros([2]), y)).to.throw(torch.ShapeError, 'scores must be [N, K], got [2]');
    expect(() => calibration(torch.zeros([2, 2]), y)).to.throw(RangeError, 'labels must be class ids from 0 to 1');
    expect(() => calibration(torch.zeros([3, 3]), y)).to.throw(torch.ShapeError, 'labels must be [3], got [2]');
    expect(() => calibration(torch.zeros([2, 3]), y, { bins: 0 })).to.throw(RangeError, 'bins must be');
  });
});

describe('separation', () => {
  beforeEach(() => torch.manualSeed(7));

  it('of scores is the right one minus the highest other', () => {
    const scores = torch.tensor(
      [
        [3, 1, 2],
        [0, 0.5, 4],
      ],
      float64,
    );
    expect(scoreMargins(scores, torch.tensor([0, 1], { dtype: 'int64' })).tolist()).to.deep.equal([1, -3.5]);
  });

  it('of embeddings is 1 for far and tight classes, 0 for a class of one, NaN for one class', () => {
    const x = torch.tensor([[0], [0], [10], [10]], float64);
    expect(silhouette(x, torch.tensor([0, 0, 1, 1], { dtype: 'int64' }))).to.equal(1);
    expect(silhouette(x, torch.tensor([0, 0, 1, 2], { dtype: 'int64' }))).to.equal(0.5);
    expect(silhouette(x, torch.zeros([4], { dtype: 'int64' }))).to.satisfy(Number.isNaN);
    expect(silhouette(torch.ones([4, 1]), torch.tensor([0, 0, 1, 1], { dtype: 'int64' }))).to.equal(0);
  });
});

describe('compareLosses', () => {
  it('puts models side by side', async () => {
    torch.manualSeed(9);
    const { scores, embeddings, y } = outputs();
    const rows = await compareLosses(
      {
        both: { scores, embeddings },
        trained: async () => ({ scores: scores.mul(10) }),
        apart: () => ({ embeddings }),
      },
      y,
      { margin: 2 },
    );
    expect(rows.map(({ name }) => name)).to.deep.equal(['both', 'trained', 'apart']);
    const [both, trained, apart] = rows as [torch.margins.LossComparison, ...torch.margins.LossComparison[]];
    const margins = scoreMargins(scores, y).tolist() as number[];
    expect(both.satisfied).to.equal(margins.filter((margin) => margin >= 2).length / 60);
    expect(both.scoreMargin).to.be.closeTo(mean(margins) / (scores.std().item() as number), 1e-12);
    expect(trained!.accuracy).to.equal(both.accuracy);
    expect(trained!.scoreMargin, 'does not depend on the scale').to.be.closeTo(both.scoreMargin, 1e-12);
    expect(trained!.nll).to.be.greaterThan(both.nll);
    expect(trained!.silhouette).to.satisfy(Number.isNaN);
    expect(apart!.accuracy).to.satisfy(Number.isNaN);
    expect([apart!.silhouette, apart!.medianMargin]).to.deep.equal([both.silhouette, both.medianMargin]);
    const triplets = new torch.margins.TripletMargins(embeddings, y);
    expect(both.hard).to.equal(triplets.counts(10).hard / triplets.total);
    expect(triplets.rate(both.lowMargin)).to.be.closeTo(0.05, 1e-3);
    const refused = await compareLosses({ none: {} }, y).catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(TypeError).with.property('message').that.includes('none must give scores');
  });
});

describe('cross-entropy and a margin, on the same data', () => {
  it('differ as the textbook says: one calibrates, the other leaves alone what is right by enough', async () => {
    torch.manualSeed(11);
    const centres = torch.randn([3, 8], float64);
    const make = (rows: number) => {
      const y = torch.randint(0, 3, [rows]);
      return { x: centres.index([y]).add(torch.randn([rows, 8], float64).mul(1.5)), y };
    };
    const [seen, held] = [make(200), make(2000)];
    const active: Record<string, number> = {};
    const train = (name: string, lossFn: (scores: torch.Tensor, y: torch.Tensor) => torch.Tensor) => () => {
      const weight = torch.zeros([8, 3], { dtype: 'float64', requiresGrad: true });
      const optimizer = new torch.optim.Adam([weight], { lr: 0.05 });
      for (let step = 0; step < 300; step++) {
        optimizer.zeroGrad();
        lossFn(seen.x.matmul(weight), seen.y).backward();
        optimizer.step();
      }
      const scores = seen.x.matmul(weight.detach()).requiresGrad_();
      lossFn(scores, seen.y).backward();
      active[name] = scores.grad!.abs().sum(1).gt(0).double().mean().item() as number;
      return { scores: held.x.matmul(weight.detach()) };
    };
    const rows = await compareLosses(
      {
        'cross-entropy': train('cross-entropy', torch.nn.functional.crossEntropy),
        hinge: train('hinge', torch.nn.functional.crammerSingerLoss),
      },
      held.y,
    );
    const [likely, apart] = rows as [torch.margins.LossComparison, torch.margins.LossComparison];
    expect(Math.abs(likely.accuracy - apart.accuracy)).to.be.lessThan(0.03);
    expect(likely.nll).to.be.lessThan(apart.nll);
    expect(likely.ece).to.be.lessThan(apart.ece);
    expect(active['cross-entropy']).to.equal(1);
    expect(active.hinge).to.be.lessThan(0.6);
  });
});

describe('tuneMargin', () => {
  it('returns the best margin and the table, and refines', async () => {
    const seen: number[] = [];
    const score = (margin: number) => -((margin - 0.3) ** 2);
    const { best, table } = await tuneMargin([0.8, 0.1, 0.2, 0.4], score, {
      refine: 2,
      onTrial: ({ margin }) => seen.push(margin),
    });
    expect(seen.map((margin) => Number(margin.toFixed(6)))).to.deep.equal([0.8, 0.1, 0.2, 0.4, 0.15, 0.3, 0.25, 0.35]);
    expect(best.margin).to.be.closeTo(0.3, 1e-12);
    expect(table.map(({ margin }) => margin)).to.deep.equal([...seen].sort((a, b) => a - b));
    const lower = await tuneMargin([0.1, 0.2, 0.3], async (margin) => (margin === 0.1 ? NaN : margin), {
      better: 'lower',
    });
    expect(lower.best.margin).to.equal(0.2);
  });

  it('refuses what it cannot compare', async () => {
    const reject = async (promise: Promise<unknown>) => (await promise.catch((error: unknown) => error)) as Error;
    expect(await reject(tuneMargin([], () => 1))).to.be.instanceOf(RangeError);
    expect(await reject(tuneMargin([NaN], () => 1))).to.be.instanceOf(RangeError);
    expect(await reject(tuneMargin([1], () => '1' as never))).to.be.instanceOf(TypeError);
    expect(await reject(tuneMargin([1], () => 1, { better: 'max' as never }))).to.be.instanceOf(RangeError);
  });
});

describe('calibration and separation beside scikit-learn', () => {
  const python = usePython('sklearn');

  it('are its log loss, Brier score and silhouette', async () => {
    torch.manualSeed(10);
    const { scores, embeddings, y } = outputs(80);
    const values = await python.run(
      `from sklearn.metrics import log_loss as _nll, silhouette_score as _silhouette
_p = scores.softmax(1).numpy()
nll = _nll(y.numpy(), _p)
brier = float((((_p - torch.nn.functional.one_hot(y, 4).numpy()) ** 2).sum(1)).mean())
near = float(_silhouette(embeddings.numpy(), y.numpy()))
cosine = float(_silhouette(embeddings.numpy(), y.numpy(), metric='cosine'))`,
      { scores, embeddings, y },
    );
    const found = calibration(scores, y);
    expect(found.nll).to.be.closeTo(values.nll as number, 1e-12);
    expect(found.brier).to.be.closeTo(values.brier as number, 1e-12);
    expect(silhouette(embeddings, y)).to.be.closeTo(values.near as number, 1e-12);
    const distance = new torch.distances.CosineSimilarity();
    expect(silhouette(embeddings, y, { distance })).to.be.closeTo(values.cosine as number, 1e-12);
  });
});
