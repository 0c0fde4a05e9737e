import torch

from stopwatch import Stopwatch

torch.set_num_threads(1)
torch.manual_seed(0)
stopwatch = Stopwatch()
parameters = [torch.nn.Parameter(torch.randn(8, 8)) for _ in range(200)]
for parameter in parameters:
    parameter.grad = torch.randn(8, 8)
optimizer = torch.optim.AdamW(parameters, lr=1e-3, fused=True)
for _ in range(5):
    optimizer.step()
stopwatch.number("sum after 5 steps", torch.stack(parameters).detach().sum().item())


def steps(count):
    for _ in range(count):
        optimizer.step()


stopwatch.time("AdamW, fused", steps)
stopwatch.print()
