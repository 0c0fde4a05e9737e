/** Tensors as text, exactly as Python's `repr` writes them. */

import { gradFnName } from './autograd/graph.ts';
import { noGrad } from './autograd/modes.ts';
import { dtypeName } from './dtype.ts';
import { native } from './native.ts';
import { formatElements } from './printing/elements-body.ts';
import { printOptions } from './printing/print-options.ts';
import { dequantized, quantizerSuffixes } from './printing/quantized.ts';
import { formatSparse, isSparse, storedCount } from './printing/sparse-body.ts';
import { addSuffixes, tuple } from './printing/suffixes.ts';
import { scope } from './scope.ts';
import type { Tensor } from './tensor.ts';

export {
  getPrintoptions,
  type PrintOptionChanges,
  type PrintOptions,
  setPrintoptions,
} from './printing/print-options.ts';

const prefix = 'tensor(';

/** True where the elements themselves show the dtype. */
function isShownByElements(dtype: string, defaultDType: string): boolean {
  const complex = defaultDType === 'float64' ? 'complex128' : 'complex64';
  return dtype === defaultDType || dtype === complex || dtype === 'int64' || dtype === 'bool';
}

/** Elements, and the suffixes that depend on them. */
function formatBody(tensor: Tensor): { text: string; suffixes: string[] } {
  const { dtype, shape } = tensor;
  const isMeta = tensor.device === 'meta';
  const size = `size=${tuple(shape)}`;
  const defaultDType = dtypeName(native.defaultDType());
  const dtypeSuffix = isShownByElements(dtype, defaultDType) ? [] : [`dtype=torch.${dtype}`];
  if (isSparse(tensor)) {
    const stored = isMeta ? [] : [`nnz=${storedCount(tensor)}`];
    return { text: formatSparse(tensor, prefix.length), suffixes: [size, ...stored, ...dtypeSuffix] };
  }
  if (dtype.startsWith('q')) {
    const quantizer = quantizerSuffixes(tensor, formatTensor);
    return { text: formatElements(dequantized(tensor), prefix.length), suffixes: [size, ...dtypeSuffix, ...quantizer] };
  }
  if (isMeta || shape.includes(0)) {
    // Without elements, nothing but the default dtype goes without saying.
    const suffixes = dtype === defaultDType ? [] : [`dtype=torch.${dtype}`];
    if (isMeta) return { text: '...', suffixes: [size, ...suffixes] };
    return { text: '[]', suffixes: shape.length === 1 ? suffixes : [size, ...suffixes] };
  }
  const dense = tensor.layout === 'strided' ? tensor : tensor.toDense();
  const suffixes = printOptions.edgeitems === 0 ? [size, ...dtypeSuffix] : dtypeSuffix;
  return { text: formatElements(dense, prefix.length), suffixes };
}

/**
 * The tensor as Python prints it: elements in common width and notation, summarised beyond 1000 of them, then dtype,
 * device and `grad_fn` where they are not the usual ones.
 *
 * @throws DisposedError if the tensor was freed.
 */
export function formatTensor(tensor: Tensor): string {
  return scope(() =>
    noGrad(() => {
      const gradFn = gradFnName(tensor);
      const { device, layout, requiresGrad } = tensor;
      const { text, suffixes } = formatBody(tensor.detach());
      if (device !== 'cpu') suffixes.unshift(`device='${device}'`);
      if (layout !== 'strided') suffixes.push(`layout=torch.${layout}`);
      if (gradFn !== undefined) suffixes.push(`grad_fn=<${gradFn.slice(gradFn.lastIndexOf(':') + 1)}>`);
      else if (requiresGrad) suffixes.push('requires_grad=True');
      return addSuffixes(prefix + text, suffixes, prefix.length, layout === 'sparse_coo');
    }),
  );
}
