/** Losses of pairs and of triplets beside pytorch-metric-learning's: values and gradients, of parameters too. */

import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { expectClose } from './close.ts';
import { usePython } from './oracle.ts';

const { losses, reducers } = torch;
const { CosineSimilarity, DotProductSimilarity, LpDistance } = torch.distances;

interface Beside {
  readonly ours: () => torch.losses.MetricLoss;
  /** The constructor's call in Python. */
  readonly theirs: string;
  /** Why it is not compared with a reference set: the test that shows how it differs says more. */
  readonly noReference?: string;
  /** Why it is not compared with embeddings whose norms differ. */
  readonly onlyUnit?: string;
}

const plain = () => new LpDistance({ normalizeEmbeddings: false });
const plainThere = 'distance=_d.LpDistance(normalize_embeddings=False)';
const dot = () => new DotProductSimilarity({ normalizeEmbeddings: false });
const cosine = () => new CosineSimilarity();

const table: readonly Beside[] = [
  { ours: () => new losses.ContrastiveLoss(), theirs: 'ContrastiveLoss()' },
  {
    ours: () => new losses.ContrastiveLoss({ posMargin: 0.3, negMargin: 1.1, reducer: new reducers.MeanReducer() }),
    theirs: 'ContrastiveLoss(pos_margin=0.3, neg_margin=1.1, reducer=_r.MeanReducer())',
  },
  {
    ours: () => new losses.ContrastiveLoss({ posMargin: 0.8, negMargin: 0.2, distance: cosine() }),
    theirs: 'ContrastiveLoss(pos_margin=0.8, neg_margin=0.2, distance=_d.CosineSimilarity())',
  },
  {
    ours: () =>
      new losses.ContrastiveLoss({
        reducer: new reducers.MultipleReducers({
          reducers: { positive: new reducers.SumReducer(), negative: new reducers.PerAnchorReducer() },
        }),
      }),
    theirs:
      'ContrastiveLoss(reducer=_r.MultipleReducers({"pos_loss": _r.SumReducer(), "neg_loss": _r.PerAnchorReducer()}))',
    noReference: 'PerAnchorReducer there takes as many candidates as rows',
  },
  { ours: () => new losses.CircleLoss(), theirs: 'CircleLoss()' },
  { ours: () => new losses.CircleLoss({ m: 0.25, gamma: 2 }), theirs: 'CircleLoss(m=0.25, gamma=2)' },
  { ours: () => new losses.MultiSimilarityLoss(), theirs: 'MultiSimilarityLoss()' },
  {
    ours: () => new losses.MultiSimilarityLoss({ alpha: 1, beta: 4, base: 0.2, distance: plain() }),
    theirs: `MultiSimilarityLoss(alpha=1, beta=4, base=0.2, ${plainThere})`,
  },
  { ours: () => new losses.NTXentLoss(), theirs: 'NTXentLoss()' },
  {
    ours: () => new losses.NTXentLoss({ temperature: 0.7, distance: plain() }),
    theirs: `NTXentLoss(0.7, ${plainThere})`,
  },
  { ours: () => new losses.SupConLoss(), theirs: 'SupConLoss()' },
  {
    ours: () => new losses.SupConLoss({ temperature: 0.7, distance: plain() }),
    theirs: `SupConLoss(0.7, ${plainThere})`,
  },
  { ours: () => new losses.NCALoss(), theirs: 'NCALoss()' },
  {
    ours: () => new losses.NCALoss({ softmaxScale: 3, distance: cosine() }),
    theirs: 'NCALoss(softmax_scale=3, distance=_d.CosineSimilarity())',
  },
  { ours: () => new losses.NPairsLoss(), theirs: 'NPairsLoss()', noReference: 'it raises there' },
  {
    ours: () => new losses.NPairsLoss({ distance: dot() }),
    theirs: 'NPairsLoss(distance=_d.DotProductSimilarity(normalize_embeddings=False))',
    noReference: 'it raises there',
  },
  {
    ours: () => new losses.LiftedStructureLoss(),
    theirs: 'LiftedStructureLoss()',
    noReference: 'there rows and candidates of one index count as the same',
  },
  {
    ours: () => new losses.LiftedStructureLoss({ negMargin: 0.3, posMargin: 0.9, distance: cosine() }),
    theirs: 'LiftedStructureLoss(neg_margin=0.3, pos_margin=0.9, distance=_d.CosineSimilarity())',
    noReference: 'there rows and candidates of one index count as the same',
  },
  { ours: () => new losses.GeneralizedLiftedStructureLoss(), theirs: 'GeneralizedLiftedStructureLoss()' },
  {
    ours: () => new losses.GeneralizedLiftedStructureLoss({ negMargin: 2, posMargin: 0.5, distance: plain() }),
    theirs: `GeneralizedLiftedStructureLoss(neg_margin=2, pos_margin=0.5, ${plainThere})`,
  },
  { ours: () => new losses.IntraPairVarianceLoss(), theirs: 'IntraPairVarianceLoss()' },
  {
    ours: () => new losses.IntraPairVarianceLoss({ posEps: 0.1, negEps: 0.2, distance: plain() }),
    theirs: `IntraPairVarianceLoss(pos_eps=0.1, neg_eps=0.2, ${plainThere})`,
  },
  { ours: () => new losses.MarginLoss(), theirs: 'MarginLoss()' },
  {
    ours: () =>
      new losses.MarginLoss({ margin: 0.1, beta: 0.5, reducer: new reducers.MeanReducer(), distance: cosine() }),
    theirs: 'MarginLoss(margin=0.1, beta=0.5, reducer=_r.MeanReducer(), distance=_d.CosineSimilarity())',
  },
  {
    ours: () => new losses.MarginLoss({ nu: 0.3, learnBeta: true }),
    theirs: 'MarginLoss(nu=0.3, learn_beta=True)',
  },
  {
    ours: () => new losses.MarginLoss({ nu: 0.3, learnBeta: true, numClasses: 5 }),
    theirs: 'MarginLoss(nu=0.3, learn_beta=True, num_classes=5)',
  },
  { ours: () => new losses.SignalToNoiseRatioContrastiveLoss(), theirs: 'SignalToNoiseRatioContrastiveLoss()' },
  {
    ours: () => new losses.SignalToNoiseRatioContrastiveLoss({ posMargin: 0.4, negMargin: 2.5 }),
    theirs: 'SignalToNoiseRatioContrastiveLoss(pos_margin=0.4, neg_margin=2.5)',
  },
  { ours: () => new losses.TupletMarginLoss(), theirs: 'TupletMarginLoss()' },
  { ours: () => new losses.TupletMarginLoss({ margin: 20, scale: 4 }), theirs: 'TupletMarginLoss(margin=20, scale=4)' },
  { ours: () => new losses.AngularLoss(), theirs: 'AngularLoss()', onlyUnit: 'there negatives are not normalised' },
  { ours: () => new losses.AngularLoss({ alpha: 20 }), theirs: 'AngularLoss(20)', onlyUnit: 'there negatives are not' },
  {
    ours: () => new losses.ThresholdConsistentMarginLoss(),
    theirs: 'ThresholdConsistentMarginLoss()',
    noReference: 'there positives are taken from the batch',
  },
  {
    ours: () =>
      new losses.ThresholdConsistentMarginLoss({ lambdaPlus: 2, lambdaMinus: 3, marginPlus: 0.4, marginMinus: 0.1 }),
    theirs: 'ThresholdConsistentMarginLoss(lambda_plus=2, lambda_minus=3, margin_plus=0.4, margin_minus=0.1)',
    noReference: 'there positives are taken from the batch',
  },
];

const ids = (values: readonly number[]) => torch.tensor(BigInt64Array.from(values, BigInt));
const cycle = (rows: number) => ids(Array.from({ length: rows }, (_, i) => (i * 7) % 4));

const prelude = `
from pytorch_metric_learning import losses as _l, distances as _d, reducers as _r
torch.set_default_dtype(torch.float64)
`;

type Call = 'labels' | 'triplets' | 'pairs' | 'reference' | 'a row alone';

describe('losses of pairs beside pytorch-metric-learning', () => {
  const python = usePython('pytorch_metric_learning');

  beforeEach(() => torch.manualSeed(12));

  async function compare({ ours, theirs, onlyUnit }: Beside, call: Call): Promise<void> {
    const rows = call === 'reference' ? 8 : 13;
    const columns = call === 'reference' ? 11 : rows;
    const x = torch.randn([rows, 5], { dtype: 'float64' }).requiresGrad_();
    const y = torch.randn([columns, 5], { dtype: 'float64' }).requiresGrad_();
    const labels = call === 'a row alone' ? ids([4, 3, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1]) : cycle(rows);
    const referenceLabels = cycle(columns);
    // Some tuples more than once, and some anchors with negatives alone.
    const triplets = {
      anchor: ids([0, 0, 0, 1, 5, 5]),
      positive: ids([4, 4, 8, 5, 1, 9]),
      negative: ids([1, 2, 1, 3, 6, 4]),
    };
    const pairs = {
      positiveAnchor: ids([0, 0, 1, 5]),
      positive: ids([4, 8, 5, 1]),
      negativeAnchor: ids([0, 0, 1, 5, 7, 7]),
      negative: ids([1, 2, 3, 6, 0, 1]),
    };
    const tuples = call === 'triplets' ? triplets : call === 'pairs' ? pairs : undefined;
    const code = `${prelude}
_loss_fn = _l.${theirs}
_unit = (lambda e: F.normalize(e)) if unit else (lambda e: e)
_reference = dict(ref_emb=_unit(y), ref_labels=reference_labels) if call == "reference" else {}
loss = _loss_fn(_unit(x), labels, tuple(tuples) if tuples else None, **_reference)
_inputs = ([x, y] if call == "reference" else [x]) + list(_loss_fn.parameters())
gradients = torch.autograd.grad(loss, _inputs)
`;
    const unit = onlyUnit !== undefined;
    const inputs = { x, y, labels, reference_labels: referenceLabels, call, unit };
    const expected = await python.run(code, { ...inputs, tuples: tuples === undefined ? null : Object.values(tuples) });
    torch.setDefaultDtype('float64');
    const lossFn = ours();
    torch.setDefaultDtype('float32');
    const normalized = (each: torch.Tensor) => (unit ? torch.nn.functional.normalize(each) : each);
    const loss = lossFn(normalized(x), labels, {
      ...(tuples === undefined ? {} : { tuples }),
      ...(call === 'reference' ? { reference: normalized(y), referenceLabels } : {}),
    });
    expect(loss.item(), 'a loss that shows something').to.not.equal(0);
    const wanted = [...(call === 'reference' ? [x, y] : [x]), ...lossFn.parameters()] as [torch.Tensor];
    const gradients = torch.autograd.grad(loss, wanted) as torch.Tensor[];
    expectClose(loss, expected.loss, 'loss');
    expect(gradients.length).to.equal((expected.gradients as unknown[]).length);
    for (const [i, gradient] of gradients.entries()) {
      expectClose(gradient, (expected.gradients as never[])[i], `gradient ${i}`, { rtol: 1e-8 });
    }
  }

  for (const each of table) {
    describe(each.theirs, () => {
      for (const call of ['labels', 'triplets', 'pairs', 'reference', 'a row alone'] as const) {
        if (call === 'reference' && each.noReference !== undefined) continue;
        it(`of ${call}`, () => compare(each, call));
      }
    });
  }

  /** Both losses of the same embeddings and labels, as numbers. */
  async function both(
    lossFn: torch.losses.MetricLoss,
    theirs: string,
    x: torch.Tensor,
    labels: torch.Tensor,
    tuples?: torch.miners.Pairs,
  ): Promise<[ours: number, theirs: number]> {
    const code = `${prelude}loss = _l.${theirs}(x, labels, tuple(tuples) if tuples else None).item()`;
    const given = { x: x.detach(), labels, tuples: tuples === undefined ? null : Object.values(tuples) };
    const { loss } = await python.run(code, given);
    return [lossFn(x, labels, tuples === undefined ? {} : { tuples }).item() as number, loss as number];
  }

  it('TupletMarginLoss of equal rows is a number, which differs: there it is NaN', async () => {
    const x = torch.randn([4, 5], { dtype: 'float64' }).repeat([2, 1]);
    const [ours, theirs] = await both(new losses.TupletMarginLoss(), 'TupletMarginLoss()', x, cycle(4).repeat([2]));
    expect(theirs).to.be.NaN;
    expect(ours).to.be.within(0, 100);
  });

  it('AngularLoss normalises negatives, which differs: there they are as long as they are', async () => {
    const [x, y] = [torch.randn([9, 5], { dtype: 'float64' }).mul(2), cycle(9)];
    const [ours, theirs] = await both(new losses.AngularLoss(), 'AngularLoss()', x, y);
    const unit = torch.nn.functional.normalize(x);
    const [same, there] = await both(new losses.AngularLoss(), 'AngularLoss()', unit, y);
    expect(same).to.be.closeTo(there, 1e-9);
    expect(ours).to.be.closeTo(same, 1e-9);
    expect(theirs).to.be.above(2 * ours);
  });

  it('NTXentLoss keeps a gradient for hopeless pairs, which differs: there the loss ends at 708', async () => {
    const x = torch
      .tensor(
        [
          [1, 0],
          [-1, 0],
          [1, 0],
        ],
        { dtype: 'float64' },
      )
      .requiresGrad_();
    const lossFn = new losses.NTXentLoss({ temperature: 0.002 });
    const [ours, theirs] = await both(lossFn, 'NTXentLoss(0.002)', x, ids([0, 0, 1]));
    // The two positive pairs have cosine -1; of one the negative has cosine 1, of the other -1.
    expect(ours).to.be.closeTo((1000 + Math.LN2) / 2, 1e-9);
    expect(theirs).to.be.closeTo((-Math.log(2 ** -1022) + Math.LN2) / 2, 1e-6);
  });

  it('NCALoss of far positives counts, which differs: there a probability that underflows is left out', async () => {
    const x = torch.tensor([[0], [40], [1]], { dtype: 'float64' });
    const lossFn = new losses.NCALoss({ distance: new LpDistance({ power: 2, normalizeEmbeddings: false }) });
    const theirs_ = 'NCALoss(distance=_d.LpDistance(power=2, normalize_embeddings=False))';
    const [ours, theirs] = await both(lossFn, theirs_, x, ids([0, 0, 1]));
    expect(ours).to.be.closeTo((1600 - 1 + Math.log1p(Math.exp(-79)) + 1600 - 1521) / 2, 1e-9);
    expect(theirs).to.be.closeTo(1600 - 1521, 1e-9);
  });

  it('LiftedStructureLoss of a pair without negatives is 0, which differs: there the sum over none counts as 1', async () => {
    const x = torch.tensor([[0], [0.5], [2], [3]], { dtype: 'float64' });
    const tuples = {
      positiveAnchor: ids([0, 2]),
      positive: ids([1, 1]),
      negativeAnchor: ids([3, 2]),
      negative: ids([0, 3]),
    };
    const lossFn = new losses.LiftedStructureLoss({ distance: plain() });
    const [ours, theirs] = await both(lossFn, `LiftedStructureLoss(${plainThere})`, x, ids([0, 0, 0, 1]), tuples);
    const second = (1 - 1 + 1.5) ** 2 / 2;
    expect(ours).to.be.closeTo((0 + second) / 2, 1e-12);
    expect(theirs).to.be.closeTo((0.5 ** 2 / 2 + second) / 2, 1e-12);
  });

  it('a single pair of each kind has a loss, which differs: there it is 0', async () => {
    const x = torch.tensor(
      [
        [1, 0],
        [0, 1],
        [1, 1],
      ],
      { dtype: 'float64' },
    );
    const tuples = { positiveAnchor: ids([0]), positive: ids([1]), negativeAnchor: ids([0]), negative: ids([2]) };
    const [ours, theirs] = await both(new losses.ContrastiveLoss(), 'ContrastiveLoss()', x, ids([0, 0, 1]), tuples);
    expect(ours).to.be.closeTo(Math.SQRT2 + 1 - Math.hypot(Math.SQRT1_2, 1 - Math.SQRT1_2), 1e-12);
    expect(theirs).to.equal(0);
  });

  it('ThresholdConsistentMarginLoss takes positives from the reference, which differs: there from the batch', async () => {
    const [x, y] = [torch.randn([4, 3], { dtype: 'float64' }), torch.randn([4, 3], { dtype: 'float64' })];
    const labels = ids([0, 1, 0, 1]);
    const code = `${prelude}
loss = _l.ThresholdConsistentMarginLoss()(x, labels, ref_emb=y, ref_labels=labels).item()
of_batch = _l.ThresholdConsistentMarginLoss()(x, labels, ref_emb=x.clone(), ref_labels=labels).item()
`;
    const { loss, of_batch } = await python.run(code, { x, y, labels });
    expect(loss).to.equal(of_batch);
    const lossFn = new losses.ThresholdConsistentMarginLoss();
    const itself = lossFn(x, labels, { reference: x.clone(), referenceLabels: labels }).item();
    expect(itself).to.be.closeTo(loss as number, 1e-9);
    expect(lossFn(x, labels, { reference: y, referenceLabels: labels }).item()).to.not.be.closeTo(loss as number, 1e-3);
  });

  it('NPairsLoss takes a reference, which differs: there it raises', async () => {
    const [x, y] = [torch.randn([4, 3], { dtype: 'float64' }), torch.randn([5, 3], { dtype: 'float64' })];
    const code = `${prelude}
raised = False
try:
    _l.NPairsLoss()(x, labels, ref_emb=y, ref_labels=reference_labels)
except Exception:
    raised = True
`;
    const [labels, referenceLabels] = [cycle(4), cycle(5)];
    expect((await python.run(code, { x, y, labels, reference_labels: referenceLabels })).raised).to.equal(true);
    expect(new losses.NPairsLoss()(x, labels, { reference: y, referenceLabels }).item()).to.be.above(0);
  });
});
