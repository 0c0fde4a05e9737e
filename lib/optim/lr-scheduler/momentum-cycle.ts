/** Momentum that runs against the rates of `CyclicLR` and `OneCycleLR`. */

import type { Optimizer } from '../optimizer.ts';
import { type Group, groupsOf } from './lr-scheduler.ts';

/** Whether the optimizer's momentum is its first beta. @throws RangeError where it has neither. */
export function usesBeta1(where: string, optimizer: Optimizer): boolean {
  const isBeta = 'betas' in optimizer.defaults;
  if (!isBeta && !('momentum' in optimizer.defaults)) {
    throw new RangeError(
      `${where}: cycleMomentum needs an optimizer with momentum or betas, got ${optimizer.constructor.name}`,
    );
  }
  return isBeta;
}

/** Sets the momentum of a group. */
export function setMomentum(group: Group, isBeta: boolean, momentum: number): void {
  if (isBeta) group.betas = [momentum, ...(group.betas as number[]).slice(1)];
  else group.momentum = momentum;
}

/** Begins with the greatest momentum, and remembers both ends in the groups, as PyTorch does. */
export function beginMomentum(
  optimizer: Optimizer,
  isBeta: boolean,
  least: readonly number[],
  greatest: readonly number[],
): void {
  for (const [i, group] of groupsOf(optimizer).entries()) {
    setMomentum(group, isBeta, greatest[i] as number);
    group.maxMomentum = greatest[i];
    group.baseMomentum = least[i];
  }
}
