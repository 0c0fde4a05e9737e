import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { Noisy, Range } from '../data/modules/datasets.ts';
import { expectSameBits, usePython } from './oracle.ts';

const { data } = torch;
type Generate = torch.Generator | null;

/** Samplers over ten samples: Python's arguments and ours, for a generator `g` or None. */
const samplers: readonly (readonly [python: string, ours: (g: Generate) => Iterable<unknown>])[] = [
  ['RandomSampler(range(10), generator=g)', (generator) => new data.RandomSampler({ length: 10 }, { generator })],
  ['RandomSampler(range(10), False, 25, g)', (g) => new data.RandomSampler({ length: 10 }, false, 25, g)],
  ['RandomSampler(range(10), False, 20, g)', (g) => new data.RandomSampler({ length: 10 }, false, 20, g)],
  ['RandomSampler(range(10), False, 4, g)', (g) => new data.RandomSampler({ length: 10 }, false, 4, g)],
  ['RandomSampler(range(10), True, None, g)', (g) => new data.RandomSampler({ length: 10 }, true, null, g)],
  ['RandomSampler(range(10), True, 100, g)', (g) => new data.RandomSampler({ length: 10 }, true, 100, g)],
  ['RandomSampler(range(10), True, 64, g)', (g) => new data.RandomSampler({ length: 10 }, true, 64, g)],
  ['SubsetRandomSampler([5, 3, 8, 1], g)', (g) => new data.SubsetRandomSampler([5, 3, 8, 1], g)],
  ['SubsetRandomSampler([], g)', (g) => new data.SubsetRandomSampler([], g)],
  [
    'WeightedRandomSampler([0.1, 0.9, 0.4, 0.7, 3.0, 0.6], 5, generator=g)',
    (generator) => new data.WeightedRandomSampler([0.1, 0.9, 0.4, 0.7, 3.0, 0.6], 5, { generator }),
  ],
  [
    'WeightedRandomSampler([0.9, 0.4, 0.05, 0.2, 0.3, 0.1], 5, False, g)',
    (g) => new data.WeightedRandomSampler([0.9, 0.4, 0.05, 0.2, 0.3, 0.1], 5, false, g),
  ],
  ['SequentialSampler(range(7))', () => new data.SequentialSampler({ length: 7 })],
  [
    'BatchSampler(RandomSampler(range(10), generator=g), 3, False)',
    (generator) => new data.BatchSampler(new data.RandomSampler({ length: 10 }, { generator }), 3, false),
  ],
  [
    'BatchSampler(RandomSampler(range(10), generator=g), 3, True)',
    (generator) => new data.BatchSampler(new data.RandomSampler({ length: 10 }, { generator }), 3, true),
  ],
  ['BatchSampler(range(9), 3, False)', () => new data.BatchSampler([...Array(9).keys()], 3, false)],
];

const splits: readonly (readonly [number, readonly number[]])[] = [
  [10, [3, 7]],
  [10, [0.3, 0.7]],
  [30, [0.3, 0.3, 0.4]],
  [10, [0.33, 0.33, 0.34]],
  [17, [0.1, 0.2, 0.3, 0.4]],
  [7, [0.5, 0.5]],
  [3, [0.5, 0.5, 0]],
  [1000, [0.7, 0.2, 0.1]],
  [1, [1]],
  [5, [5]],
  [5, [0, 5]],
  [0, [0, 0]],
];

/** Loaders over `x`: Python's options and ours. */
const loaders: readonly (readonly [python: string, ours: torch.data.DataLoaderOptions<unknown, unknown>])[] = [
  ['batch_size=4', { batchSize: 4 }],
  ['batch_size=4, shuffle=True', { batchSize: 4, shuffle: true }],
  ['batch_size=4, shuffle=True, drop_last=True', { batchSize: 4, shuffle: true, dropLast: true }],
  ['batch_size=None, shuffle=True', { batchSize: null, shuffle: true }],
  ['batch_size=23, shuffle=True', { batchSize: 23, shuffle: true }],
  ['shuffle=True', { shuffle: true }],
  ['batch_size=4, sampler=[3, 1, 4, 1, 5]', { batchSize: 4, sampler: [3, 1, 4, 1, 5] }],
  ['batch_sampler=[[3, 1], [4], [1, 5, 9]]', { batchSampler: [[3, 1], [4], [1, 5, 9]] }],
];

async function listOf<T>(batches: AsyncIterable<T>, limit = Number.POSITIVE_INFINITY): Promise<T[]> {
  const list: T[] = [];
  for await (const batch of batches) {
    list.push(batch);
    if (list.length >= limit) break;
  }
  return list;
}

describe('data beside Python', function () {
  this.timeout(60_000);
  const python = usePython();
  const prelude = 'from torch.utils.data import *\n';
  const x = torch.arange(23).mul(2);

  for (const [theirs, ours] of samplers) {
    it(`${theirs} gives the same order, twice, and leaves the same random numbers`, async () => {
      const { lists, after } = await python.run(`${prelude}
lists = []
for _g in (None, torch.Generator().manual_seed(5)):
    torch.manual_seed(6)
    g = _g
    _sampler = ${theirs}
    lists += [list(_sampler), list(_sampler), [len(_sampler)]]
after = torch.rand(3)
del g`);
      const got: unknown[] = [];
      for (const generator of [null, new torch.Generator().manualSeed(5)]) {
        torch.manualSeed(6);
        const sampler = ours(generator);
        got.push([...sampler], [...sampler], [(sampler as unknown as { length: number }).length]);
      }
      expect(got).to.deep.equal(lists);
      expectSameBits(torch.rand([3]), after);
    });
  }

  for (const [length, lengths] of splits) {
    it(`random_split of ${length} by [${lengths}]`, async () => {
      const { parts, after } = await python.run(
        `${prelude}
torch.manual_seed(3)
parts = [list(p.indices) for p in random_split(range(${length}), lengths)]
parts += [list(p.indices) for p in random_split(range(${length}), lengths, torch.Generator().manual_seed(9))]
after = torch.rand(3)`,
        { lengths: [...lengths] },
      );
      const source = new Array<number>(length).fill(0);
      torch.manualSeed(3);
      const ours = data.randomSplit(source, lengths);
      const seeded = data.randomSplit(source, lengths, new torch.Generator().manualSeed(9));
      expect([...ours, ...seeded].map((part) => part.indices)).to.deep.equal(parts);
      expectSameBits(torch.rand([3]), after);
    });
  }

  for (const workers of [0, 2]) {
    for (const [theirs, ours] of loaders) {
      it(`DataLoader(${theirs}, num_workers=${workers}): batches of two epochs, and the random numbers after`, async () => {
        const { batches, after } = await python.run(
          `${prelude}
torch.manual_seed(11)
_loader = DataLoader(TensorDataset(x, x * 0.5), ${theirs}, num_workers=${workers})
batches = [list(b) for _ in range(2) for b in _loader]
after = torch.rand(3)`,
          { x },
        );
        torch.manualSeed(11);
        const dataset = new data.TensorDataset(x, x.mul(0.5));
        const loader = new data.DataLoader(dataset, { ...(ours as object), numWorkers: workers });
        const got = [...(await listOf(loader)), ...(await listOf(loader))];
        expect(got).to.have.lengthOf((batches as unknown[]).length);
        got.forEach((batch, i) => {
          expectSameBits(batch, (batches as never[])[i]);
        });
        expectSameBits(torch.rand([3]), after);
      });
    }

    it(`a generator of its own, and a loop that is left, with ${workers} workers`, async () => {
      const { batches, after } = await python.run(
        `${prelude}
torch.manual_seed(11)
_g = torch.Generator().manual_seed(12)
_loader = DataLoader(x, 4, True, generator=_g, num_workers=${workers})
batches = []
for _b in _loader:
    batches.append(_b)
    if len(batches) == 2:
        break
batches += list(_loader)
after = [torch.rand(3), torch.rand(3, generator=_g)]`,
        { x: x.tolist() as number[] },
      );
      torch.manualSeed(11);
      const generator = new torch.Generator().manualSeed(12);
      const samples = (x.tolist() as number[]).map(BigInt);
      const loader = new data.DataLoader(samples, 4, true, { generator, numWorkers: workers });
      const got = [...(await listOf(loader, 2)), ...(await listOf(loader))];
      expectSameBits(got, batches);
      expectSameBits([torch.rand([3]), torch.rand([3], { generator })], after);
    });
  }

  const noisy = `${prelude}
class _Noisy(Dataset):
    def __len__(self):
        return 13
    def __getitem__(self, i):
        return torch.tensor(i), torch.rand(3)
`;
  for (const options of ['', ', persistent_workers=True', ', prefetch_factor=1']) {
    it(`random numbers of workers are those of Python's${options}`, async () => {
      const { batches, after } = await python.run(`${noisy}
torch.manual_seed(4)
_loader = DataLoader(_Noisy(), 2, True, num_workers=3${options})
batches = [list(b) for _ in range(2) for b in _loader]
after = torch.rand(3)`);
      torch.manualSeed(4);
      const loader = new data.DataLoader(new Noisy(13), 2, true, {
        numWorkers: 3,
        persistentWorkers: options.includes('persistent'),
        prefetchFactor: options.includes('prefetch') ? 1 : 2,
      });
      const got = [...(await listOf(loader)), ...(await listOf(loader))];
      await loader.close();
      got.forEach((batch, i) => {
        expectSameBits(batch, (batches as never[])[i]);
      });
      expectSameBits(torch.rand([3]), after);
    });
  }

  for (const workers of [0, 1, 2, 3]) {
    for (const dropLast of [false, true]) {
      it(`an iterable dataset, shared by ${workers} workers, dropLast ${dropLast}`, async () => {
        const { batches, after } = await python.run(`${prelude}
class _Range(IterableDataset):
    def __iter__(self):
        info = get_worker_info()
        if info is None:
            return iter(range(3, 20))
        share = math.ceil(17 / info.num_workers)
        start = 3 + info.id * share
        return iter(range(start, min(start + share, 20)))
torch.manual_seed(1)
batches = list(DataLoader(_Range(), 4, num_workers=${workers}, drop_last=${dropLast ? 'True' : 'False'}))
after = torch.rand(3)`);
        torch.manualSeed(1);
        const loader = new data.DataLoader(new Range(3, 20), 4, { numWorkers: workers, dropLast });
        expectSameBits(await listOf(loader), batches);
        expectSameBits(torch.rand([3]), after);
      });
    }
  }

  const collated: readonly (readonly [python: string, ours: readonly unknown[]])[] = [
    ['[0.5, 1.0, -2.25]', [0.5, 1, -2.25]],
    ['[1, 2, 2**62]', [1n, 2n, 2n ** 62n]],
    ['[True, False]', [true, false]],
    ['[torch.ones(2), torch.zeros(2)]', [torch.ones([2]), torch.zeros([2])]],
    [
      '[(0.5, 1), (1.5, 2)]',
      [
        [0.5, 1n],
        [1.5, 2n],
      ],
    ], // prettier-ignore
    [
      '[[torch.ones(1), [1.0]], [torch.zeros(1), [2.0]]]',
      [
        [torch.ones([1]), [1]],
        [torch.zeros([1]), [2]],
      ],
    ], // prettier-ignore
  ];
  for (const [theirs, ours] of collated) {
    it(`default_collate(${theirs})`, async () => {
      const { batch } = await python.run(`${prelude}batch = default_collate(${theirs})`);
      const flat = (value: unknown): unknown[] => (Array.isArray(value) ? value.flatMap(flat) : [value]);
      expectSameBits(flat(data.defaultCollate(ours)) as torch.Tensor[], flat(batch) as never);
    });
  }

  it('default_collate of dicts, strings and what is in them', async () => {
    const { batch } = await python.run(
      `${prelude}batch = default_collate([{'a': 1, 'b': ('x', 0.5)}, {'a': 2, 'b': ('y', 1.5)}])`,
    );
    const ours = data.defaultCollate([
      { a: 1n, b: ['x', 0.5] as [string, number] },
      { a: 2n, b: ['y', 1.5] as [string, number] },
    ]);
    const theirs = batch as { a: never; b: [string[], never] };
    expectSameBits(ours.a, theirs.a);
    expect(ours.b[0]).to.deep.equal(theirs.b[0]);
    expectSameBits(ours.b[1], theirs.b[1]);
  });

  it('has the names of torch.utils.data, but for data pipes and what belongs to them', async () => {
    const { names } = await python.run(`import torch.utils.data as _data\nnames = list(_data.__all__)`);
    const left =
      /DataPipe|^(DataChunk|_DatasetKind|argument_validation|functional_datapipe|guaranteed_datapipes_determinism)$|^runtime_validation|^non_deterministic$|^DistributedSampler$/;
    const ours = new Set(Object.keys(data));
    const camelCase = (name: string) => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
    expect((names as string[]).filter((name) => !left.test(name) && !ours.has(camelCase(name)))).to.deep.equal([]);
    expect(Object.entries(torch.utils.data)).to.deep.equal(Object.entries(torch.data));
  });
});
