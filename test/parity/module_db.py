"""Runs the entries of PyTorch's own database of modules for module-db.test.ts and tells what it gave and what came out."""

import inspect

import torch
from described import Describer, floating, import_internal, integral, recorded_constructors, state_of, tensors_in, with_leaves

_common = import_internal("common_modules")
database = {info.name.removeprefix("nn."): info for info in _common.module_db}


def names():
    return list(database)


def _inputs(info, dtype, training):
    """The inputs, and whether each is among those that are to fail."""
    options = {"device": "cpu", "dtype": dtype, "requires_grad": True, "training": training}
    function = info.module_inputs_func
    if "with_packed_sequence" in inspect.signature(function).parameters:
        function = lambda *args, **kwargs: info.module_inputs_func(*args, with_packed_sequence=True, **kwargs)
    for each in function(info, **options):
        yield each, False
    if info.module_error_inputs_func is not None:
        for each in info.module_error_inputs_func(info, **options):
            yield each.module_error_input, True


def _outputs(value):
    found = tensors_in(value)
    return [
        None if each is None else {"value": each.detach().clone(), "strides": list(each.stride()), "requiresGrad": each.requires_grad}
        for each in found
    ]


def _raised(error):
    return {"raised": {"type": type(error).__name__, "message": str(error)}}


def _construct(cls, args, kwargs, seed):
    torch.manual_seed(seed)
    module = cls(*args, **kwargs)
    # The draw tells whether the constructor drew as much as in Node.
    return module, {"state": state_of(module), "draw": torch.rand(1)}


def _constructs(cls, args, kwargs):
    try:
        cls(*args, **kwargs)
        return True
    except Exception:
        return False


def _train(module, args, kwargs, describer, seed):
    torch.manual_seed(seed)
    output = module(*args, **kwargs)
    result = {"outputs": _outputs(output), "draw": torch.rand(1)}
    roots = [each for each in tensors_in(output) if each is not None and each.requires_grad]
    cotangents = [torch.randn(each.shape, dtype=each.dtype) for each in roots]
    torch.autograd.backward(roots, cotangents)
    return {
        **result,
        "cotangents": cotangents,
        "inputGradients": describer.gradients(),
        "parameterGradients": [
            [name, None if each.grad is None else each.grad.clone()] for name, each in module.named_parameters()
        ],
        "state": state_of(module),
    }


def _infer(module, args, kwargs, seed):
    torch.manual_seed(seed)
    with torch.no_grad():
        return {"outputs": _outputs(module(*args, **kwargs)), "state": state_of(module)}


def _case(cls, given, wrong, dtype, training, seed):
    describer = Describer()
    made = given.constructor_input
    forward = given.forward_input
    if forward is not None:
        leaves = {}
        forward = _common.FunctionInput(*with_leaves(forward.args, leaves), **with_leaves(forward.kwargs, leaves))
    construct = describer.call(cls.__init__, made.args, made.kwargs)
    case = {
        "seed": seed,
        "description": given.desc,
        "wrong": wrong,
        "construct": construct,
        "forward": None if forward is None else describer.call(cls.forward, forward.args, forward.kwargs),
        "tensors": describer.tensors,
    }
    try:
        module, case["constructed"] = _construct(cls, made.args, made.kwargs, seed)
    except Exception as error:
        if _constructs(cls, integral(made.args), integral(made.kwargs)):
            # What is wrong with it, a float that is an integer, cannot be said in Node.
            return None
        return {**case, "constructed": _raised(error)}
    parameters = inspect.signature(cls.__init__).parameters
    if "dtype" in parameters and "dtype" not in made.kwargs:
        case["constructedAs"] = _construct(cls, made.args, {**made.kwargs, "dtype": dtype}, seed)[1]
    module.to(dtype).train(training)
    args, kwargs = floating(cls.__init__, made.args, made.kwargs)
    case["printed"] = [repr(module), repr(cls(*args, **kwargs).train(training))]
    if forward is None:
        return case
    for phase, run in (
        ("trained", lambda: _train(module, forward.args, forward.kwargs, describer, seed + 1)),
        ("inferred", lambda: _infer(module, forward.args, forward.kwargs, seed + 2)),
    ):
        try:
            case[phase] = run()
        except Exception as error:
            case[phase] = _raised(error)
    return case


def modes(name):
    """The training modes and dtypes that the database has for a module."""
    info = database[name]
    dtypes = [each for each in ("float32", "float64") if getattr(torch, each) in info.supported_dtypes("cpu")]
    return [[training, each] for training in ([True, False] if info.train_and_eval_differ else [True]) for each in dtypes]


def cases(name, training, dtype):
    info = database[name]
    dtype = getattr(torch, dtype)
    torch.manual_seed(1)
    with recorded_constructors():
        given = list(_inputs(info, dtype, training))
    found = [_case(info.module_cls, *each, dtype, training, 10 + number) for number, each in enumerate(given)]
    return [each for each in found if each is not None]
