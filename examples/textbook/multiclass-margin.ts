/*
Multiclass hinge loss: the correct class shall exceed every other by the margin.

    import torch

    torch.manual_seed(0)

    def multiclass_hinge_loss(scores, targets, margin=1.0):
        batch_size = scores.shape[0]

        correct_scores = scores[torch.arange(batch_size), targets].unsqueeze(1)
        margins = scores - correct_scores + margin

        margins[torch.arange(batch_size), targets] = 0.0

        return torch.clamp(margins, min=0.0).sum(dim=1).mean()

    scores = torch.randn(32, 10)
    targets = torch.randint(0, 10, (32,))

    loss = multiclass_hinge_loss(scores, targets)
    print(loss)
*/

import * as torch from 'hinge';

torch.manualSeed(0);

export function multiclassHingeLoss(scores: torch.Tensor, targets: torch.Tensor, margin = 1.0): torch.Tensor {
  const batchSize = scores.size(0);

  const correctScores = scores.index([torch.arange(batchSize), targets]).unsqueeze(1);
  const margins = scores.sub(correctScores).add(margin);

  margins.indexPut_([torch.arange(batchSize), targets], 0.0);

  return torch.clamp(margins, { min: 0.0 }).sum(1).mean();
}

export const scores = torch.randn([32, 10]);
export const targets = torch.randint(0, 10, [32]);

export const loss = multiclassHingeLoss(scores, targets);
console.log(loss);
