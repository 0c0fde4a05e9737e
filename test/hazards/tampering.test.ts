import { expect } from 'chai';
import { expectEnd, runProgram } from './program.ts';

/** Work with a known result: arithmetic, lists, options, several results, indexing, autograd, printing, scopes. */
const work = `
  const work = () => {
    const x = torch.tensor([[1, 2], [3, 4]], { requiresGrad: true });
    const [values, indices] = torch.cat([x, x.mul(2)], 0).sort(1, { descending: true });
    const y = torch.scope(() => values.index([torch.slice(0, 2)]).sum().add(torch.stack([x, x]).mean()));
    y.backward();
    return JSON.stringify([y.item(), x.grad.tolist(), indices.shape, String(torch.ones([2]))]);
  };
  const attempt = () => { try { return work(); } catch (error) { return 'refused: ' + (error instanceof Error); } };
`;

/** What hostile code may do before the library is used. */
const tamperings: Record<string, string> = {
  'a setter for handle on Object.prototype': `Object.defineProperty(Object.prototype, 'handle', { set() { throw new Error('set'); }, get() { return 7; }, configurable: true });`,
  'setters for options on Object.prototype': `for (const name of ['dtype', 'device', 'out', 'dim', 'keepdim', 'generator', 'failure', 'value', 'then'])
    Object.defineProperty(Object.prototype, name, { set() { throw new Error('set'); }, get() { return 'x'; }, configurable: true });`,
  'numbers on Object.prototype': `Object.prototype[0] = 5; Object.prototype.length = 3;`,
  'getters for numbers on Array.prototype': `Object.defineProperty(Array.prototype, 0, { get() { return 1e300; }, set() { throw new Error('set'); }, configurable: true });`,
  'an iterator of arrays that throws': `Array.prototype[Symbol.iterator] = function () { throw new Error('iterator'); };`,
  'an iterator of arrays that never ends': `Array.prototype[Symbol.iterator] = function* () { for (let i = 0; i < 1e5; i++) yield i; };`,
  'push, map and entries that lie': `Array.prototype.push = () => 2 ** 40; Array.prototype.map = () => [1, 2, 3]; Array.prototype.entries = () => [][Symbol.iterator]();`,
  'Array.isArray that lies': `Array.isArray = () => true;`,
  'Number.isSafeInteger that lies': `Number.isSafeInteger = () => true; Number.isInteger = () => true;`,
  'set and subarray of typed arrays that throw': `const typed = Object.getPrototypeOf(Float64Array.prototype); typed.set = typed.subarray = () => { throw new Error('typed'); };`,
  'an instanceof that lies': `Object.defineProperty(torch.Tensor, Symbol.hasInstance, { value: () => true });`,
  'an instanceof that throws': `Object.defineProperty(torch.Tensor, Symbol.hasInstance, { value: () => { throw new Error('instanceof'); } });`,
  'methods of Tensor that recurse': `torch.Tensor.prototype.mul = function (other) { return torch.mul(this, other); }; torch.Tensor.prototype.sum = function () { return this.sum(); };`,
  'a shape that lies': `Object.defineProperty(torch.Tensor.prototype, 'shape', { get: () => [2 ** 53 - 1, -1, NaN], configurable: true });`,
  'a handle that changes while it is read': `let reads = 0; Object.defineProperty(torch.Tensor.prototype, 'handle', { get() { return ++reads; }, set() {}, configurable: true });`,
  'no prototype of Tensor': `Object.setPrototypeOf(torch.Tensor.prototype, null);`,
  'a Tensor whose handle is a getter that throws': `const bad = Object.create(torch.Tensor.prototype, { handle: { get() { throw new Error('handle'); } } }); torch.cat = () => torch.ones([1]).add(bad);`,
  'Map, Set and WeakMap that throw': `for (const kind of [Map, Set, WeakMap]) kind.prototype.get = kind.prototype.set = kind.prototype.add = kind.prototype.has = () => { throw new Error('map'); };`,
  'errors that cannot be made': `globalThis.Error.captureStackTrace = () => { throw new Error('capture'); }; Error.prepareStackTrace = () => { throw new Error('prepare'); };`,
  'a RegExp that throws': `RegExp.prototype.exec = () => { throw new Error('exec'); };`,
  'Function.prototype.call and apply that throw': `Function.prototype.call = Function.prototype.apply = () => { throw new Error('call'); };`,
};

describe('tampered prototypes', function () {
  this.timeout(60_000);

  it('without tampering the work is done', async () => {
    const ended = await runProgram(`${work} console.log(attempt());`);
    expectEnd(ended);
    expect(ended.stdout).to.match(/^\[12.5,\[\[1.25,1.25\],\[1.25,1.25\]\],\[4,2\],/);
  });

  for (const [name, source] of Object.entries(tamperings)) {
    it(`do not end the process: ${name}`, async () => {
      const ended = await runProgram(`${work}
        const log = (text) => process._rawDebug(text);
        const finish = process.reallyExit.bind(process);
        const before = attempt();
        try { ${source} } catch {}
        for (let i = 0; i < 5; i++) attempt();
        log(before.startsWith('[12.5') ? 'alive' : before);
        finish(0);`);
      expectEnd(ended);
      expect(ended.stderr).to.match(/alive/);
    });
  }
});

describe('memory that moves away', function () {
  this.timeout(60_000);

  /** Programs that must print `alive`. */
  const programs: Record<string, string> = {
    'the frame is transferred and collected': `
      try { structuredClone(words.buffer, { transfer: [words.buffer] }); } catch {}
      try { words.buffer.transfer?.(); } catch {}
      for (let i = 0; i < 5; i++) { gc(); await new Promise((resolve) => setImmediate(resolve)); }
      for (let i = 0; i < 50; i++) { new Float64Array(4096).fill(1e300); try { torch.ones([2]).add(1); native.call(); native.backward(); } catch {} }
      console.log('alive');`,
    'the frame is dropped and collected': `
      for (let i = 0; i < 20; i++) native.resizeFrame(1000 + i);
      for (let i = 0; i < 5; i++) { gc(); await new Promise((resolve) => setImmediate(resolve)); }
      for (let i = 0; i < 50; i++) { new Float64Array(1000).fill(NaN); try { native.call(); } catch {} }
      console.log('alive');`,
    'the frame shrinks to one word': `
      for (const name of Object.keys(native)) {
        native.resizeFrame(1);
        try { native[name]('aten::add', 'Tensor'); } catch {}
      }
      console.log('alive');`,
    'shared memory is transferred and collected': `
      const numbers = new Float32Array(1 << 20).fill(3);
      const x = torch.fromBlob(numbers);
      try { numbers.buffer.transfer?.(); } catch {}
      try { structuredClone(numbers.buffer, { transfer: [numbers.buffer] }); } catch {}
      for (let i = 0; i < 10; i++) { gc(); await new Promise((resolve) => setImmediate(resolve)); new Float32Array(1 << 20).fill(i); }
      if (x.sum().item() === 3 * (1 << 20)) console.log('alive');`,
    'shared memory is transferred behind the back of the library': `
      let buffer = new ArrayBuffer(4 << 20);
      words[0] = 6; words[1] = 0; words[2] = 1; words[3] = 1 << 20;
      native.fromBlob(buffer);
      const x = wrap(words[0]);
      structuredClone(buffer, { transfer: [buffer] });
      buffer = undefined;
      for (let i = 0; i < 10; i++) { gc(); await new Promise((resolve) => setImmediate(resolve)); }
      if (x.sum().item() === 0) console.log('alive');`,
    'shared memory can be resized': `
      const buffer = new ArrayBuffer(1 << 20, { maxByteLength: 1 << 24 });
      Object.defineProperty(buffer, 'resizable', { value: false });
      let refused = false;
      try { torch.fromBlob(new Float32Array(buffer)); } catch (error) { refused = error instanceof TypeError; }
      buffer.resize(0);
      if (refused) console.log('alive');`,
    'the memory of data shrinks while it is read': `
      const buffer = new ArrayBuffer(1 << 16, { maxByteLength: 1 << 20 });
      const array = new Float32Array(buffer);
      const tensor = torch.tensor(array);
      buffer.resize(16);
      if (tensor.numel() === 16384 && torch.tensor(array).numel() === 4) console.log('alive');`,
  };

  for (const [name, source] of Object.entries(programs)) {
    it(`does not end the process: ${name}`, async () => {
      const ended = await runProgram(source);
      expectEnd(ended);
      expect(ended.stdout).to.equal('alive\n');
    });
  }
});
