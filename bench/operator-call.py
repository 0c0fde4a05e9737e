import torch

from stopwatch import Stopwatch

torch.set_num_threads(1)
stopwatch = Stopwatch()
a = torch.tensor([1.0, 2.0, 3.0, 4.0])
b = torch.tensor([5.0, 6.0, 7.0, 8.0])
square = torch.ones(8, 8)


def add(count):
    for _ in range(count):
        a + b


def mul(count):
    for _ in range(count):
        a * 2.5


def total(count):
    for _ in range(count):
        square.sum(1, keepdim=True)


def matmul(count):
    for _ in range(count):
        square @ square


def index(count):
    for _ in range(count):
        square[0:4, 2]


stopwatch.time("add", add)
stopwatch.time("mul number", mul)
stopwatch.time("sum keepdim", total)
stopwatch.time("matmul", matmul)
stopwatch.time("index", index)
stopwatch.print()
