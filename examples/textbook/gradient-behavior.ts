/*
The gradient of the hinge loss with respect to a score s: 0 where y·s > 1, and -y where y·s < 1. Exactly at the margin
both are right; PyTorch takes -y.

    import torch

    scores = torch.tensor([2.0, 1.0, 0.3, -0.5, -2.0, 0.5], requires_grad=True)
    targets = torch.tensor([1.0, 1.0, 1.0, -1.0, -1.0, -1.0])

    loss = torch.clamp(1.0 - targets * scores, min=0.0).sum()
    loss.backward()

    gradient = scores.grad
    print(gradient)
*/

import * as torch from 'hinge';

export const scores = torch.tensor([2.0, 1.0, 0.3, -0.5, -2.0, 0.5], { requiresGrad: true });
export const targets = torch.tensor([1.0, 1.0, 1.0, -1.0, -1.0, -1.0]);

export const loss = torch.clamp(torch.sub(1.0, targets.mul(scores)), { min: 0.0 }).sum();
loss.backward();

export const gradient = scores.grad;
console.log(gradient);
