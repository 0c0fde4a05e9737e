/** Everything that can be called: native exports, the operators that are public, and the functions of the library. */

import { readdirSync, readFileSync } from 'node:fs';
import * as functional from '../../lib/generated/nn.ts';
import { tensorMethodSpecs } from '../../lib/generated/tensor-method-specs.ts';
import * as torch from '../../lib/index.ts';

type Callable = (this: unknown, ...values: unknown[]) => unknown;

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

// They end the process, wait, change it for all that follows, or write files, when asked to.
const leftOut = new Set(['fromFile', 'save', 'load', 'setNumThreads', 'setNumInteropThreads', 'setRngState']);

/** Functions by path, and methods of tensors as functions whose first argument is `this`. */
export function libraryFunctions(): [name: string, call: (values: unknown[]) => unknown][] {
  const list: [string, (values: unknown[]) => unknown][] = [];
  const spaces: Record<string, object> = {
    torch,
    'torch.nn.functional': functional,
    'torch.linalg': torch.linalg,
    'torch.fft': torch.fft,
    'torch.special': torch.special,
    'torch.sparse': torch.sparse,
    'torch.autograd': torch.autograd,
  };
  for (const [space, members] of Object.entries(spaces)) {
    for (const [name, member] of Object.entries(members)) {
      if (typeof member !== 'function' || leftOut.has(name) || /^[A-Z]/.test(name)) continue;
      list.push([`${space}.${name}`, (values) => (member as Callable)(...values)]);
    }
  }
  for (const name of Object.getOwnPropertyNames(torch.Tensor.prototype)) {
    if (name === 'constructor') continue;
    const { value, get, set } = Object.getOwnPropertyDescriptor(torch.Tensor.prototype, name) as PropertyDescriptor;
    const method = value as Callable | undefined;
    if (typeof method === 'function') {
      list.push([`Tensor.${name}`, ([self, ...values]) => method.apply(self, values)]);
    }
    if (get !== undefined) list.push([`get Tensor.${name}`, ([self]) => get.call(self)]);
    if (set !== undefined) list.push([`set Tensor.${name}`, ([self, each]) => set.call(self, each)]);
  }
  return list;
}
