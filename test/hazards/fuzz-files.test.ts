import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { reportOf, runNode } from './program.ts';

const seed = Number(process.env.HINGE_FUZZ_SEED ?? 20240613);
const cases = 10_000 * Number(process.env.HINGE_FUZZ_ROUNDS ?? 1);
const script = fileURLToPath(new URL('./fuzz-files.ts', import.meta.url));

interface Report {
  readonly counts: Readonly<Record<string, number>>;
  readonly unexpected: readonly string[];
  /** MB. */
  readonly peak: number;
}

describe(`damaged and hostile files (seed ${seed})`, () => {
  it(`${cases} mutated files load or are refused, with little memory`, async function () {
    this.timeout(cases * 60);
    const folder = mkdtempSync(join(tmpdir(), 'hinge-fuzz-files-'));
    try {
      const ended = await runNode([script, String(seed), '0', String(cases), 'log'], {
        cwd: folder,
        limit: cases * 50,
      });
      if (ended.code !== 0)
        expect.fail(`case ${readFileSync(join(folder, 'log'), 'utf8')}: ${ended.signal}${ended.stderr.slice(-2000)}`);
      const { counts, unexpected, peak } = reportOf(ended) as Report;
      expect(unexpected, `HINGE_FUZZ_SEED=${seed}`).to.deep.equal([]);
      // As many as there are of a format, and a fair part of them damaged enough.
      for (const format of ['pt', 'safetensors', 'npy', 'npz']) {
        const [loads = 0, refused = 0] = [counts[`${format} loads`], counts[`${format} CheckpointError`]];
        expect(loads + refused, format).to.be.closeTo(cases / 4, 1);
        expect(refused, format).to.be.greaterThan(cases / 16);
        expect(loads, format).to.be.greaterThan(cases / 200);
      }
      expect(peak).to.be.lessThan(700);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
