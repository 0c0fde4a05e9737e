import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { runNode } from './program.ts';

const seed = Number(process.env.HINGE_FUZZ_SEED ?? 20240613);
const rounds = Number(process.env.HINGE_FUZZ_ROUNDS ?? 1);
const script = fileURLToPath(new URL('./script-fuzz.ts', import.meta.url));
const cases = 600;

describe(`no TorchScript file ends the process (seed ${seed})`, () => {
  it('damaged ones', async function () {
    this.timeout(rounds * 300_000);
    const folder = mkdtempSync(join(tmpdir(), 'hinge-script-'));
    const file = join(folder, 'case');
    try {
      const options = { limit: rounds * 280_000, cwd: folder };
      const ended = await runNode([script, String(seed), '0', String(rounds * cases), file], options);
      expect(ended.code, `case ${readFileSync(file, 'utf8').trim()}: ${ended.signal}\n${ended.stderr}`).to.equal(0);
      const { refused, loaded, sum } = JSON.parse(ended.stdout.trim()) as Record<string, number>;
      expect(sum).to.equal(20);
      // What is damaged without mended checksums is refused, but for bytes that mean nothing.
      expect(refused).to.be.greaterThan(cases * rounds * 0.4);
      expect(loaded).to.be.greaterThan(0);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
