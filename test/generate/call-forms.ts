/**
 * What the generated declarations accept and what they refuse. Nothing runs here: `npm run types` is the test, and an
 * `@ts-expect-error` that has nothing to expect is an error.
 */
import { fft } from '../../lib/generated/fft.ts';
import { norm } from '../../lib/generated/linalg.ts';
import { gelu } from '../../lib/generated/nn.ts';
import type { TensorMethods } from '../../lib/generated/tensor-methods.ts';
import * as torch from '../../lib/generated/torch.ts';
import type { Tensor } from '../../lib/types.ts';

/** Compiles only if the two types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : never;
function check<_T extends true>(): void {}

type Values = [Tensor, Tensor] & { values: Tensor; indices: Tensor };

export function positionalThenOptions(x: Tensor): void {
  x.sum();
  x.sum(1);
  x.sum(1n, true);
  x.sum([0, 1], { keepdim: true });
  x.sum(null, { dtype: 'float64' });
  x.sum(1, true, { dtype: 'float64' });
  x.sum({ dim: 1, keepdim: true });
  x.sum({ dtype: 'float64' });
  // @ts-expect-error there is no such option
  x.sum(1, { keepdims: true });
  // @ts-expect-error dim is given twice
  x.sum(1, { dim: 1 });
  // @ts-expect-error options come last
  x.sum({ keepdim: true }, 1);
  // @ts-expect-error dtype is keyword-only
  x.sum(1, true, 'float64');
  // @ts-expect-error without dim there is no keepdim
  x.sum({ keepdim: true });
  // @ts-expect-error a tensor is no options object, though it has a dtype
  x.sum(x);
  // @ts-expect-error methods have no out
  x.sum(1, { out: x });
  // @ts-expect-error a string is no dimension
  x.sum('1');
}

export function functionForm(x: Tensor, out: Tensor): void {
  torch.sum(x, 1, true);
  torch.sum(x, 1, { keepdim: true, out });
  torch.sum(x, { dim: [0, 1] });
  torch.clamp(x, { min: 0 });
  torch.clamp(x, 0, 1);
  torch.clamp(x, 0, { max: 1, out });
  torch.clamp(x, x, x);
  // @ts-expect-error bounds are both numbers or both tensors
  torch.clamp(x, 0, x);
  // @ts-expect-error the first argument has no name
  torch.sum({ input: x });
  // @ts-expect-error the first argument is missing
  torch.sum();
  torch.conv2d(x, x, null, 1, [1, 1]);
  torch.conv2d(x, x, { stride: 2, padding: 'same' });
  torch.conv2d(x, { weight: x, bias: null, groups: 2 });
  // @ts-expect-error weight is missing
  torch.conv2d(x, { stride: 2 });
  torch.cat([x, x], { dim: 1 });
  // @ts-expect-error a list of tensors
  torch.cat(x, { dim: 1 });
  torch.where(x, 0, x);
  torch.einsum('ij,jk->ik', [x, x]);
  torch.split(x, 2);
  torch.split(x, [1, 2], { dim: 1 });
  torch.var(x, { dim: 0, correction: 0 });
  norm(x, { ord: 'fro', dim: [0, 1] });
  fft(x, { norm: 'ortho' });
  gelu(x, { approximate: 'tanh' });
}

export function numbersAndTensors(x: Tensor): void {
  torch.sub(1, x.mul(2));
  torch.sub(1, x, { alpha: 2 });
  torch.gt(0, x);
  torch.pow(2, x);
  torch.pow(x, 2);
  torch.bitwiseAnd(1, x);
  // @ts-expect-error neither is a tensor
  torch.pow(2, 3);
  x.add(1).mul(x).div(2, { roundingMode: 'floor' });
  x.copy_(1);
  x.eq(true);
  // @ts-expect-error maximum takes no number in Python either
  torch.maximum(x, 0);
  // @ts-expect-error a string is no number
  x.add('1');
}

export function factories(x: Tensor): void {
  torch.zeros([2, 3]);
  torch.zeros([2, 3], { dtype: 'int64', device: 'cpu', requiresGrad: false });
  torch.arange(0, 10, { step: 2, dtype: 'float32' });
  torch.randint(10, [3], { generator: null });
  torch.randn([2], { out: x });
  x.newZeros([2], { dtype: 'bool' });
  torch.onesLike(x, { memoryFormat: 'preserve_format', requiresGrad: true });
  // @ts-expect-error sizes are arrays
  torch.zeros(2, 3);
  // @ts-expect-error a tensor is no options object, though it has a dtype
  torch.zeros([2, 3], x);
  // @ts-expect-error no such dtype
  torch.zeros([2, 3], { dtype: 'float31' });
}

export function results(x: Tensor): void {
  const { values, indices } = x.max(1);
  const [first, second] = x.max({ dim: 1 });
  check<Same<typeof values | typeof indices | typeof first | typeof second, Tensor>>();
  const most = x.max();
  const larger = torch.max(x, x);
  check<Same<typeof most | typeof larger, Tensor>>();
  const sorted = torch.sort(x, { descending: true });
  check<Same<typeof sorted, Values>>();
  const parts = x.split(2);
  check<Same<typeof parts, Tensor[]>>();
  const same = torch.equal(x, x);
  check<Same<typeof same, boolean>>();
  const dtype = torch.promoteTypes('int64', 'float32');
  check<Same<typeof dtype, Tensor['dtype']>>();
  const place = x.storageOffset();
  check<Same<typeof place, number>>();
}

/** What changes in place is returned as what it was. */
export function inPlace<T extends TensorMethods>(x: T): T {
  return x.add_(1).clampMin_(0).zero_();
}

export function handWritten(x: TensorMethods): void {
  // @ts-expect-error item is written by hand
  x.item();
  // @ts-expect-error in Python a property
  x.mT();
}
