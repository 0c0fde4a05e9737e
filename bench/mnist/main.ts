/**
 * Embeddings of handwritten digits by different losses, beside what was measured once elsewhere:
 *
 *     npm run bench:mnist                                  # every row, some four minutes
 *     npm run bench:mnist -- --only contrastive,ArcFace
 *     npm run bench:mnist -- --steps 5                     # whether it runs at all
 *     npm run bench:mnist -- --check                       # exit code 1 where a number lies outside of its band
 */

import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import * as torch from '../../lib/index.ts';
import { bandOf, golden, type Measured, outside, type RowName } from './golden.ts';
import { type Run, runRow } from './training.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    steps: { type: 'string', default: '400' },
    seed: { type: 'string', default: '0' },
    check: { type: 'boolean', default: false },
  },
});
const names = Object.keys(golden) as RowName[];
const wanted = values.only === undefined ? names : names.filter((name) => values.only?.split(',').includes(name));
const steps = Number(values.steps);
if (!Number.isSafeInteger(steps) || steps < 1 || wanted.length === 0) {
  console.error(`steps must be a positive number, and rows some of: ${names.join(' | ')}`);
  process.exit(2);
}

/** A bar on a terminal, a line now and then elsewhere. */
function progressOf(name: RowName): { onStep(step: number, loss: number): void; stop(): void } {
  const width = Math.max(...names.map(({ length }) => length));
  if (!process.stderr.isTTY) {
    return {
      onStep(step, loss) {
        if (step % 100 !== 0 && step !== steps) return;
        process.stderr.write(`${name.padEnd(width)}  ${step}/${steps}  loss ${loss.toFixed(4)}\n`);
      },
      stop() {},
    };
  }
  const format = `${name.padEnd(width)}  {bar} {value}/{total}  loss {loss}  {eta_formatted} left`;
  const bar = new SingleBar({ format, barsize: 28, hideCursor: true, clearOnComplete: true, stream: process.stderr });
  bar.start(steps, 0, { loss: '-' });
  return { onStep: (step, loss) => bar.update(step, { loss: loss.toFixed(4) }), stop: () => bar.stop() };
}

const keys: readonly (keyof Measured)[] = ['precisionAt1', 'meanAveragePrecisionAtR', 'rPrecision'];

function lineOf(name: RowName, { measured, seconds, violations }: Run): string {
  const far = outside(name, measured);
  const cells = keys.map((key) => {
    const mark = far.includes(key) ? '!' : ' ';
    return `${measured[key].toFixed(4)}${mark} ${golden[name][key].toFixed(4)} ±${bandOf(name)[key]}`.padEnd(24);
  });
  const rates = violations === null ? '' : `  ${violations.map((rate) => rate.toFixed(4)).join(' -> ')}`;
  return `${name.padEnd(34)}${cells.join('')}${seconds.toFixed(1).padStart(6)}${rates}`;
}

torch.setNumThreads(1);
const titles = ['P@1', 'MAP@R', 'R-precision'].map((title) => `${title}, golden`.padEnd(24));
console.log(`${''.padEnd(34)}${titles.join('')}${'s'.padStart(6)}  violations of a margin of 0.2`);
let missed = 0;
for (const name of wanted) {
  const progress = progressOf(name);
  try {
    const run = runRow(name, { steps, seed: Number(values.seed), onStep: progress.onStep });
    progress.stop();
    missed += outside(name, run.measured).length;
    console.log(lineOf(name, run));
  } catch (error) {
    progress.stop();
    if (!(error instanceof RangeError) || !error.message.startsWith('there is no ')) throw error;
    console.log(`${name.padEnd(34)}left out: ${error.message} in this build`);
    missed++;
  }
}
console.log(
  missed === 0 ? '\nEvery number is within its band.' : `\n${missed} outside of their bands (!) or left out.`,
);
if (values.check && missed > 0) process.exitCode = 1;
