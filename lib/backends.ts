/** Which kernels may be used (`torch.backends`). */

import { describeValue } from './errors.ts';

let fastpath = true;

/** Attention (`torch.backends.mha`). */
export const mha = {
  /** Whether attention and encoder layers may compute by one operator in evaluation mode; true at the start. */
  getFastpathEnabled(): boolean {
    return fastpath;
  },

  setFastpathEnabled(value: boolean): void {
    if (typeof value !== 'boolean') {
      throw new TypeError(`setFastpathEnabled: value must be a boolean, got ${describeValue(value)}`);
    }
    fastpath = value;
  },
};
