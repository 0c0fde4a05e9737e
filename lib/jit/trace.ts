/** Tracing: a function or module is run once, and the operators that it called become TorchScript. */

import { decodeAny, startDecoding } from '../decode.ts';
import { encodeAny, strings } from '../encode.ts';
import { describeValue } from '../errors.ts';
import { native, reserve, useFrame, words } from '../native.ts';
import { ownBuffers, ownModules, ownParameters } from '../nn/fields.ts';
import { Module } from '../nn/module.ts';
import type { HookHandle } from '../nn/registry.ts';
import { isThenable } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { argumentNames, className } from './names.ts';
import { RecursiveScriptModule, type ScriptValue, scriptModuleOf } from './script-module.ts';

type AnyForward = (...inputs: never[]) => unknown;
type ForwardOf<T> = T extends Module ? T['forward'] : T extends AnyForward ? T : never;

/** Writes a list of tensors with their names. */
function writeTensors(at: number, tensors: readonly (readonly [string, Tensor])[]): number {
  reserve(at + 2 * tensors.length + 16);
  words[at] = tensors.length;
  let next = at + 1;
  for (const [name, tensor] of tensors) {
    words[next++] = strings.push(name) - 1;
    words[next++] = tensor.handle;
  }
  return next;
}

/** Writes a module after those below it, each once; `numbers` tells which they are. */
function writeModule(at: number, module: Module, numbers: Map<Module, number>): number {
  let next = at;
  const children = ownModules(module);
  for (const [, child] of children) if (!numbers.has(child)) next = writeModule(next, child, numbers);
  if (module instanceof RecursiveScriptModule) {
    throw new TypeError('trace: a module of TorchScript cannot be traced again inside of another one');
  }
  numbers.set(module, numbers.size);
  reserve(next + 16);
  words[next++] = strings.push(className(module.constructor.name)) - 1;
  words[next++] = module.training ? 1 : 0;
  next = writeTensors(next, ownParameters(module));
  next = writeTensors(next, ownBuffers(module));
  reserve(next + 2 * children.length + 16);
  words[next++] = children.length;
  for (const [name, child] of children) {
    words[next++] = strings.push(name) - 1;
    words[next++] = numbers.get(child) as number;
  }
  return next;
}

/** Has each submodule tell native code when it begins and ends, so that it gets a `forward` of its own. */
function watchSubmodules(root: Module): HookHandle[] {
  const handles: HookHandle[] = [];
  for (const [path, module] of root.namedModules()) {
    if (path === '') continue;
    handles.push(
      module.registerForwardPreHook(() => native.traceScope(path), { prepend: true }),
      module.registerForwardHook(() => native.traceScope()),
    );
  }
  return handles;
}

/** A module for a function: it has no members. */
class PlaceholderModule extends Module {
  override forward(): undefined {}
}

/** What native code calls: reads the inputs from the frame, and writes the output there. */
function callbackOf(run: (...inputs: unknown[]) => unknown, count: number): (grown?: ArrayBuffer) => void {
  return (grown) => {
    useFrame(grown);
    startDecoding();
    const inputs = Array.from({ length: count }, () => decodeAny(() => native.strings()));
    const output = run(...inputs);
    if (isThenable(output)) {
      throw new TypeError('trace: the function must be synchronous, because a trace ends when it returns');
    }
    strings.length = 0;
    if (typeof output === 'string' || output === undefined || encodeAny(output, 0) < 0 || strings.length > 0) {
      throw new TypeError(`trace: the function must return a Tensor, or arrays of them, got ${describeValue(output)}`);
    }
  };
}

/**
 * Runs a function or module on example inputs and makes a TorchScript module of the operators that it called
 * (`torch.jit.trace`). Its `save` writes a file that Python's `torch.jit.load` reads, with the same parameters under the
 * same names; it shares them with the traced module.
 *
 * What is no operator is not recorded: branches and loops are as they went for these inputs, and sizes read from `shape`
 * are constants. Put a module into `eval` mode before, if dropout and normalisation shall be as in inference.
 *
 * @param exampleInputs a Tensor, or an array with one entry for each argument: tensors, arrays (tuples), Maps or plain
 *   objects (dicts).
 * @throws TypeError for an async function, and where something else than tensors is returned.
 * @example
 * const traced = torch.jit.trace(model.eval(), torch.randn([1, 10]));
 * traced.save('model.pt');
 */
export function trace<T extends Module | AnyForward>(
  functionOrModule: T,
  exampleInputs: ScriptValue,
): RecursiveScriptModule<ForwardOf<T>> {
  if (functionOrModule instanceof RecursiveScriptModule) {
    return functionOrModule as unknown as RecursiveScriptModule<ForwardOf<T>>;
  }
  if (typeof functionOrModule !== 'function') {
    throw new TypeError(`trace: expected a function or a module, got ${describeValue(functionOrModule)}`);
  }
  const isModule = functionOrModule instanceof Module;
  const inputs = Array.isArray(exampleInputs) ? (exampleInputs as ScriptValue[]) : [exampleInputs];
  const module: Module = isModule ? functionOrModule : new PlaceholderModule();
  const names = argumentNames(isModule ? module.forward : functionOrModule, inputs.length);

  strings.length = 0;
  const numbers = new Map<Module, number>();
  let at = writeModule(1, module, numbers);
  words[0] = numbers.size;
  words[at++] = inputs.length;
  for (const [i, input] of inputs.entries()) {
    const next = input === undefined ? -1 : encodeAny(input, at);
    if (next < 0) {
      throw new TypeError(`trace: example input ${i} must be made of tensors, got ${describeValue(input)}`);
    }
    at = next;
  }
  const callback = callbackOf(functionOrModule as (...values: unknown[]) => unknown, inputs.length);
  const watched = isModule ? watchSubmodules(module) : [];
  try {
    useFrame(native.trace(callback, [...strings], names));
  } finally {
    for (const handle of watched) handle.remove();
  }
  return scriptModuleOf(words[0] as number, true, isModule ? module : undefined);
}

/** True while a trace is being made (`torch.jit.is_tracing`). */
export function isTracing(): boolean {
  return native.isTracing();
}
