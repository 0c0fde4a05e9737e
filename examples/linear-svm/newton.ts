/** Newton's method with conjugate gradients, for functions whose gradient is piecewise linear. */

import * as torch from '../../lib/index.ts';

/** A convex function of weights. */
export interface Objective {
  value(weight: torch.Tensor): torch.Tensor;
  /** The product of its curvature at `weight` with a direction. */
  curvature(weight: torch.Tensor, direction: torch.Tensor): torch.Tensor;
}

const dot = (a: torch.Tensor, b: torch.Tensor) => a.mul(b).sum().item() as number;

/** Solves `H d = -g`, no more precisely than a far away minimum is worth. */
function direction(gradient: torch.Tensor, product: (v: torch.Tensor) => torch.Tensor): torch.Tensor {
  const solution = torch.zerosLike(gradient);
  const residual = gradient.neg();
  const step = residual.clone();
  let norm = dot(residual, residual);
  const enough = norm * Math.min(0.1, Math.sqrt(norm)) ** 2;
  for (let i = 0; i < 500 && norm > enough; i++) {
    norm = torch.scope(() => {
      const curved = product(step);
      const length = norm / dot(step, curved);
      solution.add_(step.mul(length));
      residual.sub_(curved.mul(length));
      const next = dot(residual, residual);
      step.mul_(next / norm).add_(residual);
      return next;
    });
  }
  return solution;
}

/** Moves `weight` to the minimum, in place, until the gradient's norm is at most `tolerance`. */
export function minimise(weight: torch.Tensor, { value, curvature }: Objective, tolerance: number): void {
  for (let iteration = 0; iteration < 200; iteration++) {
    const done = torch.scope(() => {
      const leaf = weight.detach().requiresGrad_();
      const loss = value(leaf);
      const [gradient] = torch.autograd.grad(loss, [leaf]) as [torch.Tensor];
      if (Math.sqrt(dot(gradient, gradient)) <= tolerance) return true;
      const move = direction(gradient, (v) => curvature(weight, v));
      const [begin, slope] = [loss.item() as number, dot(gradient, move)];
      const lowered = (length: number) =>
        torch.scope(() => value(weight.add(move.mul(length))).item() as number) <= begin + 1e-4 * length * slope;
      let length = 1;
      while (length > 1e-10 && !lowered(length)) length /= 2;
      if (length <= 1e-10) return true; // what rounding lets through
      weight.add_(move.mul(length));
      return false;
    });
    if (done) return;
  }
}
