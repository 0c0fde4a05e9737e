/** Loads large files, which lie in the page cache: `HINGE_BENCH_MEGABYTES` says how large (256). */

import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as torch from '../lib/index.ts';
import { Stopwatch } from './stopwatch.ts';

torch.setNumThreads(1);
const megabytes = Number(process.env.HINGE_BENCH_MEGABYTES ?? 256);
const path = join(tmpdir(), `hinge-bench-${megabytes}`);

/** Tensors of 4 MB; files.py makes the same. */
function makeFiles(): void {
  torch.manualSeed(0);
  const tensors = new Map<string, torch.Tensor>();
  for (let i = 0; i < megabytes / 4; i++) tensors.set(`layers.${i}.weight`, torch.randn([1024, 1024]));
  torch.save(tensors, `${path}.pt`);
  torch.safetensors.saveFile(tensors, `${path}.safetensors`);
}

function sumOf(tensors: Map<string, torch.Tensor>): number {
  let sum = 0;
  for (const tensor of tensors.values()) sum += tensor.sum().item() as number;
  return sum;
}

if (!existsSync(`${path}.pt`) || !existsSync(`${path}.safetensors`)) torch.scope(makeFiles);
const loads = {
  'pt mapped': () => torch.load<Map<string, torch.Tensor>>(`${path}.pt`, { mmap: true }),
  safetensors: () => torch.safetensors.loadFile(`${path}.safetensors`),
};
const stopwatch = new Stopwatch();
// Once, as programs do: into memory that is fresh.
const start = process.hrtime.bigint();
const loaded = torch.load<Map<string, torch.Tensor>>(`${path}.pt`);
stopwatch.note('pt', Number(process.hrtime.bigint() - start));
stopwatch.number('sum', sumOf(loaded));
for (const [row, load] of Object.entries(loads)) {
  stopwatch.time(row, (count) => {
    for (let i = 0; i < count; i++) torch.scope(() => void load());
  });
  stopwatch.time(`${row}, and sum`, (count) => {
    for (let i = 0; i < count; i++) torch.scope(() => sumOf(load()));
  });
}
stopwatch.print();
