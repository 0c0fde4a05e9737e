/** Modules as Python prints them. */

import { ownChildren } from './fields.ts';
import type { Module } from './module.ts';

function indent(text: string): string {
  const [first, ...rest] = text.split('\n');
  return [first, ...rest.map((line) => (line.trim() === '' ? '' : `  ${line}`))].join('\n');
}

function enclose(name: string, lines: readonly string[]): string {
  return `${name}(\n  ${lines.join('\n  ')}\n)`;
}

/** `name` is what stands before the parentheses. */
export function printModule(module: Module, name = module.constructor.name): string {
  const extra = module.extraRepr();
  const extraLines = extra === '' ? [] : extra.split('\n');
  const childLines = ownChildren(module).map(([name, child]) => `(${name}): ${indent(String(child ?? 'None'))}`);
  const lines = [...extraLines, ...childLines];
  if (lines.length === 0) return `${name}()`;
  if (extraLines.length === 1 && childLines.length === 0) return `${name}(${extraLines[0]})`;
  return enclose(name, lines);
}

/** A list of printed modules, of which equal ones in a row stand once: `(0-2): 3 x Linear(…)`. */
export function printRun(name: string, printed: readonly string[]): string {
  const runs: { first: number; last: number; text: string }[] = [];
  for (const [i, text] of printed.entries()) {
    const run = runs.at(-1);
    if (run?.text === text) run.last = i;
    else runs.push({ first: i, last: i, text });
  }
  if (runs.length === 0) return `${name}()`;
  const lines = runs.map(({ first, last, text }) => {
    const label = first === last ? `(${first}): ` : `(${first}-${last}): ${last - first + 1} x `;
    // Blank lines keep their indentation here, unlike elsewhere.
    return (label + text).replaceAll('\n', '\n  ');
  });
  return enclose(name, lines);
}
