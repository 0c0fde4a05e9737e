/*
Contrastive margin loss: similar pairs shall lie close together, dissimilar ones at least the margin apart.

    import torch

    torch.manual_seed(0)

    def contrastive_margin_loss(z1, z2, y, margin=1.0):
        d = torch.norm(z1 - z2, dim=1)
        similar = y * d.pow(2)
        dissimilar = (1 - y) * torch.clamp(margin - d, min=0.0).pow(2)
        return (similar + dissimilar).mean()

    z1 = torch.randn(32, 2)
    z2 = torch.randn(32, 2)
    y = torch.randint(0, 2, (32,)).float()  # 1 for similar, 0 for dissimilar

    loss = contrastive_margin_loss(z1, z2, y)
    print(loss)
*/

import * as torch from 'hinge';

torch.manualSeed(0);

export function contrastiveMarginLoss(z1: torch.Tensor, z2: torch.Tensor, y: torch.Tensor, margin = 1.0): torch.Tensor {
  const d = torch.norm(z1.sub(z2), { dim: 1 });
  const similar = y.mul(d.pow(2));
  const dissimilar = torch.sub(1, y).mul(torch.clamp(torch.sub(margin, d), { min: 0.0 }).pow(2));
  return similar.add(dissimilar).mean();
}

export const z1 = torch.randn([32, 2]);
export const z2 = torch.randn([32, 2]);
export const y = torch.randint(0, 2, [32]).float(); // 1 for similar, 0 for dissimilar

export const loss = contrastiveMarginLoss(z1, z2, y);
console.log(loss);
