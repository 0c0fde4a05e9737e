/*
Hinge loss: the margin of a binary classification.

    import torch

    scores = torch.tensor([2.0, 0.3, -0.5, -2.0])
    targets = torch.tensor([1.0, 1.0, -1.0, -1.0])

    loss = torch.clamp(1.0 - targets * scores, min=0.0).mean()

    print(loss)
*/

import * as torch from 'hinge';

export const scores = torch.tensor([2.0, 0.3, -0.5, -2.0]);
export const targets = torch.tensor([1.0, 1.0, -1.0, -1.0]);

export const loss = torch.clamp(torch.sub(1.0, targets.mul(scores)), { min: 0.0 }).mean();

console.log(loss);
