/** Everything that can be called: native exports, the operators that are public, and the functions of the library. */

import { readdirSync, readFileSync } from 'node:fs';
import * as generatedFft from '../../lib/generated/fft.ts';
import * as generatedLinalg from '../../lib/generated/linalg.ts';
import * as functional from '../../lib/generated/nn.ts';
import * as generatedSparse from '../../lib/generated/sparse.ts';
import * as generatedSpecial from '../../lib/generated/special.ts';
import { tensorMethodSpecs } from '../../lib/generated/tensor-method-specs.ts';
import * as generatedTorch from '../../lib/generated/torch.ts';
import * as torch from '../../lib/index.ts';

type Callable = (this: unknown, ...values: unknown[]) => unknown;

/** What is called, by name: a method takes its tensor as the first value. */
export type NamedCall = readonly [name: string, call: (values: unknown[]) => unknown];

/** ATen's names with their overloads, as `add.Tensor`, of all public functions and methods. */
export function publicOverloads(): string[] {
  const folder = new URL('../../lib/generated/', import.meta.url);
  const specs = Object.values(tensorMethodSpecs);
  for (const file of readdirSync(folder)) {
    const source = readFileSync(new URL(file, folder), 'utf8');
    for (const [, spec] of source.matchAll(/\bdefine\(\s*'\w+',\s*'([^']+)'/g)) specs.push(spec as string);
  }
  return [...new Set(specs.flatMap((spec) => spec.split(/[ +]/)))].sort();
}

function functionsOf(spaces: Readonly<Record<string, object>>): NamedCall[] {
  return Object.entries(spaces).flatMap(([space, members]) =>
    Object.entries(members)
      .filter(([name, member]) => typeof member === 'function' && !/^[A-Z]/.test(name))
      .map(([name, member]): NamedCall => [`${space}.${name}`, (values) => (member as Callable)(...values)]),
  );
}

function methodsOf(names: readonly string[]): NamedCall[] {
  return names.flatMap((name): NamedCall[] => {
    if (name === 'constructor') return [];
    const { value, get, set } = Object.getOwnPropertyDescriptor(torch.Tensor.prototype, name) as PropertyDescriptor;
    const list: NamedCall[] = [];
    if (typeof value === 'function') {
      list.push([`Tensor.${name}`, ([self, ...rest]) => (value as Callable).apply(self, rest)]);
    }
    if (get !== undefined) list.push([`get Tensor.${name}`, ([self]) => get.call(self)]);
    if (set !== undefined) list.push([`set Tensor.${name}`, ([self, each]) => set.call(self, each)]);
    return list;
  });
}

/** The functions and methods that the generator wrote. */
export function generatedFunctions(): NamedCall[] {
  const spaces = {
    torch: generatedTorch,
    'torch.nn.functional': functional,
    'torch.linalg': generatedLinalg,
    'torch.fft': generatedFft,
    'torch.special': generatedSpecial,
    'torch.sparse': generatedSparse,
  };
  return [...functionsOf(spaces), ...methodsOf(Object.keys(tensorMethodSpecs))];
}

// They write files, or change the process for all that follows.
const leftOut = /\.(fromFile|save|load|setNumThreads|setNumInteropThreads|setRngState)$/;

/** All functions and methods of the library. */
export function libraryFunctions(): NamedCall[] {
  const spaces = {
    torch,
    'torch.nn.functional': { ...functional, ...torch.nn.functional },
    'torch.linalg': torch.linalg,
    'torch.fft': torch.fft,
    'torch.special': torch.special,
    'torch.sparse': torch.sparse,
    'torch.autograd': torch.autograd,
    'torch.amp': torch.amp,
    'torch.jit': torch.jit,
  };
  const methods = methodsOf(Object.getOwnPropertyNames(torch.Tensor.prototype));
  return [...functionsOf(spaces), ...methods].filter(([name]) => !leftOut.test(name));
}
