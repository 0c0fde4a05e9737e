import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { below, gapsOf } from './every-triplet.ts';

const { MarginController, MarginMonitor, Observers } = torch.margins;
const float64 = { dtype: 'float64' } as const;
const distance = new torch.distances.LpDistance();

function batch(rows = 18): [torch.Tensor, torch.Tensor] {
  return [torch.randn([rows, 5], float64), torch.randint(0, 3, [rows])];
}

/** A loss of pairs with a margin of another name. */
class PairLoss extends torch.losses.MetricLoss {
  negMargin = 1;
  posMargin = 0;

  protected override parts() {
    return [];
  }
}

describe('MarginController', () => {
  beforeEach(() => torch.manualSeed(8));

  it('gives the loss the margin that a share of the very batch violates', () => {
    const controller = new MarginController({ rate: 0.3 });
    const monitor = new MarginMonitor();
    const lossFn = new torch.losses.TripletMarginLoss({ observer: new Observers(controller, monitor) });
    for (let i = 0; i < 3; i++) {
      const [x, y] = batch();
      const gaps = gapsOf(distance.matrix(x), y).flat();
      const loss = lossFn(x, y);
      expect(lossFn.margin).to.equal(controller.margin);
      const active = gaps.filter((gap) => controller.margin - gap > 0);
      expect(active).to.have.length(Math.round(0.3 * gaps.length));
      expect(monitor.report().rates.at(-1)).to.equal(active.length / gaps.length);
      const expected = active.reduce((sum, gap) => sum + controller.margin - gap, 0) / active.length;
      expect(loss.item(), 'the loss is already of that margin').to.be.closeTo(expected, 1e-12);
    }
  });

  it('follows a schedule, within bounds, smoothly', () => {
    const [x, y] = batch();
    const gaps = gapsOf(distance.matrix(x), y).flat();
    const falling = new MarginController({ rate: (step) => Math.max(0, 0.5 - 0.25 * step) });
    const rates = [0, 1, 2].map(() => below(gaps, falling.marginFor(x, y)) / gaps.length);
    expect(rates[0]).to.be.closeTo(0.5, 1 / gaps.length);
    expect(rates[1]).to.be.closeTo(0.25, 1 / gaps.length);
    expect(rates[2]).to.equal(0);
    const bounded = new MarginController({ rate: 1, most: 0.4 });
    expect(bounded.marginFor(x, y)).to.equal(0.4);
    expect(new MarginController({ rate: 0, least: 0.1 }).marginFor(x, y)).to.equal(0.1);
    const [low, high] = [0.2, 0.8].map((rate) => new MarginController({ rate }).marginFor(x, y)) as [number, number];
    const smooth = new MarginController({ rate: (step) => (step === 0 ? 0.2 : 0.8), smoothing: 0.75 });
    expect(smooth.marginFor(x, y)).to.equal(low);
    expect(smooth.marginFor(x, y)).to.be.closeTo(0.75 * low + 0.25 * high, 1e-12);
    const rare = new MarginController({ rate: (step) => 0.1 + 0.2 * step, every: 2 });
    const margins = [0, 1, 2].map(() => rare.marginFor(x, y));
    expect(margins[1]).to.equal(margins[0]);
    expect(margins[2]).to.be.greaterThan(margins[0]!);
  });

  it('knows similarities', () => {
    const [x, y] = batch();
    const cosine = new torch.distances.CosineSimilarity();
    const gaps = gapsOf(cosine.matrix(x), y, -1).flat();
    const margin = new MarginController({ rate: 0.4 }).marginFor(x, y, { distance: cosine });
    expect(below(gaps, margin)).to.equal(Math.round(0.4 * gaps.length));
  });

  it('sets the margins of pairs', () => {
    for (const [measure, sign] of [
      [distance, 1],
      [new torch.distances.CosineSimilarity(), -1],
    ] as const) {
      const [x, y] = batch();
      const [d, ids] = [measure.matrix(x).tolist() as number[][], y.tolist() as number[]];
      const pairs = (same: boolean) =>
        d.flatMap((row, a) => row.filter((_, b) => a !== b && (ids[a] === ids[b]) === same));
      for (const rate of [0, 0.2, 1]) {
        const [far, near] = (['negatives', 'positives'] as const).map((of) => {
          const lossFn = new PairLoss({ distance: measure, observer: new MarginController({ rate, of }) });
          lossFn(x, y);
          return lossFn;
        }) as [PairLoss, PairLoss];
        expect([far.posMargin, near.negMargin]).to.deep.equal([0, 1]);
        const nearer = pairs(false).filter((value) => sign * (far.negMargin - value) > 0).length;
        const farther = pairs(true).filter((value) => sign * (value - near.posMargin) > 0).length;
        // Each pair is there twice, once from each end, and both have one distance but for rounding.
        expect(Math.abs(nearer - rate * pairs(false).length), `rate ${rate}`).to.be.at.most(1);
        expect(Math.abs(farther - rate * pairs(true).length), `rate ${rate}`).to.be.at.most(1);
      }
    }
  });

  it('keeps its margin where a batch says nothing', () => {
    const [x, y] = batch();
    const controller = new MarginController({ rate: 0.5 });
    const lossFn = new torch.losses.TripletMarginLoss({ margin: 0.2, observer: controller });
    lossFn(x, torch.arange(18));
    expect(lossFn.margin).to.equal(0.2);
    lossFn(x, y);
    const found = lossFn.margin;
    lossFn(x.mul(NaN), y);
    lossFn(x, torch.arange(18));
    expect(lossFn.margin).to.equal(found);
  });

  it('leaves no tensors, and refuses what makes no sense', () => {
    const [x, y] = batch();
    const controller = new MarginController({ rate: 0.5 });
    controller.marginFor(x, y);
    const before = torch.memory().tensors;
    controller.marginFor(x, y);
    expect(torch.memory().tensors).to.equal(before);
    expect(() => new MarginController({ rate: 2 })).to.throw(RangeError, 'rate must be from 0 to 1, got 2');
    expect(() => new MarginController({} as never)).to.throw(RangeError, 'rate must be from 0 to 1, got undefined');
    expect(() => new MarginController({ rate: () => -1 }).marginFor(x, y)).to.throw(RangeError, 'got -1');
    expect(() => new MarginController({ rate: 0.1, least: 1, most: 0 })).to.throw(RangeError, 'least must not exceed');
    expect(() => new MarginController({ rate: 0.1, smoothing: 1 })).to.throw(RangeError, 'smoothing must be');
    expect(() => new MarginController({ rate: 0.1, of: 'pairs' as never })).to.throw(RangeError, 'positives, got');
    const lossFn = new PairLoss({ observer: new MarginController({ rate: 0.5 }) });
    expect(() => lossFn(x, y)).to.throw(TypeError, 'MarginController: PairLoss has no number named margin to set');
  });
});
