/** Checks of second derivatives against finite differences (`torch.autograd.gradgradcheck`). */

import { Tensor } from '../tensor.ts';
import { type CheckedFunction, drawing, expectInputs, type GradcheckOptions, listOf, runCheck } from './gradcheck.ts';
import { grad } from './graph.ts';
import { countParts, withValues } from './jacobian.ts';

export interface GradgradcheckOptions extends GradcheckOptions {
  /** Gradients of the outputs to differentiate at; random ones in [-1, 1) when not given. */
  gradOutputs?: Tensor | readonly Tensor[];
}

/**
 * Checks the gradients of gradients: `gradcheck` of the function that maps inputs and output gradients to input
 * gradients (`torch.autograd.gradgradcheck`).
 *
 * @throws GradcheckError as `gradcheck`.
 */
export function gradgradcheck<const Inputs extends readonly unknown[]>(
  fn: CheckedFunction<Inputs>,
  inputs: Inputs,
  options: GradgradcheckOptions = {},
): boolean {
  const list = expectInputs('gradgradcheck', inputs);
  const call = fn as CheckedFunction<unknown[]>;
  const differentiable = (values: readonly unknown[]) =>
    listOf('gradgradcheck', call(...values)).filter((output) => output.requiresGrad);
  const gradOutputs =
    options.gradOutputs === undefined ? randomGradients(differentiable(list)) : [options.gradOutputs].flat();
  const gradients: CheckedFunction<unknown[]> = (...values) => {
    const own = values.slice(0, list.length);
    const outer = values.slice(list.length) as Tensor[];
    const leaves = own.filter((value) => value instanceof Tensor && value.requiresGrad) as Tensor[];
    const results = grad(differentiable(own), leaves, { gradOutputs: outer, createGraph: true, allowUnused: true });
    return results.filter((each) => each !== null);
  };
  return runCheck('gradgradcheck', gradients, [...list, ...gradOutputs], options);
}

function randomGradients(outputs: readonly Tensor[]): Tensor[] {
  const draw = drawing();
  return outputs.map((output) => {
    const values = Float64Array.from({ length: countParts(output) }, () => 2 * draw() - 1);
    const gradient = withValues(output, values);
    gradient.requiresGrad = true;
    return gradient;
  });
}
