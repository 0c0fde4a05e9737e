import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { Range } from './modules/datasets.ts';
import { errorOf, listOf, tensorsAlive } from './threads.ts';

const { DataLoader, IterableDataset, TensorDataset } = torch.data;
const module = new URL('./modules/datasets.ts', import.meta.url);
const numbers = (count: number) => Array.from({ length: count }, (_, i) => BigInt(i));
const asLists = (batches: readonly unknown[]) => batches.map((each) => (each as torch.Tensor).tolist());

describe('DataLoader', () => {
  it('gives batches, their number, and single samples', async () => {
    const loader = new DataLoader(numbers(5), 2);
    expect(asLists(await listOf(loader))).to.deep.equal([[0, 1], [2, 3], [4]]);
    expect(loader.length).to.equal(3);
    expect(new DataLoader(numbers(5), 2, { dropLast: true }).length).to.equal(2);
    const single = new DataLoader([new Int8Array([1]), 'a'], { batchSize: null });
    const [first, second] = await listOf(single);
    expect([(first as unknown as torch.Tensor).dtype, second]).to.deep.equal(['int8', 'a']);
    expect(single.length).to.equal(2);
  });

  it('waits for datasets and functions that are asynchronous', async () => {
    const dataset = { length: 3, get: async (index: number) => index };
    const loader = new DataLoader(dataset, 2, { collateFn: async (samples: number[]) => samples.join('+') });
    expect(await listOf(loader)).to.deep.equal(['0+1', '2']);
    const many = { ...dataset, getItems: async (indices: readonly number[]) => indices.map((i) => 10 * i) };
    expect(asLists(await listOf(new DataLoader(many, 2)))).to.deep.equal([[0, 10], [20]]);
  });

  it('reads iterable datasets, and closes them when the loop is left', async () => {
    let closed = 0;
    class Endless extends IterableDataset<number> {
      override async *[Symbol.asyncIterator](): AsyncGenerator<number> {
        try {
          for (let i = 0; ; i++) yield i;
        } finally {
          closed++;
        }
      }
    }
    const loader = new DataLoader(new Endless(), 2);
    expect(asLists(await listOf(loader, 2))).to.deep.equal([
      [0, 1],
      [2, 3],
    ]);
    expect(closed).to.equal(1);
    expect(asLists(await listOf(loader, 1))).to.deep.equal([[0, 1]]);
    expect(() => loader.length).to.throw(TypeError, 'has no length');
    expect(asLists(await listOf(new DataLoader(new Set([1n, 2n, 3n]), 2)))).to.deep.equal([[1, 2], [3]]);
  });

  it('takes a function for batches from a module', async () => {
    const loader = new DataLoader([torch.ones([1]), torch.ones([1])], 2, { collateFn: { module, export: 'sumUp' } });
    expect(await listOf(loader)).to.deep.equal([{ sum: 2, by: null, init: undefined }]);
    const wrong = new DataLoader([1], { collateFn: { module, export: 'nowhere' } });
    expect((await errorOf(listOf(wrong))).message).to.match(/exports no function nowhere; it exports .*sumUp/);
  });

  it('throws what a dataset throws, and is at its end then', async () => {
    const boom = new Error('boom');
    const loader = new DataLoader({ length: 4, get: (i: number) => (i === 2 ? Promise.reject(boom) : i) });
    const iterator = loader[Symbol.asyncIterator]();
    await iterator.next();
    await iterator.next();
    expect(await errorOf(iterator.next())).to.equal(boom);
    expect(await iterator.next()).to.deep.equal({ done: true, value: undefined });
  });

  it('answers several calls at once in their order', async () => {
    const iterator = new DataLoader(numbers(3))[Symbol.asyncIterator]();
    const results = await Promise.all([iterator.next(), iterator.next(), iterator.next(), iterator.next()]);
    expect(results.map(({ done, value }) => (done ? 'end' : value?.tolist()))).to.deep.equal([[0], [1], [2], 'end']);
  });

  it('gives batches that no scope frees', async () => {
    const iterator = new DataLoader(numbers(1))[Symbol.asyncIterator]();
    const pending: Promise<IteratorResult<torch.Tensor, undefined>>[] = [];
    torch.scope(() => {
      pending.push(iterator.next());
    });
    expect((await pending[0])?.value?.tolist()).to.deep.equal([0]);
  });

  it('lets the event loop turn between batches', async () => {
    let turns = 0;
    let isOver = false;
    const count = () => {
      turns++;
      if (!isOver) setImmediate(count);
    };
    count();
    await listOf(new DataLoader(numbers(50)));
    isOver = true;
    expect(turns).to.be.at.least(50);
  });

  it('ends by an aborted signal, with its reason, though the dataset never answers', async () => {
    const stop = new AbortController();
    const loader = new DataLoader(
      { length: 3, get: (i: number) => (i === 1 ? new Promise<number>(() => {}) : i) },
      { signal: stop.signal },
    );
    setTimeout(() => stop.abort(new Error('enough')), 20);
    expect((await errorOf(listOf(loader))).message).to.equal('enough');
    expect(() => loader[Symbol.asyncIterator]()).to.throw('enough');
  });

  it('warns that pinned memory has no use without CUDA, and gives the batch all the same', async function () {
    if (torch.cuda.isAvailable()) return this.skip();
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
    expect(asLists(await listOf(new DataLoader(numbers(2), 2, { pinMemory: true })))).to.deep.equal([[0, 1]]);
    expect((await warned).message).to.match(/pinMemory has no effect/);
  });

  it('leaves no tensor behind', async () => {
    const dataset = new TensorDataset(torch.arange(40).reshape([20, 2]));
    const before = await tensorsAlive();
    const loader = new DataLoader(dataset, 4, true);
    // In a function of its own, whose frame does not hold the last batches.
    const run = async (): Promise<void> => {
      for (let i = 0; i < 20; i++) await listOf(loader, i % 2 === 0 ? 2 : 10);
    };
    await run();
    expect(await tensorsAlive()).to.equal(before);
  });

  describe('continues in the middle of an epoch', () => {
    for (const seeded of [false, true]) {
      for (const count of [0, 1, 4, 6]) {
        it(`after ${count} of 6 batches, ${seeded ? 'with a generator' : 'without'}`, async () => {
          const make = (seed: number) => {
            const generator = seeded ? new torch.Generator().manualSeed(seed) : null;
            return new DataLoader(numbers(11), 2, true, { generator });
          };
          torch.manualSeed(8);
          const loader = make(1);
          await listOf(loader);
          const iterator = loader[Symbol.asyncIterator]();
          for (let i = 0; i < count; i++) await iterator.next();
          const state = loader.stateDict();
          const global = torch.getRngState();
          expect(state.position).to.equal(count);
          const rest = asLists([...(await listOf(iterator)), ...(await listOf(loader))]);

          torch.manualSeed(99);
          const anew = make(77);
          anew.loadStateDict(state);
          torch.setRngState(global);
          expect(anew.stateDict().position).to.equal(count);
          expect(asLists([...(await listOf(anew)), ...(await listOf(anew))])).to.deep.equal(rest);
        });
      }
    }

    it('between epochs, and after a loop that was left', async () => {
      torch.manualSeed(8);
      const loader = new DataLoader(numbers(6), 2, true);
      await listOf(loader);
      expect(loader.stateDict()).to.deep.include({ position: 0, seed: null });
      await listOf(loader, 1);
      const state = loader.stateDict();
      expect(state.position).to.equal(1);
      const anew = new DataLoader(numbers(6), 2, true);
      anew.loadStateDict(state);
      expect(await listOf(anew)).to.have.lengthOf(2);
    });

    it('of an iterable dataset, and of samplers without a state', async () => {
      const first = new DataLoader(new Range(0, 9), 2);
      await listOf(first, 3);
      const second = new DataLoader(new Range(0, 9), 2);
      second.loadStateDict(first.stateDict());
      expect(asLists(await listOf(second))).to.deep.equal([[6, 7], [8]]);
      const sampler = [3, 1, 2, 0];
      const third = new DataLoader(numbers(4), { sampler });
      await listOf(third, 2);
      const fourth = new DataLoader(numbers(4), { sampler });
      fourth.loadStateDict(third.stateDict());
      expect(asLists(await listOf(fourth))).to.deep.equal([[2], [0]]);
    });
  });

  describe('refuses', () => {
    const dataset = numbers(4);
    const iterable = new Range(0, 3);
    const make = (...values: unknown[]) => Reflect.construct(DataLoader, values);
    const cases: readonly (readonly [unknown[], new () => Error, string])[] = [
      [[], TypeError, 'dataset must be'],
      [[{ length: 3 }], TypeError, 'dataset must be'],
      [[4], TypeError, 'got 4'],
      [[torch.ones([2])], TypeError, 'got a Tensor'],
      [[dataset, 0], RangeError, 'batchSize must be a positive integer'],
      [[dataset, '4'], TypeError, 'batchSize must be a positive integer'],
      [[dataset, 2, 'yes'], TypeError, 'shuffle must be a boolean'],
      [[dataset, { workers: 2 }], TypeError, 'no option workers'],
      [[dataset, { numWorkers: -1 }], RangeError, 'numWorkers'],
      [[dataset, { numWorkers: 1.5 }], TypeError, 'numWorkers'],
      [[dataset, { timeout: -1, numWorkers: 1 }], RangeError, 'timeout'],
      [[dataset, { timeout: 3 }], RangeError, 'timeout needs numWorkers'],
      [[dataset, { prefetchFactor: 3 }], RangeError, 'prefetchFactor needs numWorkers'],
      [[dataset, { prefetchFactor: 0, numWorkers: 1 }], RangeError, 'prefetchFactor'],
      [[dataset, { persistentWorkers: true }], RangeError, 'persistentWorkers needs numWorkers'],
      [[dataset, { sampler: [1], shuffle: true }], RangeError, 'sampler excludes shuffle'],
      [[dataset, { sampler: 3 }], TypeError, 'sampler must be iterable'],
      [[dataset, 2, { batchSampler: [[1]] }], RangeError, 'batchSampler excludes'],
      [[dataset, { batchSampler: [[1]], dropLast: true }], RangeError, 'batchSampler excludes'],
      [[dataset, null, { dropLast: true }], RangeError, 'dropLast needs a batchSize'],
      [[[], { shuffle: true }], RangeError, 'numSamples'],
      [[iterable, { shuffle: true }], RangeError, 'shuffle must not be given'],
      [[iterable, { sampler: [1] }], RangeError, 'sampler must not be given'],
      [[iterable, { batchSampler: [[1]] }], RangeError, 'batchSampler must not be given'],
      [[dataset, { generator: 4 }], TypeError, 'must be a Generator'],
      [[dataset, { signal: {} }], TypeError, 'must be an AbortSignal'],
      [[dataset, { collateFn: './collate.js' }], RangeError, 'write new URL("./collate.js", import.meta.url)'],
      [[dataset, { collateFn: 5 }], TypeError, "must be a module's URL"],
      [[dataset, { collateFn: () => 1, numWorkers: 1 }], TypeError, 'functions cannot be sent to worker threads'],
      [[dataset, { workerInitFn: () => 1, numWorkers: 1 }], TypeError, 'functions cannot be sent to worker threads'],
      [[dataset, { workerDataset: { args: [] } }], TypeError, "must be a module's URL"],
    ];
    for (const [values, kind, message] of cases) {
      it(message, () => {
        expect(() => make(...values)).to.throw(kind, message);
      });
    }

    it('states that are none', () => {
      const loader = new DataLoader(dataset);
      for (const state of [null, undefined, 3, {}, { position: 0.5, workers: null }, { position: 1, workers: 4 }]) {
        expect(() => loader.loadStateDict(state as never), String(state)).to.throw(TypeError, 'stateDict');
      }
    });
  });
});
