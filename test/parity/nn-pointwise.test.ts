/** Activations, dropout, losses and distances beside Python: construction, training, evaluation, state and printed form. */

import * as torch from '../../lib/index.ts';
import { compareModule, type ModuleRow } from './module-row.ts';
import { usePython } from './oracle.ts';

const { nn } = torch;
type Tensor = torch.Tensor;

const normal = (...shape: number[]) => torch.randn(shape, { requiresGrad: true });

function activations(): ModuleRow[] {
  const x = () => [normal(3, 4, 5)];
  const image = () => [normal(2, 3, 4, 4)];
  const rows: [string, () => torch.nn.Module][] = [
    ['nn.Threshold(0.1, 20.5)', () => new nn.Threshold(0.1, 20.5)],
    ['nn.Threshold(0.1, 0.5, True)', () => new nn.Threshold(0.1, 0.5, true)],
    ['nn.ReLU()', () => new nn.ReLU()],
    ['nn.ReLU(inplace=True)', () => new nn.ReLU({ inplace: true })],
    ['nn.RReLU()', () => new nn.RReLU()],
    ['nn.RReLU(0.2, 0.4, True)', () => new nn.RReLU(0.2, 0.4, true)],
    ['nn.Hardtanh()', () => new nn.Hardtanh()],
    ['nn.Hardtanh(-0.5, max_val=0.25, inplace=True)', () => new nn.Hardtanh(-0.5, { maxVal: 0.25, inplace: true })],
    ['nn.ReLU6()', () => new nn.ReLU6()],
    ['nn.ReLU6(True)', () => new nn.ReLU6(true)],
    ['nn.Sigmoid()', () => new nn.Sigmoid()],
    ['nn.Hardsigmoid()', () => new nn.Hardsigmoid()],
    ['nn.Hardsigmoid(True)', () => new nn.Hardsigmoid(true)],
    ['nn.Tanh()', () => new nn.Tanh()],
    ['nn.SiLU()', () => new nn.SiLU()],
    ['nn.SiLU(True)', () => new nn.SiLU(true)],
    ['nn.Mish()', () => new nn.Mish()],
    ['nn.Mish(True)', () => new nn.Mish(true)],
    ['nn.Hardswish()', () => new nn.Hardswish()],
    ['nn.Hardswish(True)', () => new nn.Hardswish({ inplace: true })],
    ['nn.ELU()', () => new nn.ELU()],
    ['nn.ELU(0.5, True)', () => new nn.ELU(0.5, true)],
    ['nn.CELU(1.5)', () => new nn.CELU(1.5)],
    ['nn.CELU(inplace=True)', () => new nn.CELU({ inplace: true })],
    ['nn.SELU()', () => new nn.SELU()],
    ['nn.SELU(True)', () => new nn.SELU(true)],
    ['nn.GLU(1)', () => new nn.GLU(1)],
    ['nn.GELU()', () => new nn.GELU()],
    ['nn.GELU("tanh")', () => new nn.GELU('tanh')],
    ['nn.Hardshrink()', () => new nn.Hardshrink()],
    ['nn.Hardshrink(0.25)', () => new nn.Hardshrink(0.25)],
    ['nn.LeakyReLU()', () => new nn.LeakyReLU()],
    ['nn.LeakyReLU(0.3, True)', () => new nn.LeakyReLU(0.3, true)],
    ['nn.LogSigmoid()', () => new nn.LogSigmoid()],
    ['nn.Softplus()', () => new nn.Softplus()],
    ['nn.Softplus(2.5, threshold=1.5)', () => new nn.Softplus(2.5, { threshold: 1.5 })],
    ['nn.Softshrink()', () => new nn.Softshrink()],
    ['nn.Softshrink(0.1)', () => new nn.Softshrink(0.1)],
    ['nn.PReLU()', () => new nn.PReLU()],
    ['nn.PReLU(4, 0.1)', () => new nn.PReLU(4, 0.1)],
    ['nn.Softsign()', () => new nn.Softsign()],
    ['nn.Tanhshrink()', () => new nn.Tanhshrink()],
    ['nn.Softmin(1)', () => new nn.Softmin(1)],
    ['nn.Softmin()', () => new nn.Softmin()],
    ['nn.Softmax(dim=-1)', () => new nn.Softmax({ dim: -1 })],
    ['nn.Softmax()', () => new nn.Softmax()],
    ['nn.LogSoftmax(1)', () => new nn.LogSoftmax(1)],
    ['nn.LogSoftmax()', () => new nn.LogSoftmax()],
  ];
  return [
    ...rows.map(([source, make]): ModuleRow => [source, make, x]),
    ['nn.Softmax2d()', () => new nn.Softmax2d(), image],
    ['nn.Softmax2d()', () => new nn.Softmax2d(), x],
  ];
}

function dropouts(): ModuleRow[] {
  const names = ['Dropout', 'Dropout1d', 'Dropout2d', 'Dropout3d', 'AlphaDropout', 'FeatureAlphaDropout'] as const;
  const ranks: Readonly<Record<(typeof names)[number], readonly number[]>> = {
    Dropout: [1, 3],
    Dropout1d: [2, 3],
    Dropout2d: [2, 3, 4],
    Dropout3d: [4, 5],
    AlphaDropout: [1, 3],
    FeatureAlphaDropout: [3, 5],
  };
  return names.flatMap((name) =>
    ranks[name].flatMap((rank): ModuleRow[] => {
      const inputs = () => [normal(...[6, 5, 2, 3, 2].slice(0, rank))];
      return [
        [`nn.${name}()`, () => new nn[name](), inputs],
        [`nn.${name}(0.3)`, () => new nn[name](0.3), inputs],
        [`nn.${name}(p=0.2, inplace=True)`, () => new nn[name]({ p: 0.2, inplace: true }), inputs],
        [`nn.${name}(1.0)`, () => new nn[name](1), inputs],
      ];
    }),
  );
}

const signs = (...shape: number[]) => torch.randint(0, 2, shape).float().mul(2).sub(1);
const ids = (classes: number, ...shape: number[]) => torch.randint(0, classes, shape);
const leaf = (tensor: Tensor) => tensor.detach().requiresGrad_();

function losses(): ModuleRow[] {
  const pair = () => [normal(4, 3), torch.randn([4, 3])];
  const classes = () => [normal(5, 4), ids(4, 5)];
  const pixels = () => [normal(2, 4, 3, 3), ids(4, 2, 3, 3)];
  const logProbs = () => [leaf(normal(5, 4).logSoftmax(1)), ids(4, 5)];
  const chances = () => [leaf(torch.rand([4, 3])), torch.rand([4, 3])];
  const answers = () => [normal(4, 3), torch.rand([4, 3])];
  const counts = () => [normal(4, 3), torch.randint(0, 5, [4, 3]).float()];
  const rates = () => [leaf(torch.rand([4, 3])), torch.randint(0, 5, [4, 3]).float()];
  const gaussian = () => [normal(4, 3), torch.randn([4, 3]), leaf(torch.rand([4, 3]))];
  const shared = () => [normal(4, 3), torch.randn([4, 3]), leaf(torch.rand([4, 1]))];
  const perRow = () => [normal(4, 3), torch.randn([4, 3]), leaf(torch.rand([4]))];
  const distributions = () => [leaf(normal(4, 3).logSoftmax(1)), torch.rand([4, 3]).softmax(1)];
  const scores = () => [normal(6), signs(6)];
  const pairs = () => [normal(5, 3), normal(5, 3), signs(5)];
  const ranks = () => [normal(6), normal(6), signs(6)];
  const lists = () => [
    normal(2, 4),
    torch.tensor([
      [3n, 0n, -1n, 1n],
      [2n, -1n, -1n, -1n],
    ]),
  ];
  const several = () => [normal(5, 4), ids(2, 5, 4)];
  const triplets = () => [normal(5, 3), normal(5, 3), normal(5, 3)];
  const sequences = () => [leaf(torch.randn([8, 3, 5]).logSoftmax(2)), ids(4, 3, 4).add(1), [8, 7, 6], [4, 3, 2]];
  const tensorLengths = () => {
    const [probs, targets] = sequences() as [Tensor, Tensor, number[], number[]];
    return [probs, targets, torch.tensor([8n, 7n, 6n]), torch.tensor([4n, 3n, 2n])];
  };
  const w = (...values: number[]) => torch.tensor(values);
  return [
    ['nn.L1Loss()', () => new nn.L1Loss(), pair],
    ['nn.L1Loss(reduction="none")', () => new nn.L1Loss({ reduction: 'none' }), pair],
    ['nn.MSELoss()', () => new nn.MSELoss(), pair],
    ['nn.MSELoss(reduction="sum")', () => new nn.MSELoss({ reduction: 'sum' }), pair],
    ['nn.SmoothL1Loss()', () => new nn.SmoothL1Loss(), pair],
    ['nn.SmoothL1Loss(beta=0.3, reduction="sum")', () => new nn.SmoothL1Loss({ beta: 0.3, reduction: 'sum' }), pair],
    ['nn.SmoothL1Loss(beta=0.0)', () => new nn.SmoothL1Loss({ beta: 0 }), pair],
    ['nn.HuberLoss()', () => new nn.HuberLoss(), pair],
    ['nn.HuberLoss("none", 0.4)', () => new nn.HuberLoss('none', 0.4), pair],
    ['nn.CrossEntropyLoss()', () => new nn.CrossEntropyLoss(), classes],
    ['nn.CrossEntropyLoss()', () => new nn.CrossEntropyLoss(), pixels],
    ['nn.CrossEntropyLoss()', () => new nn.CrossEntropyLoss(), () => [normal(5, 4), torch.rand([5, 4]).softmax(1)]],
    ['nn.CrossEntropyLoss()', () => new nn.CrossEntropyLoss(), () => [normal(4), torch.tensor(2n)]],
    [
      'nn.CrossEntropyLoss(torch.tensor([0.5, 1, 2, 0.25]), ignore_index=1, label_smoothing=0.1)',
      () => new nn.CrossEntropyLoss(w(0.5, 1, 2, 0.25), { ignoreIndex: 1, labelSmoothing: 0.1 }),
      classes,
    ],
    [
      'nn.CrossEntropyLoss(weight=torch.tensor([0.5, 1, 2, 0.25]), reduction="none")',
      () => new nn.CrossEntropyLoss({ weight: w(0.5, 1, 2, 0.25), reduction: 'none' }),
      pixels,
    ],
    ['nn.NLLLoss()', () => new nn.NLLLoss(), logProbs],
    [
      'nn.NLLLoss(torch.tensor([0.5, 1, 2, 0.25]), ignore_index=2, reduction="sum")',
      () => new nn.NLLLoss(w(0.5, 1, 2, 0.25), { ignoreIndex: 2, reduction: 'sum' }),
      logProbs,
    ],
    ['nn.NLLLoss2d()', () => new nn.NLLLoss2d(), pixels],
    ['nn.PoissonNLLLoss()', () => new nn.PoissonNLLLoss(), counts],
    ['nn.PoissonNLLLoss(False, True, eps=1e-4)', () => new nn.PoissonNLLLoss(false, true, { eps: 1e-4 }), rates],
    ['nn.GaussianNLLLoss()', () => new nn.GaussianNLLLoss(), gaussian],
    ['nn.GaussianNLLLoss(full=True, eps=0.3)', () => new nn.GaussianNLLLoss({ full: true, eps: 0.3 }), shared],
    ['nn.GaussianNLLLoss(reduction="none")', () => new nn.GaussianNLLLoss({ reduction: 'none' }), perRow],
    [
      'nn.GaussianNLLLoss(reduction="sum")',
      () => new nn.GaussianNLLLoss({ reduction: 'sum' }),
      () => [normal(4, 3), torch.randn([4, 3]), 0.7],
    ],
    ['nn.KLDivLoss()', () => new nn.KLDivLoss(), distributions],
    ['nn.KLDivLoss(reduction="batchmean")', () => new nn.KLDivLoss({ reduction: 'batchmean' }), distributions],
    [
      'nn.KLDivLoss(reduction="sum", log_target=True)',
      () => new nn.KLDivLoss({ reduction: 'sum', logTarget: true }),
      pair,
    ],
    ['nn.BCELoss()', () => new nn.BCELoss(), chances],
    ['nn.BCELoss(torch.tensor([1.0, 2.0, 3.0]))', () => new nn.BCELoss(w(1, 2, 3)), chances],
    ['nn.BCELoss(reduction="none")', () => new nn.BCELoss({ reduction: 'none' }), chances],
    ['nn.BCEWithLogitsLoss()', () => new nn.BCEWithLogitsLoss(), answers],
    [
      'nn.BCEWithLogitsLoss(torch.tensor([1.0, 2.0, 3.0]), pos_weight=torch.tensor([0.5, 1.5, 2.5]))',
      () => new nn.BCEWithLogitsLoss(w(1, 2, 3), { posWeight: w(0.5, 1.5, 2.5) }),
      answers,
    ],
    ['nn.HingeEmbeddingLoss()', () => new nn.HingeEmbeddingLoss(), scores],
    [
      'nn.HingeEmbeddingLoss(0.5, reduction="none")',
      () => new nn.HingeEmbeddingLoss(0.5, { reduction: 'none' }),
      scores,
    ],
    ['nn.SoftMarginLoss()', () => new nn.SoftMarginLoss(), scores],
    ['nn.SoftMarginLoss(reduction="sum")', () => new nn.SoftMarginLoss({ reduction: 'sum' }), scores],
    ['nn.MarginRankingLoss()', () => new nn.MarginRankingLoss(), ranks],
    ['nn.MarginRankingLoss(margin=0.3)', () => new nn.MarginRankingLoss({ margin: 0.3 }), ranks],
    ['nn.CosineEmbeddingLoss()', () => new nn.CosineEmbeddingLoss(), pairs],
    [
      'nn.CosineEmbeddingLoss(-0.2, reduction="none")',
      () => new nn.CosineEmbeddingLoss(-0.2, { reduction: 'none' }),
      pairs,
    ],
    ['nn.MultiLabelMarginLoss()', () => new nn.MultiLabelMarginLoss(), lists],
    ['nn.MultiLabelMarginLoss(reduction="none")', () => new nn.MultiLabelMarginLoss({ reduction: 'none' }), lists],
    ['nn.MultiLabelSoftMarginLoss()', () => new nn.MultiLabelSoftMarginLoss(), several],
    [
      'nn.MultiLabelSoftMarginLoss(torch.tensor([0.5, 1, 2, 0.25]), reduction="none")',
      () => new nn.MultiLabelSoftMarginLoss(w(0.5, 1, 2, 0.25), { reduction: 'none' }),
      several,
    ],
    ['nn.MultiMarginLoss()', () => new nn.MultiMarginLoss(), classes],
    [
      'nn.MultiMarginLoss(2, 0.5, torch.tensor([0.5, 1, 2, 0.25]))',
      () => new nn.MultiMarginLoss(2, 0.5, w(0.5, 1, 2, 0.25)),
      classes,
    ],
    ['nn.TripletMarginLoss()', () => new nn.TripletMarginLoss(), triplets],
    ['nn.TripletMarginLoss(0.4, 1.5, swap=True)', () => new nn.TripletMarginLoss(0.4, 1.5, { swap: true }), triplets],
    ['nn.TripletMarginWithDistanceLoss()', () => new nn.TripletMarginWithDistanceLoss(), triplets],
    [
      'nn.TripletMarginWithDistanceLoss(distance_function=nn.CosineSimilarity(), swap=True, reduction="none")',
      () =>
        new nn.TripletMarginWithDistanceLoss({
          distanceFunction: new nn.CosineSimilarity(),
          swap: true,
          reduction: 'none',
        }),
      triplets,
    ],
    [
      'nn.TripletMarginWithDistanceLoss(distance_function=lambda a, b: (a - b).abs().sum(1), margin=0.5)',
      () => new nn.TripletMarginWithDistanceLoss({ distanceFunction: (a, b) => a.sub(b).abs().sum(1), margin: 0.5 }),
      triplets,
    ],
    ['nn.CTCLoss()', () => new nn.CTCLoss(), sequences],
    ['nn.CTCLoss(0, "none", True)', () => new nn.CTCLoss(0, 'none', true), tensorLengths],
  ];
}

function distances(): ModuleRow[] {
  const pairs = () => [normal(4, 3), normal(4, 3)];
  return [
    ['nn.PairwiseDistance()', () => new nn.PairwiseDistance(), pairs],
    ['nn.PairwiseDistance(1.0, keepdim=True)', () => new nn.PairwiseDistance(1, { keepdim: true }), pairs],
    ['nn.PairwiseDistance(p=3.0, eps=0.1)', () => new nn.PairwiseDistance({ p: 3, eps: 0.1 }), pairs],
    ['nn.CosineSimilarity()', () => new nn.CosineSimilarity(), pairs],
    ['nn.CosineSimilarity(dim=0, eps=0.5)', () => new nn.CosineSimilarity({ dim: 0, eps: 0.5 }), pairs],
  ];
}

/** A linear layer and its cross entropy in chunks, with every policy and the dtypes that it distinguishes. */
function linearLosses(): ModuleRow[] {
  const policies = ['accurate', 'balanced', 'compact', 'auto'] as const;
  const dtypes = ['float32', 'bfloat16', 'float16'] as const;
  return dtypes.flatMap((dtype) =>
    policies.flatMap((accPolicy): ModuleRow[] => {
      const half = dtype !== 'float32' && accPolicy !== 'auto';
      const inputs = () => [leaf(torch.randn([9, 5]).to(dtype)), ids(6, 9)];
      const accDtype = half ? 'float32' : null;
      const acc = half ? 'torch.float32' : 'None';
      return (['mean', 'none'] as const).map((reduction): ModuleRow => {
        const options = { accPolicy, accDtype, batchChunkSize: 4, chunkingMethod: null } as const;
        const source =
          `nn.LinearCrossEntropyLoss(5, 6, bias=True, dtype=torch.${dtype}, reduction="${reduction}", ignore_index=2, ` +
          `weight=torch.arange(1, 7, dtype=torch.${dtype}), options=nn.LinearCrossEntropyOptions(` +
          `acc_policy="${accPolicy}", acc_dtype=${acc}, batch_chunk_size=4, chunking_method=None))`;
        const weight = () => torch.arange(1, 7, { dtype });
        const make = () =>
          new nn.LinearCrossEntropyLoss(5, 6, {
            bias: true,
            dtype,
            reduction,
            ignoreIndex: 2,
            weight: weight(),
            options,
          });
        return [source, make, inputs];
      });
    }),
  );
}

function normalisations(): ModuleRow[] {
  const images = () => [normal(2, 7, 3, 2)];
  return [
    ['nn.CrossMapLRN2d(5)', () => new nn.CrossMapLRN2d(5), images],
    ['nn.CrossMapLRN2d(2, 0.5, beta=0.5, k=2)', () => new nn.CrossMapLRN2d(2, 0.5, { beta: 0.5, k: 2 }), images],
    ['nn.CrossMapLRN2d(3, 1.5, 2.5, 0.25)', () => new nn.CrossMapLRN2d(3, 1.5, 2.5, 0.25), images],
    ['nn.CrossMapLRN2d(4, 0.3)', () => new nn.CrossMapLRN2d(4, 0.3), () => [normal(1, 1, 2, 2)]],
    ['nn.CrossMapLRN2d(9, 0.3)', () => new nn.CrossMapLRN2d(9, 0.3), () => [normal(1, 3, 2, 2)]],
  ];
}

const families: Readonly<Record<string, () => ModuleRow[]>> = {
  activations,
  dropout: dropouts,
  losses,
  linearLosses,
  distances,
  normalisations,
};

describe('pointwise modules beside Python', () => {
  const { run } = usePython();
  for (const [name, rows] of Object.entries(families)) {
    describe(name, () => {
      for (const row of rows()) it(row[0], () => compareModule(run, row));
    });
  }
});
