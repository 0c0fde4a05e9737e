import { expect } from 'chai';
import { reportOf, runProgram } from './program.ts';
import { startWorker } from './worker-source.ts';

/** In the program: starts workers from source, and waits for what they say and for their ends. */
const workers = `
  ${startWorker}
  const message = (worker) => new Promise((resolve, reject) => { worker.once('message', resolve); worker.once('error', reject); });
  const end = (worker) => new Promise((resolve) => worker.once('exit', resolve));
  const settle = async () => { for (let i = 0; i < 20; i++) { gc(); native.isLive(); await new Promise((resolve) => setTimeout(resolve, 2)); } };
  const report = (value) => console.log(JSON.stringify(value));
`;

describe('worker threads', function () {
  this.timeout(90_000);

  it('load the library side by side and compute the same', async () => {
    const ended = await runProgram(`${workers}
      const source = \`
        torch.manualSeed(5 );
        const x = torch.ones([64, 64], { requiresGrad: true });
        let y = x;
        for (let i = 0; i < 50; i++) y = y.matmul(x).mul(1 / 64);
        y.sum().backward();
        parentPort.postMessage(x.grad.sum().item());\`;
      const all = [start(source), start(source), start(source), start(source)];
      const ends = Promise.all(all.map(end));
      report([await Promise.all(all.map(message)), await ends]);`);
    const [sums, codes] = reportOf(ended) as [number[], number[]];
    expect(new Set(sums).size).to.equal(1);
    expect(sums[0]).to.be.closeTo(51 * 4096, 1);
    expect(codes).to.deep.equal([0, 0, 0, 0]);
  });

  it('cast on their own', async () => {
    const ended = await runProgram(`${workers}
      torch.setAutocastEnabled('cpu', true);
      torch.setAutocastDtype('cpu', 'float16');
      const source = \`
        const product = () => torch.mm(torch.ones([2, 2]), torch.ones([2, 2])).dtype;
        parentPort.postMessage([product(), torch.autocast('cpu', product)]);\`;
      const worker = start(source);
      const ended = end(worker);
      const seen = await message(worker);
      await ended;
      report([...seen, torch.mm(torch.ones([2, 2]), torch.ones([2, 2])).dtype]);`);
    expect(reportOf(ended)).to.deep.equal(['float32', 'bfloat16', 'float16']);
  });

  it('trace and load TorchScript side by side, and end with modules alive', async () => {
    const ended = await runProgram(`${workers}
      const source = \`
        const model = new torch.nn.Sequential(new torch.nn.Linear(8, 8), new torch.nn.ReLU());
        const x = torch.ones([2, 8]);
        let same = true;
        for (let i = 0; i < 20; i++) {
          const loaded = torch.jit.load(torch.jit.trace(model, x).saveToBuffer());
          globalThis['kept' + i] = loaded;
          same &&= torch.equal(loaded(x), model(x));
        }
        parentPort.postMessage(same);\`;
      const all = [start(source), start(source), start(source)];
      const ends = Promise.all(all.map(end));
      report([await Promise.all(all.map(message)), await ends]);`);
    expect(reportOf(ended)).to.deep.equal([
      [true, true, true],
      [0, 0, 0],
    ]);
  });

  it('hand tensors over by number', async () => {
    const ended = await runProgram(`${workers}
      const worker = start(\`
        parentPort.once('message', (number) => {
          const x = torch.receive(number);
          const sum = x.sum().item();
          x.add_(1);
          parentPort.postMessage({ sum, answer: torch.share(x.mul(10)) });
        });\`);
      const x = torch.tensor([1, 2, 3]);
      const ended = end(worker);
      worker.postMessage(torch.share(x));
      const { sum, answer } = await message(worker);
      await ended;
      report({ sum, seen: x.tolist(), answer: torch.receive(answer).tolist() });`);
    expect(reportOf(ended)).to.deep.equal({ sum: 6, seen: [2, 3, 4], answer: [20, 30, 40] });
  });

  it('a shared number can be received once, and only it', async () => {
    const ended = await runProgram(`${workers}
      const nameOf = (body) => { try { body(); return 'nothing'; } catch (error) { return error.name; } };
      const x = torch.ones([2], { requiresGrad: true });
      const number = torch.share(x);
      const y = torch.receive(number);
      report({
        leaf: [y.requiresGrad, y.isLeaf, y.grad],
        again: nameOf(() => torch.receive(number)),
        ordinary: nameOf(() => torch.receive(x.handle)),
        forged: [0, -1, NaN, 0.5, 1e300, Infinity].map((each) => nameOf(() => torch.receive(each))),
        wrong: [nameOf(() => torch.receive('1')), nameOf(() => torch.share(3)), nameOf(() => torch.share(x.mul(2)))],
        live: y.tolist(),
      });`);
    expect(reportOf(ended)).to.deep.equal({
      leaf: [true, true, null],
      again: 'DisposedError',
      ordinary: 'DisposedError',
      forged: new Array(6).fill('DisposedError'),
      wrong: ['TypeError', 'TypeError', 'TypeError'],
      live: [1, 1],
    });
  });

  it('memory of a TypedArray that was shared outlives its thread', async () => {
    const ended = await runProgram(`${workers}
      const worker = start(\`
        const numbers = new Float32Array(1 << 20).fill(3);
        parentPort.postMessage(torch.share(torch.fromBlob(numbers)));\`);
      const ended = end(worker);
      const x = torch.receive(await message(worker));
      await ended;
      await settle();
      new Float32Array(1 << 20).fill(7);
      report(x.sum().item() / (1 << 20));`);
    expect(reportOf(ended)).to.equal(3);
  });

  it('the end of a worker frees its tensors, scoped, collected and forgotten', async () => {
    const ended = await runProgram(`${workers}
      await settle();
      const before = torch.memory();
      for (let i = 0; i < 3; i++) {
        const worker = start(\`
          globalThis.forgotten = Array.from({ length: 100 }, () => torch.ones([1000], { requiresGrad: true }));
          globalThis.graph = globalThis.forgotten[0].mul(2).sum();
          globalThis.graph.registerHook(() => {});
          globalThis.generator = new torch.Generator();
          parentPort.postMessage('made');\`);
        const ended = end(worker);
        await message(worker);
        await ended;
      }
      const after = torch.memory();
      report({ tensors: after.tensors - before.tensors, bytes: after.bytes - before.bytes, made: after.made - before.made });`);
    const report = reportOf(ended) as { tensors: number; bytes: number; made: number };
    expect(report.made).to.be.at.least(300);
    expect([report.tensors, report.bytes]).to.deep.equal([0, 0]);
  });

  it('can be terminated in the middle of computing', async () => {
    const ended = await runProgram(`${workers}
      const sources = [
        'for (;;) torch.ones([300, 300]).matmul(torch.ones([300, 300]));',
        'for (;;) torch.scope(() => torch.ones([10]).add(1));',
        'const x = torch.ones([10], { requiresGrad: true }); x.registerHook((g) => g.mul(1)); for (;;) x.mul(2).sum().backward();',
      ];
      const codes = [];
      for (let round = 0; round < 3; round++) {
        for (const source of sources) {
          const worker = start("parentPort.postMessage('started');" + source);
          await message(worker);
          await new Promise((resolve) => setTimeout(resolve, 20));
          codes.push(await worker.terminate());
        }
      }
      await settle();
      report({ codes, goesOn: torch.ones([2]).add(1).tolist() });`);
    const report = reportOf(ended) as { codes: number[]; goesOn: number[] };
    expect(report.codes).to.deep.equal(new Array(9).fill(1));
    expect(report.goesOn).to.deep.equal([2, 2]);
  });

  it('can be terminated while backward runs on a thread of its own', async () => {
    const ended = await runProgram(
      `${workers}
      const codes = [];
      for (let round = 0; round < 5; round++) {
        const worker = start(\`
          parentPort.postMessage('started');
          const x = torch.ones([10], { requiresGrad: true });
          x.registerHook((g) => { for (let i = 0; i < 1000; i++) g.mul(1); });
          for (;;) x.mul(2).sum().backward();\`);
        await message(worker);
        await new Promise((resolve) => setTimeout(resolve, 20));
        codes.push(await worker.terminate());
      }
      report(codes);`,
      { env: { HINGE_ALWAYS_PUMP: '1' } },
    );
    expect(reportOf(ended)).to.deep.equal([1, 1, 1, 1, 1]);
  });

  it('an error in a worker is the error of that worker alone', async () => {
    const ended = await runProgram(`${workers}
      const worker = start('torch.ones([2]).matmul(torch.ones([3]));');
      const error = await new Promise((resolve) => worker.once('error', resolve));
      report({ message: error.message.includes('size'), goesOn: torch.ones([1]).item() });`);
    expect(reportOf(ended)).to.deep.equal({ message: true, goesOn: 1 });
  });

  it('a stale number of an ended worker is refused', async () => {
    const ended = await runProgram(`${workers}
      const worker = start('globalThis.x = torch.ones([2]); parentPort.postMessage(globalThis.x.handle);');
      const ended = end(worker);
      const handle = await message(worker);
      await ended;
      let name = 'nothing';
      try { new torch.Tensor(handle).sum(); } catch (error) { name = error.name; }
      report(name);`);
    expect(reportOf(ended)).to.equal('DisposedError');
  });

  it('a hook of another thread is refused instead of waited for', async () => {
    const ended = await runProgram(`${workers}
      const worker = start(\`
        const x = torch.ones([2], { requiresGrad: true });
        globalThis.y = x.mul(2);
        globalThis.y.registerHook((g) => g);
        parentPort.postMessage(globalThis.y.handle);
        parentPort.once('message', () => {});\`);
      const y = new torch.Tensor(await message(worker));
      let text = 'nothing';
      try { y.sum().backward(); } catch (error) { text = error.message; }
      worker.postMessage('end');
      await end(worker);
      report(text);`);
    expect(reportOf(ended)).to.match(/hook or Function of another thread/);
  });
});
