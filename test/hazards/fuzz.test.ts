import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { knownCrashes } from './known-crashes.ts';
import { type Ended, runNode } from './program.ts';

const seed = Number(process.env.HINGE_FUZZ_SEED ?? 20240613);
const rounds = Number(process.env.HINGE_FUZZ_ROUNDS ?? 1);
const script = fileURLToPath(new URL('./fuzz.ts', import.meta.url));

/** How many cases there are, and how many a process runs. */
const families = {
  native: { cases: 12_000, batch: 6000 },
  call: { cases: 40_000, batch: 10_000 },
  function: { cases: 40_000, batch: 10_000 },
} as const;

describe(`no value ends the process (seed ${seed})`, () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'hinge-fuzz-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const [family, { cases, batch }] of Object.entries(families)) {
    it(`random cases: ${family}`, async function () {
      this.timeout(rounds * 600_000);
      const ended: string[] = [];
      let ran = 0;
      for (let from = 0; from < cases * rounds && ended.length < 20; ) {
        const to = Math.min(from + batch, cases * rounds);
        const file = join(folder, `${family}-${from}`);
        const result = await run(family, from, to, file);
        if (result.code === 0) {
          expect(JSON.parse(result.stdout.trim().split('\n').at(-1) ?? '')).to.have.property('sum', 20);
          ran += to - from;
          from = to;
          continue;
        }
        const [index, , text] = readFileSync(file, 'utf8').trim().split('\t');
        const how = result.signal === 'SIGKILL' ? 'hangs' : `ends by ${result.signal ?? `code ${result.code}`}`;
        ended.push(`${how}: case ${index}: ${text}\n${result.stderr.trim().slice(0, 400)}`);
        if (index === undefined) break;
        from = Number(index) + 1;
      }
      expect(ended, `these ended the process; HINGE_FUZZ_SEED=${seed}`).to.deep.equal([]);
      expect(ran).to.equal(cases * rounds);
    });
  }

  function run(family: string, from: number, to: number, file: string): Promise<Ended> {
    const skip = Object.keys(knownCrashes).join(',');
    return runNode([script, family, String(seed), String(from), String(to), file], {
      env: { HINGE_FUZZ_SKIP: skip },
      limit: 90_000,
      cwd: folder,
    });
  }
});
