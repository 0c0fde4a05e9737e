import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { below, gapsOf, mean } from './every-triplet.ts';

const { MarginMonitor, Observers } = torch.margins;
const float64 = { dtype: 'float64' } as const;
const distance = new torch.distances.LpDistance();

function batch(rows = 18) {
  return { x: torch.randn([rows, 5], { ...float64, requiresGrad: true }), y: torch.randint(0, 3, [rows]) };
}

const codes = (monitor: torch.margins.MarginMonitor) => monitor.report().warnings.map(({ code }) => code);

describe('MarginMonitor', () => {
  beforeEach(() => torch.manualSeed(2));

  it('reports what evaluating every triplet and pair says', () => {
    const monitor = new MarginMonitor({ bins: [-0.5, 0, 0.5] });
    const lossFn = new torch.losses.TripletMarginLoss({ margin: 0.3, observer: monitor });
    const batches = [batch(), batch()];
    for (const { x, y } of batches) lossFn(x, y);
    const gaps = batches.map(({ x, y }) => gapsOf(distance.matrix(x.detach()), y));
    const all = gaps.flat(2);
    const report = monitor.report();
    const active = below(all, 0.3);
    const hard = all.filter((gap) => gap <= 0).length;
    expect(report.counts).to.deep.equal({
      total: all.length,
      easy: all.length - active,
      semihard: active - hard,
      hard,
    });
    expect(report.violationRate).to.equal(active / all.length);
    expect(report.rates).to.deep.equal(gaps.map((each) => below(each.flat(), 0.3) / each.flat().length));
    expect(report.margin).to.equal(0.3);
    expect([report.batches, report.steps]).to.deep.equal([2, 2]);
    expect(report.anchors).to.deep.equal(gaps[1]!.map((own) => below(own, 0.3) / own.length));
    expect(report.histogram).to.deep.equal({
      edges: [-0.5, 0, 0.5],
      counts: [
        below(gaps[1]!.flat(), 0) - below(gaps[1]!.flat(), -0.5),
        below(gaps[1]!.flat(), 0.5) - below(gaps[1]!.flat(), 0),
      ],
    });
    const pairs = (same: boolean, label?: number) =>
      batches.flatMap(({ x, y }) => {
        const [d, ids] = [distance.matrix(x.detach()).tolist() as number[][], y.tolist() as number[]];
        return d.flatMap((row, a) =>
          row.filter((_, b) => a !== b && (ids[a] === ids[b]) === same && (label === undefined || ids[a] === label)),
        );
      });
    expect(report.positiveDistance).to.be.closeTo(mean(pairs(true)), 1e-12);
    expect(report.negativeDistance).to.be.closeTo(mean(pairs(false)), 1e-12);
    expect(report.classes.map(({ label }) => label)).to.deep.equal([0, 1, 2]);
    for (const { label, ...own } of report.classes) {
      const anchors = batches.flatMap(({ y }, i) => gaps[i]!.filter((_, a) => (y.tolist() as number[])[a] === label));
      expect(own.anchors).to.equal(anchors.filter((each) => each.length > 0).length);
      expect(own.violationRate).to.equal(below(anchors.flat(), 0.3) / anchors.flat().length);
      expect(own.positiveDistance).to.be.closeTo(mean(pairs(true, label)), 1e-12);
      expect(own.negativeDistance).to.be.closeTo(mean(pairs(false, label)), 1e-12);
    }
    expect(report.norm).to.be.closeTo(torch.norm(batches[1]!.x, 2, { dim: 1 }).mean().item() as number, 1e-12);
    expect(report.mined).to.equal(null);
    expect(report.warnings).to.deep.equal([]);
  });

  it('changes neither loss nor gradient, and leaves no tensors', () => {
    const { x, y } = batch();
    const plain = new torch.losses.TripletMarginLoss({ margin: 0.3 });
    const watched = new torch.losses.TripletMarginLoss({ margin: 0.3, observer: new MarginMonitor({ bins: 4 }) });
    const run = (lossFn: torch.losses.MetricLoss) => {
      x.grad = null;
      const loss = lossFn(x, y);
      loss.backward();
      return [loss.item(), x.grad!.add(0).tolist()];
    };
    expect(run(watched)).to.deep.equal(run(plain));
    const step = () => torch.scope(() => watched(x.detach(), y).item());
    step();
    const before = torch.memory().tensors;
    step();
    expect(torch.memory().tensors).to.equal(before);
  });

  it('keeps a window, and looks at every so many batches', () => {
    const monitor = new MarginMonitor({ margin: 0.2, window: 2, every: 2 });
    const lossFn = new torch.losses.TripletMarginLoss({ observer: monitor });
    for (let i = 0; i < 7; i++) lossFn(...(Object.values(batch()) as [torch.Tensor, torch.Tensor]));
    const { batches, steps, rates } = monitor.report();
    expect({ batches, steps, seen: rates.length }).to.deep.equal({ batches: 4, steps: 7, seen: 2 });
    monitor.reset();
    expect(monitor.report().batches).to.equal(0);
    expect(Number.isNaN(monitor.report().violationRate)).to.equal(true);
  });

  it('takes relations, references and tuples', () => {
    const monitor = new MarginMonitor({ margin: 0.3 });
    const lossFn = new torch.losses.TripletMarginLoss({ observer: monitor });
    const { x, y } = batch();
    const gaps = gapsOf(distance.matrix(x.detach()), y).flat();
    lossFn(x, torch.Relation.ofMatrix(y.unsqueeze(1).eq(y)));
    expect(monitor.report().violationRate).to.equal(below(gaps, 0.3) / gaps.length);
    expect(monitor.report().classes).to.deep.equal([]);
    monitor.reset();
    const tuples = new torch.miners.TripletMarginMiner({ margin: 0.1, typeOfTriplets: 'hard' })(x, y);
    lossFn(x, y, { tuples });
    expect(monitor.report().mined).to.equal(tuples.anchor.numel());
    expect(monitor.report().counts.total, 'all triplets, and not the mined ones').to.equal(gaps.length);
    monitor.reset();
    lossFn(x, y, { reference: x.narrow(0, 0, 7), referenceLabels: y.narrow(0, 0, 7) });
    const same = y
      .unsqueeze(1)
      .eq(y.narrow(0, 0, 7))
      .sum(1);
    expect(monitor.report().counts.total).to.equal(same.mul(torch.sub(7, same)).sum().item());
  });

  it('counts a large batch a block of rows at a time, as the miner does at once', () => {
    const [x, y] = [torch.randn([1100, 3]), torch.randint(0, 40, [1100])];
    const monitor = new MarginMonitor({ margin: 0.2 });
    monitor.observe(new torch.losses.LossBatch('test', x, y), distance);
    const { counts } = new torch.miners.TripletMarginMiner({ margin: 0.2, typeOfTriplets: 'hard' })(x, y);
    expect(monitor.report().counts).to.deep.equal(counts);
  });

  it('warns in plain words', () => {
    const y = torch.tensor([0, 0, 1, 1], { dtype: 'int64' });
    const apart = torch.tensor(
      [
        [1, 0],
        [1, 0.01],
        [0, 1],
        [0.01, 1],
      ],
      float64,
    );
    const watch = (margin: number, embeddings: torch.Tensor[], labels = y, call = {}) => {
      const monitor = new MarginMonitor({ margin, limits: { patience: 3 } });
      const lossFn = new torch.losses.TripletMarginLoss({ observer: monitor });
      for (const x of embeddings) lossFn(x, labels, call);
      return monitor;
    };
    const three = (x: torch.Tensor) => [x, x, x];
    expect(codes(watch(0.2, three(apart)))).to.deep.equal(['FEW_VIOLATIONS']);
    expect(codes(watch(0.2, [apart, apart])), 'patience').to.deep.equal([]);
    expect(codes(watch(1.9, three(apart)))).to.deep.equal(['MANY_VIOLATIONS']);
    const one = torch.ones([4, 2], float64).add(torch.randn([4, 2], float64).mul(1e-4));
    expect(codes(watch(0.2, three(one)))).to.deep.equal(['COLLAPSED', 'MANY_VIOLATIONS']);
    expect(codes(watch(0.7, [apart, apart.mul(1e3)]))).to.deep.equal(['NORMS_GROW']);
    expect(codes(watch(0.7, [apart.mul(NaN)]))).to.include('NOT_FINITE');
    expect(codes(watch(0.7, [apart], torch.arange(4)))).to.deep.equal(['NO_TRIPLETS']);
    const empty = torch.zeros([0], { dtype: 'int64' });
    const tuples = { anchor: empty, positive: empty, negative: empty };
    expect(codes(watch(1.35, [apart], y, { tuples }))).to.deep.equal(['NOTHING_MINED']);
    const [{ message }] = watch(0.2, three(apart)).report().warnings as [torch.margins.MarginWarning];
    expect(message).to.equal(
      'Almost no triplet violates the margin of 0.2 (0 %) for 3 batches: there is little left to learn from. Raise the ' +
        'margin, mine harder negatives, or stop here.',
    );
  });

  it('shows a warning once if it is asked to', async () => {
    const shown: (Error & { code?: string })[] = [];
    const listen = (warning: Error) => shown.push(warning);
    process.on('warning', listen);
    const monitor = new MarginMonitor({ margin: 0.2, emit: true });
    const lossFn = new torch.losses.TripletMarginLoss({ observer: monitor });
    for (let i = 0; i < 3; i++) lossFn(torch.ones([4, 2]), torch.tensor([0, 0, 1, 1], { dtype: 'int64' }));
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', listen);
    expect(shown.map(({ name, code }) => [name, code])).to.deep.equal([['MarginWarning', 'COLLAPSED']]);
  });

  it('shares a loss with other observers, and refuses what it cannot know', () => {
    const [a, b] = [new MarginMonitor({ margin: 0.1 }), new MarginMonitor({ margin: 0.5 })];
    const lossFn = new torch.losses.TripletMarginLoss({ observer: new Observers(a, b) });
    const { x, y } = batch();
    lossFn(x, y);
    expect([a.report().margin, b.report().margin]).to.deep.equal([0.1, 0.5]);
    class Other extends torch.losses.MetricLoss {
      protected override parts() {
        return [];
      }
    }
    const other = new Other({ observer: new MarginMonitor() });
    expect(() => other(x, y)).to.throw(TypeError, 'MarginMonitor: margin must be given, because Other has none');
    expect(() => new MarginMonitor({ margin: NaN })).to.throw(TypeError, 'margin must be a finite number or null');
    expect(() => new MarginMonitor({ every: 0 })).to.throw(RangeError, 'every must be a positive integer, got 0');
    expect(() => new MarginMonitor({ window: 1.5 })).to.throw(RangeError, 'window must be a positive integer');
  });
});
