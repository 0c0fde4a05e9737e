/*
Squared hinge loss punishes large violations more, and its gradient is continuous.

    import torch

    scores = torch.tensor([2.0, 0.3, -0.5, -2.0])
    targets = torch.tensor([1.0, 1.0, -1.0, -1.0])

    margin_error = torch.clamp(1.0 - targets * scores, min=0.0)
    loss = (margin_error ** 2).mean()

    print(loss)
*/

import * as torch from 'hinge';

const scores = torch.tensor([2.0, 0.3, -0.5, -2.0]);
const targets = torch.tensor([1.0, 1.0, -1.0, -1.0]);

export const marginError = torch.clamp(torch.sub(1.0, targets.mul(scores)), { min: 0.0 });
export const loss = marginError.pow(2).mean();

console.log(loss);
