/** Accuracies and clusters beside pytorch-metric-learning and scikit-learn. */

import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { usePython } from './oracle.ts';

const { AccuracyCalculator } = torch.evaluation;

const names = {
  precisionAt1: 'precision_at_1',
  rPrecision: 'r_precision',
  meanAveragePrecision: 'mean_average_precision',
  meanAveragePrecisionAtR: 'mean_average_precision_at_r',
  meanReciprocalRank: 'mean_reciprocal_rank',
} as const;
type Name = keyof typeof names;
const all = Object.keys(names) as Name[];

// Its default needs faiss.
const setUp = `
from pytorch_metric_learning.utils.accuracy_calculator import AccuracyCalculator as _Calculator
from pytorch_metric_learning.utils.inference import CustomKNN as _Knn
from pytorch_metric_learning import distances as _d
_knn = _Knn(getattr(_d, distance)(**arguments))
_calculator = _Calculator(include=tuple(include), k=k, avg_of_avgs=averages, return_per_class=classes,
                          knn_func=_knn, device=torch.device('cpu'))
`;

describe('AccuracyCalculator beside pytorch-metric-learning', () => {
  const python = usePython('pytorch_metric_learning', 'sklearn');
  beforeEach(() => torch.manualSeed(0));

  const distances = [
    ['LpDistance', { normalize_embeddings: false }, new torch.distances.LpDistance({ normalizeEmbeddings: false })],
    ['CosineSimilarity', {}, new torch.distances.CosineSimilarity()],
  ] as const;

  for (const [name, args, distance] of distances) {
    for (const k of [null, 'max bin count', 30] as const) {
      for (const ofClasses of ['queries', 'averages of averages', 'each class'] as const) {
        for (const withReference of [false, true]) {
          const set = withReference ? 'another set' : 'the query set';
          it(`measures the same: ${name}, k = ${k}, ${ofClasses}, neighbours from ${set}`, async () => {
            const [query, reference] = [torch.randn([50, 8]), torch.randn([70, 8])];
            const [labels, referenceLabels] = [torch.randint(0, 6, [50]), torch.randint(0, 5, [70])];
            const options = {
              avgOfAvgs: ofClasses === 'averages of averages',
              returnPerClass: ofClasses === 'each class',
            };
            const calculator = new AccuracyCalculator({ include: all, k, distance, ...options });
            const ours = calculator.getAccuracy(query, labels, withReference ? { reference, referenceLabels } : {});
            const { theirs } = await python.run(
              `${setUp}
theirs = _calculator.get_accuracy(query, labels, *([reference, reference_labels] if with_reference else []))`,
              {
                distance: name,
                arguments: args,
                include: Object.values(names),
                k: k === 'max bin count' ? 'max_bin_count' : k,
                averages: options.avgOfAvgs,
                classes: options.returnPerClass,
                query,
                labels,
                reference,
                reference_labels: referenceLabels,
                with_reference: withReference,
              },
            );
            for (const metric of all) {
              const expected = [(theirs as Record<string, number | number[]>)[names[metric]]!].flat();
              const actual = [(ours as unknown as Record<string, number | number[]>)[metric]!].flat();
              expect(actual, metric).to.have.length(expected.length);
              actual.forEach((value, i) => {
                // Its reciprocal ranks are float32.
                expect(value, metric).to.be.closeTo(expected[i]!, metric === 'meanReciprocalRank' ? 1e-6 : 1e-12);
              });
            }
          });
        }
      }
    }
  }

  const run = (include: string, query: torch.Tensor, labels: torch.Tensor, k: number | null = null) =>
    python.run(`${setUp}\ntheirs = _calculator.get_accuracy(query, labels)`, {
      distance: 'LpDistance',
      arguments: { normalize_embeddings: false },
      include: [include],
      k,
      averages: false,
      classes: false,
      query,
      labels,
    });

  it('differs where k is less than R: MAP@R is divided by the answers that can be found', async () => {
    const points = torch.randn([30, 4]);
    const labels = torch.zeros([30], { dtype: 'int64' });
    const { theirs } = await run('mean_average_precision_at_r', points, labels, 5);
    // All neighbours are right; it warns that the value is incorrect.
    expect((theirs as Record<string, number>).mean_average_precision_at_r).to.be.closeTo(5 / 29, 1e-12);
    expect(new AccuracyCalculator({ k: 5 }).getAccuracy(points, labels).meanAveragePrecisionAtR).to.equal(1);
  });

  it('differs in labels: float32 confuses class ids from 2^24', async () => {
    const points = torch.tensor([[0], [0.1], [5], [5.1]]);
    const labels = torch.tensor([16777216n, 16777217n, 16777216n, 16777217n]);
    const { theirs } = await run('precision_at_1', points, labels);
    expect((theirs as Record<string, number>).precision_at_1).to.equal(1);
    expect(new AccuracyCalculator().getAccuracy(points, labels).precisionAt1).to.equal(0);
  });

  it('differs in what may be asked for alone: the mean reciprocal rank', async () => {
    const [points, labels] = [torch.randn([10, 4]), torch.randint(0, 2, [10])];
    let message = '';
    await run('mean_reciprocal_rank', points, labels).catch((error: Error) => {
      message = error.message;
    });
    expect(message).to.contain('missing');
    const calculator = new AccuracyCalculator({ include: ['meanReciprocalRank'] });
    expect(calculator.getAccuracy(points, labels).meanReciprocalRank).to.be.within(0.1, 1);
  });

  it('differs where a comparison does not match a query with itself: nothing is subtracted', async () => {
    const points = torch.tensor([[0], [1], [0.4]]);
    const labels = torch.tensor([0n, 1n, 0n]);
    const { theirs } = await python.run(
      `
from pytorch_metric_learning.utils.accuracy_calculator import AccuracyCalculator as _Calculator
from pytorch_metric_learning.utils.inference import CustomKNN as _Knn
from pytorch_metric_learning.distances import LpDistance as _Lp
_calculator = _Calculator(include=('r_precision',), label_comparison_fn=torch.ne, device=torch.device('cpu'),
                          knn_func=_Knn(_Lp(normalize_embeddings=False)))
theirs = _calculator.get_accuracy(points, labels)['r_precision']`,
      { points, labels },
    );
    // Its queries 0 and 2 have one right answer, less one: 0 / 0.
    expect(theirs).to.be.NaN;
    const calculator = new AccuracyCalculator({ labelComparison: torch.ne });
    expect(calculator.getAccuracy(points, labels).rPrecision).to.be.closeTo(1 / 3, 1e-12);
  });
});

describe('nDCG beside scikit-learn', () => {
  const python = usePython('sklearn');

  it('equals ndcg_score', async () => {
    torch.manualSeed(1);
    const [query, reference] = [torch.randn([20, 5]).double(), torch.randn([40, 5]).double()];
    const gains = torch
      .rand([20, 40])
      .double()
      .mul(torch.randint(0, 2, [20, 40]));
    const relation = torch.Relation.ofMatrix(torch.where(gains.eq(0), torch.tensor(-1).double(), gains));
    const distance = new torch.distances.LpDistance();
    const calculator = new AccuracyCalculator({ include: ['ndcg', 'ndcgAt7'], distance });
    const ours = calculator.getAccuracy(query, relation, { reference });
    const { whole, seven } = await python.run(
      `from sklearn.metrics import ndcg_score as _ndcg
whole = float(_ndcg(gains.numpy(), -distances.numpy()))
seven = float(_ndcg(gains.numpy(), -distances.numpy(), k=7))`,
      { gains, distances: distance.matrix(query, reference) },
    );
    expect(ours.ndcg).to.be.closeTo(whole as number, 1e-12);
    expect(ours.ndcgAt7).to.be.closeTo(seven as number, 1e-12);
  });
});

describe('mutual information beside scikit-learn', () => {
  const python = usePython('sklearn');
  const { adjustedMutualInformation, normalizedMutualInformation } = torch.evaluation;

  const partitions: Record<string, () => [torch.Tensor, torch.Tensor]> = {
    'of chance': () => [torch.randint(0, 7, [400]), torch.randint(0, 11, [400])],
    'that nearly agree': () => {
      const labels = torch.randint(0, 9, [300]);
      return [labels, torch.where(torch.rand([300]).lt(0.1), torch.randint(0, 9, [300]), labels)];
    },
    'of uneven sizes': () => [torch.randn([500]).mul(2).round().long(), torch.randn([500]).mul(3).round().long()],
    'where one has a single part': () => [torch.randint(0, 4, [50]), torch.zeros([50], { dtype: 'int64' })],
    'where both have a single part': () => [torch.full([5], 3n), torch.full([5], 8n)],
    'of single rows': () => [torch.arange(40), torch.randperm(40)],
    'of single rows against pairs': () => [torch.arange(40), torch.arange(40).div(2, { roundingMode: 'floor' }).long()],
    'of k-means': () => {
      const [points, labels] = [torch.randn([200, 4]), torch.randint(0, 5, [200])];
      return [labels, torch.evaluation.kMeans(points, 5).assignments];
    },
  };
  for (const [name, make] of Object.entries(partitions)) {
    it(`is the same for partitions ${name}`, async () => {
      torch.manualSeed(2);
      const [labels, clusters] = make();
      const { nmi, ami } = await python.run(
        `from sklearn.metrics import adjusted_mutual_info_score as _ami, normalized_mutual_info_score as _nmi
nmi = float(_nmi(labels.numpy(), clusters.numpy()))
ami = float(_ami(labels.numpy(), clusters.numpy()))`,
        { labels, clusters },
      );
      expect(normalizedMutualInformation(labels, clusters)).to.be.closeTo(nmi as number, 1e-9);
      expect(adjustedMutualInformation(labels, clusters)).to.be.closeTo(ami as number, 1e-9);
    });
  }

  it('is that of the calculator', () => {
    torch.manualSeed(3);
    const points = torch.cat([torch.randn([30, 3]), torch.randn([30, 3]).add(4), torch.randn([30, 3]).sub(4)]);
    const labels = torch.arange(90).div(30, { roundingMode: 'floor' }).long();
    const clusters: torch.Tensor[] = [];
    const calculator = new AccuracyCalculator({
      include: ['NMI', 'AMI'],
      clustering: (embeddings, count) => {
        clusters.push(torch.keep(torch.evaluation.kMeans(embeddings, count).assignments));
        return clusters[0]!;
      },
    });
    const { NMI, AMI } = calculator.getAccuracy(points, labels);
    expect(NMI).to.equal(normalizedMutualInformation(labels, clusters[0]!));
    expect(AMI).to.equal(adjustedMutualInformation(labels, clusters[0]!));
    expect(AMI).to.be.within(0.8, 1);
  });
});

describe('verification beside scikit-learn', () => {
  const python = usePython('sklearn');

  for (const ties of [false, true]) {
    it(`has the points and the area of roc_curve and roc_auc_score, ${ties ? 'with' : 'without'} ties`, async () => {
      torch.manualSeed(4);
      const same = torch.rand([500]).lt(0.2);
      const scores = torch.randn([500]).double().add(same.double());
      const rounded = ties ? scores.mul(4).round() : scores;
      const curve = torch.evaluation.VerificationCurve.ofScores(rounded, same, { similarity: true });
      const theirs = await python.run(
        `from sklearn.metrics import roc_auc_score as _auc, roc_curve as _roc
far, tar, thresholds = (each.tolist() for each in _roc(same.numpy(), scores.numpy(), drop_intermediate=False))
area = float(_auc(same.numpy(), scores.numpy()))`,
        { scores: rounded, same },
      );
      const [far, tar, thresholds] = [theirs.far, theirs.tar, theirs.thresholds] as [number[], number[], number[]];
      const inside = (of: number[], i: number) => of[i - 1] === of[i] && of[i] === of[i + 1];
      const equal = far.findIndex((rate, i) => rate >= 1 - tar[i]!);
      const isKept = (i: number) => i === equal - 1 || i === equal || !(inside(far, i) || inside(tar, i));
      const corners = far.map((_, i) => i).filter(isKept);
      expect(corners.length).to.be.within(10, far.length - 1);
      const roc = curve.roc();
      expect([...roc.thresholds]).to.deep.equal(corners.map((i) => thresholds[i]));
      corners.forEach((i, at) => {
        expect(roc.falseAcceptRate[at]).to.be.closeTo(far[i]!, 1e-15);
        expect(roc.trueAcceptRate[at]).to.be.closeTo(tar[i]!, 1e-15);
      });
      expect(curve.areaUnderCurve).to.be.closeTo(theirs.area as number, 1e-12);
    });
  }

  it('measures a threshold as its classification metrics do', async () => {
    torch.manualSeed(5);
    const same = torch.rand([300]).lt(0.3);
    const scores = torch.randn([300]).sub(same.float());
    const threshold = torch.evaluation.VerificationCurve.ofScores(scores, same).threshold('f1');
    const ours = threshold.measure(scores, same);
    const { theirs } = await python.run(
      `from sklearn import metrics as _m
_said = (scores.double() <= value).numpy()
theirs = [float(_f(same.numpy(), _said)) for _f in
          (_m.accuracy_score, _m.balanced_accuracy_score, _m.precision_score, _m.recall_score, _m.f1_score)]`,
      { scores, same, value: threshold.value },
    );
    const names = ['accuracy', 'balancedAccuracy', 'precision', 'recall', 'f1'] as const;
    names.forEach((name, i) => {
      expect(ours[name], name).to.be.closeTo((theirs as number[])[i]!, 1e-12);
    });
  });
});
