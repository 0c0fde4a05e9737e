/** Where a name is published: a namespace of functions, or the methods of `Tensor`. */
export const places = ['torch', 'nn', 'linalg', 'fft', 'special', 'sparse', 'nested', 'Tensor'] as const;
export type Place = (typeof places)[number];

/**
 * Operators that Python publishes and this generator leaves out, each with the reason. A name stands for all its
 * overloads, `base.overload` for one, `base.` for the default one. An entry that hides nothing is an error.
 */
export const overrides: Readonly<Record<Place, Readonly<Record<string, string>>>> = {
  torch: {
    batch_norm_backward_elemt: 'for gradients only',
    batch_norm_backward_reduce: 'for gradients only',
    full: 'by hand: the kind of the fill value decides the dtype',
    mkldnn_linear_backward_weights: 'for gradients only',
    norm: 'by hand: p may be a string, and Python composes it from linalg functions',
    'stft.': 'Python pads first, as stft.center does',
    tensordot: 'by hand: dims is a count or a pair of lists',
    unique_consecutive: 'by hand: the flags decide how many tensors are returned',
    unique_dim: 'by hand: Python publishes it as unique with a dim',
  },
  nn: {},
  linalg: {},
  fft: {},
  special: {},
  sparse: {},
  nested: {},
  Tensor: {
    data: 'property',
    dim: 'by hand: read from the native shape',
    index_put_: 'by hand: takes slices, null, ellipsis and lists',
    is_leaf: 'property',
    item: 'by hand: the dtype decides what is returned',
    mH: 'property',
    mT: 'property',
    norm: 'by hand: p may be a string, and Python composes it from linalg functions',
    numel: 'by hand: read from the native shape',
    output_nr: 'property',
    qscheme: 'returns a QScheme, for which there is no object',
    record_stream: 'takes a Stream, for which there is no object',
    requires_grad_: 'by hand: its argument is optional and it returns the tensor',
    retain_grad: 'by hand: part of autograd',
    retains_grad: 'property',
    'set_.source_Storage': 'takes a Storage, for which there is no object',
    'set_.source_Storage_storage_offset': 'takes a Storage, for which there is no object',
    'stft.': 'Python pads first, as stft.center does',
    to: 'by hand: takes a dtype, a device or a tensor in any place',
  },
};

/** Private operators that Python publishes under a public name. */
export const published: Readonly<Record<string, string>> = {
  _sparse_addmm: 'addmm',
  _sparse_log_softmax: 'log_softmax',
  _sparse_mm: 'mm',
  _sparse_softmax: 'softmax',
  _spdiags: 'spdiags',
  _spsolve: 'spsolve',
};
