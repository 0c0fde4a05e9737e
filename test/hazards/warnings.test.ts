import { expect } from 'chai';
import { reportOf, runProgram } from './program.ts';
import { startWorker } from './worker-source.ts';

/** In the program: `warn` has libtorch warn, `seen` holds the warnings that arrived. */
const prelude = `
  const seen = [];
  process.on('warning', ({ name, message }) => seen.push([name, message.slice(0, 40)]));
  const warn = () => torch.add(torch.ones([2]), 1, { out: torch.ones([3]) });
  const settle = () => new Promise((resolve) => setTimeout(resolve, 50));
`;
const expected = ['TorchWarning', 'An output with one or more elements was '];

describe('warnings of libtorch', function () {
  this.timeout(60_000);

  it('are warnings of Node, and no lines of C++ on standard error', async () => {
    const ended = await runProgram(`${prelude}
      const sum = warn().sum().item();
      const before = seen.length;
      await settle();
      console.log(JSON.stringify([sum, before, seen]));`);
    expect(reportOf(ended)).to.deep.equal([4, 0, [expected]]);
    expect(ended.stderr).to.not.include('.cpp');
  });

  it('arrive from a backward pass on another thread, too', async () => {
    const ended = await runProgram(
      `${prelude}
      const x = torch.ones([2], { requiresGrad: true });
      const y = x.mul(2);
      y.registerHook(() => { warn(); });
      y.sum().backward();
      await settle();
      console.log(JSON.stringify(seen));`,
      { env: { HINGE_ALWAYS_PUMP: '1' } },
    );
    expect(reportOf(ended)).to.deep.equal([expected]);
  });

  it('are shown when the program ends at once', async () => {
    const ended = await runProgram(`${prelude} warn();`);
    expect(ended.code).to.equal(0);
    expect(ended.stderr).to.include('TorchWarning: An output');
  });

  it('go to the worker that they belong to, and end with it', async () => {
    const ended = await runProgram(`${prelude}${startWorker}
      const worker = start(\`
        process.on('warning', ({ name }) => parentPort.postMessage(name));
        torch.add(torch.ones([2]), 1, { out: torch.ones([4]) });\`);
      const name = await new Promise((resolve) => worker.once('message', resolve));
      await worker.terminate();
      warn();
      await settle();
      console.log(JSON.stringify([name, seen.length <= 1]));`);
    expect(reportOf(ended)).to.deep.equal(['TorchWarning', true]);
  });
});
