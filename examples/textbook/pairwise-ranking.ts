/*
Pairwise ranking: a positive item shall score higher than a negative one by the margin.

    import torch

    torch.manual_seed(0)

    positive_scores = torch.randn(64)
    negative_scores = torch.randn(64)

    margin = 1.0
    loss = torch.clamp(margin - positive_scores + negative_scores, min=0.0).mean()

    print(loss)
*/

import * as torch from 'hinge';

torch.manualSeed(0);

export const positiveScores = torch.randn([64]);
export const negativeScores = torch.randn([64]);

const margin = 1.0;
export const loss = torch.clamp(torch.sub(margin, positiveScores).add(negativeScores), { min: 0.0 }).mean();

console.log(loss);
