import { expect } from 'chai';
import { expectEnd, runProgram } from './program.ts';
import { startWorker } from './worker-source.ts';

/** Tensors, a graph, hooks, Functions, generators and shared memory, all alive. */
const full = `
  class Twice extends torch.autograd.Function {
    static forward(ctx, x) { ctx.saveForBackward(x); return x.mul(2); }
    static backward(ctx, g) { return g.mul(2); }
  }
  globalThis.x = torch.ones([1000], { requiresGrad: true });
  globalThis.y = Twice.apply(globalThis.x.mul(3));
  globalThis.y.registerHook((g) => g.mul(1));
  globalThis.blob = torch.fromBlob(new Float32Array(1000));
  globalThis.generator = new torch.Generator();
  globalThis.y.sum().backward({ createGraph: true });
  torch.ones([500, 500]).matmul(torch.ones([500, 500]));
`;

describe('the end of a process', function () {
  this.timeout(60_000);

  const ends: Record<string, { source: string; code: number; stdout?: string; stderr?: RegExp }> = {
    'with everything alive': { source: `${full} console.log('end');`, code: 0, stdout: 'end\n' },
    'by process.exit': { source: `${full} process.exit(7);`, code: 7 },
    'by process.exit in a scope and in noGrad': {
      source: `${full} torch.scope(() => torch.noGrad(() => torch.inferenceMode(() => { torch.ones([3]); process.exit(8); })));`,
      code: 8,
    },
    'by process.exit in a hook': {
      source: `${full} globalThis.x.registerHook(() => process.exit(9)); globalThis.x.sum().backward();`,
      code: 9,
    },
    'by process.exit in the backward of a Function': {
      source: `${full}
        class Leaving extends torch.autograd.Function {
          static forward(ctx, x) { return x.mul(1); }
          static backward() { process.exit(10); }
        }
        Leaving.apply(globalThis.x).sum().backward();`,
      code: 10,
    },
    'by an error that nobody catches': {
      source: `${full} torch.ones([2]).matmul(torch.ones([3]));`,
      code: 1,
      stderr: /TorchError: /,
    },
    'by an error in a hook that nobody catches': {
      source: `${full} globalThis.x.registerHook(() => { throw new RangeError('from a hook'); }); globalThis.x.sum().backward();`,
      code: 1,
      stderr: /RangeError: from a hook/,
    },
    'by an error in a scope that nobody catches': {
      source: `${full} torch.scope(() => { torch.ones([2]); throw new Error('in a scope'); });`,
      code: 1,
      stderr: /Error: in a scope/,
    },
    'by a rejection that nobody handles': {
      source: `${full} await Promise.reject(new Error('rejected'));`,
      code: 1,
      stderr: /rejected/,
    },
    'while workers compute': {
      source: `${full}
        ${startWorker}
        for (let i = 0; i < 2; i++) {
          const worker = start('parentPort.postMessage(1); for (;;) torch.ones([300, 300]).matmul(torch.ones([300, 300]));');
          await new Promise((resolve) => worker.once('message', resolve));
        }
        process.exit(11);`,
      code: 11,
    },
    'with use of tensors while it exits': {
      source: `${full} process.on('exit', () => { console.log(globalThis.y.sum().item()); globalThis.x.dispose(); });`,
      code: 0,
      stdout: '6000\n',
    },
  };

  for (const pump of [false, true]) {
    for (const [name, { source, code, stdout, stderr }] of Object.entries(ends)) {
      it(`${name}${pump ? ', backward on a thread of its own' : ''}`, async () => {
        const ended = await runProgram(source, pump ? { env: { HINGE_ALWAYS_PUMP: '1' } } : {});
        expectEnd(ended, code);
        if (stdout !== undefined) expect(ended.stdout).to.equal(stdout);
        if (stderr !== undefined) expect(ended.stderr).to.match(stderr);
      });
    }
  }
});
