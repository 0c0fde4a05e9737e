import re
import resource
import sys

import torch

from stopwatch import Stopwatch


def peak_megabytes():
    if sys.platform != "linux":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    with open("/proc/self/status") as status:
        return int(re.search(r"VmHWM:\s+(\d+) kB", status.read())[1]) * 1024 / 1e6


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
