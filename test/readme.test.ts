/** The examples of README.md, as a newcomer runs them. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const root = fileURLToPath(new URL('..', import.meta.url));
const blocks = [...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/^```ts\n([\s\S]*?)^```/gm)];

describe('README.md', () => {
  for (const [i, [, text]] of blocks.entries()) {
    it(`has example ${i + 1} print numbers`, function () {
      this.timeout(60_000);
      const folder = mkdtempSync(join(tmpdir(), 'hinge-readme-'));
      try {
        const path = join(folder, 'example.mts');
        const library = JSON.stringify(new URL('../lib/index.ts', import.meta.url).href);
        writeFileSync(path, (text as string).replace("'hinge'", library));
        const env = { ...process.env, OMP_NUM_THREADS: '1' }; // small operators wait for busy cores otherwise
        const printed = execFileSync(process.execPath, ['--import=tsx', path], { cwd: root, env, encoding: 'utf8' });
        const numbers = printed.trim().split(/\s+/).map(Number);
        expect(numbers).to.have.length.greaterThan(1);
        expect(numbers.every(Number.isFinite), printed).to.equal(true);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  }
});
