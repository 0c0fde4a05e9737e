"""Calls and their arguments as plain data, so that Node can make the same calls; read by described.ts.

What is neither JSON nor a tensor becomes {"kind": …}: a tensor by its number in a list beside, so that one that is given
twice stays one; a module by its class, arguments and state; a function by its name; a packed sequence by its fields;
dataclasses and dicts as options.
"""

import contextlib
import dataclasses
import functools
import inspect
import sys
import types
import typing
import unittest
import weakref

import torch
from torch.nn.utils.rnn import PackedSequence


def import_internal(name):
    """A module of torch.testing._internal, without what importing it changes for the rest of the process."""
    changed = [
        (torch.backends, "__allow_nonbracketed_mutation_flag"),
        (torch._C.ScriptFunction, "__call__"),
        (torch._C.ScriptMethod, "__call__"),
    ]
    before = [getattr(owner, attribute) for owner, attribute in changed]
    # The base class of PyTorch's tests comes from expecttest, which need not be installed.
    try:
        import expecttest  # noqa: F401
    except ImportError:
        stand_in = types.ModuleType("expecttest")
        stand_in.TestCase = unittest.TestCase
        sys.modules["expecttest"] = stand_in
    full = f"torch.testing._internal.{name}"
    __import__(full)
    for (owner, attribute), value in zip(changed, before):
        setattr(owner, attribute, value)
    return sys.modules[full]


_calls = weakref.WeakKeyDictionary()


@contextlib.contextmanager
def recorded_constructors():
    """Keeps the arguments of every module of torch.nn that is made within, for `Describer`."""

    def recording(original):
        @functools.wraps(original)
        def construct(self, *args, **kwargs):
            # The class's own constructor comes first, those of its bases after.
            _calls.setdefault(self, (args, kwargs))
            original(self, *args, **kwargs)

        return construct

    found = [getattr(torch.nn.modules, name) for name in torch.nn.modules.__all__]
    originals = {cls: vars(cls)["__init__"] for cls in found if "__init__" in vars(cls) and issubclass(cls, torch.nn.Module)}
    try:
        for cls, original in originals.items():
            cls.__init__ = recording(original)
        yield
    finally:
        for cls, original in originals.items():
            cls.__init__ = original


def parameters_of(method):
    """Its parameters after `self`, those of an overload where the method itself names none."""
    for each in [*typing.get_overloads(method), method]:
        found = list(inspect.signature(each).parameters.values())[1:]
        if all(parameter.kind is not inspect.Parameter.VAR_POSITIONAL for parameter in found):
            return found
    return []


def with_leaves(value, leaves):
    """The value with leaves for tensors that were computed, whose gradients would be lost; `leaves` holds those made."""
    if isinstance(value, torch.Tensor) and value.requires_grad and not value.is_leaf:
        return leaves.setdefault(id(value), (value.detach().requires_grad_(), value))[0]
    if isinstance(value, PackedSequence):
        return PackedSequence(*(with_leaves(each, leaves) for each in value))
    if type(value) in (list, tuple):
        return type(value)(with_leaves(each, leaves) for each in value)
    if type(value) is dict:
        return {name: with_leaves(each, leaves) for name, each in value.items()}
    return value


def integral(value):
    """The value with every float that Node cannot tell from an int as that int."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if type(value) in (list, tuple):
        return type(value)(integral(each) for each in value)
    if type(value) is dict:
        return {name: integral(each) for name, each in value.items()}
    return value


def floating(method, args, kwargs):
    """The arguments with floats for ints wherever the parameter is declared as a float, as Node takes them."""
    parameters = parameters_of(method)
    floats = {parameter.name for parameter in parameters if parameter.annotation in (float, "float")}

    def declared(name, value):
        return float(value) if name in floats and type(value) is int else value

    names = [parameter.name for parameter in parameters]
    return (
        [declared(name, value) for name, value in zip(names, args)],
        {name: declared(name, value) for name, value in kwargs.items()},
    )


def _function_name(function):
    for namespace in (torch.nn.functional, torch):
        for name, each in vars(namespace).items():
            if each is function and not name.startswith("_"):
                return name
    raise TypeError(f"no name for {function}")


def state_of(module):
    return [[name, tensor.detach().clone()] for name, tensor in module.state_dict().items()]


class Describer:
    def __init__(self):
        self.tensors = []
        self._numbers = {}
        self._seen = []

    def value(self, value):
        if value is None or isinstance(value, (bool, int, float, complex, str)):
            return value
        if isinstance(value, (torch.dtype, torch.device)):
            return str(value).removeprefix("torch.")
        if isinstance(value, torch.Tensor):
            return {"kind": "tensor", "number": self._number(value)}
        if isinstance(value, torch.nn.Module):
            args, kwargs = _calls[value]
            return {
                "kind": "module",
                "name": type(value).__name__,
                "call": self.call(type(value).__init__, args, kwargs),
                "state": state_of(value),
                "training": value.training,
            }
        if isinstance(value, PackedSequence):
            return {"kind": "packed", "fields": [self.value(each) for each in value]}
        if isinstance(value, (list, tuple)):
            return [self.value(each) for each in value]
        if dataclasses.is_dataclass(value):
            value = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        if isinstance(value, dict):
            return {"kind": "options", "options": {name: self.value(each) for name, each in value.items()}}
        if callable(value):
            return {"kind": "function", "name": _function_name(value)}
        raise TypeError(f"cannot describe a {type(value).__name__}")

    def call(self, method, args, kwargs):
        """Positional arguments stay so, and those without a default become so; the others are options."""
        positional = list(args)
        options = dict(kwargs)
        for parameter in parameters_of(method)[len(args) :]:
            if parameter.default is not inspect.Parameter.empty or parameter.name not in options:
                break
            positional.append(options.pop(parameter.name))
        return {"args": self.value(positional), "options": {name: self.value(each) for name, each in options.items()}}

    def _number(self, tensor):
        if id(tensor) not in self._numbers:
            self._numbers[id(tensor)] = len(self.tensors)
            self._seen.append(tensor)
            dense = tensor.detach().to_dense() if tensor.is_sparse else tensor.detach()
            extent = sum((size - 1) * step for size, step in zip(dense.shape, dense.stride())) + 1
            flat = dense.as_strided([extent if tensor.numel() > 0 else 0], [1])
            self.tensors.append(
                {
                    "elements": flat.clone(),
                    "shape": list(tensor.shape),
                    "strides": list(dense.stride()),
                    "sparseDim": tensor.sparse_dim() if tensor.is_sparse else 0,
                    "requiresGrad": tensor.requires_grad,
                }
            )
        return self._numbers[id(tensor)]

    def gradients(self):
        """Of the tensors described so far, None where there is none."""
        return [None if each.grad is None else each.grad.detach().clone() for each in self._seen]


def tensors_in(value):
    """The tensors of an output, in order; None for one that is not there."""
    if value is None or isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, (list, tuple)):
        return [tensor for each in value for tensor in tensors_in(each)]
    raise TypeError(f"an output of type {type(value).__name__}")
