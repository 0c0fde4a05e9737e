/** Margins of angles, computed from their cosines without acos, so that no gradient is infinite. */

import { noGrad } from '../autograd/modes.ts';
import { normalizeRows } from '../distances/normalize.ts';
import { vectorNorm } from '../generated/linalg.ts';
import { atan2, remainder, sub, where } from '../generated/torch.ts';
import type { Tensor } from '../tensor.ts';

/** What happens to an angle that a margin would turn too far. */
export interface AngleOptions {
  /** Whether only angles below 90 degrees get a margin; false by default. */
  easyMargin?: boolean;
  /**
   * Whether the target's logit goes on falling where the angle and its margin exceed 180 degrees, beyond which a cosine
   * rises again; true by default, as in pytorch-metric-learning. False is the bare cosine, as in insightface.
   */
  monotone?: boolean;
}

/** `'exact'`, or the value of the margin with the gradient of the bare cosine, as insightface's ArcFace has it. */
export type MarginGradient = 'exact' | 'straight-through';

/**
 * Cosines of embeddings `[N, D]` and rows `[K, D]`: `[N, K]`. The products are divided by the rows' norms, so that many
 * rows need no normalised copy.
 */
export function cosinesTo(embeddings: Tensor, rows: Tensor): Tensor {
  const norms = vectorNorm(rows, 2, [-1]).clampMin(1e-12);
  return normalizeRows(embeddings, 2).matmul(rows.T).div(norms);
}

/** `sin t` of `cos t`, for angles from 0 to 180 degrees; at both ends, and beyond by rounding, 0 with gradient 0. */
export function sineOf(cosines: Tensor): Tensor {
  const squares = sub(1, cosines).mul(cosines.add(1));
  const inside = squares.gt(0);
  return where(inside, squares, 1).sqrt().mul(inside);
}

/**
 * `cos(t + m)` of `cos t`, and `cos t - m sin m` where `t > pi - m` (ArcFace).
 *
 * @param margin in radians, from 0 to below pi: a number, or one for each cosine.
 */
export function withAngle(cosines: Tensor, margin: Tensor | number, options: AngleOptions = {}): Tensor {
  const { easyMargin = false, monotone = true } = options;
  const isNumber = typeof margin === 'number';
  const [cosine, sine] = isNumber ? [Math.cos(margin), Math.sin(margin)] : [margin.cos(), margin.sin()];
  const turned = cosines.mul(cosine).sub(sineOf(cosines).mul(sine));
  if (easyMargin) return where(cosines.gt(0), turned, cosines);
  if (!monotone) return turned;
  const limit = isNumber ? -Math.cos(margin) : (cosine as Tensor).neg();
  const below = isNumber ? margin * Math.sin(margin) : margin.mul(sine);
  return where(cosines.lt(limit), cosines.sub(below), turned);
}

/** `(-1)^k values - 2k` for the k-th half turn that angles are in: what makes their cosines fall for ever (SphereFace). */
function unrolled(values: Tensor, angles: Tensor): Tensor {
  const turns = noGrad(() => angles.div(Math.PI).floor());
  const signs = noGrad(() => sub(1, remainder(turns, 2).mul(2)));
  return values.mul(signs).sub(turns.mul(2));
}

/**
 * `cos(m1 t + m2) - m3` of `cos t`. Where `m1 t + m2 > pi` it goes on falling: as `withAngle` does if `m1` is 1, as
 * SphereFace does otherwise.
 */
export function withCombinedMargin(
  cosines: Tensor,
  { m1, m2, m3 }: { m1: number; m2: number; m3: number },
  options: AngleOptions = {},
): Tensor {
  if (m1 === 1) return withAngle(cosines, m2, options).sub(m3);
  const { easyMargin = false, monotone = true } = options;
  const angles = atan2(sineOf(cosines), cosines).mul(m1).add(m2);
  const turned = angles.cos();
  if (easyMargin) return where(cosines.gt(0), turned, cosines).sub(m3);
  return (monotone ? unrolled(turned, angles) : turned).sub(m3);
}

/**
 * `(-1)^k cos(m t) - 2k` of `cos t` for an integer m, `t` being in the k-th of m equal parts of 180 degrees (L-Softmax,
 * SphereFace). The cosine is Chebyshev's polynomial, whose gradient is finite everywhere.
 */
export function withMultipleAngle(cosines: Tensor, multiple: number): Tensor {
  let [previous, current] = [cosines.mul(0).add(1), cosines];
  for (let i = 1; i < multiple; i++) [previous, current] = [current, cosines.mul(current).mul(2).sub(previous)];
  return unrolled(
    current,
    noGrad(() => cosines.clamp(-1, 1).acos().mul(multiple)),
  );
}

/**
 * The cosines `[N, C]` of each row's class, changed by `margin`, which is given them as `[N]`: `[N, 1]`.
 *
 * @param classes int64 `[N]`
 */
export function targetsOf(
  cosines: Tensor,
  classes: Tensor,
  gradient: MarginGradient,
  margin: (targets: Tensor) => Tensor,
): Tensor {
  const targets = cosines.gather(1, classes.unsqueeze(1));
  const changed = margin(targets.squeeze(1)).unsqueeze(1);
  return gradient === 'exact' ? changed : targets.add(changed.sub(targets).detach());
}

/** Cosines `[N, C]` with other ones `[N, 1]` for each row's class. */
export function withTargets(cosines: Tensor, classes: Tensor, targets: Tensor): Tensor {
  return cosines.scatter(1, classes.unsqueeze(1), targets);
}
