/** What stands behind the elements: `dtype=torch.float16, grad_fn=<MulBackward0>`. */

import { printOptions } from './print-options.ts';

/** Sizes as Python writes a tuple. */
export function tuple(sizes: readonly number[]): string {
  return sizes.length === 1 ? `(${sizes[0]},)` : `(${sizes.join(', ')})`;
}

/** The text with its suffixes and the closing bracket; a suffix that does not fit begins a line. */
export function addSuffixes(text: string, suffixes: readonly string[], indent: number, newLine: boolean): string {
  let result = text;
  let length = text.length - text.lastIndexOf('\n') + 1;
  for (const [i, suffix] of suffixes.entries()) {
    if ((newLine && i === 0) || length + suffix.length + 2 > printOptions.linewidth) {
      result += `,\n${' '.repeat(indent)}${suffix}`;
      length = indent + suffix.length;
    } else {
      result += `, ${suffix}`;
      length += suffix.length + 2;
    }
  }
  return `${result})`;
}
