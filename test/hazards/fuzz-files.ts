/**
 * Loads mutated files: `node fuzz-files.ts seed from to file`. Each is a good file of some format, changed where its
 * structure says that it hurts. Before each case its description is written to the file, so that a case that ends the
 * process is known. The last line of output counts the outcomes and lists what was thrown beside `CheckpointError`s.
 */

import { openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import * as torch from '../../lib/index.ts';
import {
  bytewise,
  type Format,
  integer,
  mutateEntries,
  mutateJson,
  mutateNpy,
  mutatePickle,
  mutateZipField,
} from './file-mutations.ts';
import { pick, type Random, streamOf } from './fuzz-values.ts';

function seeds(): readonly Format[] {
  torch.manualSeed(0);
  const matrix = torch.randn([4, 6]);
  const nested = {
    model: new Map([
      ['weight', matrix],
      ['view', matrix.t()],
      ['row', matrix.select(0, 1)],
    ]),
    list: [1, 2.5, -0, 2n ** 70n, 'text', null, true, new Uint8Array([1, 2, 3]), new torch.Complex(1, 2)],
    tuple: torch.io.Tuple.of<unknown>(1, torch.io.Tuple.of('a'), torch.io.Size.of(2, 3)),
    numbers: { 0: matrix.to('int64'), 7: matrix.to('bfloat16') },
    rest: new torch.io.Dict<unknown, unknown>([
      [1.5, new Set([1, 'x'])],
      [null, new torch.io.DTypeValue('float16')],
    ]),
    parameter: new torch.nn.Parameter(torch.ones([3])),
  };
  const special = [
    torch.eye(3).toSparse(),
    torch.eye(3).toSparseCsr(),
    torch.quantizePerTensor(matrix, 0.1, 3, 'qint8'),
    torch.ones([2], { dtype: 'complex64' }).conj(),
    torch.zeros([0, 3]),
    torch.empty([2], { device: 'meta' }),
    matrix.to('float8_e4m3fn'),
    matrix.gt(0),
  ];
  const optimizer = new torch.optim.Adam([nested.parameter]);
  const tensors = { a: matrix, b: matrix.gt(0), c: torch.tensor(3n), d: torch.zeros([0]), e: matrix.to('bfloat16') };
  torch.numpy.savez('seed.npz', { a: matrix, b: matrix.gt(0), c: torch.tensor(3n) });
  return [
    {
      name: 'pt',
      files: [nested, special, optimizer.stateDict()].map((value) => torch.saveBytes(value)),
      load: (file, mmap) => torch.load(file, { mmap }),
      mutations: [mutateZipField, mutatePickle, mutatePickle, mutatePickle, mutateEntries],
    },
    {
      name: 'safetensors',
      files: [tensors, { x: matrix }].map((each) => torch.safetensors.save(each, { metadata: { by: 'hinge' } })),
      load: (file, mmap) =>
        typeof file === 'string' ? torch.safetensors.loadFile(file, { mmap }) : torch.safetensors.load(file),
      mutations: [mutateJson, mutateJson],
    },
    {
      name: 'npy',
      files: [matrix, matrix.t(), matrix.gt(0), torch.tensor(2.5), torch.zeros([0, 2])].map(torch.numpy.saveBytes),
      load: (file, mmap) => torch.numpy.load(file, { mmap }),
      mutations: [mutateNpy, mutateNpy],
    },
    {
      name: 'npz',
      files: [new Uint8Array(readFileSync('seed.npz'))],
      load: (file, mmap) => torch.numpy.load(file, { mmap }),
      mutations: [mutateZipField, mutateEntries],
    },
  ];
}

/** Reads every element, so that a tensor over memory that is not there is found. */
function use(value: unknown, seen = new Set<unknown>()): void {
  if (typeof value !== 'object' || value === null || seen.has(value)) return;
  seen.add(value);
  if (value instanceof torch.Tensor) {
    if (value.device === 'meta' || value.numel() > 1e6) return;
    String(value);
    if (value.layout === 'strided' && !value.dtype.startsWith('q')) value.toTypedArray();
  } else if (value instanceof Map) for (const each of value.values()) use(each, seen);
  else if (Array.isArray(value) || value instanceof Set) for (const each of value) use(each, seen);
  else for (const each of Object.values(value)) use(each, seen);
}

function mutate(format: Format, random: Random): Buffer {
  let bytes: Buffer = Buffer.from(pick(random, format.files));
  if (random() < 0.6) bytes = pick(random, format.mutations)(bytes, random, format);
  else
    for (let i = integer(random, 3); i >= 0 && bytes.length > 8; i--)
      bytes = pick(random, bytewise)(bytes, random, format);
  return bytes;
}

const [seed, from, to] = process.argv.slice(2, 5).map(Number) as [number, number, number];
const log = openSync(process.argv[5] as string, 'w');
const formats = seeds();
const counts: Record<string, number> = {};
const unexpected: string[] = [];
for (let index = from; index < to; index++) {
  const random = streamOf(seed + index * 7919);
  const format = formats[index % formats.length] as Format;
  const bytes = mutate(format, random);
  const text = `${index}\t${format.name}`;
  writeSync(log, text.padEnd(40), 0);
  let outcome = 'loads';
  try {
    torch.scope(() => {
      if (random() < 0.5) use(format.load(new Uint8Array(bytes), false));
      else {
        writeFileSync('case', bytes);
        use(format.load('case', random() < 0.5));
      }
    });
  } catch (error) {
    outcome = (error as Error).name;
    if (!(error instanceof torch.CheckpointError)) unexpected.push(`${text}: ${(error as Error).stack?.slice(0, 600)}`);
  }
  const key = `${format.name} ${outcome}`;
  counts[key] = (counts[key] ?? 0) + 1;
}
const peak = Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024;
console.log(JSON.stringify({ counts, unexpected: unexpected.slice(0, 20), peak, tensors: torch.memory().tensors }));
