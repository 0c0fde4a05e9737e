/*
Triplet margin loss: the anchor shall lie closer to the positive than to the negative by the margin.

    import torch
    import torch.nn as nn

    torch.manual_seed(0)

    loss_fn = nn.TripletMarginLoss(margin=1.0, p=2)

    anchor = torch.randn(32, 128)
    positive = torch.randn(32, 128)
    negative = torch.randn(32, 128)

    loss = loss_fn(anchor, positive, negative)
    print(loss)
*/

import * as torch from 'hinge';

const { nn } = torch;

torch.manualSeed(0);

const lossFn = new nn.TripletMarginLoss({ margin: 1.0, p: 2 });

export const anchor = torch.randn([32, 128]);
export const positive = torch.randn([32, 128]);
export const negative = torch.randn([32, 128]);

export const loss = lossFn(anchor, positive, negative);
console.log(loss);
