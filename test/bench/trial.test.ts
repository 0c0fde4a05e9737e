import { expect } from 'chai';
import { parseTrial, runTrial } from '../../bench/trial.ts';

function script(code: string) {
  return { program: process.execPath, args: ['-e', code] };
}

const printed = '{"rows":{"step":{"best":120.5,"median":130}},"numbers":{"loss":0.5}}';

describe('bench: one trial', () => {
  it('reads the last line, whatever was said before', () => {
    const { rows, numbers } = parseTrial(`a banner\n{"not":"this"}\n${printed}\n`);
    expect(rows).to.deep.equal({ step: { best: 120.5, median: 130 } });
    expect(numbers).to.deep.equal({ loss: 0.5 });
  });

  for (const [what, output] of [
    ['no output', ''],
    ['text', 'done'],
    ['null', 'null'],
    ['rows without timings', '{"rows":{"step":12},"numbers":{}}'],
    ['a median below the fastest', '{"rows":{"step":{"best":2,"median":1}},"numbers":{}}'],
    ['a duration of zero', '{"rows":{"step":{"best":0,"median":0}},"numbers":{}}'],
    ['no numbers', '{"rows":{}}'],
    ['numbers that are text', '{"rows":{},"numbers":{"loss":"0.5"}}'],
  ] as const) {
    it(`refuses ${what}`, () => {
      expect(() => parseTrial(output)).to.throw('the last line must hold rows and numbers');
    });
  }

  it('runs a program and adds the life of its process', async () => {
    const { rows } = await runTrial(script(`console.log(${JSON.stringify(printed)})`));
    expect(Object.keys(rows)).to.have.members(['step', 'process']);
    expect(rows.process?.best).to.be.greaterThan(0);
  });

  it('gives every contestant one thread', async () => {
    const code = `console.log(JSON.stringify({ rows: {}, numbers: { threads: Number(process.env.OMP_NUM_THREADS) } }))`;
    expect((await runTrial(script(code))).numbers).to.deep.equal({ threads: 1 });
  });

  it('says which line of a trace names the error', async () => {
    const error = await runTrial(script('throw new RangeError("too many trials")')).catch((reason: Error) => reason);
    expect(error).to.be.instanceOf(Error);
    expect((error as Error).message).to.match(/ended with 1: RangeError: too many trials$/);
  });

  it('says so when there is no such program', async () => {
    const error = await runTrial({ program: '/nowhere/program', args: [] }).catch((reason: Error) => reason);
    expect((error as Error).message).to.contain('/nowhere/program');
  });
});
