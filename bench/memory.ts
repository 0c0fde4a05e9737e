/** What a synchronous loop that drops its tensors needs at most: 1,500 tensors of 4 MB, 6 GB in all. */

import { readFileSync } from 'node:fs';
import * as torch from '../lib/index.ts';
import { Stopwatch } from './stopwatch.ts';

/** The most memory that this process ever held, in MB; `maxRSS` would start at what its parent held. */
function peakMegabytes(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS / 1000;
  const peak = readFileSync('/proc/self/status', 'utf8').match(/VmHWM:\s+(\d+) kB/)?.[1];
  return (Number(peak) * 1024) / 1e6;
}

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
