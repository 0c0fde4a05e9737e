import torch

from stopwatch import Stopwatch

stopwatch = Stopwatch()
stopwatch.number("sum", torch.tensor([1.0, 2.0, 3.0]).sum().item())
stopwatch.print()
