/** Tensors of ours and of Python's compared bit for bit. */

import { AssertionError, expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { fromWire, isPythonTensor, type PythonTensor, type PythonValue, toWire } from './wire.ts';

/** The elements as numbers that can be compared for NaN and shown: pairs for complex dtypes. */
function numbersOf(tensor: torch.Tensor): ArrayLike<number | bigint> {
  const { dtype } = tensor;
  if (dtype.startsWith('float') || dtype.startsWith('bfloat')) return tensor.detach().to('float64').toTypedArray();
  if (dtype.startsWith('complex')) return tensor.detach().to('complex128').toTypedArray();
  return tensor.toTypedArray();
}

function firstDifference(actual: PythonTensor, expected: PythonTensor): string | undefined {
  if (Buffer.compare(actual.bytes, expected.bytes) === 0) return undefined;
  const [ours, theirs] = torch.scope(() => [numbersOf(fromWire(actual)), numbersOf(fromWire(expected))]);
  const parts = actual.dtype.startsWith('complex') ? 2 : 1;
  const count = ours.length / parts;
  const width = actual.bytes.length / count;
  let differing = 0;
  let first = -1;
  for (let i = 0; i < count; i++) {
    const same = (part: number) => {
      const [a, b] = [ours[i * parts + part], theirs[i * parts + part]];
      if (Number.isNaN(a) && Number.isNaN(b)) return true;
      const [from, to] = [i * width + (part * width) / parts, i * width + ((part + 1) * width) / parts];
      return Buffer.compare(actual.bytes.subarray(from, to), expected.bytes.subarray(from, to)) === 0;
    };
    if (same(0) && same(parts - 1)) continue;
    if (first < 0) first = i;
    differing++;
  }
  if (first < 0) return undefined;
  const place: number[] = [];
  let rest = first;
  for (const size of [...actual.shape].reverse()) {
    place.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  const show = (numbers: ArrayLike<number | bigint>, { bytes }: PythonTensor) => {
    const values = Array.from({ length: parts }, (_, part) => String(numbers[first * parts + part])).join(', ');
    const bits = Buffer.from(bytes.slice(first * width, (first + 1) * width).reverse()).toString('hex');
    return `${values} (0x${bits})`;
  };
  return `${differing} of ${count} elements differ, first at [${place}]: ${show(ours, actual)}, Python has ${show(theirs, expected)}`;
}

/**
 * Fails unless both have the same dtype, shape and bits, and shows the first element that differs. Two NaNs are the same,
 * whatever their payload. Lists are compared one by one; null equals Python's None.
 */
export function expectSameBits(
  actual: torch.Tensor | readonly (torch.Tensor | null)[] | null,
  expected: PythonValue | undefined,
  label = 'tensor',
): void {
  if (Array.isArray(actual)) {
    expect(expected, label).to.be.an('array').with.lengthOf(actual.length);
    actual.forEach((each, i) => {
      expectSameBits(each, (expected as PythonValue[])[i], `${label}[${i}]`);
    });
    return;
  }
  if (actual === null) {
    expect(expected, label).to.equal(null);
    return;
  }
  if (!isPythonTensor(expected))
    throw new TypeError(`${label}: expected a tensor from Python, got ${String(expected)}`);
  const ours = toWire(actual as torch.Tensor);
  expect(ours.dtype, `${label}: dtype`).to.equal(expected.dtype);
  expect(ours.shape, `${label}: shape`).to.deep.equal(expected.shape);
  const difference = firstDifference(ours, expected);
  if (difference !== undefined) throw new AssertionError(`${label}: ${difference}`);
}
