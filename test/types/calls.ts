/** Call forms that compile, and those that must not. Nothing here runs. */

import * as torch from '../../lib/index.ts';
import type { Equal, Holds } from './equal.ts';

export function forms(x: torch.Tensor, y: torch.Tensor): torch.Tensor[] {
  return [
    torch.add(x, y),
    torch.add(x, 1),
    torch.add(1, x),
    torch.add(x, 1n, { alpha: 2 }),
    torch.add(x, true),
    torch.add(x, new torch.Complex(0, 1)),
    torch.add(x, y, { out: x }),
    torch.add(x, { other: y, alpha: 2 }),
    torch.sub(1.0, y.mul(x)),
    x.add(y).mul(2).neg().relu(),
    torch.sum(x),
    torch.sum(x, 1),
    torch.sum(x, [0, 1], true),
    torch.sum(x, 1, { keepdim: true, dtype: 'float64' }),
    torch.sum(x, { dim: 1, keepdim: true }),
    x.sum({ dtype: torch.float64 }),
    torch.clamp(x, { min: 0 }),
    torch.clamp(x, null, 1),
    torch.zeros([2, 3n]),
    torch.zeros([2], { dtype: 'bfloat16', device: 'cuda:1', requiresGrad: true }),
    torch.randn([2], { generator: new torch.Generator() }),
    torch.arange(0, 1, 0.5),
    torch.tensor([
      [1, 2],
      [true, 3n],
    ]),
    torch.tensor(new Float32Array(2)),
    x.index([0, torch.slice(1), '...', null, true, y, [0, 1]]),
    x.view([2, -1]),
    x.view('int32'),
    torch.where(x, y, 0),
    torch.cat([x, y], 1),
    torch.einsum('ij,jk->ik', [x, y]),
    torch.linalg.norm(x, 'fro'),
    torch.fft.fft(x, { norm: 'ortho' }),
    torch.special.expit(x),
    x.to('float64').to('cuda').to(y).to({ dtype: 'int64', copy: true }),
  ];
}

export function results(x: torch.Tensor): unknown {
  const largest = torch.max(x, 1);
  const sorted = x.sort();
  const parts = torch.split(x, 2);
  const all = torch.max(x);
  const count = x.numel();
  const equal = torch.equal(x, x);
  const dtype = torch.promoteTypes('int32', 'float16');
  const [first, ...rest] = x;
  // Arrays have a method of this name, too, so the types are not equal.
  const values: torch.Tensor = largest.values;
  type _Indices = Holds<Equal<(typeof largest)[1], torch.Tensor>>;
  type _Sorted = Holds<Equal<typeof sorted.indices, torch.Tensor>>;
  type _Parts = Holds<Equal<typeof parts, torch.Tensor[]>>;
  type _All = Holds<Equal<typeof all, torch.Tensor>>;
  type _Count = Holds<Equal<typeof count, number>>;
  type _Equal = Holds<Equal<typeof equal, boolean>>;
  type _Dtype = Holds<Equal<typeof dtype, torch.DType>>;
  type _Iterated = Holds<Equal<typeof first, torch.Tensor | undefined>>;
  return [values, largest, sorted, parts, all, count, equal, dtype, first, rest];
}

/** A method that works in place gives back the type that it was called on. */
export function inPlace<T extends torch.Tensor>(x: T): T {
  return x.add_(1).relu_().requiresGrad_();
}

export function refused(x: torch.Tensor): void {
  // @ts-expect-error a string is no tensor
  torch.relu('x');
  // @ts-expect-error the other matrix is missing
  torch.matmul(x);
  // @ts-expect-error one argument too many
  torch.relu(x, x);
  // @ts-expect-error alpha can only be named
  torch.add(x, x, 2);
  // @ts-expect-error no option has this name
  torch.add(x, x, { beta: 2 });
  // @ts-expect-error dim is given twice
  torch.softmax(x, 1, { dim: 1 });
  // @ts-expect-error names are camelCase
  torch.zeros([2], { requires_grad: true });
  // @ts-expect-error no dtype has this name
  torch.zeros([2], { dtype: 'float33' });
  // @ts-expect-error no device has this name
  torch.zeros([2], { device: 'gpu' });
  // @ts-expect-error sizes are an array
  torch.zeros(2, 3);
  // @ts-expect-error sizes are numbers
  torch.zeros(['2']);
  // @ts-expect-error a tensor is no options object
  torch.sum(x, 1, x);
  // @ts-expect-error an in-place operator has no out
  x.add_(1, { out: x });
  // @ts-expect-error the mode is a string
  torch.div(x, x, { roundingMode: 1 });
  // @ts-expect-error a string is no index, but for the ellipsis
  x.index(['1']);
  // @ts-expect-error a shape is read, not written
  x.shape = [1];
  // @ts-expect-error nested lists hold numbers
  torch.tensor([['1']]);
  // @ts-expect-error it names no results
  torch.split(x, 2).indices;
  // @ts-expect-error norms are numbers, 'fro' or 'nuc'
  torch.norm(x, 'two');
  // @ts-expect-error a seed is a number or a bigint
  torch.manualSeed('1');
}
