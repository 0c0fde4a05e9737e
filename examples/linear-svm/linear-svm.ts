/** Linear support vector machines to the last digit: the optimum that liblinear finds, with a proof that it is one. */

import * as torch from '../../lib/index.ts';
import { type Machine, machineOf, type SvmLoss } from './machine.ts';
import { minimise } from './newton.ts';

export interface SvmOptions {
  readonly loss: SvmLoss;
  /** What a violation costs beside the norm of the weights; 1 by default. */
  readonly C?: number;
  /** How far the objective may be above its bound, relative to it; 1e-9 by default. */
  readonly tolerance?: number;
  /** Gives up after so many rounds; 100 by default. */
  readonly rounds?: number;
  onRound?(round: SvmRound): void;
}

/** How near the optimum is: it lies between the bound and the objective. */
export interface SvmRound {
  readonly round: number;
  readonly objective: number;
  readonly bound: number;
}

export interface Svm extends SvmRound {
  /** float64 `[D + 1, K]`; the last row is the intercept. One column for two classes. */
  readonly weight: torch.Tensor;
}

/** Rows with a 1 at their end, for the intercept, which liblinear regularises like any weight. */
export function withOnes(x: torch.Tensor): torch.Tensor {
  return torch.cat([x, torch.ones([x.shape[0] as number, 1], { dtype: 'float64' })], 1);
}

/** Scores `[N, K]` of samples `[N, D]`. */
export function scoresOf({ weight }: Pick<Svm, 'weight'>, x: torch.Tensor): torch.Tensor {
  return withOnes(x).matmul(weight);
}

/** Class ids `[N]`. */
export function predict(svm: Pick<Svm, 'weight'>, x: torch.Tensor): torch.Tensor {
  const scores = scoresOf(svm, x);
  return scores.shape[1] === 1 ? scores.squeeze(1).gt(0).long() : scores.argmax(1);
}

/** A bound that no weights come below: the dual objective at allowed multipliers. */
function boundOf(
  machine: Machine,
  x: torch.Tensor,
  weight: torch.Tensor,
  multipliers: torch.Tensor,
  C: number,
): number {
  const zero = torch.zerosLike(weight, { requiresGrad: true });
  const linear = multipliers.mul(machine.violations(x.matmul(zero))).sum();
  const [slope] = torch.autograd.grad(linear, [zero]);
  const norm = (slope as torch.Tensor).square().sum().item() as number;
  const square = machine.smooth ? (multipliers.square().sum().item() as number) / (4 * C) : 0;
  return (linear.item() as number) - norm / 2 - square;
}

/**
 * Minimises `½ ‖w‖² + C · Σ loss` over weights and intercept.
 *
 * The hinges have kinks, where gradients lead nowhere: so each round smooths them around the multipliers that the last round
 * ended with (Rockafellar's method of multipliers), and Newton's method minimises what is then smooth. With the right
 * multipliers the smoothed problem has the same solution as the hinge itself, not nearly but exactly. The squared hinge is
 * such a problem from the start, and takes one round.
 *
 * @param x float64 `[N, D]`
 * @param labels int64 `[N]`, class ids from 0.
 */
export function trainSvm(x: torch.Tensor, labels: torch.Tensor, options: SvmOptions): Svm {
  const { loss, C = 1, tolerance = 1e-9, rounds = 60, onRound } = options;
  const classes = (labels.max().item() as number) + 1;
  const columns = classes === 2 && loss !== 'crammer-singer' ? 1 : classes;
  const machine = machineOf(loss, labels, classes, C);
  const rows = withOnes(x);
  const weight = torch.zeros([rows.shape[1] as number, columns], { dtype: 'float64' });
  const atZero = machine.violations(rows.matmul(weight));
  const half = (values: torch.Tensor) => values.square().sum().div(2);
  let multipliers = machine.smooth ? torch.zerosLike(atZero) : machine.allowed(torch.zerosLike(atZero));
  let sharpness = machine.smooth ? 2 * C : C;
  let result: SvmRound = { round: 0, objective: Number.POSITIVE_INFINITY, bound: 0 };
  for (let round = 1; round <= rounds; round++) {
    const last = multipliers;
    const nearest = (violations: torch.Tensor) => machine.allowed(violations.mul(sharpness).add(last));
    const value = (at: torch.Tensor) => {
      const violations = machine.violations(rows.matmul(at));
      const active = nearest(violations.detach());
      return half(at)
        .add(active.mul(violations).sum())
        .sub(half(active.sub(last)).div(sharpness));
    };
    const curvature = (at: torch.Tensor, direction: torch.Tensor) => {
      const leaf = at.detach().requiresGrad_();
      const change = machine.violations(rows.matmul(direction)).sub(atZero);
      const slope = nearest(machine.violations(rows.matmul(leaf)))
        .mul(change)
        .sum();
      const [curved] = torch.autograd.grad(slope, [leaf]) as [torch.Tensor];
      return curved.add(direction);
    };
    // Early rounds are only for their multipliers.
    minimise(weight, { value, curvature }, machine.smooth ? 1e-9 : Math.max(1e-10, 0.1 ** round));
    const scores = rows.matmul(weight);
    const violations = machine.violations(scores);
    const ended = nearest(violations);
    const objective = half(weight).add(machine.loss(scores)).item() as number;
    result = { round, objective, bound: boundOf(machine, rows, weight, ended, C) };
    onRound?.(result);
    if (machine.smooth || result.objective - result.bound <= tolerance * result.objective) break;
    multipliers = ended;
    sharpness *= 4;
  }
  return { ...result, weight };
}
