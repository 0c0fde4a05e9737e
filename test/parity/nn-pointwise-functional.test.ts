/** Functions of activations, dropout and losses beside Python, with their gradients. */

import * as torch from '../../lib/index.ts';
import { requiresGrad } from './module-row.ts';
import { expectSameBits, usePython } from './oracle.ts';

const { nn } = torch;
type Tensor = torch.Tensor;
const normal = (...shape: number[]) => torch.randn(shape, { requiresGrad: true });

/** A function in Python, the same here, and its tensors a, b and c. */
type Call = readonly [source: string, call: (a: Tensor, b: Tensor, c: Tensor) => Tensor, inputs?: () => Tensor[]];

const F = nn.functional;
const classIds = (...values: number[]) => torch.tensor(values, { dtype: 'int64' });
const matrices = () => [normal(3, 4), normal(3, 4), torch.rand([3, 4])];
const calls: readonly Call[] = [
  ['F.relu(a * 1, inplace=True)', (a) => F.relu(a.mul(1), { inplace: true })],
  ['F.relu6(a)', (a) => F.relu6(a)],
  ['F.elu(a * 1, 0.5, True)', (a) => F.elu(a.mul(1), 0.5, true)],
  ['F.celu(a, alpha=0.7)', (a) => F.celu(a, { alpha: 0.7 })],
  ['F.selu(a)', (a) => F.selu(a)],
  ['F.leaky_relu(a, 0.2)', (a) => F.leakyRelu(a, 0.2)],
  ['F.rrelu(a, 0.1, 0.9, True)', (a) => F.rrelu(a, 0.1, 0.9, true)],
  ['F.rrelu(a)', (a) => F.rrelu(a)],
  ['F.hardtanh(a, -0.3, 0.6)', (a) => F.hardtanh(a, -0.3, 0.6)],
  ['F.hardsigmoid(a)', (a) => F.hardsigmoid(a)],
  ['F.hardswish(a * 1, True)', (a) => F.hardswish(a.mul(1), true)],
  ['F.silu(a)', (a) => F.silu(a)],
  ['F.mish(a)', (a) => F.mish(a)],
  ['F.threshold(a, 0.1, 3.5)', (a) => F.threshold(a, 0.1, 3.5)],
  ['F.threshold_(a * 1, 0.1, 3.5)', (a) => F.threshold_(a.mul(1), 0.1, 3.5)],
  ['F.softsign(a)', (a) => F.softsign(a)],
  ['F.tanhshrink(a)', (a) => F.tanhshrink(a)],
  ['F.softmax(a, 0, dtype=torch.float64)', (a) => F.softmax(a, 0, { dtype: 'float64' })],
  ['F.softmin(a, 1)', (a) => F.softmin(a, 1)],
  ['F.softmin(a, dim=0, dtype=torch.float64)', (a) => F.softmin(a, { dim: 0, dtype: 'float64' })],
  ['F.log_softmax(a)', (a) => F.logSoftmax(a)],
  ['F.gumbel_softmax(a, 0.5)', (a) => F.gumbelSoftmax(a, 0.5)],
  ['F.gumbel_softmax(a, hard=True, dim=0)', (a) => F.gumbelSoftmax(a, { hard: true, dim: 0 })],
  ['F.dropout1d(a, 0.4)', (a) => F.dropout1d(a, 0.4)],
  ['F.dropout1d(a * 1, 0.4, True, True)', (a) => F.dropout1d(a.mul(1), 0.4, true, true)],
  ['F.alpha_dropout(a, 0.3)', (a) => F.alphaDropout(a, 0.3)],
  ['F.alpha_dropout(a * 1, 0.3, True, True)', (a) => F.alphaDropout(a.mul(1), 0.3, true, true)],
  ['F.feature_alpha_dropout(a, training=True)', (a) => F.featureAlphaDropout(a, { training: true })],
  ['F.l1_loss(a, b, weight=c)', (a, b, c) => F.l1Loss(a, b, { weight: c })],
  ['F.mse_loss(a, b, weight=c, reduction="sum")', (a, b, c) => F.mseLoss(a, b, { weight: c, reduction: 'sum' })],
  ['F.mse_loss(a, b, weight=c)', (a, b, c) => F.mseLoss(a, b, { weight: c })],
  ['F.mse_loss(a, b[:1])', (a, b) => F.mseLoss(a, b.narrow(0, 0, 1))],
  ['F.huber_loss(a, b, "mean", 0.4, c)', (a, b, c) => F.huberLoss(a, b, 'mean', 0.4, c)],
  ['F.huber_loss(a, b, "none", weight=c)', (a, b, c) => F.huberLoss(a, b, 'none', { weight: c })],
  ['F.binary_cross_entropy(a.sigmoid(), c, c)', (a, _, c) => F.binaryCrossEntropy(a.sigmoid(), c, c)],
  [
    'F.binary_cross_entropy_with_logits(a, c, pos_weight=c)',
    (a, _, c) => F.binaryCrossEntropyWithLogits(a, c, { posWeight: c }),
  ],
  ['F.gaussian_nll_loss(a, b, c, True, 0.2, "sum")', (a, b, c) => F.gaussianNllLoss(a, b, c, true, 0.2, 'sum')],
  ['F.kl_div(a, b, log_target=True)', (a, b) => F.klDiv(a, b, { logTarget: true })],
  ['F.poisson_nll_loss(a, c, reduction="none")', (a, _, c) => F.poissonNllLoss(a, c, { reduction: 'none' })],
  [
    'F.linear_cross_entropy(a, b, torch.tensor([0, 2, 1]), reduction="sum")',
    (a, b) => F.linearCrossEntropy(a, b, classIds(0, 2, 1), { reduction: 'sum' }),
  ],
  [
    'F.linear_cross_entropy(a, b, torch.tensor([0, 2, 1]), options=nn.LinearCrossEntropyOptions(True))',
    (a, b) => F.linearCrossEntropy(a, b, classIds(0, 2, 1), { options: { allowRetainGraph: true } }),
  ],
  [
    'F.triplet_margin_with_distance_loss(a, b, c, margin=0.5)',
    (a, b, c) => F.tripletMarginWithDistanceLoss(a, b, c, { margin: 0.5 }),
  ],
];

describe('pointwise functions beside Python', () => {
  const { run } = usePython();
  for (const [source, call, inputs = matrices] of calls) {
    it(source, async () => {
      torch.manualSeed(5);
      const [a, b, c] = inputs() as [Tensor, Tensor, Tensor];
      const theirs = await run(
        `torch.manual_seed(6)
_y = ${source}
_y.backward(torch.randn(_y.shape, dtype=_y.dtype))
y, gradients = _y.detach(), [x.grad for x in (a, b, c) if x is not None and x.requires_grad]`,
        { a, b, c },
      );
      torch.manualSeed(6);
      const y = call(a, b, c);
      y.backward(torch.randn(y.shape, { dtype: y.dtype }));
      expectSameBits(y.detach(), theirs.y);
      expectSameBits(
        [a, b, c].filter(requiresGrad).map(({ grad }) => grad),
        theirs.gradients,
      );
    });
  }
});
