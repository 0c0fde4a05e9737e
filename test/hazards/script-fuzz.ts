/**
 * Loads damaged TorchScript files: `node script-fuzz.ts seed from to file`. Before each case its number is written to the
 * file, so that a case that ends the process is known.
 */

import { openSync, writeSync } from 'node:fs';
import * as torch from '../../lib/index.ts';
import { pick, type Random, streamOf } from './fuzz-values.ts';
import { readRecords, writeRecords } from './zip-archive.ts';

const { nn } = torch;

class Model extends nn.Module {
  layers = new nn.Sequential(new nn.Conv2d(1, 2, 3), new nn.ReLU(), new nn.Flatten(), new nn.Linear(8, 3));
  shift = this.registerBuffer('shift', torch.ones([3]));
  forward(x: torch.Tensor): torch.Tensor[] {
    const y = this.layers(x).add(this.shift);
    return [y, y.add(torch.tensor([1, 2, 3]))];
  }
}

torch.manualSeed(1);
const input = torch.ones([1, 1, 4, 4]);
const archive = Buffer.from(torch.jit.trace(new Model(), input).saveToBuffer());
const records = readRecords(archive);

/** Bytes changed, cut out or doubled. */
function mutate(random: Random, bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  const at = Math.floor(random() * copy.length);
  const length = Math.floor(random() * 40);
  const kind = random();
  if (kind < 0.1) return copy.subarray(0, at);
  if (kind < 0.2) return Buffer.concat([copy.subarray(0, at), copy.subarray(at + length)]);
  if (kind < 0.3) return Buffer.concat([copy.subarray(0, at + length), copy.subarray(at)]);
  for (let count = 1 + Math.floor(random() * 4); count > 0; count--) {
    const place = Math.floor(random() * copy.length);
    copy[place] =
      random() < 0.5 ? (copy[place] as number) ^ (1 << Math.floor(random() * 8)) : Math.floor(random() * 256);
  }
  return copy;
}

/** Half of the files are damaged as disks and networks do it, half by somebody who mends the checksums. */
function damaged(random: Random): Buffer {
  if (random() < 0.5) return mutate(random, archive);
  const target = pick(random, records);
  return writeRecords(records.map((each) => (each === target ? { ...each, data: mutate(random, each.data) } : each)));
}

const [, , seed = '0', from = '0', to = '0', file = ''] = process.argv;
const record = openSync(file, 'w');
const counts = { refused: 0, loaded: 0, ran: 0 };
for (let index = Number(from); index < Number(to); index++) {
  writeSync(record, String(index).padEnd(20), 0);
  const random = streamOf(Number(seed) * 1_000_003 + index);
  const bytes = damaged(random);
  torch.scope(() => {
    try {
      const model = torch.jit.load(bytes);
      counts.loaded++;
      for (const tensor of model.stateDict().values()) tensor.tolist();
      for (const name of model.methodNames) model.runMethod(name, input);
      counts.ran++;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      if (error instanceof torch.CheckpointError) counts.refused++;
      else if (!(error instanceof torch.TorchError) && !(error instanceof TypeError) && !(error instanceof RangeError))
        throw error;
    }
  });
}
console.log(JSON.stringify({ ...counts, sum: torch.ones([10]).add(1).sum().item() }));
