/*
A neural network whose output is a score for the hinge loss: no sigmoid.

    import torch
    import torch.nn as nn

    torch.manual_seed(0)

    model = nn.Sequential(
        nn.Linear(10, 32),
        nn.ReLU(),
        nn.Linear(32, 1),
    )

    x = torch.randn(64, 10)
    y = torch.randint(0, 2, (64,)).float()
    y = 2 * y - 1  # convert {0, 1} to {-1, +1}

    scores = model(x).squeeze(-1)

    loss = torch.clamp(1.0 - y * scores, min=0.0).mean()

    print(loss)
*/

import * as torch from 'hinge';

const { nn } = torch;

torch.manualSeed(0);

const model = new nn.Sequential(
  new nn.Linear(10, 32), //
  new nn.ReLU(),
  new nn.Linear(32, 1),
);

export const x = torch.randn([64, 10]);
export let y = torch.randint(0, 2, [64]).float();
y = torch.mul(2, y).sub(1); // convert {0, 1} to {-1, +1}

export const scores = model(x).squeeze(-1);

export const loss = torch.clamp(torch.sub(1.0, y.mul(scores)), { min: 0.0 }).mean();

console.log(loss);
