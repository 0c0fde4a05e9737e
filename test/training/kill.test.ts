import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { partialPattern } from '../../lib/io/atomic-file.ts';
import { bundle } from '../../scripts/build/bundle.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const program = fileURLToPath(new URL('./interrupted-run.mjs', import.meta.url));
const kills = Number(process.env.HINGE_KILLS ?? 200);
const lanes = 2;
const epochs = 16;

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

describe(`a run that is killed ${kills} times`, function () {
  this.timeout(600_000);
  const folder = mkdtempSync(join(tmpdir(), 'hinge-kill-'));
  const library = pathToFileURL(join(root, 'dist/index.js')).href;
  let whole: Ended;
  let took = 0;

  function start(checkpoints: string): { child: ChildProcess; ended: Promise<Ended> } {
    const child = spawn(process.execPath, [program, library, checkpoints, String(epochs)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout?.on('data', (text) => {
      output += text;
    });
    return { child, ended: once(child, 'close').then(([code]) => ({ code: code as number | null, output })) };
  }

  before(async () => {
    // Compiled, because a program that starts from TypeScript takes three times as long to begin.
    await bundle(root);
    const begin = performance.now();
    whole = await start(join(folder, 'whole')).ended;
    took = performance.now() - begin;
    expect(whole.code).to.equal(0);
  });
  after(() => rmSync(folder, { recursive: true }));

  it('always goes on, and ends with the bits of the run that was never stopped', async () => {
    let left = kills;
    let runs = 0;
    let duringSave = 0;
    let resumed = 0;
    const lane = async () => {
      while (left > 0) {
        const checkpoints = join(folder, `run-${runs++}`);
        for (let ended: Ended | undefined; ended?.code !== 0; ) {
          const { child, ended: ending } = start(checkpoints);
          // Each attempt may get as far as the whole run would.
          const timer = left > 0 ? setTimeout(() => child.kill('SIGKILL'), Math.random() * took * 1.1) : undefined;
          if (timer !== undefined) left--;
          ended = await ending;
          clearTimeout(timer);
          if (ended.code === 0) {
            expect(ended.output).to.equal(whole.output);
            const lines = readFileSync(join(checkpoints, 'metrics.jsonl'), 'utf8');
            expect(lines).to.equal(readFileSync(join(folder, 'whole', 'metrics.jsonl'), 'utf8'));
          } else {
            expect(ended.code, ended.output).to.equal(null);
            const names = readdirSync(folder).includes(`run-${runs - 1}`) ? safeList(checkpoints) : [];
            if (names.some((name) => partialPattern.test(name))) duringSave++;
            if (names.some((name) => name.startsWith('step-'))) resumed++;
          }
        }
        rmSync(checkpoints, { recursive: true, force: true });
      }
    };
    await Promise.all(Array.from({ length: lanes }, lane));
    console.log(`      ${runs} runs; ${resumed} kills after a checkpoint, ${duringSave} during a save`);
    expect(resumed).to.be.greaterThan(0);
  });
});

function safeList(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
