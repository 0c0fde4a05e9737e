import { overrides, type Place, published } from '../../scripts/generate/overrides.ts';

/**
 * Where the generated names differ from Python's, in PyTorch's spelling: from `dir()` of
 * `torch._C._VariableFunctions`, `_nn`, `_linalg`, `_fft`, `_special`, `_sparse`, `_nested` (their prefix dropped)
 * and `torch._C.TensorBase`, without private names.
 */

const alias = 'an alias without an operator of its own';
const cast = 'a cast, composed of to';
const noOperator = 'no operator: made of values that are not tensors';
const pointer = 'no operator: an address or a Python object';
const property = 'property';

/** In Python only, and no operator, so that no override hides them. */
const notOperators: Readonly<Record<Place, Readonly<Record<string, string>>>> = {
  torch: {
    as_tensor: noOperator,
    asarray: noOperator,
    dsmm: alias,
    from_numpy: noOperator,
    frombuffer: noOperator,
    get_device: 'a method in native_functions.yaml',
    hsmm: alias,
    numel: 'a method in native_functions.yaml',
    saddmm: alias,
    spmm: alias,
    tensor: noOperator,
  },
  nn: {},
  linalg: { _powsum: 'private' },
  fft: {},
  special: {},
  sparse: {},
  nested: { tensor: 'no operator: nested_tensor takes a list of tensors' },
  Tensor: {
    H: property,
    T: property,
    apply_: 'calls Python for each element',
    as_subclass: pointer,
    bfloat16: cast,
    bool: cast,
    byte: cast,
    cdouble: cast,
    cfloat: cast,
    char: cast,
    const_data_ptr: pointer,
    cpu: cast,
    cuda: cast,
    data_ptr: pointer,
    device: property,
    double: cast,
    dtype: property,
    element_size: 'no operator: follows from the dtype',
    float: cast,
    grad: property,
    grad_dtype: property,
    grad_fn: property,
    half: cast,
    imag: property,
    int: cast,
    ipu: cast,
    is_cpu: property,
    is_cuda: property,
    is_ipu: property,
    is_maia: property,
    is_meta: property,
    is_mkldnn: property,
    is_mps: property,
    is_mtia: property,
    is_nested: property,
    is_quantized: property,
    is_sparse: property,
    is_sparse_csr: property,
    is_vulkan: property,
    is_xla: property,
    is_xpu: property,
    itemsize: property,
    layout: property,
    long: cast,
    map2_: 'calls Python for each element',
    map_: 'calls Python for each element',
    mtia: cast,
    name: property,
    nbytes: property,
    ndim: property,
    ndimension: alias,
    nelement: alias,
    new: noOperator,
    new_tensor: noOperator,
    numpy: pointer,
    real: property,
    requires_grad: property,
    shape: property,
    short: cast,
    size: 'by hand: read from the native shape',
    stride: 'by hand: read from the native strides',
    tolist: noOperator,
    type: 'a cast, or the name of a type',
    untyped_storage: pointer,
    volatile: property,
    xpu: cast,
  },
};

/** What Python has and the generator does not make, each with the reason. */
export function onlyInPython(place: Place): ReadonlyMap<string, string> {
  const hidden = Object.entries(overrides[place]).filter(([name]) => !name.includes('.'));
  return new Map([...hidden, ...Object.entries(notOperators[place])]);
}

/** Names that the generator makes and that Python's module has as private ones. */
export function onlyGenerated(place: Place): readonly string[] {
  return place === 'sparse' ? Object.values(published) : [];
}
