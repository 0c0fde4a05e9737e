/** The form of a tensor's elements: all get the same width, and floats the same notation. */

import { fixed, scientific } from './decimal.ts';
import { printOptions } from './print-options.ts';

export interface ElementFormat {
  /** Characters of the widest element. */
  readonly width: number;
  /** An element, padded to the width. */
  format(position: number): string;
}

function padded(texts: (position: number) => string, width: number): ElementFormat {
  return { width, format: (position) => texts(position).padStart(width) };
}

/** Integers and booleans. */
export function exactFormat(count: number, read: (position: number) => number | bigint | boolean): ElementFormat {
  const text = (position: number) => {
    const value = read(position);
    return typeof value === 'boolean' ? (value ? 'True' : 'False') : String(value);
  };
  let width = 1;
  for (let i = 0; i < count; i++) width = Math.max(width, text(i).length);
  return padded(text, width);
}

/** Floats, of which zeros and what is not finite have no say in width and notation. */
export function floatFormat(count: number, read: (position: number) => number): ElementFormat {
  const { precision, sciMode } = printOptions;
  let smallest = Number.POSITIVE_INFINITY;
  let largest = 0;
  let integral = true;
  for (let i = 0; i < count; i++) {
    const value = read(i);
    if (value === 0 || !Number.isFinite(value)) continue;
    smallest = Math.min(smallest, Math.abs(value));
    largest = Math.max(largest, Math.abs(value));
    integral &&= Number.isInteger(value);
  }
  const wide = largest / smallest > 1000 || largest > 1e8 || smallest < 1e-4;
  const isScientific = largest > 0 && (sciMode ?? wide);
  const text = (position: number): string => {
    const value = read(position);
    if (isScientific) return scientific(value, precision);
    if (!integral) return fixed(value, precision);
    return Number.isFinite(value) ? `${fixed(value, 0)}.` : fixed(value, 0);
  };
  let width = 1;
  for (let i = 0; i < count; i++) {
    const value = read(i);
    if (value !== 0 && Number.isFinite(value)) width = Math.max(width, text(i).length);
  }
  return padded(text, width);
}

/** Pairs as `real+imagj`; each part has a notation of its own. */
export function complexFormat(real: ElementFormat, imag: ElementFormat): ElementFormat {
  return {
    width: real.width + imag.width + 1,
    format: (position) => {
      const part = `${imag.format(position).trimStart()}j`;
      return `${real.format(position)}${part.startsWith('-') ? '' : '+'}${part}`;
    },
  };
}
