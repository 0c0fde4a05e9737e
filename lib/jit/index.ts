/** `torch.jit`. */

export { type JitLoadOptions, load, save } from './files.ts';
export { script } from './script.ts';
export { RecursiveScriptModule, RecursiveScriptModule as ScriptModule, type ScriptValue } from './script-module.ts';
export { isTracing, trace } from './trace.ts';
