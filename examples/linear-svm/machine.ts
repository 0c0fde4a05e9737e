/** The support vector machines that the solver knows: a loss of the library, and the dual side of it. */

import * as torch from '../../lib/index.ts';

const { nn } = torch;

export type SvmLoss = 'hinge' | 'squared hinge' | 'crammer-singer';

/**
 * A loss that is `max_β <β, z(s)> - <β, β> / 4 C` over allowed multipliers β, where z is linear in the scores; the last
 * term is the squared hinge's alone.
 */
export interface Machine {
  /** The sum over samples, times C. */
  loss(scores: torch.Tensor): torch.Tensor;
  /** z, how far each constraint is violated. */
  violations(scores: torch.Tensor): torch.Tensor;
  /** The allowed multipliers nearest to these. */
  allowed(multipliers: torch.Tensor): torch.Tensor;
  /** Whether the loss has a gradient everywhere, so that it needs no multipliers to be minimised. */
  readonly smooth: boolean;
}

/** Each row's nearest point whose elements are at least 0 and add up to `total` (Duchi et al. 2008). */
export function ontoSimplex(rows: torch.Tensor, total: number): torch.Tensor {
  const [sorted] = rows.sort({ dim: 1, descending: true }) as [torch.Tensor, torch.Tensor];
  const excess = sorted.cumsum(1).sub(total);
  const rank = torch.arange(1, (rows.shape[1] as number) + 1, { dtype: rows.dtype });
  const kept = sorted.mul(rank).gt(excess).sum(1, { keepdim: true });
  const shift = excess.gather(1, kept.sub(1)).div(kept);
  return rows.sub(shift).clampMin(0);
}

/** Class ids `[N]` as -1 and +1: one column for two classes, otherwise one for each class against the rest. */
export function signsOf(labels: torch.Tensor, classes: number): torch.Tensor {
  const own = labels.unsqueeze(1).eq(classes === 2 ? 1 : torch.arange(classes));
  return own.double().mul(2).sub(1);
}

export function machineOf(kind: SvmLoss, labels: torch.Tensor, classes: number, C: number): Machine {
  if (kind === 'crammer-singer') {
    const ids = labels.unsqueeze(1);
    const margins = torch.ones([labels.numel(), classes], { dtype: 'float64' }).scatter(1, ids, 0);
    const lossFn = new nn.CrammerSingerLoss({ reduction: 'sum' });
    return {
      loss: (scores) => lossFn(scores, labels).mul(C),
      violations: (scores) => scores.sub(scores.gather(1, ids)).add(margins),
      allowed: (multipliers) => ontoSimplex(multipliers, C),
      smooth: false,
    };
  }
  const signs = signsOf(labels, classes);
  const smooth = kind === 'squared hinge';
  const lossFn = smooth ? new nn.SquaredHingeLoss({ reduction: 'sum' }) : new nn.HingeLoss({ reduction: 'sum' });
  return {
    loss: (scores) => lossFn(scores, signs).mul(C),
    violations: (scores) => torch.sub(1, signs.mul(scores)),
    allowed: (multipliers) => (smooth ? multipliers.clampMin(0) : multipliers.clamp(0, C)),
    smooth,
  };
}
