/*
Embeddings on the unit sphere: similarity is the cosine, and a margin is a margin between cosines. The second half takes
the margin from the logit of the correct identity, as large-margin cosine losses for face recognition do.

    import torch
    import torch.nn.functional as F

    torch.manual_seed(0)

    z1 = F.normalize(torch.randn(32, 128), dim=1)
    z2 = F.normalize(torch.randn(32, 128), dim=1)
    z3 = F.normalize(torch.randn(32, 128), dim=1)

    cosine = (z1 * z2).sum(dim=1)
    other_cosine = (z1 * z3).sum(dim=1)

    margin = 0.2
    loss = torch.clamp(margin - cosine + other_cosine, min=0.0).mean()

    identities = F.normalize(torch.randn(10, 128), dim=1)
    targets = torch.randint(0, 10, (32,))

    logits = z1 @ identities.T
    logits[torch.arange(32), targets] -= 0.35
    identity_loss = F.cross_entropy(64.0 * logits, targets)

    print(loss, identity_loss)
*/

import * as torch from 'hinge';

const F = torch.nn.functional;

torch.manualSeed(0);

export const z1 = F.normalize(torch.randn([32, 128]), { dim: 1 });
export const z2 = F.normalize(torch.randn([32, 128]), { dim: 1 });
export const z3 = F.normalize(torch.randn([32, 128]), { dim: 1 });

export const cosine = z1.mul(z2).sum(1);
export const otherCosine = z1.mul(z3).sum(1);

const margin = 0.2;
export const loss = torch.clamp(torch.sub(margin, cosine).add(otherCosine), { min: 0.0 }).mean();

const identities = F.normalize(torch.randn([10, 128]), { dim: 1 });
const targets = torch.randint(0, 10, [32]);

export const logits = z1.matmul(identities.T);
logits.indexPut_([torch.arange(32), targets], torch.tensor(-0.35), { accumulate: true });
export const identityLoss = F.crossEntropy(torch.mul(64.0, logits), targets);

console.log(loss, identityLoss);
