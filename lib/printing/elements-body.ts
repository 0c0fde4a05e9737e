/** The elements of a dense tensor between their brackets. */

import type { Complex } from '../complex.ts';
import { isComplexDType, isFloatingDType } from '../dtype.ts';
import { reader } from '../elements.ts';
import { cat, narrow } from '../generated/torch.ts';
import type { Tensor } from '../tensor.ts';
import { complexFormat, type ElementFormat, exactFormat, floatFormat } from './element-format.ts';
import { printOptions } from './print-options.ts';

/** The part that a summary shows: both ends of every dimension that is longer than them. */
function edges(tensor: Tensor): Tensor {
  const { edgeitems } = printOptions;
  const cut = tensor.shape
    .map((size, dim) => ({ size, dim }))
    .filter(({ size }) => size > 2 * edgeitems)
    .sort((a, b) => b.size - a.size);
  let result = tensor;
  for (const { size, dim } of cut) {
    result = cat([narrow(result, dim, 0, edgeitems), narrow(result, dim, size - edgeitems, edgeitems)], dim);
  }
  return result;
}

function formatOf(tensor: Tensor, count: number): ElementFormat {
  const read = reader(tensor);
  if (isComplexDType(tensor.dtype)) {
    return complexFormat(
      floatFormat(count, (i) => (read(i) as Complex).re),
      floatFormat(count, (i) => (read(i) as Complex).im),
    );
  }
  if (isFloatingDType(tensor.dtype)) return floatFormat(count, (i) => read(i) as number);
  return exactFormat(count, (i) => read(i) as number | bigint | boolean);
}

/** The last dimension: as many elements in a line as fit. */
function formatVector(elements: readonly string[], width: number, indent: number): string {
  const perLine = Math.max(1, Math.floor((printOptions.linewidth - indent) / (width + 2)));
  const lines: string[] = [];
  for (let i = 0; i < elements.length; i += perLine) lines.push(elements.slice(i, i + perLine).join(', '));
  return `[${lines.join(`,\n${' '.repeat(indent + 1)}`)}]`;
}

/** The elements of a dense tensor on any device; `indent` characters stand before them in their line. */
export function formatElements(tensor: Tensor, indent: number): string {
  const { edgeitems, threshold } = printOptions;
  const shape = tensor.shape;
  const count = shape.reduce((product, size) => product * size, 1);
  if (count === 0) return '[]';
  const summarised = count > threshold;
  if (summarised && edgeitems === 0 && shape.length > 0) return '[...]';
  const shown = summarised ? edges(tensor) : tensor;
  const sizes = shown.shape;
  const format = formatOf(
    shown,
    sizes.reduce((product, size) => product * size, 1),
  );
  const isCut = (dim: number) => summarised && (shape[dim] as number) > 2 * edgeitems;
  let position = 0;
  const build = (dim: number, before: number): string => {
    if (dim === sizes.length) return format.format(position++);
    const isVector = dim === sizes.length - 1;
    const parts: string[] = [];
    for (let i = 0; i < (sizes[dim] as number); i++) {
      if (isCut(dim) && i === edgeitems) parts.push(isVector ? ' ...' : '...');
      parts.push(build(dim + 1, before + 1));
    }
    if (isVector) return formatVector(parts, format.width, before);
    return `[${parts.join(`,${'\n'.repeat(sizes.length - dim - 1)}${' '.repeat(before + 1)}`)}]`;
  };
  return build(0, indent);
}
