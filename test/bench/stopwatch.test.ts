import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { type Command, runTrial } from '../../bench/trial.ts';

const bench = fileURLToPath(new URL('../../bench/', import.meta.url));

const programs = {
  ts: `import { Stopwatch } from ${JSON.stringify(new URL('../../bench/stopwatch.ts', import.meta.url).href)};
let total = 0;
const stopwatch = new Stopwatch();
stopwatch.time('a row', (count) => { for (let i = 0; i < count; i++) total += i; });
stopwatch.number('a third', 1 / 3);
stopwatch.print();`,
  py: `from stopwatch import Stopwatch
total = 0
def body(count):
    global total
    for i in range(count):
        total += i
stopwatch = Stopwatch()
stopwatch.time("a row", body)
stopwatch.number("a third", 1 / 3)
stopwatch.print()`,
  cc: `#include "stopwatch.h"
int main() {
  volatile int64_t total = 0;
  Stopwatch stopwatch;
  stopwatch.time("a row", [&](int64_t count) { for (int64_t i = 0; i < count; i++) total = total + i; });
  stopwatch.number("a third", 1.0 / 3.0);
  stopwatch.print();
}`,
};

describe('bench: the stopwatch', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'hinge-bench-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  async function measured(command: Command) {
    const { rows, numbers } = await runTrial(command);
    expect(numbers).to.deep.equal({ 'a third': 1 / 3 });
    expect(Object.keys(rows)).to.have.members(['a row', 'process']);
    // No claim about time but this one: a turn of the loop takes less than the life of the process.
    expect(rows['a row']?.median).to.be.lessThan(rows.process?.best as number);
  }

  it('prints what the harness reads, from TypeScript', async () => {
    const file = join(folder, 'program.ts');
    writeFileSync(file, programs.ts);
    await measured({ program: process.execPath, args: ['--import=tsx', file] });
  });

  it('prints what the harness reads, from Python', async () => {
    const file = join(folder, 'program.py');
    writeFileSync(file, programs.py);
    await measured({ program: 'python3', args: [file], env: { PYTHONPATH: bench } });
  });

  it('prints what the harness reads, from C++', async () => {
    const file = join(folder, 'program.cc');
    const binary = join(folder, 'program');
    writeFileSync(file, programs.cc);
    const compiler = process.env.CXX || 'c++';
    const { status, stderr } = spawnSync(compiler, ['-std=c++20', '-O1', `-I${bench}`, file, '-o', binary], {
      encoding: 'utf8',
    });
    expect(status, stderr).to.equal(0);
    await measured({ program: binary, args: [] });
  });
});
