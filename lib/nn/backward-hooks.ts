/** Backward hooks of modules: identities around `forward` whose backward passes see the gradients. */

import { AutogradFunction, type FunctionContext } from '../autograd/function.ts';
import { isGradEnabled } from '../autograd/modes.ts';
import { describeValue } from '../errors.ts';
import { Tensor } from '../tensor.ts';
import type { Module } from './module.ts';

/** Gradients of a module's inputs or outputs: null for what is no tensor or needs none. */
export type ModuleGradients = readonly (Tensor | null)[];

/** Called with the gradients of a module's inputs and outputs; what it returns replaces those of the inputs. */
export type FullBackwardHook<M extends Module = Module> = (
  module: M,
  gradInput: ModuleGradients,
  gradOutput: ModuleGradients,
) => Tensor | ModuleGradients | null | undefined | void;

/** Called with the gradients of a module's outputs before they flow back; what it returns replaces them. */
export type FullBackwardPreHook<M extends Module = Module> = (
  module: M,
  gradOutput: ModuleGradients,
) => Tensor | ModuleGradients | null | undefined | void;

type Hook = (...values: never[]) => unknown;
type Observer = (gradients: ModuleGradients) => ModuleGradients;

class ModuleBoundary extends AutogradFunction {
  static forward(ctx: FunctionContext, observer: Observer, ...tensors: Tensor[]): Tensor[] {
    ctx.setMaterializeGrads(false);
    ctx.observer = observer;
    return tensors;
  }

  static backward(ctx: FunctionContext, ...gradients: (Tensor | null)[]): (Tensor | null)[] {
    return [null, ...(ctx.observer as Observer)(gradients)];
  }
}

/** Puts a boundary around the tensors among values that require gradients; false when there are none. */
function observe(values: unknown[], observer: Observer): boolean {
  const positions = values.flatMap((value, i) => (value instanceof Tensor && value.requiresGrad ? [i] : []));
  if (positions.length === 0) return false;
  const outputs = ModuleBoundary.apply(
    (gradients: ModuleGradients) => {
      const all: (Tensor | null)[] = values.map(() => null);
      for (const [i, position] of positions.entries()) all[position] = gradients[i] ?? null;
      const replaced = observer(all);
      return positions.map((position) => replaced[position] ?? null);
    },
    ...positions.map((position) => values[position] as Tensor),
  );
  for (const [i, position] of positions.entries()) values[position] = outputs[i];
  return true;
}

function expectGradients(hook: string, returned: unknown, before: ModuleGradients): ModuleGradients {
  if (returned === undefined || returned === null) return before;
  const list: unknown[] = Array.isArray(returned) ? returned : [returned];
  if (list.length !== before.length || !list.every((each) => each === null || each instanceof Tensor)) {
    throw new TypeError(`${hook}: a hook must return ${before.length} gradients, got ${describeValue(returned)}`);
  }
  return list as ModuleGradients;
}

/** Runs `forward` with backward hooks around it. */
export function forwardWithBackwardHooks(
  module: Module,
  inputs: never[],
  preHooks: readonly Hook[],
  hooks: readonly Hook[],
  forward: (inputs: never[]) => unknown,
): unknown {
  if (!isGradEnabled()) return forward(inputs);
  let gradOutput: ModuleGradients = [];
  const run = (gradInput: ModuleGradients) => {
    let current = gradInput;
    for (const hook of hooks) {
      const returned = hook(module as never, current as never, gradOutput as never);
      current = expectGradients('registerFullBackwardHook', returned, current);
    }
    return current;
  };
  const observed: unknown[] = [...inputs];
  const needsInputs = observe(observed, run);
  const output = forward(observed as never[]);
  const isList = Array.isArray(output);
  const outputs: unknown[] = isList ? [...output] : [output];
  observe(outputs, (gradients) => {
    gradOutput = gradients;
    for (const hook of preHooks) {
      const returned = hook(module as never, gradOutput as never);
      gradOutput = expectGradients('registerFullBackwardPreHook', returned, gradOutput);
    }
    // No gradient will reach the inputs, so this is the only occasion.
    if (!needsInputs) run(inputs.map(() => null));
    return gradOutput;
  });
  return isList ? outputs : outputs[0];
}
