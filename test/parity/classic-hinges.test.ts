import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { usePython } from './oracle.ts';

const F = torch.nn.functional;

/** scikit-learn's `hinge_loss` and `roc_auc_score` are what they say; torchmetrics squashes scores first and is no oracle. */
describe("scikit-learn's hinge loss", () => {
  const python = usePython('sklearn');
  beforeEach(() => torch.manualSeed(0));

  it('of two classes', async () => {
    const scores = torch.randn([200], { dtype: 'float64' });
    const labels = torch.randint(0, 2, [200]);
    const { loss } = await python.run(
      'from sklearn.metrics import hinge_loss as _hinge\nloss = _hinge(labels.numpy(), scores.numpy())',
      { scores, labels },
    );
    expect(F.hingeLoss(scores, labels, { labels: 'auto' }).item()).to.be.closeTo(loss as number, 1e-12);
  });

  it('of several classes is that of Crammer and Singer', async () => {
    const scores = torch.randn([200, 5], { dtype: 'float64' });
    const labels = torch.randint(0, 5, [200]);
    const weights = torch.rand([5], { dtype: 'float64' });
    const { plain, weighted } = await python.run(
      `from sklearn.metrics import hinge_loss as _hinge
_w = weights[labels].numpy()
plain = _hinge(labels.numpy(), scores.numpy())
weighted = _hinge(labels.numpy(), scores.numpy(), sample_weight=_w) * _w.sum() / len(_w)`,
      { scores, labels, weights },
    );
    expect(F.crammerSingerLoss(scores, labels).item()).to.be.closeTo(plain as number, 1e-12);
    // scikit-learn divides by the sum of the weights, PyTorch's multi_margin_loss and ours by how many samples there are.
    const ours = F.crammerSingerLoss(scores, labels, { weight: weights });
    expect(ours.item()).to.be.closeTo(weighted as number, 1e-12);
  });

  it('with a power and a weight for each class is multi_margin_loss times the number of classes', async () => {
    const scores = torch.randn([64, 5], { dtype: 'float64' }).requiresGrad_();
    const labels = torch.randint(0, 5, [64]);
    const weights = torch.rand([5], { dtype: 'float64' });
    const { value, gradient } = await python.run(
      `value = F.multi_margin_loss(scores, labels, p=2, margin=0.7, weight=weights) * 5
value.backward()
gradient = scores.grad.norm().item()
value = value.item()`,
      { scores, labels, weights },
    );
    const ours = F.multiclassHingeLoss(scores, labels, { power: 2, margin: 0.7, weight: weights });
    ours.backward();
    expect(ours.item()).to.be.closeTo(value as number, 1e-12);
    expect(torch.norm(scores.grad!).item()).to.be.closeTo(gradient as number, 1e-12);
  });

  it('and its AUC are those of the pair counts, ties included', async () => {
    const scores = torch.randint(0, 30, [500]).double();
    const labels = torch.randint(0, 2, [500]);
    const { auc } = await python.run(
      'from sklearn.metrics import roc_auc_score as _auc\nauc = _auc(labels.numpy(), scores.numpy())',
      { scores, labels },
    );
    const { total, hard, tied } = F.countRankedPairs(scores, labels);
    expect(1 - (hard - tied / 2) / total).to.be.closeTo(auc as number, 1e-12);
  });

  it('and the hinge of listed pairs in Python, with its gradient', async () => {
    const scores = torch.randn([150], { dtype: 'float64' }).requiresGrad_();
    const grades = torch.randint(0, 5, [150]);
    const groups = torch.randint(0, 9, [150]);
    const { value, gradient } = await python.run(
      `_above = (grades[:, None] > grades[None, :]) & (groups[:, None] == groups[None, :])
_i, _j = _above.nonzero(as_tuple=True)
value = F.margin_ranking_loss(scores[_i], scores[_j], torch.ones(len(_i)), margin=0.5, reduction='mean')
value.backward()
gradient = scores.grad.tolist()
value = value.item()`,
      { scores, grades, groups },
    );
    const ours = F.listwiseHingeLoss(scores, grades, { margin: 0.5, groups, average: 'pairs' });
    ours.backward();
    expect(ours.item()).to.be.closeTo(value as number, 1e-12);
    const slopes = scores.grad!.tolist() as number[];
    for (const [i, slope] of slopes.entries()) expect(slope).to.be.closeTo((gradient as number[])[i]!, 1e-14);
  });
});
