/** What one small operator costs: the call, not the arithmetic. */

import * as torch from '../lib/index.ts';
import { Stopwatch } from './stopwatch.ts';

const perScope = 100;

/** Runs `call` `count` times, each hundred in a scope of its own. */
function inScopes(count: number, call: () => torch.Tensor): void {
  for (let done = 0; done < count; done += perScope) {
    torch.scope(() => {
      for (let i = Math.min(perScope, count - done); i > 0; i--) call();
    });
  }
}

torch.setNumThreads(1);
const stopwatch = new Stopwatch();
const a = torch.tensor([1, 2, 3, 4]);
const b = torch.tensor([5, 6, 7, 8]);
const square = torch.ones([8, 8]);

stopwatch.time('add, scoped', (count) => inScopes(count, () => a.add(b)));
stopwatch.time('add, unscoped', (count) => {
  for (let i = 0; i < count; i++) a.add(b);
});
stopwatch.time('mul number', (count) => inScopes(count, () => a.mul(2.5)));
stopwatch.time('sum keepdim', (count) => inScopes(count, () => square.sum(1, { keepdim: true })));
stopwatch.time('matmul', (count) => inScopes(count, () => square.matmul(square)));
stopwatch.time('index', (count) => inScopes(count, () => square.index([torch.slice(0, 4), 2])));
stopwatch.print();
