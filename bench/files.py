import os
import tempfile
from time import perf_counter_ns

import torch
from safetensors.torch import load_file, save_file

from stopwatch import Stopwatch

torch.set_num_threads(1)
megabytes = int(os.environ.get("HINGE_BENCH_MEGABYTES", "256"))
path = os.path.join(tempfile.gettempdir(), f"hinge-bench-{megabytes}")


def make_files():
    """Tensors of 4 MB; files.ts makes the same."""
    torch.manual_seed(0)
    tensors = {f"layers.{i}.weight": torch.randn(1024, 1024) for i in range(megabytes // 4)}
    torch.save(tensors, f"{path}.pt")
    save_file(tensors, f"{path}.safetensors")


def sum_of(tensors):
    return sum(tensor.sum().item() for tensor in tensors.values())


if not (os.path.exists(f"{path}.pt") and os.path.exists(f"{path}.safetensors")):
    make_files()
loads = {
    "pt mapped": lambda: torch.load(f"{path}.pt", weights_only=True, mmap=True),
    "safetensors": lambda: load_file(f"{path}.safetensors"),
}
stopwatch = Stopwatch()
# Once, as programs do: into memory that is fresh.
start = perf_counter_ns()
loaded = torch.load(f"{path}.pt", weights_only=True)
stopwatch.note("pt", perf_counter_ns() - start)
stopwatch.number("sum", sum_of(loaded))
for row, load in loads.items():

    def only_load(count):
        for _ in range(count):
            load()

    def load_and_sum(count):
        for _ in range(count):
            sum_of(load())

    stopwatch.time(row, only_load)
    stopwatch.time(f"{row}, and sum", load_and_sum)
stopwatch.print()
