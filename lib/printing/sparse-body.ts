/** The indices and values of sparse tensors. */

import { overloadFunction } from '../operator.ts';
import type { Tensor } from '../tensor.ts';
import { formatElements } from './elements-body.ts';
import { tuple } from './suffixes.ts';

type Part = (tensor: Tensor) => Tensor;

/** PyTorch's name of a part, and the operator that reads it. */
const coordinateParts = { indices: '_indices', values: '_values' };
const rowParts = { crow_indices: 'crow_indices', col_indices: 'col_indices', values: 'values' };
const columnParts = { ccol_indices: 'ccol_indices', row_indices: 'row_indices', values: 'values' };

const partsByLayout: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  sparse_coo: coordinateParts,
  sparse_csr: rowParts,
  sparse_bsr: rowParts,
  sparse_csc: columnParts,
  sparse_bsc: columnParts,
};

export function isSparse(tensor: Tensor): boolean {
  return Object.hasOwn(partsByLayout, tensor.layout);
}

/** How many elements a sparse tensor stores. */
export function storedCount(tensor: Tensor): number {
  return (overloadFunction('aten', '_nnz', '') as (input: Tensor) => number)(tensor);
}

/** `indices=tensor(…),` and so on, a line each. */
export function formatSparse(tensor: Tensor, indent: number): string {
  const parts = Object.entries(partsByLayout[tensor.layout] ?? {}).map(([label, operator]) => {
    const part = (overloadFunction('aten', operator, '') as Part)(tensor);
    const prefix = `${label}=tensor(`;
    const shape = part.shape;
    const isEmpty = shape.includes(0);
    const text = tensor.device === 'meta' ? '...' : formatElements(part, indent + prefix.length);
    return `${prefix}${text}${isEmpty || tensor.device === 'meta' ? `, size=${tuple(shape)}` : ''})`;
  });
  return parts.join(`,\n${' '.repeat(indent)}`);
}
