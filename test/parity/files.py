"""Nested checkpoints of every kind of value that a file may hold, and what it means that two are the same."""

import math
import os
import random
import struct
from collections import OrderedDict

import torch

DTYPES = [
    torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8,
    torch.uint8, torch.uint16, torch.uint32, torch.uint64, torch.bool, torch.complex32, torch.complex64,
    torch.complex128, torch.float8_e5m2, torch.float8_e4m3fn, torch.float8_e5m2fnuz, torch.float8_e4m3fnuz,
]
SAFE = [dtype for dtype in DTYPES if dtype not in (torch.complex32, torch.complex128)]
NAMES = ["weight", "bias", "0", "17", "layer.0.weight", "__proto__", "constructor", "length", "", "ß", "日本", "🙂", "\ufeffbom", "a\nb\x00c"]


def dense(rng, dtype):
    shape = [rng.choice([0, 1, 1, 2, 3, 5]) for _ in range(rng.randrange(4))]
    count = max(1, math.prod(shape))
    if dtype == torch.bool:
        return torch.tensor([rng.random() < 0.5 for _ in range(count)])[: math.prod(shape)].reshape(shape)
    raw = torch.tensor(list(rng.randbytes(count * dtype.itemsize)), dtype=torch.uint8)
    return raw.view(dtype)[: math.prod(shape)].reshape(shape)


def view(rng, tensor):
    kind = rng.randrange(7)
    if kind == 0 and tensor.dim() >= 2:
        return tensor.transpose(0, -1)
    if kind == 1 and tensor.dim() >= 1 and tensor.shape[0] > 1:
        return tensor[1:]
    if kind == 2 and tensor.dim() >= 1:
        return tensor[::2]
    if kind == 3:
        return tensor.unsqueeze(0).expand([3, *tensor.shape])
    if kind == 4 and tensor.is_complex() and tensor.dtype != torch.complex32:
        return tensor.conj()
    if kind == 5 and tensor.dtype in DTYPES[:6]:
        return torch._neg_view(tensor)
    return tensor


def tensor(rng, pool):
    kind = rng.randrange(12)
    if kind < 3 and pool:
        return view(rng, rng.choice(pool))
    if kind == 3:
        return torch.nn.Parameter(dense(rng, rng.choice(DTYPES[:4])), rng.random() < 0.7)
    if kind == 4:
        return torch.tensor([[0, 1.5, 0], [2, 0, 0]], dtype=torch.float64).to_sparse()
    if kind == 5:
        layout = rng.choice([torch.sparse_csr, torch.sparse_csc])
        return torch.tensor([[0, 1.5, 0], [2, 0, 0]]).to_sparse(layout=layout)
    if kind == 6:
        values = torch.tensor([[rng.uniform(-3, 3) for _ in range(3)] for _ in range(2)])
        dtype = rng.choice([torch.qint8, torch.quint8, torch.qint32])
        if rng.random() < 0.5:
            return torch.quantize_per_tensor(values, rng.choice([1.0, 0.1]), 3, dtype)
        return torch.quantize_per_channel(values, torch.tensor([0.5, 0.1]), torch.tensor([0, 2]), 0, dtype)
    if kind == 7 and rng.random() < 0.5:
        return torch.empty([2, 3], dtype=rng.choice(DTYPES), device="meta").t()
    made = dense(rng, rng.choice(DTYPES))
    if made.dtype in (torch.float32, torch.float64) and rng.random() < 0.3:
        made.requires_grad_()
        return made
    pool.append(made)
    return made


def number(rng):
    return rng.choice([
        0, 1, -1, 255, 256, 65536, 2**31 - 1, -(2**31), 2**31, 2**53 - 1, 2**53, 2**53 + 1, -(2**53) - 1, 2**63 - 1,
        -(2**63), 2**64, 2**200, -(2**70), rng.randrange(-1000, 1000), rng.random(), 0.5, -0.0, 1e308, 5e-324,
        math.inf, -math.inf, math.nan, 1.0, -3.0, 1e20, 2.0**60,
    ])


def key(rng):
    return rng.choice([
        rng.choice(NAMES), rng.randrange(5), rng.randrange(-3, 2**40), 1.5, None, True, (1, "a"), (), 2**70, b"k",
        torch.float16, (torch.int8, (2,)),
    ])


def value(rng, pool, depth):
    kind = rng.randrange(24 if depth > 0 else 15)
    if kind < 6:
        return tensor(rng, pool)
    if kind < 9:
        return number(rng)
    if kind == 9:
        return rng.choice([None, True, False])
    if kind == 10:
        return rng.choice(NAMES) * rng.choice([1, 1, 100])
    if kind == 11:
        return rng.randbytes(rng.choice([0, 1, 10, 300]))
    if kind == 12:
        return bytearray(rng.randbytes(rng.choice([0, 5])))
    if kind == 13:
        return rng.choice([
            1 + 2j, complex(0, -0.0), torch.Size([]), torch.Size([2, 3]), torch.bfloat16, torch.uint16,
            torch.device("cpu"), torch.device("cuda", 1), torch.strided, torch.sparse_coo, torch.per_tensor_affine,
        ])
    if kind == 14:
        return set(rng.sample([1, 2, "x", (1, 2), None, 2.5, 2**60], rng.randrange(5)))
    count = rng.choice([0, 1, 2, 3, 5])
    if kind < 17:
        return {name: value(rng, pool, depth - 1) for name in rng.sample(NAMES, count)}
    if kind == 17:
        return {index: value(rng, pool, depth - 1) for index in rng.sample(range(20), count)}
    if kind == 18:
        return {key(rng): value(rng, pool, depth - 1) for _ in range(count)}
    if kind < 21:
        return OrderedDict((name, value(rng, pool, depth - 1)) for name in rng.sample(NAMES, count))
    items = [value(rng, pool, depth - 1) for _ in range(count)]
    return tuple(items) if kind == 21 else items


def checkpoint(seed):
    rng = random.Random(seed)
    return value(rng, [], 4) if seed % 2 else {"model": OrderedDict(a=value(rng, [], 3)), "rest": value(rng, [], 3)}


def named_tensors(seed):
    rng = random.Random(seed)
    names = rng.sample(NAMES, rng.randrange(len(NAMES)))
    return {name: dense(rng, rng.choice(SAFE)) for name in names}


def bits(t):
    t = t.detach().resolve_conj().resolve_neg().contiguous()
    return t.as_strided([t.numel()], [1]).view(torch.uint8).numpy().tobytes()


class Comparison:
    """Walks two values side by side; tensors that share memory on one side must on the other."""

    def __init__(self, memory=True):
        self.memory = memory
        self.storages = {}
        self.back = {}

    def fail(self, path, what):
        raise AssertionError(f"{path}: {what}")

    def same(self, a, b, path="value"):
        # JavaScript has one type of numbers: an integral float comes back as an int.
        if type(a) is float and type(b) is int:
            a = int(a) if a.is_integer() and abs(a) < 2**53 and str(a) != "-0.0" else a
        if type(a) is not type(b):
            self.fail(path, f"{type(a)} became {type(b)}")
        if isinstance(a, torch.Tensor):
            self.same_tensor(a, b, path)
        elif isinstance(a, dict):
            if isinstance(a, OrderedDict) and list(a) != list(b):
                self.fail(path, "another order")
            if set(a) != set(b):
                self.fail(path, f"{list(a)} became {list(b)}")
            for name in a:
                self.same(a[name], b[name], f"{path}[{name!r}]")
        elif isinstance(a, (list, tuple)):
            if len(a) != len(b):
                self.fail(path, "another length")
            for i, (x, y) in enumerate(zip(a, b)):
                self.same(x, y, f"{path}[{i}]")
        elif isinstance(a, float):
            if struct.pack("d", a) != struct.pack("d", b):
                self.fail(path, f"{a} became {b}")
        elif a != b:
            self.fail(path, f"{a!r} became {b!r}")

    def same_tensor(self, a, b, path):
        facts = lambda t: (t.dtype, t.shape, t.layout, t.device, t.requires_grad, t.is_conj(), t.is_neg())
        if facts(a) != facts(b):
            self.fail(path, f"{facts(a)} became {facts(b)}")
        if a.layout != torch.strided:
            parts = ["_indices", "_values"] if a.layout == torch.sparse_coo else ["values"]
            if a.layout == torch.sparse_csr:
                parts += ["crow_indices", "col_indices"]
            if a.layout == torch.sparse_csc:
                parts += ["ccol_indices", "row_indices"]
            for part in parts:
                self.same(getattr(a, part)(), getattr(b, part)(), f"{path}.{part}")
            if a.layout == torch.sparse_coo and a.is_coalesced() != b.is_coalesced():
                self.fail(path, "is coalesced on one side")
        elif a.is_quantized:
            if not torch.equal(a, b) or str(a) != str(b):
                self.fail(path, f"{a} became {b}")
        elif a.stride() != b.stride():
            self.fail(path, f"strides {a.stride()} became {b.stride()}")
        elif not a.is_meta:
            if bits(a) != bits(b):
                self.fail(path, f"{a} became {b}")
            if self.memory:
                self.same_memory(a, b, path)

    def same_memory(self, a, b, path):
        x, y = a.untyped_storage(), b.untyped_storage()
        if (x.nbytes(), a.storage_offset()) != (y.nbytes(), b.storage_offset()):
            self.fail(path, "another place in memory")
        if x.nbytes() == 0:
            return
        if self.storages.setdefault(x.data_ptr(), y.data_ptr()) != y.data_ptr():
            self.fail(path, "memory is no longer shared")
        if self.back.setdefault(y.data_ptr(), x.data_ptr()) != x.data_ptr():
            self.fail(path, "memory is shared that was not")


def differences(seeds, make, load, memory=True):
    """What is not the same in the files that came back."""
    found = []
    for seed in seeds:
        try:
            Comparison(memory).same(make(seed), load(seed))
        except Exception as error:
            found.append(f"{seed}: {type(error).__name__} {error}")
    return found
