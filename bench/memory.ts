/** What a synchronous loop that drops its tensors needs at most: 1,500 tensors of 4 MB, 6 GB in all. */

import * as torch from '../lib/index.ts';
import { peakMegabytes } from './peak.ts';
import { Stopwatch } from './stopwatch.ts';

torch.setNumThreads(1);
const stopwatch = new Stopwatch();
let last = 0;
for (let i = 0; i < 1500; i++) {
  const dropped = torch.full([1000, 1000], i);
  if (i === 1499) last = dropped.mean().item() as number;
}
stopwatch.note('peak', peakMegabytes());
stopwatch.number('last', last);
stopwatch.print();
