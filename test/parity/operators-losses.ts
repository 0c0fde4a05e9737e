import * as nn from '../../lib/generated/nn.ts';
import * as torch from '../../lib/index.ts';
import { family, indices, positive, probability, real } from './operators.ts';

/** The numbers that libtorch has for reductions. */
const none = 0;
const mean = 1;
const sum = 2;

export const losses = family(
  'losses',
  {
    x: real(4, 5),
    y: real(4, 5),
    z: real(4, 5),
    p: probability(4, 5),
    q: probability(4, 5),
    v: real(4),
    u: real(4),
    weight: positive(5),
    signs: { values: [1, -1, -1, 1], dtype: 'float32' },
    classes: indices([1n, 0n, 4n, 2n]),
    ignoring: indices([1n, -100n, 4n, 2n]),
    labels: indices([
      [1n, 3n, -1n, -1n, -1n],
      [0n, -1n, -1n, -1n, -1n],
      [4n, 2n, 0n, -1n, -1n],
      [2n, 1n, -1n, -1n, -1n],
    ]),
  },
  [
    ['F.mse_loss(x, y)', ({ x, y }) => nn.mseLoss(x, y)],
    ["F.mse_loss(x, y, reduction='sum')", ({ x, y }) => nn.mseLoss(x, y, { reduction: sum })],
    ["F.mse_loss(x, y, reduction='none')", ({ x, y }) => nn.mseLoss(x, y, none)],
    ['F.l1_loss(x, y)', ({ x, y }) => nn.l1Loss(x, y)],
    ['F.smooth_l1_loss(x, y, beta=0.5)', ({ x, y }) => nn.smoothL1Loss(x, y, { beta: 0.5 })],
    ['F.huber_loss(x, y, delta=2.0)', ({ x, y }) => nn.huberLoss(x, y, mean, 2)],
    ['F.binary_cross_entropy(p, q)', ({ p, q }) => nn.binaryCrossEntropy(p, q)],
    [
      "F.binary_cross_entropy(p, q, weight, reduction='sum')",
      ({ p, q, weight }) => nn.binaryCrossEntropy(p, q, weight, { reduction: sum }),
    ],
    ['F.binary_cross_entropy_with_logits(x, q)', ({ x, q }) => torch.binaryCrossEntropyWithLogits(x, q)],
    [
      'F.binary_cross_entropy_with_logits(x, q, pos_weight=weight)',
      ({ x, q, weight }) => torch.binaryCrossEntropyWithLogits(x, q, { posWeight: weight }),
    ],
    ['F.nll_loss(x, classes)', ({ x, classes }) => nn.nllLossNd(x, classes)],
    [
      "F.nll_loss(x, classes, weight, reduction='sum')",
      ({ x, classes, weight }) => nn.nllLossNd(x, classes, weight, sum),
    ],
    ['F.cross_entropy(x, classes)', ({ x, classes }) => nn.crossEntropyLoss(x, classes)],
    ['F.cross_entropy(x, ignoring, weight)', ({ x, ignoring, weight }) => nn.crossEntropyLoss(x, ignoring, weight)],
    [
      'F.cross_entropy(x, classes, label_smoothing=0.1)',
      ({ x, classes }) => nn.crossEntropyLoss(x, classes, { labelSmoothing: 0.1 }),
    ],
    ["F.cross_entropy(x, q, reduction='none')", ({ x, q }) => nn.crossEntropyLoss(x, q, { reduction: none })],
    ["F.kl_div(x, q, reduction='sum')", ({ x, q }) => torch.klDiv(x, q, sum)],
    ["F.kl_div(x, y, reduction='mean', log_target=True)", ({ x, y }) => torch.klDiv(x, y, { logTarget: true })],
    ['F.poisson_nll_loss(x, q)', ({ x, q }) => torch.poissonNllLoss(x, q, true, false, 1e-8, mean)],
    ['F.soft_margin_loss(v, signs)', ({ v, signs }) => nn.softMarginLoss(v, signs)],
    ['F.multi_margin_loss(x, classes)', ({ x, classes }) => nn.multiMarginLoss(x, classes)],
    [
      "F.multi_margin_loss(x, classes, p=2, margin=0.5, weight=weight, reduction='none')",
      ({ x, classes, weight }) => nn.multiMarginLoss(x, classes, 2, 0.5, weight, none),
    ],
    ['F.multilabel_margin_loss(x, labels)', ({ x, labels }) => nn.multilabelMarginLoss(x, labels)],
    ['F.margin_ranking_loss(v, u, signs, margin=0.5)', ({ v, u, signs }) => torch.marginRankingLoss(v, u, signs, 0.5)],
    [
      "F.margin_ranking_loss(v, u, signs, reduction='sum')",
      ({ v, u, signs }) => torch.marginRankingLoss(v, u, signs, { reduction: sum }),
    ],
    ['F.hinge_embedding_loss(v, signs)', ({ v, signs }) => torch.hingeEmbeddingLoss(v, signs)],
    [
      'F.cosine_embedding_loss(x, y, signs, margin=0.2)',
      ({ x, y, signs }) => torch.cosineEmbeddingLoss(x, y, signs, 0.2),
    ],
    ['F.triplet_margin_loss(x, y, z)', ({ x, y, z }) => torch.tripletMarginLoss(x, y, z)],
    [
      "F.triplet_margin_loss(x, y, z, margin=0.3, p=1, swap=True, reduction='none')",
      ({ x, y, z }) => torch.tripletMarginLoss(x, y, z, { margin: 0.3, p: 1, swap: true, reduction: none }),
    ],
    [
      'F.ctc_loss(x.log_softmax(-1)[:, None].expand(4, 1, 5), torch.tensor([[1, 2]]), torch.tensor([4]), torch.tensor([2]))',
      ({ x }) =>
        torch.ctcLoss(
          x.logSoftmax(-1).unsqueeze(1).expand([4, 1, 5]),
          torch.tensor([[1n, 2n]]),
          torch.tensor([4n]),
          torch.tensor([2n]),
        ),
    ],
  ],
);
