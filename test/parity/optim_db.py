"""Runs the entries of PyTorch's own database of optimizers for optim-db.test.ts and tells what it gave and what came out."""

import copy

import torch
from described import Describer, import_internal

_common = import_internal("common_optimizers")
database = {info.name: info for info in _common.optim_db}

STEPS = 10
STEPS_AFTER = 5
# Muon takes matrices only.
SHAPES = [[(5, 3), (7,), (), (2, 3, 4)], [(5, 3), (4, 4), (3, 7)]]


def names():
    return list(database)


def _variants(info):
    """Ways of making and feeding the optimizer: options to add, and whether gradients are sparse."""
    sparse = info.only_supports_sparse_grads
    found = {"default": ({}, sparse)}
    if "foreach" in info.supported_impls:
        found["foreach"] = ({"foreach": True}, sparse)
        found["one by one"] = ({"foreach": False}, sparse)
    if "cpu" in info.supports_fused_on:
        found["fused"] = ({"fused": True}, sparse)
    if info.supports_sparse:
        found["sparse"] = ({}, True)
    if info.supports_param_groups and not info.step_requires_closure:
        found["groups"] = ({}, sparse)
    found["named"] = ({}, sparse)
    return found


def variants(name):
    """[variant, dtype, number of the input], for all there are."""
    info = database[name]
    dtypes = ["float32", "float64"] + (["complex64", "complex128"] if info.supports_complex else [])
    count = len(info.optim_inputs_func(device="cpu", dtype=torch.float32))
    return [
        [variant, dtype, number]
        for variant in _variants(info)
        for dtype in dtypes
        for number in range(1 if variant in ("groups", "named") else count)
    ]


def _copied(value):
    """Plain data; sparse tensors as dense ones."""
    if isinstance(value, torch.Tensor):
        return (value.to_dense() if value.is_sparse else value).detach().clone()
    if isinstance(value, dict):
        return {str(key): _copied(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_copied(each) for each in value]
    return value


def _has_sparse(value):
    if isinstance(value, torch.Tensor):
        return value.is_sparse
    children = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
    return any(_has_sparse(each) for each in children)


def _shapes(info, sparse):
    for shapes in SHAPES:
        shapes = [shape for shape in shapes if not (sparse and shape == ())]
        try:
            info.optim_cls([torch.zeros(shape, requires_grad=True) for shape in shapes])
        except ValueError:
            continue
        return shapes
    raise ValueError(f"{info.name} takes no parameters")


def _grouped(variant, parameters):
    if variant == "groups":
        return [{"params": parameters[:2]}, {"params": parameters[2:], "lr": 0.02}]
    if variant == "named":
        return [(f"p{number}", parameter) for number, parameter in enumerate(parameters)]
    return parameters


class _Run:
    """An optimizer with its parameters, gradients or targets, one case's or one that goes on from it."""

    def __init__(self, info, parameters, variant, kwargs, sparse):
        self.info = info
        self.sparse = sparse
        self.parameters = parameters
        self.optimizer = info.optim_cls(_grouped(variant, parameters), **kwargs)

    def closure(self, targets):
        def compute():
            self.optimizer.zero_grad()
            losses = []
            for parameter, target in zip(self.parameters, targets):
                real = torch.view_as_real(parameter) if parameter.is_complex() else parameter
                distance = real - target
                losses.append(distance.pow(2).sum() + distance.pow(4).mul(0.1).sum())
            loss = torch.stack(losses).sum()
            loss.backward()
            return loss

        return compute

    def steps(self, gradients, targets, results):
        for each in gradients:
            if self.info.step_requires_closure:
                loss = self.optimizer.step(self.closure(targets)).detach().clone()
            else:
                for parameter, gradient in zip(self.parameters, each):
                    parameter.grad = gradient.to_sparse(1) if self.sparse and gradient is not None else _copied(gradient)
                self.optimizer.step()
                loss = None
            results.append({"loss": loss, "parameters": _copied(self.parameters)})


def _drawn(shapes, dtype, sparse):
    steps = [[torch.randn(shape, dtype=dtype) for shape in shapes] for _ in range(STEPS + STEPS_AFTER)]
    if sparse:
        for step in steps:
            for gradient in step:
                gradient[torch.rand(gradient.shape[0]) < 0.4] = 0
    # A parameter without a gradient in one step.
    steps[3][1] = None
    return steps


def _setting(name, variant, dtype, number):
    info = database[name]
    dtype = getattr(torch, dtype)
    extra, sparse = _variants(info)[variant]
    given = info.optim_inputs_func(device="cpu", dtype=dtype)[number]
    torch.manual_seed(100 + number)
    shapes = _shapes(info, sparse)
    parameters = [torch.randn(shape, dtype=dtype) for shape in shapes]
    gradients = _drawn(shapes, dtype, sparse)
    targets = [torch.view_as_real(each) if each.is_complex() else each for each in gradients[0]]
    return info, given, {**given.kwargs, **extra}, parameters, gradients, targets, sparse


def _leaves(parameters):
    return [each.detach().clone().requires_grad_() for each in parameters]


def case(name, variant, dtype, number):
    info, given, kwargs, parameters, gradients, targets, sparse = _setting(name, variant, dtype, number)
    describer = Describer()
    result = {
        "description": given.desc,
        "options": describer.value(kwargs),
        "tensors": describer.tensors,
        "sparse": sparse,
        "needsClosure": info.step_requires_closure,
        "start": parameters,
        "gradients": gradients,
        "targets": targets,
        "firstSteps": STEPS,
        "steps": [],
    }
    try:
        run = _Run(info, _leaves(parameters), variant, copy.deepcopy(kwargs), sparse)
        result["printed"] = repr(run.optimizer)
        run.steps(gradients[:STEPS], targets, result["steps"])
        state = run.optimizer.state_dict()
        result["state"] = _copied(state)
        result["resumable"] = not _has_sparse(state)
        if result["resumable"]:
            result["resumed"] = resumed(name, variant, dtype, number, run.parameters, state)
    except Exception as error:
        result["raised"] = {"type": type(error).__name__, "message": str(error)}
    return result


def resumed(name, variant, dtype, number, parameters, state):
    """What comes of further steps of a new optimizer that loads a state; the keys of `state` may be strings."""
    info, _, kwargs, _, gradients, targets, sparse = _setting(name, variant, dtype, number)
    run = _Run(info, _leaves(parameters), variant, copy.deepcopy(kwargs), sparse)
    numbered = {int(key): each for key, each in state["state"].items()}
    run.optimizer.load_state_dict(copy.deepcopy({**state, "state": numbered}))
    results = []
    run.steps(gradients[STEPS:], targets, results)
    return {"steps": results, "state": _copied(run.optimizer.state_dict()), "printed": repr(run.optimizer)}


def errors(name, dtype):
    """What the database says fails: how to make the optimizer, with gradients, and whether that or a step raised."""
    info = database[name]
    dtype = getattr(torch, dtype)
    torch.manual_seed(7)
    found = []
    for each in info.optim_error_inputs_func(device="cpu", dtype=dtype):
        given = each.optimizer_error_input
        describer = Describer()
        params = given.params
        if params is None:
            params = [torch.randn(2, 3, dtype=dtype, requires_grad=True)]
        result = {
            "description": given.desc,
            "params": describer.value(params),
            "options": describer.value(given.kwargs),
            "tensors": describer.tensors,
            "gradients": describer.gradients(),
            "raised": None,
        }
        try:
            optimizer = info.optim_cls(params, **given.kwargs)
            if each.error_on is _common.OptimizerErrorEnum.STEP_ERROR:
                optimizer.step()
        except Exception as error:
            result["raised"] = {"type": type(error).__name__, "message": str(error)}
        result["steps"] = each.error_on is _common.OptimizerErrorEnum.STEP_ERROR
        found.append(result)
    return found
