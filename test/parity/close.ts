/** Tensors of ours and of Python's compared within a tolerance, where the two compute in another order. */

import { expect } from 'chai';
import type * as torch from '../../lib/index.ts';
import { fromWire, isPythonTensor, type PythonValue } from './wire.ts';

export interface Tolerance {
  /** Relative to the largest element expected; 1e-9 by default. */
  readonly rtol?: number;
  readonly atol?: number;
}

/** Fails unless shapes are equal and every element is within the tolerance; NaN is close to nothing. */
export function expectClose(
  actual: torch.Tensor | null,
  expected: PythonValue | undefined,
  label: string,
  { rtol = 1e-9, atol = 1e-12 }: Tolerance = {},
): void {
  if (actual === null) throw new TypeError(`${label}: expected a tensor, got null`);
  if (!isPythonTensor(expected))
    throw new TypeError(`${label}: expected a tensor from Python, got ${String(expected)}`);
  const wanted = fromWire(expected).detach().double();
  const got = actual.detach().double();
  expect(got.shape, `${label}: shape`).to.deep.equal(wanted.shape);
  if (wanted.numel() === 0) return;
  const worst = got.sub(wanted).abs().max().item() as number;
  const scale = wanted.abs().max().item() as number;
  const limit = atol + rtol * scale;
  expect(worst <= limit, `${label}: off by ${worst}, more than ${limit}; largest element ${scale}`).to.equal(true);
}
