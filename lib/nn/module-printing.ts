/** Modules as Python prints them. */

import { ownModules } from './fields.ts';
import type { Module } from './module.ts';

function indent(text: string): string {
  const [first, ...rest] = text.split('\n');
  return [first, ...rest.map((line) => (line.trim() === '' ? '' : `  ${line}`))].join('\n');
}

/** `name` is what stands before the parentheses. */
export function printModule(module: Module, name = module.constructor.name): string {
  const extra = module.extraRepr();
  const extraLines = extra === '' ? [] : extra.split('\n');
  const childLines = ownModules(module).map(([name, child]) => `(${name}): ${indent(child.toString())}`);
  const lines = [...extraLines, ...childLines];
  if (lines.length === 0) return `${name}()`;
  if (extraLines.length === 1 && childLines.length === 0) return `${name}(${extraLines[0]})`;
  return `${name}(\n  ${lines.join('\n  ')}\n)`;
}
