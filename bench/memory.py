import torch

from peak import peak_megabytes
from stopwatch import Stopwatch

torch.set_num_threads(1)
stopwatch = Stopwatch()
last = 0.0
for i in range(1500):
    dropped = torch.full((1000, 1000), float(i))
    if i == 1499:
        last = dropped.mean().item()
stopwatch.note("peak", peak_megabytes())
stopwatch.number("last", last)
stopwatch.print()
