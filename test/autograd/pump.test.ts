import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const root = fileURLToPath(new URL('../..', import.meta.url));

describe('callbacks from another thread, as on an accelerator', () => {
  for (const suite of ['hooks', 'function', 'gradcheck', 'backward']) {
    it(`${suite}.test.ts passes when backward runs on a thread of its own`, function () {
      this.timeout(120_000);
      const output = execFileSync(
        process.execPath,
        [
          '--import=tsx',
          '--expose-gc',
          'node_modules/mocha/bin/mocha.js',
          '--no-config',
          '--reporter=json',
          `test/autograd/${suite}.test.ts`,
        ],
        // A deadlock ends in the timeout, which is an error here.
        { cwd: root, env: { ...process.env, HINGE_ALWAYS_PUMP: '1' }, encoding: 'utf8', timeout: 110_000 },
      );
      const { stats } = JSON.parse(output.slice(output.indexOf('{'))) as {
        stats: { passes: number; failures: number };
      };
      expect(stats.failures).to.equal(0);
      expect(stats.passes).to.be.greaterThan(10);
    });
  }
});
