import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = new URL('../../examples/textbook/', import.meta.url);

/** What an example prints. Random ones print the loss of their seed, which test/parity compares with Python. */
const printed: Record<string, RegExp> = {
  'hinge.ts': /^tensor\(0\.3000\)$/,
  'squared-hinge.ts': /^tensor\(0\.1850\)$/,
  'gradient-behavior.ts': /^tensor\(\[-0\., -1\., -1\., {2}1\., {2}0\., {2}1\.\]\)$/,
  'sequential-classifier.ts': /^tensor\(\d\.\d{4}, grad_fn=<MeanBackward0>\)$/,
  'multiclass-margin.ts': /^tensor\(\d+\.\d{4}\)$/,
  'pairwise-ranking.ts': /^tensor\(\d\.\d{4}\)$/,
  'triplet-margin.ts': /^tensor\(\d\.\d{4}\)$/,
  'contrastive-margin.ts': /^tensor\(\d\.\d{4}\)$/,
  'normalized-embeddings.ts': /^tensor\(0\.\d{4}\) tensor\(\d+\.\d{4}\)$/,
};

describe('examples/textbook', () => {
  it('is all here', () => {
    expect(readdirSync(folder).filter((name) => name.endsWith('.ts'))).to.have.members(Object.keys(printed));
  });

  for (const [file, expected] of Object.entries(printed)) {
    it(`${file} runs by itself`, async function () {
      this.timeout(60_000);
      const args = ['--import=tsx', fileURLToPath(new URL(file, folder))];
      const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: root });
      expect(stdout.trim()).to.match(expected);
      expect(stderr).to.equal('');
    });
  }
});
