/** Borders that repeat the edge. */

import { type Border1, type Border2, type Border3, BorderNd } from './border.ts';

/** Adds borders that repeat the edge: `[N, C, L]` to `[N, C, L']` (`torch.nn.ReplicationPad1d`). */
export class ReplicationPad1d extends BorderNd<[number, number]> {
  constructor(padding: Border1) {
    super(2, 'replicate', padding);
  }
}

/** Adds borders that repeat the edge: `[N, C, H, W]` to `[N, C, H', W']` (`torch.nn.ReplicationPad2d`). */
export class ReplicationPad2d extends BorderNd<[number, number, number, number]> {
  constructor(padding: Border2) {
    super(4, 'replicate', padding);
  }
}

/** Adds borders that repeat the edge: `[N, C, D, H, W]` to `[N, C, D', H', W']` (`torch.nn.ReplicationPad3d`). */
export class ReplicationPad3d extends BorderNd<[number, number, number, number, number, number]> {
  constructor(padding: Border3) {
    super(6, 'replicate', padding);
  }
}
