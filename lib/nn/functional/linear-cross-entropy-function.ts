/** The cross entropy of a linear layer in chunks, as operations that autograd records. */

import { AutogradFunction, type FunctionContext } from '../../autograd/function.ts';
import { scope } from '../../scope.ts';
import type { Tensor } from '../../tensor.ts';
import { type LinearProblem, reduced, unreduced, type Wanted } from './linear-cross-entropy-chunks.ts';

/** One number; its gradients are computed with it, since the logits are there once only. */
export class ReducedLinearCrossEntropy extends AutogradFunction {
  static forward(
    ctx: FunctionContext,
    input: Tensor,
    linearWeight: Tensor,
    linearBias: Tensor | null,
    target: Tensor,
    weight: Tensor | null,
    problem: LinearProblem,
    wanted: Wanted,
  ): Tensor {
    const operands = { input, linearWeight, target, linearBias, weight };
    const [loss, gradients] = scope(() => reduced(operands, problem, wanted, null));
    ctx.retains = problem.chunking.allowRetainGraph;
    ctx.saveForBackward(...gradients);
    return loss;
  }

  static backward(ctx: FunctionContext, gradOutput: Tensor): (Tensor | null)[] {
    const saved = ctx.savedTensors as readonly (Tensor | null)[];
    // Without retaining, the saved ones are used up, so that autograd refuses a second time.
    const scaled = saved
      .slice(0, 3)
      .map((each) => (ctx.retains ? each?.mul(gradOutput) : each?.mul_(gradOutput)) ?? null);
    return [...scaled, null, null, null, null];
  }
}

/** The loss of each row; gradients are computed in a second pass over the chunks. */
export class UnreducedLinearCrossEntropy extends AutogradFunction {
  static forward(
    ctx: FunctionContext,
    input: Tensor,
    linearWeight: Tensor,
    linearBias: Tensor | null,
    target: Tensor,
    weight: Tensor | null,
    problem: LinearProblem,
  ): Tensor {
    ctx.problem = problem;
    ctx.saveForBackward(input, linearWeight, linearBias, target, weight);
    return scope(() => unreduced({ input, linearWeight, target, linearBias, weight }, problem));
  }

  static backward(ctx: FunctionContext, gradOutput: Tensor): (Tensor | null)[] {
    const saved = ctx.savedTensors as readonly (Tensor | null)[];
    const [input, linearWeight, linearBias, target, weight] = saved as [
      Tensor,
      Tensor,
      Tensor | null,
      Tensor,
      Tensor | null,
    ];
    const [needsInput = false, needsWeight = false, needsBias = false] = ctx.needsInputGrad;
    const wanted = { input: needsInput, weight: needsWeight, bias: linearBias !== null && needsBias };
    const operands = { input, linearWeight, target, linearBias, weight };
    const [, gradients] = scope(() => reduced(operands, ctx.problem as LinearProblem, wanted, gradOutput));
    return [...gradients, null, null, null];
  }
}
