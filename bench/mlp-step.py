import torch
from torch import nn

from stopwatch import Stopwatch

torch.set_num_threads(1)
stopwatch = Stopwatch()


def measure(name, make_optimizer):
    torch.manual_seed(0)
    x = torch.randn(256, 128)
    y = 2 * torch.randint(0, 2, (256,)).float() - 1
    model = nn.Sequential(nn.Linear(128, 256), nn.ReLU(), nn.Linear(256, 1))
    optimizer = make_optimizer(model.parameters())

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

    steps(5)
    stopwatch.number(f"loss after 5 steps, {name}", step().item())
    stopwatch.time(name, steps)


measure("SGD", lambda parameters: torch.optim.SGD(parameters, lr=0.01))
measure("Adam", lambda parameters: torch.optim.Adam(parameters, lr=0.001))
stopwatch.print()
