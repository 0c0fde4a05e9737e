/** What loaders give, as types: compiled, never run. */

import * as torch from '../../lib/index.ts';
import type { Equal, Holds } from './equal.ts';

type BatchOf<L> = L extends AsyncIterable<infer B> ? B : never;

const { DataLoader, TensorDataset } = torch.data;
const tensors = new TensorDataset(torch.ones([1]), torch.ones([1]));
const objects = [{ x: 1, name: 'a', pair: [1n, torch.ones([1])] as [bigint, torch.Tensor] }];

const pairs = new DataLoader(tensors, 4, true, { numWorkers: 2 });
const records = new DataLoader(objects, { batchSize: 2 });
const sums = new DataLoader([1, 2, 3], 2, { collateFn: (samples: number[]) => String(samples) });
const streams = new DataLoader(new Set(['a']), 2);

export type Checks = [
  Holds<Equal<BatchOf<typeof pairs>, [torch.Tensor, torch.Tensor]>>,
  Holds<Equal<BatchOf<typeof records>, { x: torch.Tensor; name: string[]; pair: [torch.Tensor, torch.Tensor] }>>,
  Holds<Equal<BatchOf<typeof sums>, string>>,
  Holds<Equal<BatchOf<typeof streams>, string[]>>,
];

// @ts-expect-error: a tensor is no dataset
new DataLoader(torch.ones([1]));
// @ts-expect-error: there is no such option
new DataLoader([1], { workers: 2 });
