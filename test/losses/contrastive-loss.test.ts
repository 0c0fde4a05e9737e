import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

const { ContrastiveLoss, NTXentLoss, SignalToNoiseRatioContrastiveLoss, SupConLoss } = torch.losses;
const { CosineSimilarity, LpDistance } = torch.distances;
const plain = new LpDistance({ normalizeEmbeddings: false });
const labels = torch.tensor([0n, 0n, 1n]);

describe('losses.ContrastiveLoss', () => {
  // Points on a line: the positive pair is 0.5 apart, the negatives are 0.9 and 0.4.
  const points = () => torch.tensor([[0], [0.5], [0.9]], { dtype: 'float64' }).requiresGrad_();

  it('by hand: pulls positives, pushes negatives within the margin', () => {
    const x = points();
    const loss = new ContrastiveLoss({ posMargin: 0.1, negMargin: 0.6, distance: plain })(x, labels);
    // Positives both ways: 0.4, 0.4. Negatives both ways: 0.2 twice within the margin, 0.9 beyond it.
    expect(loss.item()).to.be.closeTo(0.4 + 0.2, 1e-12);
    loss.backward();
    expect((x.grad as torch.Tensor).flatten().tolist()).to.deep.equal([-1, 1 + 1, -1]);
  });

  it('by hand: squared', () => {
    const loss = new ContrastiveLoss({ negMargin: 0.6, power: 2, distance: plain })(points(), labels);
    expect(loss.item()).to.be.closeTo(0.25 + 0.04, 1e-12);
  });

  it('names its parts', () => {
    const parts = new ContrastiveLoss({ distance: plain }).unreduced(points(), labels);
    expect(parts.map(({ name, kind, values }) => [name, kind, values.numel()])).to.deep.equal([
      ['positive', 'pair', 2],
      ['negative', 'pair', 4],
    ]);
  });

  it('weighs the pairs of a weighted relation', () => {
    const x = points();
    const weighted = torch.Relation.ofMatrix(
      torch.tensor([
        [0, 0.5, -2],
        [0.5, 0, 0],
        [0, 0, 0],
      ]),
    );
    const lossFn = new ContrastiveLoss({ negMargin: 1, distance: plain, reducer: new torch.reducers.SumReducer() });
    // Positive 0.5 apart counts 0.5, both ways; the negative 0.9 apart counts 2, one way.
    expect(lossFn(x, weighted).item()).to.be.closeTo(2 * 0.5 * 0.5 + 2 * 0.1, 1e-12);
  });

  it('refuses margins that are no numbers, powers beyond 2, and another distance than its own', () => {
    expect(() => new ContrastiveLoss({ posMargin: '1' as never })).to.throw(
      TypeError,
      'ContrastiveLoss: posMargin must be',
    );
    expect(() => new ContrastiveLoss({ power: 3 as never })).to.throw(RangeError, 'power must be 1 or 2, got 3');
    expect(() => new SignalToNoiseRatioContrastiveLoss({ distance: plain })).to.throw(
      TypeError,
      'SignalToNoiseRatioContrastiveLoss: distance must be an SNRDistance, got a LpDistance',
    );
    for (const name of ['CircleLoss', 'TupletMarginLoss', 'ThresholdConsistentMarginLoss'] as const) {
      expect(() => new torch.losses[name]({ distance: plain })).to.throw(
        TypeError,
        `${name}: distance must be a CosineSimilarity, got a LpDistance`,
      );
    }
  });
});

describe('contrast by softmax', () => {
  it('makes no matrix of positives times negatives', () => {
    // 179,400 positive and 180,000 negative pairs: such a matrix would hold 32 billion elements.
    const x = torch.randn([600, 8]).requiresGrad_();
    const y = torch.arange(600).remainder(2);
    for (const lossFn of [
      new NTXentLoss(),
      new SupConLoss(),
      new torch.losses.TupletMarginLoss(),
      new torch.losses.LiftedStructureLoss(),
    ]) {
      x.grad = null;
      const loss = lossFn(x, y);
      loss.backward();
      expect(loss.item()).to.be.above(0);
      expect((x.grad as torch.Tensor | null)?.isfinite().all().item()).to.equal(true);
    }
  });

  it('refuses a temperature that is not greater than 0', () => {
    expect(() => new NTXentLoss({ temperature: 0 })).to.throw(
      RangeError,
      'NTXentLoss: temperature must be a positive number',
    );
    expect(() => new SupConLoss({ temperature: -1 })).to.throw(
      RangeError,
      'SupConLoss: temperature must be a positive number',
    );
  });

  it('by hand: two classes on a circle', () => {
    const x = torch.tensor(
      [
        [1, 0],
        [1, 0],
        [0, 1],
        [0, 1],
      ],
      { dtype: 'float64' },
    );
    const y = torch.tensor([0n, 0n, 1n, 1n]);
    const temperature = 0.5;
    // Each row: its positive has cosine 1, its two negatives 0.
    const expected = Math.log(Math.exp(2) + 2) - 2;
    expect(new NTXentLoss({ temperature })(x, y).item()).to.be.closeTo(expected, 1e-12);
    expect(new SupConLoss({ temperature })(x, y).item()).to.be.closeTo(expected, 1e-12);
    expect(new SupConLoss({ temperature, distance: new CosineSimilarity() })(x, y).item()).to.be.closeTo(
      expected,
      1e-12,
    );
  });
});

describe('losses.TupletMarginLoss', () => {
  it('by hand: the slack makes an angle count for less', () => {
    const turned = (degrees: number) => [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
    const x = torch.tensor([turned(0), turned(30), turned(90)], { dtype: 'float64' });
    const lossFn = new torch.losses.TupletMarginLoss({ margin: 10, scale: 2 });
    const cosine = (degrees: number) => Math.cos((degrees * Math.PI) / 180);
    const of = (negative: number) => Math.log(1 + Math.exp(2 * (cosine(negative) - cosine(20))));
    expect(lossFn(x, labels).item()).to.be.closeTo((of(90) + of(60)) / 2, 1e-12);
  });
});
