import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { expect } from 'chai';
import { Workplace } from './installation.ts';

describe('installations of libtorch in several processes', function () {
  this.timeout(30_000); // starting a process takes its time
  let work: Workplace;
  beforeEach(async () => {
    work = await new Workplace().open();
  });
  afterEach(() => work.close());

  describe('a process that is ended half-way', () => {
    // Answers with the first half of the wheel and keeps the connection open.
    const half = (_: unknown, response: ServerResponse) => {
      response.writeHead(200, { 'content-length': work.wheel.body.length });
      response.write(work.wheel.body.subarray(0, work.wheel.body.length / 2));
    };
    const whole = (_: unknown, response: ServerResponse) => response.end(work.wheel.body);

    it('killed in the download: nothing is found, and the next one succeeds and cleans up', async () => {
      work.site.listener = half;
      const child = work.start();
      await child.until('download', ({ done }) => Number(done) > 0);
      expect(await child.end('SIGKILL')).to.equal('SIGKILL');
      expect(work.leftovers).to.have.length(2); // the lock and the partial folder
      work.expectNothing();
      work.site.listener = whole;
      await work.obtain();
      work.expectInstalled();
    });

    it('killed in the unpacking: nothing is found, and the next one succeeds and cleans up', async () => {
      const child = work.start({ haltAt: { stage: 'unpack', done: 6 } });
      await child.until('halted');
      expect(await child.end('SIGKILL')).to.equal('SIGKILL');
      expect(work.leftovers).to.have.length(2);
      work.expectNothing();
      await work.obtain();
      work.expectInstalled();
    });

    it('ended by SIGTERM: cleans up itself', async () => {
      work.site.listener = half;
      const child = work.start();
      await child.until('download', ({ done }) => Number(done) > 0);
      expect(await child.end('SIGTERM')).to.equal(143);
      expect(work.leftovers).to.deep.equal([]);
      work.expectNothing();
    });
  });

  describe('several at once', () => {
    it('two processes download once, and the second takes what the first has made', async () => {
      const answered = new Promise<ServerResponse>((resolve) => {
        work.site.listener = (_, response) => resolve(response);
      });
      const first = work.start();
      const response = await answered;
      const second = work.start();
      expect((await second.until('wait')).holder).to.equal(String(first.process.pid));
      response.end(work.wheel.body);
      for (const child of [first, second]) {
        expect((await child.until('installed')).root).to.equal(work.root);
        expect(await child.end()).to.equal(0);
      }
      expect(work.site.requests).to.have.length(1);
      work.expectInstalled();
    });

    it('of any number that meet a dead lock, one downloads', async () => {
      const dead = work.start({ haltAt: { stage: 'download', done: 0 } });
      await dead.until('halted');
      await dead.end('SIGKILL');
      const children = [work.start(), work.start(), work.start()];
      for (const child of children) expect((await child.until('installed')).root).to.equal(work.root);
      for (const child of children) expect(await child.end()).to.equal(0);
      expect(work.site.requests).to.have.length(2); // the dead one's and one more
      work.expectInstalled();
    });

    it('a lock of another host counts until it shows no sign of life any more', async () => {
      const lock = `${work.root}.lock`;
      mkdirSync(join(lock, '..'), { recursive: true });
      writeFileSync(lock, JSON.stringify({ token: 'x', pid: 1, host: 'elsewhere' }));
      const child = work.start();
      expect((await child.until('wait')).holder).to.equal('1 on elsewhere');
      const past = new Date(Date.now() - 61_000);
      utimesSync(lock, past, past);
      await child.until('installed');
      await child.end();
      work.expectInstalled();
    });
  });
});
