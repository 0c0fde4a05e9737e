/** Types of what a tensor holds, of modes and of errors. Nothing here runs. */

import * as torch from '../../lib/index.ts';
import type { Equal, Holds } from './equal.ts';

export function elements(x: torch.Tensor): unknown {
  const item = x.item();
  const big = x.itemBigInt();
  const { shape, dtype, device, grad, gradFn } = x;
  type _Item = Holds<Equal<typeof item, number | boolean | torch.Complex>>;
  type _Big = Holds<Equal<typeof big, bigint>>;
  type _Shape = Holds<Equal<typeof shape, number[]>>;
  type _Dtype = Holds<Equal<typeof dtype, torch.DType>>;
  type _Device = Holds<Equal<typeof device, torch.DeviceLike>>;
  type _Grad = Holds<Equal<typeof grad, torch.Tensor | null>>;
  type _Name = Holds<Equal<NonNullable<typeof gradFn>['name'], string>>;
  return [item, big, shape, dtype, device, grad, gradFn];
}

/** Names are literals, so that a table of dtypes is checked. */
export const constants = [torch.float32, torch.int64, torch.channelsLast] as const;
export type Constants = Holds<Equal<typeof constants, readonly ['float32', 'int64', 'channels_last']>>;

export function modes(x: torch.Tensor): unknown {
  const pair = torch.scope(() => ({ loss: x.sum(), count: 1 }));
  const value = torch.noGrad(() => x.mul(2));
  const kept = torch.keep([x] as const);
  type _Pair = Holds<Equal<typeof pair, { loss: torch.Tensor; count: number }>>;
  type _Value = Holds<Equal<typeof value, torch.Tensor>>;
  type _Kept = Holds<Equal<typeof kept, readonly [torch.Tensor]>>;
  const gradients = torch.autograd.grad(x, [x], { allowUnused: true });
  type _Gradients = Holds<Equal<typeof gradients, (torch.Tensor | null)[]>>;
  return [pair, value, kept, gradients];
}

export function caught(error: unknown): string {
  if (error instanceof torch.ShapeError) return error.code satisfies 'ERR_SHAPE';
  if (error instanceof torch.TorchError) return error.operator ?? error.code;
  return '';
}

export function owned(): void {
  using x = torch.ones([2]);
  x.sum();
}

export function refused(x: torch.Tensor): void {
  // @ts-expect-error null stands for no gradient, undefined for nothing
  x.grad = undefined;
  // @ts-expect-error a hook returns a tensor or nothing
  x.registerHook(() => 1);
  // @ts-expect-error the default dtype is one of the names
  torch.setDefaultDtype('float33');
  // @ts-expect-error a scope takes a function
  torch.scope(x);
  // @ts-expect-error a shared buffer must be a typed array
  torch.fromBlob([1, 2]);
  // @ts-expect-error an item may be a boolean
  const n: number = x.item();
  // @ts-expect-error options of backward have these names only
  x.backward(null, { retain_graph: n });
}
