import { expect } from 'chai';
import { expectEnd, runProgram } from './program.ts';

describe('errors', function () {
  this.timeout(120_000);

  it('by the hundred thousand, while the collector frees tensors, leave the process alive', async () => {
    // In a task of its own: there Node would take an error that is pending during a collection for the finalizer's.
    const ended = await runProgram(
      `setTimeout(() => {
        let caught = 0;
        for (let i = 0; i < 200_000; i++) {
          try {
            torch.matmul(torch.ones([2, 3]), torch.ones([2, 3]));
          } catch (error) {
            if (error instanceof torch.TorchError) caught++;
          }
        }
        console.log(caught);
      }, 1);`,
      { flags: ['--max-semi-space-size=1'], limit: 110_000 },
    );
    expectEnd(ended);
    expect(ended.stdout).to.equal('200000\n');
  });
});
