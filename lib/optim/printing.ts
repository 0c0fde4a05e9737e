/** The printed form of optimizers. */

import { repr, reprFloat } from '../nn/python-repr.ts';
import { Tensor } from '../tensor.ts';
import type { Optimizer } from './optimizer.ts';
import { numberOf } from './quantity.ts';

function print(value: unknown, isFloat: boolean): string {
  // Python formats a tensor without dimensions as its number.
  if (value instanceof Tensor && value.ndim === 0) return reprFloat(numberOf(value));
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return isFloat ? reprFloat(value) : repr(value);
  if (!Array.isArray(value)) return repr(value);
  if (typeof value[0] === 'string') return `[${value.map(repr).join(', ')}]`;
  return `(${value.map((each) => print(each, isFloat)).join(', ')})`;
}

/** As Python prints it: options by name, some as floats even where they are integral. */
export function printOptimizer(optimizer: Optimizer, isFloat: (key: string, value: unknown) => boolean): string {
  const groups = optimizer.paramGroups.map((group, i) => {
    const options = Object.entries(optimizer.options(group)).sort(([a], [b]) => (a < b ? -1 : 1));
    const lines = options.map(([key, value]) => `    ${key}: ${print(value, isFloat(key, value))}\n`);
    return `\nParameter Group ${i}\n${lines.join('')}`;
  });
  return `${optimizer.constructor.name} (${groups.join('')})`;
}
