/** The projection at the end of attention. */

import { Linear } from './linear.ts';

/** A `Linear` under another name, which PyTorch has for attention and prints (`NonDynamicallyQuantizableLinear`). */
export class NonDynamicallyQuantizableLinear extends Linear {}
