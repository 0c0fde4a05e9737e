import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { reportOf, root, runProgram } from '../hazards/program.ts';
import { Noisy, Range, type Trouble, Troubled } from './modules/datasets.ts';
import { errorOf, listOf, tensorsAlive, threads, threadsAlive, threadsStarted } from './threads.ts';

const { ConcatDataset, DataLoader, StackDataset, Subset, TensorDataset } = torch.data;
const module = new URL('./modules/datasets.ts', import.meta.url);

describe('DataLoader with workers', function () {
  this.timeout(60_000);
  let tensors = 0;
  before(async () => {
    tensors = await tensorsAlive();
  });
  afterEach('leaves no thread and no tensor', async () => {
    expect(threadsAlive(), 'threads').to.equal(0);
    expect(await tensorsAlive(), 'tensors').to.equal(tensors);
  });

  const troubles = (trouble: Trouble, options: object = {}) =>
    new DataLoader(new Troubled(trouble), 4, { numWorkers: 2, ...options });

  it('hands over what shares memory with the dataset here', async () => {
    using x = torch.zeros([4, 2]);
    const dataset = new TensorDataset(x);
    for await (const [row] of new DataLoader(dataset, null, { numWorkers: 1 })) (row as torch.Tensor).fill_(7);
    expect(x.tolist()).to.deep.equal(new Array(4).fill([7, 7]));
  });

  it('makes datasets of datasets, one of each in a worker', async () => {
    using x = torch.arange(12);
    const base = new TensorDataset(x);
    const [train, test] = torch.data.randomSplit(base, [8, 4]) as [torch.data.Subset, torch.data.Subset];
    const all = new StackDataset({
      both: new ConcatDataset([train, test]),
      count: new Subset([...Array(20).keys()], [...Array(12).keys()].reverse()),
    });
    const batches = await listOf(new DataLoader(all, 6, { numWorkers: 2 }));
    const expected = await listOf(new DataLoader(all, 6));
    const shown = (list: typeof batches) =>
      list.map((each) => JSON.stringify(each, (_, value) => (value instanceof torch.Tensor ? value.tolist() : value)));
    expect(shown(batches)).to.deep.equal(shown(expected));
    for (const each of [...batches, ...expected]) torch.scope(() => each);
  });

  it('names dataset, collateFn and workerInitFn by their modules', async () => {
    torch.manualSeed(2);
    const loader = new DataLoader(new Range(0, 1), 4, {
      numWorkers: 2,
      workerDataset: { module, export: 'makeRange', args: [0, 8] },
      workerInitFn: { module, export: 'initialise' },
      collateFn: { module, export: 'collectBigints' },
    });
    torch.manualSeed(2);
    const seed = torch.empty([], { dtype: 'int64' }).random_().itemBigInt();
    torch.manualSeed(2);
    const batches = await listOf(loader);
    expect(batches).to.deep.equal([
      { values: [0n, 1n, 2n, 3n], init: [0, 1, String(seed)] },
      { values: [4n, 5n, 6n, 7n], init: [1, 1, String(BigInt(seed) + 1n)] },
    ]);
    expect(torch.getNumThreads()).to.be.at.least(1);
  });

  it('leaves the number of threads of this thread and later ones alone', async () => {
    const before = torch.getNumThreads();
    torch.setNumThreads(2);
    await listOf(new DataLoader(new Noisy(4), { numWorkers: 2 }));
    const ended = await runProgram(`
      torch.setNumThreads(3);
      for await (const batch of new torch.data.DataLoader([1, 2], { numWorkers: 1 }));
      const worker = new Worker(new URL('data:text/javascript,' + encodeURIComponent(
        "import { register } from '${import.meta.resolve?.('tsx/esm/api') ?? ''}'; import { parentPort } from 'node:worker_threads'; register();" +
        "parentPort.postMessage((await import('file://${root}lib/index.ts')).getNumThreads());")));
      const there = await new Promise((resolve) => worker.once('message', resolve));
      console.log(JSON.stringify([torch.getNumThreads(), there]));`);
    expect(reportOf(ended)).to.deep.equal([3, 3]);
    expect(torch.getNumThreads()).to.equal(2);
    torch.setNumThreads(before);
  });

  describe('an error in a worker', () => {
    it('is reported with worker, index and the error there', async () => {
      const error = await errorOf(listOf(troubles('throw')));
      expect(error).to.be.instanceOf(torch.WorkerError);
      expect(error.message).to.match(/^DataLoader: worker 1, index 5: TorchError: .*size/);
      expect([error.worker, error.index, error.code]).to.deep.equal([1, 5, 'ERR_WORKER']);
      const cause = error.cause as torch.TorchError;
      expect(cause).to.be.instanceOf(torch.TorchError);
      expect([cause.operator, cause.stack?.includes('datasets.ts')]).to.deep.equal(['aten::matmul', true]);
    });

    for (const [trouble, message, index] of [
      ['function', /only tensors, numbers.*got function/, [4, 5, 6, 7]],
      ['graph', /share x\.detach\(\)/, 5],
      ['number', /what was thrown is no Error but 5/, 5],
    ] as const) {
      it(`comes from what cannot be sent: ${trouble}`, async () => {
        const batchSize = trouble === 'graph' ? null : 4;
        const collateFn = trouble === 'function' ? { module, export: 'asIs' } : null;
        const loader = new DataLoader(new Troubled(trouble), batchSize, { numWorkers: 2, collateFn });
        const error = await errorOf(listOf(loader));
        expect([error.name, error.index]).to.deep.equal(['WorkerError', index]);
        expect(error.message).to.match(message);
      });
    }

    it('says that it died', async () => {
      const error = await errorOf(listOf(troubles('exit')));
      expect(error.message).to.match(/worker 1: ended unexpectedly, with exit code 3/);
    });

    it('says what nobody caught', async () => {
      const error = await errorOf(listOf(troubles('uncaught')));
      expect(error.message).to.match(/worker 1: ended by an uncaught RangeError: nobody catches this/);
      expect(error.cause).to.be.instanceOf(RangeError);
    });

    it('says that it was terminated from outside', async () => {
      const iterator = troubles('hang')[Symbol.asyncIterator]();
      await iterator.next();
      void threads()[1]?.terminate();
      expect((await errorOf(listOf(iterator))).message).to.match(/ended unexpectedly/);
    });

    it('says that a module or dataset is missing', async () => {
      for (const [workerDataset, message] of [
        [new URL('./nowhere.ts', import.meta.url), /nowhere\.ts/],
        [{ module, export: 'nothing' }, /exports no function nothing; it exports/],
        [module, /must have length and get.*got 7/],
        [{ module, export: 'makeRange', args: [torch.ones([2]), 3] }, undefined],
      ] as const) {
        const loader = new DataLoader([1, 2], { numWorkers: 1, workerDataset });
        const outcome = message === undefined ? listOf(loader) : errorOf(listOf(loader));
        if (message !== undefined) expect(((await outcome) as Error).message).to.match(message);
        else await outcome.catch(() => {});
      }
    });

    it('tells how to send a dataset that cannot be sent', async () => {
      class Mine extends torch.data.Dataset {
        length = 3;
        get(index: number) {
          return index;
        }
      }
      class Count extends torch.data.IterableDataset {
        override *[Symbol.iterator]() {
          yield 1;
        }
      }
      for (const dataset of [new Mine(), { length: 3, get: () => 1 }, new Subset(new Mine(), [1]), new Count()]) {
        const loader = new DataLoader<unknown>(dataset as never, { numWorkers: 1 });
        expect(() => loader[Symbol.asyncIterator]()).to.throw(TypeError, 'workerSource()');
      }
      expect(await listOf(new DataLoader(new Set([1]), { numWorkers: 1 }))).to.have.lengthOf(1);
      const withFunction = new DataLoader([() => 1], { numWorkers: 1 });
      expect(() => withFunction[Symbol.asyncIterator]()).to.throw(TypeError, 'got function');
    });
  });

  it('times out when no batch comes', async () => {
    const loader = troubles('hang', { timeout: 1.5 });
    const error = await errorOf(listOf(loader));
    expect(error.message).to.equal('DataLoader: timed out after 1.5 seconds without a batch');
  });

  it('reads ahead prefetchFactor batches for each worker and no further', async () => {
    const calls = new Int32Array(new SharedArrayBuffer(4));
    const dataset = new Troubled('none', calls);
    const loader = new DataLoader(dataset, 2, { numWorkers: 2, prefetchFactor: 3 });
    const iterator = loader[Symbol.asyncIterator]();
    for (const batches of [1, 2]) {
      await iterator.next();
      while ((calls[0] as number) < 2 * (batches + 2 * 3)) await sleep(5);
      await sleep(100);
      expect(calls[0]).to.equal(2 * (batches + 2 * 3));
    }
    await iterator.return();
  });

  it('ends when a loop is left, throws, or is dropped', async () => {
    const loader = troubles('none');
    await listOf(loader, 1);
    expect(threadsAlive()).to.equal(0);
    const thrown = async () => {
      for await (const _ of loader) throw new Error('mine');
    };
    expect((await errorOf(thrown())).message).to.equal('mine');
    expect(threadsAlive()).to.equal(0);
    await loader[Symbol.asyncIterator]().return();
    expect(threadsAlive()).to.equal(0);
    await (async () => {
      await loader[Symbol.asyncIterator]().next();
    })();
    for (let i = 0; i < 200 && threadsAlive() > 0; i++) {
      globalThis.gc?.();
      await sleep(10);
    }
  });

  for (const [when, trouble] of [
    ['before', 'none'],
    ['while a batch is waited for', 'hang'],
    ['between batches', 'none'],
  ] as const) {
    it(`ends by an aborted signal, ${when}`, async () => {
      const stop = new AbortController();
      const loader = troubles(trouble, { signal: stop.signal });
      if (when === 'before') {
        stop.abort();
        expect(() => loader[Symbol.asyncIterator]()).to.throw('aborted');
        return;
      }
      const iterator = loader[Symbol.asyncIterator]();
      await iterator.next();
      if (when === 'between batches') {
        stop.abort();
        while (threadsAlive() > 0) await sleep(5);
      } else {
        setTimeout(() => stop.abort(), 300);
      }
      const error = await errorOf(listOf(iterator));
      expect(error.name).to.equal('AbortError');
      expect(threadsAlive()).to.equal(0);
      expect(await iterator.next()).to.deep.equal({ done: true, value: undefined });
    });
  }

  it('ends workers that do not come back, after a while', async () => {
    const calls = new Int32Array(new SharedArrayBuffer(4));
    const iterator = new DataLoader(new Troubled('spin', calls), { numWorkers: 2 })[Symbol.asyncIterator]();
    for (let i = 0; i < 5; i++) await iterator.next();
    while ((calls[0] as number) < 8) await sleep(5);
    const started = performance.now();
    await iterator.return();
    expect(performance.now() - started).to.be.within(4000, 20_000);
  });

  it('gives batches as they come when order does not matter', async () => {
    const batches = await listOf(new DataLoader(new Noisy(20), 2, { numWorkers: 2, inOrder: false }));
    const seen = batches.flatMap(([index]) => (index as torch.Tensor).tolist() as number[]);
    expect(seen.sort((a, b) => a - b)).to.deep.equal([...Array(20).keys()]);
  });

  describe('persistent', () => {
    it('stay for the next epoch, also when a loop is left', async () => {
      const before = threadsStarted();
      const loader = new DataLoader(new Noisy(12), 2, { numWorkers: 2, persistentWorkers: true });
      for (const count of [100, 2, 0, 100]) {
        const batches = await listOf(loader, count);
        expect(batches).to.have.lengthOf(Math.max(1, Math.min(6, count)));
      }
      expect([threadsAlive(), threadsStarted() - before]).to.deep.equal([2, 2]);
      const old = loader[Symbol.asyncIterator]();
      await old.next();
      expect(await listOf(loader)).to.have.lengthOf(6);
      expect(await old.next()).to.deep.equal({ done: true, value: undefined });
      await loader.close();
    });

    it('read iterable datasets anew', async () => {
      const loader = new DataLoader(new Range(0, 7), 2, { numWorkers: 2, persistentWorkers: true });
      const once = (await listOf(loader)).map((each) => each.tolist());
      expect(once).to.deep.equal([[0, 1], [4, 5], [2, 3], [6]]);
      expect((await listOf(loader)).map((each) => each.tolist())).to.deep.equal(once);
      await loader.close();
    });

    it('are replaced after one has died', async () => {
      const loader = troubles('exit', { persistentWorkers: true });
      await errorOf(listOf(loader));
      expect(threadsAlive()).to.equal(0);
      await errorOf(listOf(loader));
      await loader.close();
    });

    it('survive an error of the dataset', async () => {
      const loader = troubles('throw', { persistentWorkers: true });
      await errorOf(listOf(loader));
      expect(threadsAlive()).to.equal(2);
      await listOf(loader, 1);
      expect(threadsAlive()).to.equal(2);
      await loader.close();
    });

    it('end by an aborted signal', async () => {
      const stop = new AbortController();
      const loader = troubles('none', { persistentWorkers: true, signal: stop.signal });
      await listOf(loader, 1);
      stop.abort();
      while (threadsAlive() > 0) await sleep(5);
    });
  });

  describe('continues in the middle of an epoch', () => {
    for (const persistentWorkers of [false, true]) {
      it(`with the random numbers of its workers, persistent ${persistentWorkers}`, async () => {
        const make = () => new DataLoader(new Noisy(23), 2, true, { numWorkers: 3, persistentWorkers });
        torch.manualSeed(5);
        const loader = make();
        const iterator = loader[Symbol.asyncIterator]();
        for (let i = 0; i < 5; i++) await iterator.next();
        const state = loader.stateDict();
        const global = torch.getRngState();
        const rest = [...(await listOf(iterator)), ...(await listOf(loader))];
        await loader.close();

        torch.setRngState(global);
        const anew = make();
        anew.loadStateDict(state);
        const resumed = [...(await listOf(anew)), ...(await listOf(anew))];
        await anew.close();
        expect(resumed).to.have.lengthOf(7 + 12);
        const shown = (list: typeof rest) => list.map((batch) => batch.map((each) => each.tolist()));
        expect(shown(resumed)).to.deep.equal(shown(rest));
      });
    }
  });

  it('do not keep a process alive, and end with it', async () => {
    const ended = await runProgram(`
      const x = torch.arange(40);
      const loader = new torch.data.DataLoader(new torch.data.TensorDataset(x), 2, { numWorkers: 2 });
      const iterator = loader[Symbol.asyncIterator]();
      const { value } = await iterator.next();
      console.log(JSON.stringify(value[0].tolist()));`);
    expect(reportOf(ended)).to.deep.equal([0, 1]);
  });
});
