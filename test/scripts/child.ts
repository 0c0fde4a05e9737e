// Run as a process of its own by the tests: installs libtorch as the JSON argument says, prints each event as a line,
// and stands still for ever once it reaches `haltAt`.
import { writeSync } from 'node:fs';
import { type Installation, obtainLibtorch } from '../../scripts/libtorch/install.ts';
import { interruptible } from '../../scripts/libtorch/interruption.ts';
import type { Progress } from '../../scripts/libtorch/progress.ts';

export interface ChildRequest extends Omit<Installation, 'report' | 'signal'> {
  haltAt?: { stage: Progress['stage']; done: number };
}

const { haltAt, ...installation }: ChildRequest = JSON.parse(process.argv[2] ?? '');

function report(progress: Progress): void {
  writeSync(1, `${JSON.stringify(progress)}\n`);
  if (haltAt && progress.stage === haltAt.stage && 'done' in progress && progress.done >= haltAt.done) {
    writeSync(1, '{"stage":"halted"}\n');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }
}

const found = await interruptible((signal) => obtainLibtorch({ ...installation, report, signal }));
writeSync(1, `${JSON.stringify({ stage: 'installed', root: found.root })}\n`);
