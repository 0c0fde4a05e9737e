/** TorchScript files. */

import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type DeviceLike, expectDevice } from '../device.ts';
import { describeValue } from '../errors.ts';
import { native, words } from '../native.ts';
import type { Tensor } from '../tensor.ts';
import { RecursiveScriptModule, type ScriptValue, scriptModuleOf } from './script-module.ts';

export interface JitLoadOptions {
  /** Where all tensors go; by default where they were when the file was written. */
  mapLocation?: DeviceLike | null;
}

/**
 * A TorchScript module from a file, or from its bytes (`torch.jit.load`): what Python's `torch.jit.save` and our `save`
 * wrote. `F` is the type of its `forward`.
 *
 * Every record of the file is checked against its checksum. A TorchScript file is a program all the same: never load one
 * that you do not trust.
 *
 * @throws CheckpointError if it is damaged, or no TorchScript file.
 * @example
 * const model = torch.jit.load('model.pt', { mapLocation: 'cpu' }).eval();
 * const scores = model(torch.randn([1, 10]));
 */
export function load<F extends (...inputs: never[]) => unknown = (...inputs: ScriptValue[]) => Tensor>(
  source: string | URL | Uint8Array | ArrayBuffer,
  options: JitLoadOptions = {},
): RecursiveScriptModule<F> {
  const file = source instanceof URL ? fileURLToPath(source) : source;
  if (typeof file !== 'string' && !(file instanceof Uint8Array) && !(file instanceof ArrayBuffer)) {
    throw new TypeError(`jit.load: expected a path or the bytes of a file, got ${describeValue(source)}`);
  }
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`jit.load: options must be an object, got ${describeValue(options)}`);
  }
  const { mapLocation = null } = options;
  const device = mapLocation === null ? undefined : expectDevice('jit.load: mapLocation', mapLocation);
  // Node says best why a file cannot be read.
  if (typeof file === 'string') closeSync(openSync(file, 'r'));
  words[0] = device === undefined ? 0 : 1;
  words[1] = device?.type ?? 0;
  words[2] = device?.index ?? 0;
  native.loadModule(file);
  return scriptModuleOf<F>(words[0] as number, false);
}

/**
 * Writes a TorchScript module to a file (`torch.jit.save`), which appears whole or not at all.
 * @throws TypeError for a module that is not of TorchScript: trace it first.
 */
export function save(module: RecursiveScriptModule<(...inputs: never[]) => unknown>, path: string | URL): void {
  if (!((module as unknown) instanceof RecursiveScriptModule)) {
    throw new TypeError(
      `jit.save: expected a module from jit.trace or jit.load, got ${describeValue(module)}; trace it first`,
    );
  }
  module.save(path);
}
