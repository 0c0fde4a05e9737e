import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { majors, nodeOfMajor } from './node-versions.ts';
import { reportOf, runProgram } from './program.ts';

/** Peak resident memory in MB. What compiling the library from TypeScript left is collected first. */
const peak = `gc(); const peak = () => Number(/VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024;`;

const hasProc = process.platform === 'linux';

describe('memory of a synchronous loop', () => {
  const droppingLoop = `${peak}
    for (let i = 0; i < 1500; i++) torch.ones([1024, 1024]);
    console.log(JSON.stringify({ version: process.versions.node, peak: peak(), made: torch.memory().made }));`;

  for (const major of majors) {
    it(`over 1,500 dropped tensors of 4 MB stays under 400 MB on Node ${major}`, async function () {
      this.timeout(400_000);
      if (!hasProc) this.skip();
      const node = nodeOfMajor(major);
      if ('reason' in node) {
        if (process.env.HINGE_REQUIRE_NODE_VERSIONS === '1') throw new Error(node.reason);
        console.log(`      skipped: ${node.reason}`);
        return this.skip();
      }
      const ended = await runProgram(droppingLoop, { node: node.path, limit: 120_000 });
      const report = reportOf(ended) as { version: string; peak: number; made: number };
      expect(report.version.split('.')[0]).to.equal(String(major));
      expect(report.made).to.be.at.least(1500);
      expect(report.peak).to.be.below(400);
    });
  }

  it('in which tensors hold 4 MB that they share with views stays under 400 MB', async function () {
    this.timeout(130_000);
    if (!hasProc) this.skip();
    const ended = await runProgram(`${peak}
      for (let i = 0; i < 1000; i++) torch.ones([1024, 1024]).select(0, 3).mul(2);
      console.log(JSON.stringify(peak()));`);
    expect(reportOf(ended)).to.be.below(400);
  });

  it('that disposes its tensors tells the engine of their end', async () => {
    const ended = await runProgram(`
      const external = () => process.memoryUsage().external / 2 ** 20;
      const before = external();
      for (let i = 0; i < 100; i++) torch.ones([1024, 1024]).dispose();
      console.log(JSON.stringify(external() - before));`);
    expect(reportOf(ended)).to.be.below(100);
  });

  it('of TorchScript modules ends with as many tensors, and their memory', async function () {
    this.timeout(130_000);
    if (!hasProc) this.skip();
    const ended = await runProgram(`
      const x = torch.ones([1, 1000]);
      const model = new torch.nn.Linear(1000, 1000);
      const bytes = torch.jit.trace(model, x).saveToBuffer();
      const round = () => {
        torch.jit.load(bytes)(x);
        torch.jit.trace(new torch.nn.Linear(1000, 1000), x)(x);
        try { torch.jit.load(bytes.subarray(0, 1000)); } catch {}
      };
      const settle = async () => { for (let i = 0; i < 10; i++) { gc(); await new Promise((resolve) => setTimeout(resolve, 2)); } };
      const state = async () => { await settle(); return [torch.memory().tensors, process.memoryUsage().rss / 2 ** 20]; };
      for (let i = 0; i < 20; i++) round();
      const before = await state();
      for (let i = 0; i < 10; i++) { for (let j = 0; j < 10; j++) round(); await settle(); }
      const after = await state();
      console.log(JSON.stringify([after[0] - before[0], after[1] - before[1]]));`);
    const [tensors, megabytes] = reportOf(ended) as [number, number];
    expect(tensors).to.equal(0);
    // 800 MB of parameters were made.
    expect(megabytes).to.be.below(150);
  });

  it('of backward passes stays under 400 MB', async function () {
    this.timeout(130_000);
    if (!hasProc) this.skip();
    const ended = await runProgram(`${peak}
      const w = torch.ones([1024, 1024], { requiresGrad: true });
      for (let i = 0; i < 300; i++) {
        w.mul(2).sum().backward();
        w.grad = null;
      }
      console.log(JSON.stringify(peak()));`);
    expect(reportOf(ended)).to.be.below(400);
  });

  it('that throws in a scope frees what the scope made', () => {
    // What earlier tests left would otherwise be collected in between.
    globalThis.gc?.();
    const before = torch.memory();
    for (let i = 0; i < 100; i++) {
      expect(() =>
        torch.scope(() => {
          torch.ones([10]).mul(2);
          throw new Error('inside');
        }),
      ).to.throw('inside');
    }
    const after = torch.memory();
    expect(after.tensors).to.equal(before.tensors);
    expect(after.bytes).to.equal(before.bytes);
  });
});

describe('the number of live tensors', () => {
  it('is the same after 1,000,000 small operators, scoped and collected', async function () {
    this.timeout(300_000);
    const ended = await runProgram(
      `const a = torch.ones([4]);
      const b = torch.ones([4]);
      a.add(b);
      gc();
      const before = torch.memory().tensors;
      for (let i = 0; i < 5000; i++) torch.scope(() => { for (let j = 0; j < 100; j++) a.add(b); });
      const scoped = torch.memory().tensors - before;
      for (let i = 0; i < 500_000; i++) a.add(b);
      const made = torch.memory().made;
      for (let i = 0; i < 20 && torch.memory().tensors !== before; i++) {
        gc();
        await new Promise((resolve) => setImmediate(resolve));
      }
      console.log(JSON.stringify({ scoped, collected: torch.memory().tensors - before, made }));`,
      { limit: 280_000 },
    );
    const report = reportOf(ended) as { scoped: number; collected: number; made: number };
    expect(report.made).to.be.at.least(1_000_000);
    expect([report.scoped, report.collected]).to.deep.equal([0, 0]);
  });

  /** Runs a step that drops all it makes; what is alive after 10 steps must be so after 200 more. */
  async function growthOf(setUp: string, step: string): Promise<{ tensors: number; bytes: number }> {
    const ended = await runProgram(`
      ${setUp}
      const step = () => { ${step} };
      const settle = async () => {
        for (let i = 0; i < 10; i++) { gc(); torch.memory(); await new Promise((resolve) => setImmediate(resolve)); }
        return torch.memory();
      };
      for (let i = 0; i < 10; i++) step();
      const before = await settle();
      for (let i = 0; i < 200; i++) step();
      const after = await settle();
      console.log(JSON.stringify({ tensors: after.tensors - before.tensors, bytes: after.bytes - before.bytes }));`);
    return reportOf(ended) as { tensors: number; bytes: number };
  }

  it('does not grow in a training loop', async function () {
    this.timeout(60_000);
    const growth = await growthOf(
      `const w = torch.randn([32, 10], { requiresGrad: true });
       const x = torch.randn([64, 32]);`,
      `const loss = torch.scope(() => x.matmul(w).relu().sum());
       loss.backward();
       torch.noGrad(() => w.sub_(w.grad.mul(0.01)));
       w.grad.norm().item();
       w.grad = null;`,
    );
    expect(growth).to.deep.equal({ tensors: 0, bytes: 0 });
  });

  it('does not grow with second derivatives', async function () {
    this.timeout(60_000);
    const growth = await growthOf(
      'const w = torch.randn([8], { requiresGrad: true });',
      `const [g] = torch.autograd.grad(w.pow(3).sum(), w, { createGraph: true });
       g.sum().backward();
       w.grad = null;`,
    );
    expect(growth).to.deep.equal({ tensors: 0, bytes: 0 });
  });

  it('does not grow with Functions and hooks, which are freed with their graphs', async function () {
    this.timeout(60_000);
    const growth = await growthOf(
      `class Exp extends torch.autograd.Function {
         static forward(ctx, x) { const y = x.exp(); ctx.saveForBackward(x, y); ctx.scale = x.mul(2); return y; }
         static backward(ctx, g) { return g.mul(ctx.savedTensors[1]).add(ctx.scale.mul(0)); }
       }
       const w = torch.randn([8], { requiresGrad: true });`,
      `const y = Exp.apply(w);
       y.registerHook((g) => g.mul(2));
       w.registerHook((g) => g).remove();
       y.sum().backward();
       Exp.apply(w);
       w.grad = null;`,
    );
    expect(growth).to.deep.equal({ tensors: 0, bytes: 0 });
  });

  it('what a hook or a Function refers to is collected with them', async function () {
    this.timeout(60_000);
    const ended = await runProgram(`
      class Held extends torch.autograd.Function {
        static forward(ctx, x, thing) { ctx.thing = thing; return x.mul(2); }
        static backward(ctx, g) { return [g, null]; }
      }
      const x = torch.ones([1], { requiresGrad: true });
      const collected = new Set();
      const registry = new FinalizationRegistry((name) => collected.add(name));
      const make = (name) => { const thing = { name }; registry.register(thing, name); return thing; };
      // One function each: closures of one function share what they refer to.
      const hookWith = (thing) => () => void thing;
      Held.apply(x, make('function'));
      x.registerHook(hookWith(make('removed hook'))).remove();
      x.mul(2).registerHook(hookWith(make('hook on a dropped result')));
      x.registerHook(hookWith(make('hook that stays')));
      for (let i = 0; i < 30; i++) {
        gc();
        native.isLive();
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      console.log(JSON.stringify([...collected].sort()));`);
    expect(reportOf(ended)).to.deep.equal(['function', 'hook on a dropped result', 'removed hook']);
  });

  it('does not grow when native memory is shared with a TypedArray', async function () {
    this.timeout(60_000);
    const growth = await growthOf('', 'torch.fromBlob(new Float32Array(1000)).add(1);');
    expect(growth).to.deep.equal({ tensors: 0, bytes: 0 });
  });
});

describe('keep', () => {
  it('takes a tensor out of a scope further out', () => {
    let kept: torch.Tensor | undefined;
    let freed: torch.Tensor | undefined;
    torch.scope(() => {
      const [a, b] = [torch.ones([1]), torch.ones([1])];
      torch.scope(() => {
        kept = torch.keep(a);
      });
      freed = b;
    });
    expect([kept?.isDisposed, freed?.isDisposed]).to.deep.equal([false, true]);
  });
});
