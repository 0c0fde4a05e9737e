import type { LossBatch } from './loss-batch.ts';

/** Throws where a loss to which it has no meaning was given a reference. */
export function refuseReference({ isSelf, where }: LossBatch): void {
  if (!isSelf) throw new TypeError(`${where}: this loss takes no reference, got one`);
}
