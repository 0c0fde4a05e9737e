"""Runs Python source for oracle.ts: a request a line on stdin, an answer a line on stdout, both JSON.

A request is {"code": source, "inputs": {name: value}}. The source runs in a namespace of its own, with `torch`, `math`,
`nn` and `F`. The answer is {"outputs": {name: value}} with every name that the source assigned, except those that begin
with an underscore and values that have no JSON form, which are listed in "left": {name: type}; or
{"error": {"type", "message"}}. Tensors, complex numbers, large integers and special floats travel as objects with the
key "$".
"""

import base64
import ctypes
import json
import math
import os
import sys


def decode(value):
    if isinstance(value, list):
        return [decode(each) for each in value]
    if not isinstance(value, dict):
        return value
    kind = value.get("$")
    if kind is None:
        return {key: decode(each) for key, each in value.items()}
    if kind == "tensor":
        return decode_tensor(value)
    if kind == "int":
        return int(value["value"])
    if kind == "float":
        return float(value["value"])
    if kind == "complex":
        return complex(decode(value["re"]), decode(value["im"]))
    raise TypeError(f"no such kind of value: {kind}")


def decode_tensor(wire):
    dtype = getattr(torch, wire["dtype"])
    data = base64.b64decode(wire["bytes"])
    tensor = torch.empty(wire["shape"], dtype=dtype)
    if len(data) != tensor.numel() * tensor.element_size():
        raise ValueError(f"{len(data)} bytes do not fill {dtype} {tuple(tensor.shape)}")
    ctypes.memmove(tensor.data_ptr(), data, len(data))
    return tensor.requires_grad_() if wire["requiresGrad"] else tensor


def encode(value):
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, torch.Tensor):
        return encode_tensor(value)
    if isinstance(value, int):
        return int(value) if abs(value) < 2**53 else {"$": "int", "value": str(value)}
    if isinstance(value, float):
        special = not math.isfinite(value) or (value == 0 and math.copysign(1, value) < 0)
        return {"$": "float", "value": repr(value)} if special else value
    if isinstance(value, complex):
        return {"$": "complex", "re": encode(value.real), "im": encode(value.imag)}
    if isinstance(value, torch.dtype):
        return str(value).removeprefix("torch.")
    if isinstance(value, (list, tuple)):
        return [encode(each) for each in value]
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {key: encode(each) for key, each in value.items()}
    raise TypeError(f"no JSON form for {type(value).__name__}")


def encode_tensor(tensor):
    if tensor.layout is not torch.strided:
        raise TypeError(f"no JSON form for a tensor of layout {tensor.layout}: send to_dense()")
    # Symbolic zeros have no memory until they are copied.
    if tensor._is_zerotensor():
        tensor = tensor.clone()
    plain = tensor.detach().cpu().resolve_conj().resolve_neg().contiguous()
    data = ctypes.string_at(plain.data_ptr(), plain.numel() * plain.element_size()) if plain.numel() > 0 else b""
    return {
        "$": "tensor",
        "dtype": str(tensor.dtype).removeprefix("torch."),
        "shape": list(tensor.shape),
        "requiresGrad": tensor.requires_grad,
        "bytes": base64.b64encode(data).decode(),
    }


def run(request):
    given = {"torch": torch, "math": math, "nn": torch.nn, "F": torch.nn.functional}
    given.update({name: decode(value) for name, value in request["inputs"].items()})
    names = dict(given)
    try:
        exec(compile(request["code"], "<parity>", "exec"), names)
    finally:
        torch.set_default_dtype(torch.float32)
        torch.set_default_device(None)
        torch.set_printoptions(profile="default")
        torch.set_grad_enabled(True)
        torch.use_deterministic_algorithms(False)
    outputs, left = {}, {}
    for name, value in names.items():
        if name.startswith("_") or (name in given and given[name] is value):
            continue
        try:
            outputs[name] = encode(value)
        except TypeError:
            left[name] = type(value).__name__
    return {"outputs": outputs, "left": left}


def main():
    # What the source prints must not get between the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def answer(message):
        answers.write(json.dumps(message, allow_nan=False) + "\n")
        answers.flush()

    global torch
    try:
        import torch
    except Exception as error:
        answer({"error": {"type": type(error).__name__, "message": str(error)}})
        return
    torch.set_num_threads(1)
    answer({"outputs": {"version": torch.__version__, "python": sys.version.split()[0]}, "left": {}})
    for line in sys.stdin:
        try:
            answer(run(json.loads(line)))
        except BaseException as error:
            answer({"error": {"type": type(error).__name__, "message": str(error)}})


main()
