import { expect } from 'chai';
import cliProgress from 'cli-progress';
import * as torch from '../../lib/index.ts';
import { Noisy } from './modules/datasets.ts';
import { errorOf, tensorsAlive, threadsAlive } from './threads.ts';

const total = 10_000;

/** How the loops of the test end: each is a share of all batches, over loops that are left after `each` batches. */
const endings = [
  { ending: 'exhausted', batches: 6000, each: 2000, persistentWorkers: false },
  { ending: 'break', batches: 2400, each: 60, persistentWorkers: true },
  { ending: 'throw', batches: 1000, each: 50, persistentWorkers: true },
  { ending: 'break', batches: 200, each: 50, persistentWorkers: false },
  { ending: 'throw', batches: 200, each: 50, persistentWorkers: false },
  { ending: 'abort', batches: 200, each: 50, persistentWorkers: false },
] as const;

describe('DataLoader over 10,000 batches of 2 workers', () => {
  it('leaves nothing behind, whether loops end, break, throw or are aborted', async function () {
    this.timeout(300_000);
    const bar = new cliProgress.SingleBar({
      format: '    {bar} {value}/{total} batches, {tensors} tensors, {eta} s left',
      clearOnComplete: true,
    });
    const before = await tensorsAlive();
    let count = 0;
    let most = 0;
    bar.start(total, 0, { tensors: before });

    const loop = async (loader: torch.data.DataLoader<torch.Tensor[]>, each: number, end: () => void) => {
      let seen = 0;
      for await (const batch of loader) {
        expect(batch[0]?.shape).to.deep.equal([4]);
        for (const tensor of batch) tensor.dispose();
        most = Math.max(most, torch.memory().tensors);
        if (++count % 100 === 0) bar.update(count, { tensors: torch.memory().tensors });
        if (++seen < each) continue;
        end();
        break;
      }
      expect(seen).to.equal(each);
    };

    for (const { ending, batches, each, persistentWorkers } of endings) {
      // A loop that ends by itself, or one that would go on.
      const length = 4 * (ending === 'exhausted' ? each : each + 100);
      const make = (signal: AbortSignal | null) =>
        new torch.data.DataLoader(new Noisy(length), 4, true, { numWorkers: 2, persistentWorkers, signal });
      const kept = persistentWorkers ? make(null) : undefined;
      for (let done = 0; done < batches; done += each) {
        const stop = new AbortController();
        const loader = kept ?? make(stop.signal);
        if (ending === 'exhausted' || ending === 'break') await loop(loader, each, () => {});
        else if (ending === 'throw') {
          const thrown = loop(loader, each, () => {
            throw new RangeError('enough');
          });
          expect((await errorOf(thrown)).message).to.equal('enough');
        } else {
          await loop(loader, each, () => stop.abort());
        }
        expect(threadsAlive(), `${ending}: threads`).to.equal(persistentWorkers ? 2 : 0);
      }
      await kept?.close();
      expect(threadsAlive()).to.equal(0);
      expect(await tensorsAlive(), `after ${ending}`).to.equal(before);
    }
    bar.stop();
    expect(count).to.equal(total);
    // What workers hold until their garbage is collected counts, too.
    expect(most - before).to.be.below(20_000);
    console.log(`      at most ${most - before} tensors were alive at a time, in all threads`);
  });
});
