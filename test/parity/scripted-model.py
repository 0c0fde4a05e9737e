"""Models for jit.test.ts: torch.jit.script reads the source of a class, so it must lie in a file."""

from typing import Dict, List, NamedTuple, Optional, Tuple

import torch
from torch import Tensor, nn


class Pair(NamedTuple):
    first: Tensor
    count: int


class Scripted(nn.Module):
    width: torch.jit.Final[int]

    def __init__(self):
        super().__init__()
        self.width = 3
        self.scale = 0.5
        self.label = "a label"
        self.sizes: List[int] = [1, 2]
        self.hidden = nn.Linear(4, 3)
        self.norm = nn.BatchNorm1d(3)
        self.free = nn.Linear(3, 3, bias=False)
        self.register_buffer("seen", torch.zeros(3))

    def forward(self, x: Tensor, gain: float = 1.0, mask: Optional[Tensor] = None) -> Tensor:
        y = self.free(self.norm(torch.relu(self.hidden(x)))) * gain * self.scale
        if mask is not None:
            y = torch.where(mask, y, torch.zeros_like(y))
        self.seen += y.detach().sum(0)
        return y

    @torch.jit.export
    def pair(self, x: Tensor, count: int) -> Pair:
        return Pair(x * count, count)

    @torch.jit.export
    def values(
        self, tensors: List[Tensor], named: Dict[str, Tensor], point: Tuple[int, float], names: List[str], on: bool
    ) -> Tuple[Tensor, Dict[str, Tensor], List[float], Optional[int], str, bool]:
        total = tensors[0]
        for each in tensors[1:]:
            total = total + each
        named["total"] = total
        return total, named, [float(point[0]), point[1]], None, "-".join(names), not on

    @torch.jit.export
    def fail(self, x: Tensor) -> Tensor:
        if x.sum() > 0:
            raise ValueError("a word of TorchScript")
        return x.matmul(torch.ones(7, 7))
