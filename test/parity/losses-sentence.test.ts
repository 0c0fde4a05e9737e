/** Losses of sentence-transformers beside theirs, given the embeddings that a model would: values and gradients. */

import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { expectClose, type Tolerance } from './close.ts';
import { fromWire, isPythonTensor, type PythonInput, type PythonValue, usePython } from './oracle.ts';

const losses = torch.losses;
const { CosineDistance, DotProductSimilarity, LpDistance } = torch.distances;

const ids = (labels: readonly number[]) => torch.tensor(BigInt64Array.from(labels, BigInt));
const numberOf = (value: PythonValue | undefined) =>
  isPythonTensor(value) ? (fromWire(value).item() as number) : (value as number);

const prelude = `
import torch
from sentence_transformers.sentence_transformer import losses as st
from sentence_transformers.sentence_transformer.losses import gist_embed as _gist
from sentence_transformers import util
D = st.BatchHardTripletLossDistanceFunction
S = st.SiameseDistanceMetric

class _Model:
    """Gives the embeddings that it is given."""
    def __init__(self, size):
        self.size = size
    def forward(self, features):
        return {"sentence_embedding": features["e"]}
    def __call__(self, features):
        return self.forward(features)
    def get_embedding_dimension(self):
        return self.size

def _gisted(columns, guide, **options):
    _fn = _gist.GISTEmbedLoss.__new__(_gist.GISTEmbedLoss)
    torch.nn.Module.__init__(_fn)
    _fn.model, _fn.guide, _fn.must_retokenize, _fn.gather_across_devices = 'model', 'guide', False, False
    _fn.similarity_fct = torch.nn.CosineSimilarity(dim=-1)
    _fn.cross_entropy_loss = torch.nn.CrossEntropyLoss()
    for _name, _value in dict(dict(temperature=0.01, margin_strategy='absolute', margin=0.0, contrast_anchors=True,
                                   contrast_positives=True), **options).items():
        setattr(_fn, _name, _value)
    _gist.embed_columns = lambda model, features: [each[model] for each in features]
    return _fn([{'model': _a, 'guide': _b} for _a, _b in zip(columns, guide)], None)
`;

describe('losses of sentence-transformers', () => {
  const python = usePython('sentence_transformers');
  const labels = ids([2, 0, 1, 0, 2, 2, 3, 1, 0, 0, 2, 3, 1, 0, 2]);
  const lonely = ids([2, 0, 1, 0, 2, 2, 3, 1, 0, 0, 2, 5, 1, 0, 2]);
  let columns: torch.Tensor[];

  /** Compares a loss of columns, and its gradient by each of them, with what Python makes of `c`. */
  async function beside(
    code: string,
    loss: (...columns: torch.Tensor[]) => torch.Tensor,
    {
      inputs = {},
      tolerance,
      count = columns.length,
    }: { inputs?: Record<string, PythonInput>; tolerance?: Tolerance; count?: number } = {},
  ): Promise<void> {
    const given = Object.fromEntries(columns.slice(0, count).map((each, i) => [`c${i}`, each]));
    const names = Object.keys(given);
    const { value, gradients } = await python.run(
      `${prelude}
c = [${names.join(', ')}]
for _each in c: _each.requires_grad_()
_loss = ${code}
_loss.backward()
value = _loss.detach()
gradients = [_each.grad for _each in c]`,
      { ...given, ...inputs },
    );
    const leaves = columns.slice(0, count).map((each) => each.clone().requiresGrad_());
    const ours = loss(...leaves);
    ours.backward();
    expectClose(ours, value, 'loss', tolerance);
    for (const [i, leaf] of leaves.entries()) {
      expect(leaf.grad!.abs().max().item(), 'a gradient').to.be.greaterThan(0);
      expectClose(leaf.grad, (gradients as PythonValue[])[i], `gradient ${i}`, tolerance);
    }
  }

  beforeEach(() => {
    torch.manualSeed(7);
    columns = Array.from({ length: 4 }, () => torch.randn([15, 6], { dtype: 'float64' }));
  });

  describe('of batches with labels', () => {
    const cosine = new CosineDistance();
    const lp = new LpDistance({ normalizeEmbeddings: false, power: 2 });
    const rows: readonly [string, () => torch.losses.MetricLoss][] = [
      ['BatchAllTripletLoss(None)', () => new losses.BatchAllTripletLoss()],
      ['BatchAllTripletLoss(None, margin=0.5)', () => new losses.BatchAllTripletLoss({ margin: 0.5 })],
      [
        'BatchAllTripletLoss(None, D.cosine_distance, 0.3)',
        () => new losses.BatchAllTripletLoss({ distance: cosine, margin: 0.3 }),
      ],
      ['BatchHardTripletLoss(None)', () => new losses.BatchHardTripletLoss()],
      [
        'BatchHardTripletLoss(None, lambda x: D.euclidean_distance(x, squared=True), 1)',
        () => new losses.BatchHardTripletLoss({ distance: lp, margin: 1 }),
      ],
      [
        'BatchHardTripletLoss(None, D.cosine_distance, 0.5)',
        () => new losses.BatchHardTripletLoss({ distance: cosine, margin: 0.5 }),
      ],
      ['BatchHardSoftMarginTripletLoss(None)', () => new losses.BatchHardSoftMarginTripletLoss()],
      [
        'BatchHardSoftMarginTripletLoss(None, D.cosine_distance)',
        () => new losses.BatchHardSoftMarginTripletLoss({ distance: cosine }),
      ],
      ['BatchSemiHardTripletLoss(None)', () => new losses.BatchSemiHardTripletLoss()],
      ['BatchSemiHardTripletLoss(None, margin=0.5)', () => new losses.BatchSemiHardTripletLoss({ margin: 0.5 })],
      [
        'BatchSemiHardTripletLoss(None, D.cosine_distance, 0.3)',
        () => new losses.BatchSemiHardTripletLoss({ distance: cosine, margin: 0.3 }),
      ],
    ];
    for (const [source, make] of rows) {
      it(source, () =>
        beside(`st.${source}.compute_loss_from_embeddings(c, y)`, (x) => make()(x, labels), {
          inputs: { y: labels },
          count: 1,
        }),
      );
    }

    for (const name of ['BatchHardTripletLoss', 'BatchHardSoftMarginTripletLoss'] as const) {
      it(`${name} by its own definition, where an anchor has no positive`, () =>
        beside(
          `st.${name}(None).compute_loss_from_embeddings(c, y)`,
          (x) => new losses[name]({ definition: 'sentence-transformers' })(x, lonely),
          { inputs: { y: lonely }, count: 1 },
        ));

      it(`differs: ${name} leaves such an anchor out by default`, async () => {
        const [x] = columns as [torch.Tensor];
        const { value } = await python.run(`${prelude}value = st.${name}(None).compute_loss_from_embeddings([x], y)`, {
          x,
          y: lonely,
        });
        const each = new losses[name]({ definition: 'sentence-transformers' });
        const [element] = each.unreduced(x, lonely);
        const values = element!.values.tolist() as number[];
        // Rows 6 and 11 are alone in their classes.
        const kept = values.filter((_, i) => i !== 6 && i !== 11);
        const mean = kept.reduce((sum, one) => sum + one, 0) / kept.length;
        expect(new losses[name]()(x, lonely).item()).to.be.closeTo(mean, 1e-12);
        expect(Math.abs(numberOf(value) - mean)).to.be.greaterThan(1e-3);
      });
    }

    it('differs: in a batch of one class each of theirs has a loss, and ours none', async () => {
      const [x] = columns as [torch.Tensor];
      const y = ids(Array(15).fill(1));
      const { hard, semi } = await python.run(
        `${prelude}
hard = st.BatchHardTripletLoss(None).compute_loss_from_embeddings([x], y)
semi = st.BatchSemiHardTripletLoss(None).compute_loss_from_embeddings([x], y)`,
        { x, y },
      );
      expect(numberOf(hard)).to.be.closeTo(5, 1e-9);
      expect(numberOf(semi)).to.be.greaterThan(5);
      expect(new losses.BatchHardTripletLoss()(x, y).item()).to.equal(0);
      expect(new losses.BatchHardTripletLoss({ definition: 'sentence-transformers' })(x, y).item()).to.equal(5);
      expect(new losses.BatchSemiHardTripletLoss()(x, y).item()).to.equal(0);
    });
  });

  describe('of columns', () => {
    const binary = [1, 0, 1, 1, 0, 0, 1, 0, 0, 1, 0, 1, 0, 0, 1];
    for (const [name, y] of [
      ['both kinds', ids(binary)],
      ['positives alone', torch.ones([15], { dtype: 'int64' })],
      ['negatives alone', torch.zeros([15])],
      ['booleans', ids(binary).bool()],
    ] as const) {
      it(`OnlineContrastiveLoss, ${name}`, () =>
        beside(
          `st.OnlineContrastiveLoss(None, margin=1.1).compute_loss_from_embeddings(c, y.long())`,
          (a, b) => new losses.OnlineContrastiveLoss({ margin: 1.1 })(a!, b!, y),
          { inputs: { y }, count: 2 },
        ));
    }

    it('OnlineContrastiveLoss, Euclidean, which PyTorch shifts by 1e-6', () =>
      beside(
        `st.OnlineContrastiveLoss(None, S.EUCLIDEAN, 3).compute_loss_from_embeddings(c, y)`,
        (a, b) =>
          new losses.OnlineContrastiveLoss({ distance: new LpDistance({ normalizeEmbeddings: false }), margin: 3 })(
            a!,
            b!,
            ids(binary),
          ),
        { inputs: { y: ids(binary) }, count: 2, tolerance: { rtol: 1e-5 } },
      ));

    for (const [options, source] of [
      [{}, ''],
      [{ positiveMargin: 0.5, negativeMargin: 0.6 }, ', 0.5, 0.6'],
    ] as const) {
      it(`MegaBatchMarginLoss(None${source})`, () =>
        beside(
          `st.MegaBatchMarginLoss(None${source}, use_mini_batched_version=False).calculate_loss([[each] for each in c])`,
          (a, b) => new losses.MegaBatchMarginLoss(options)(a!, b!),
          { count: 2 },
        ));
    }

    const four = ['query_to_doc', 'query_to_query', 'doc_to_query', 'doc_to_doc'] as const;
    const two = ['query_to_doc', 'doc_to_query'] as const;
    const python4 = `directions=('${four.join("', '")}')`;
    const python2 = `directions=('${two.join("', '")}')`;
    const ranking: readonly [string, torch.losses.MultipleNegativesRankingLossOptions][] = [
      ['', {}],
      ['scale=5', { scale: 5 }],
      [
        'scale=1, similarity_fct=util.dot_score',
        { scale: 1, similarity: new DotProductSimilarity({ normalizeEmbeddings: false }) },
      ],
      [
        'scale=1, similarity_fct=util.euclidean_sim',
        { scale: 1, similarity: new LpDistance({ normalizeEmbeddings: false }) },
      ],
      [python4, { directions: four }],
      [python2, { directions: two }],
      [`${python2}, partition_mode='per_direction'`, { directions: two, partitionMode: 'per_direction' }],
      ...(['in_batch_negatives', 'hard_negatives', 'all_negatives'] as const).map(
        (mode) =>
          [
            `${python4}, hardness_mode='${mode}', hardness_strength=5.0`,
            { directions: four, hardnessMode: mode, hardnessStrength: 5 },
          ] as [string, torch.losses.MultipleNegativesRankingLossOptions],
      ),
    ];
    for (const [source, options] of ranking) {
      it(`MultipleNegativesRankingLoss(None, ${source})`, async () => {
        for (const count of [2, 3, 4]) {
          await beside(
            `st.MultipleNegativesRankingLoss(None, ${source}).compute_loss_from_embeddings(c, None)`,
            (...all) => new losses.MultipleNegativesRankingLoss(options)(...(all as [torch.Tensor, torch.Tensor])),
            { count },
          );
        }
      });
    }

    const guided: readonly [string, torch.losses.GISTEmbedLossOptions][] = [
      ['', {}],
      ['margin=0.2, temperature=0.1', { margin: 0.2, temperature: 0.1 }],
      ["margin_strategy='relative', margin=0.3", { marginStrategy: 'relative', margin: 0.3 }],
      ['contrast_anchors=False', { contrastAnchors: false }],
      [
        'contrast_anchors=False, contrast_positives=False, margin=-0.1',
        { contrastAnchors: false, contrastPositives: false, margin: -0.1 },
      ],
    ];
    for (const [source, options] of guided) {
      it(`GISTEmbedLoss(${source})`, async () => {
        const noisy = (each: torch.Tensor) => each.narrow(1, 0, 4).add(torch.randn([15, 4], { dtype: 'float64' }));
        columns[1] = columns[0]!.add(columns[1]!);
        for (const count of [2, 3]) {
          const guide = columns.slice(0, count).map(noisy);
          const call = [...guide.keys()].map((i) => `g${i}`);
          await beside(
            `_gisted(c, [${call.join(', ')}]${source === '' ? '' : `, ${source}`})`,
            (...all) => {
              const lossFn = new losses.GISTEmbedLoss(options);
              const [a, p, n] = all as [torch.Tensor, torch.Tensor, torch.Tensor?];
              return n === undefined ? lossFn(a, p, { guide }) : lossFn(a, p, n, { guide });
            },
            { count, inputs: Object.fromEntries(guide.map((each, i) => [`g${i}`, each])) },
          );
        }
      });
    }

    it('differs: where the guide finds a pair as near as itself, GISTEmbedLoss of ST contrasts a row with itself', async () => {
      const [a, p] = columns as [torch.Tensor, torch.Tensor];
      const same = torch.eye(15, { dtype: 'float64' });
      const { value } = await python.run(`${prelude}value = _gisted([a, p], [same, same], contrast_positives=False)`, {
        a,
        p,
        same,
      });
      const ours = new losses.GISTEmbedLoss({ contrastPositives: false })(a, p, { guide: [same, same] });
      // 1 - s(a, p) in units of the temperature is what each row would have to overcome against itself.
      expect(numberOf(value)).to.be.greaterThan((ours.item() as number) + 10);
      const plain = new losses.MultipleNegativesRankingLoss({
        scale: 100,
        directions: ['query_to_doc', 'query_to_query'],
      })(a, p);
      expect(ours.item()).to.be.closeTo(plain.item() as number, 1e-9);
    });

    const scores = torch.tensor([0.1, 0.9, 0.5, 0.5, 0.2, 1, 0, 0.3, 0.9, 0.4, 0.7, 0.8, 0.1, 0.6, 0.5]);
    for (const [name, y] of [
      ['scores', scores],
      ['classes', ids(binary)],
      ['all equal but one', ids([1, ...Array(14).fill(0)])],
    ] as const) {
      it(`CoSENTLoss, ${name}`, () =>
        beside('st.CoSENTLoss(None).compute_loss_from_embeddings(c, y)', (a, b) => new losses.CoSENTLoss()(a!, b!, y), {
          inputs: { y },
          count: 2,
        }));
    }

    it('CoSENTLoss, Euclidean, another scale', () =>
      beside(
        'st.CoSENTLoss(None, 3.0, util.pairwise_euclidean_sim).compute_loss_from_embeddings(c, y)',
        (a, b) =>
          new losses.CoSENTLoss({ scale: 3, similarity: new LpDistance({ normalizeEmbeddings: false }) })(
            a!,
            b!,
            scores,
          ),
        { inputs: { y: scores }, count: 2 },
      ));

    it('AnglELoss, of pairs and of columns of negatives, with an odd size too', async () => {
      for (const size of [6, 5]) {
        columns = columns.map((each) => each.narrow(1, 0, size).contiguous());
        await beside(
          'st.AnglELoss(None).compute_loss_from_embeddings(c, y)',
          (a, b) => new losses.AnglELoss()(a!, b!, scores),
          {
            inputs: { y: scores },
            count: 2,
          },
        );
        await beside('st.AnglELoss(None, 7.0).compute_loss_from_embeddings(c, None)', (a, b, ...rest) =>
          new losses.AnglELoss({ scale: 7 })(a!, b!, ...rest),
        );
        await beside(
          'st.AnglELoss(None).compute_loss_from_embeddings(c, y)',
          (a, b, ...rest) => new losses.AnglELoss()(a!, b!, ...rest, scores),
          { inputs: { y: scores } },
        );
      }
    });

    it('MarginMSELoss, of margins and of scores', async () => {
      const [one, two, three] = [1, 2, 3].map((k) => torch.randn([15, k], { dtype: 'float64' })) as [
        torch.Tensor,
        torch.Tensor,
        torch.Tensor,
      ];
      const lossFn = new losses.MarginMSELoss();
      const source = 'st.MarginMSELoss(None).compute_loss_from_embeddings(c, y)';
      for (const y of [one.squeeze(1), one, two]) {
        await beside(source, (q, p, n) => lossFn(q!, p!, n!, y), { inputs: { y }, count: 3 });
      }
      for (const y of [two, three]) {
        await beside(source, (q, p, ...rest) => lossFn(q!, p!, rest, y), { inputs: { y } });
      }
      await beside(
        'st.MarginMSELoss(None, util.pairwise_cos_sim).compute_loss_from_embeddings(c, y)',
        (q, p, n) => new losses.MarginMSELoss({ similarity: new torch.distances.CosineSimilarity() })(q!, p!, n!, two),
        { inputs: { y: two }, count: 3 },
      );
    });

    it('MatryoshkaLoss, around a loss of columns and a loss of labels', async () => {
      const options = { matryoshkaDims: [2, 6, 4], matryoshkaWeights: [0.5, 1, 2] };
      const wrap = (source: string) =>
        `(lambda m: st.MatryoshkaLoss(m, ${source}, [2, 6, 4], [0.5, 1, 2]))(_Model(6))([{'e': each} for each in c], y)`;
      await beside(
        wrap('st.MultipleNegativesRankingLoss(m)'),
        (a, b, n) =>
          new losses.MatryoshkaLoss({ loss: new losses.MultipleNegativesRankingLoss(), ...options })(a!, b!, n!),
        { count: 3, inputs: { y: null } },
      );
      await beside(
        wrap('st.BatchHardTripletLoss(m)'),
        (x) => new losses.MatryoshkaLoss({ loss: new losses.BatchHardTripletLoss(), ...options })(x!, labels),
        { count: 1, inputs: { y: labels } },
      );
      const y = torch.randn([15], { dtype: 'float64' });
      await beside(
        wrap('st.MarginMSELoss(m)'),
        (q, p, n) => new losses.MatryoshkaLoss({ loss: new losses.MarginMSELoss(), ...options })(q!, p!, n!, y),
        { count: 3, inputs: { y } },
      );
    });
  });
});

describe('semi-hard rules of pytorch-metric-learning', () => {
  const python = usePython('pytorch_metric_learning');
  const y = ids([2, 0, 1, 0, 2, 2, 3, 1, 0, 0, 2, 3, 1, 0, 2]);

  for (const [rule, miner] of [
    ['pml', "TripletMarginMiner(margin=0.3, type_of_triplets='semihard')"],
    ['pml-easy-hard', 'BatchEasyHardMiner()'],
  ] as const) {
    it(rule, async () => {
      torch.manualSeed(3);
      const x = torch.randn([15, 6], { dtype: 'float64' });
      const { value, gradient } = await python.run(
        `from pytorch_metric_learning import losses, miners, reducers
x.requires_grad_()
_mined = miners.${miner}(x.detach(), y)
_loss = losses.TripletMarginLoss(margin=0.3, reducer=reducers.MeanReducer())(x, y, _mined)
_loss.backward()
value, gradient = _loss.detach(), x.grad`,
        { x, y },
      );
      const leaf = x.clone().requiresGrad_();
      const loss = new losses.BatchSemiHardTripletLoss({ margin: 0.3, rule, distance: new LpDistance() })(leaf, y);
      loss.backward();
      expectClose(loss, value, 'loss');
      expectClose(leaf.grad, gradient, 'gradient');
    });
  }
});
