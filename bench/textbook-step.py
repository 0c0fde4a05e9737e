import torch
from torch import nn

from stopwatch import Stopwatch

torch.set_num_threads(1)
torch.manual_seed(0)
stopwatch = Stopwatch()
x = torch.randn(64, 10)
y = 2 * torch.randint(0, 2, (64,)).float() - 1
model = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)


def step():
    scores = model(x).squeeze(-1)
    loss = torch.clamp(1.0 - y * scores, min=0.0).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss


def steps(count):
    for _ in range(count):
        step()


steps(50)
stopwatch.number("loss after 50 steps", step().item())
stopwatch.time("step", steps)
stopwatch.print()
