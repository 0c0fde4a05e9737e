import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { readRecords, writeRecords } from '../hazards/zip-archive.ts';

const { nn, jit } = torch;
const x = torch.ones([2, 3]);

class Net extends nn.Module {
  body = new nn.Sequential(new nn.Linear(3, 4), new nn.Dropout(0.5));
  offset = this.registerBuffer('offset', torch.ones([4]));
  forward(input: torch.Tensor): torch.Tensor {
    return this.body(input).add(this.offset);
  }
}

const bytes = jit.trace(new Net().eval(), x).saveToBuffer();

describe('a script module', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'hinge-jit-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('is a module', () => {
    const model = jit.load(bytes);
    expect(model).to.be.instanceOf(nn.Module);
    expect([...model.namedParameters()].map(([name]) => name)).to.deep.equal(['body.0.weight', 'body.0.bias']);
    expect([...model.namedBuffers()].map(([name]) => name)).to.deep.equal(['offset']);
    expect(model(x).shape).to.deep.equal([2, 4]);
    const seen: unknown[] = [];
    model.registerForwardHook((_, inputs) => void seen.push(inputs[0]));
    model(x);
    expect(seen).to.deep.equal([x]);
    expect(model.training).to.equal(false);
    expect(model.train().getAttribute('training')).to.equal(true);
    expect(model.getSubmodule('body.1').training).to.equal(true);
  });

  it('shows TorchScript what its fields are set to', () => {
    const model = jit.load(bytes);
    const before = model(x);
    model.loadStateDict(new Map([...model.stateDict()].map(([name, each]) => [name, each.clone().zero_()])), {
      assign: true,
    });
    expect(model(x).sum().item()).to.equal(0);
    Reflect.set(model, 'offset', torch.ones([4]));
    expect(model(x).sum().item()).to.equal(8);
    expect(model.double()(x.double()).dtype).to.equal('float64');
    expect(before.dtype).to.equal('float32');
    expect(() => Reflect.set(model, 'offset', 3)).to.throw(TypeError, 'offset cannot be 3');
    expect(() => Reflect.set(model, 'offset', null)).to.throw(TypeError, 'offset cannot be null');
    expect(() => Reflect.set(model, 'training', 'yes')).to.throw(TypeError, 'training cannot be "yes"');
  });

  it('moves to meta and computes there', () => {
    const model = jit.load(bytes, { mapLocation: 'meta' });
    expect([...model.parameters()].map(({ device }) => device)).to.deep.equal(['meta', 'meta']);
    expect(model(x.to('meta')).shape).to.deep.equal([2, 4]);
    expect(jit.load(bytes).to('meta')(x.to('meta')).shape).to.deep.equal([2, 4]);
  });

  it('is saved whole or not at all', () => {
    const path = join(folder, 'model.pt');
    const model = jit.load(bytes);
    jit.save(model, path);
    model.save(pathToFileURL(path));
    expect(jit.load(pathToFileURL(path))(x).tolist()).to.deep.equal(model(x).tolist());
    expect(readdirSync(folder)).to.deep.equal(['model.pt']);
    expect(() => model.save(join(folder, 'no', 'model.pt'))).to.throw('ENOENT');
    expect(() => jit.save(new nn.ReLU() as never, path)).to.throw(TypeError, 'trace it first');
    expect(() => model.save(3 as never)).to.throw(TypeError, 'save needs a path, got 3');
  });

  it('survives the scope in which it was made', () => {
    const model = torch.scope(() => jit.load(bytes));
    expect(model(x).shape).to.deep.equal([2, 4]);
    const traced = torch.scope(() => jit.trace(new Net().eval(), x));
    expect(torch.scope(() => traced(x).shape)).to.deep.equal([2, 4]);
  });

  it('leaves no tensors behind', () => {
    const round = () =>
      torch.scope(() => {
        const model = jit.load(bytes);
        model(x).sum().backward();
        model.saveToBuffer();
        for (const each of [...model.parameters(), ...model.buffers()]) each.dispose();
      });
    round();
    const before = torch.memory();
    for (let i = 0; i < 10; i++) round();
    // Each module keeps three handles of its own, for the collector to free, and gradients.
    expect(torch.memory().tensors - before.tensors).to.be.at.most(10 * 6);
  });

  it('refuses calls that do not fit', () => {
    const model = jit.load(bytes);
    const call = model as unknown as (...values: unknown[]) => unknown;
    expect(() => call()).to.throw(TypeError, 'is missing');
    expect(() => call('x')).to.throw(TypeError, 'must be Tensor, got "x"');
    expect(() => call(x, x)).to.throw(TypeError, 'no overload takes');
    expect(() => call(torch.ones([2, 5]))).to.throw(torch.TorchError, 'cannot be multiplied');
    const disposed = torch.ones([2, 3]);
    disposed.dispose();
    expect(() => call(disposed)).to.throw(torch.DisposedError);
  });

  it('does not load what is damaged or something else', () => {
    const load = jit.load as unknown as (...values: unknown[]) => unknown;
    const refuse = (file: Uint8Array, words: string) => expect(() => load(file)).to.throw(torch.CheckpointError, words);
    refuse(new Uint8Array(0), 'not a TorchScript archive');
    refuse(Buffer.from('PK\u0003\u0004 and then nothing of the kind'), 'no directory');
    refuse(bytes.subarray(0, bytes.length / 2), 'no directory');
    const records = readRecords(bytes);
    const weight = records.find(({ name }) => name.endsWith('data/0')) as (typeof records)[number];
    const flipped = Buffer.from(bytes);
    const at = flipped.indexOf(weight.data);
    flipped[at] = (flipped[at] as number) ^ 1;
    refuse(flipped, 'differs from its checksum');
    const replace = (data: Buffer) => records.map((each) => (each === weight ? { ...each, data } : each));
    refuse(writeRecords(replace(Buffer.alloc(0))), 'beyond its storage');
    refuse(writeRecords(records.filter(({ name }) => !name.endsWith('constants.pkl'))), 'data without code');
    refuse(writeRecords(records.filter(({ name }) => !name.endsWith('data.pkl'))), 'data.pkl');
    expect(load(writeRecords(records))).to.be.instanceOf(jit.ScriptModule);
    const path = join(folder, 'text');
    writeFileSync(path, 'text');
    expect(() => load(path)).to.throw(torch.CheckpointError, 'not a TorchScript archive');
    expect(readFileSync(path, 'utf8')).to.equal('text');
    expect(() => load(folder)).to.throw(torch.CheckpointError);
    expect(() => load(join(folder, 'missing'))).to.throw('ENOENT');
    expect(() => load(3)).to.throw(TypeError, 'a path or the bytes of a file, got 3');
    expect(() => load(bytes, 3)).to.throw(TypeError, 'options must be an object, got 3');
    expect(() => load(bytes, { mapLocation: 'nowhere' })).to.throw(TypeError, 'mapLocation must be a device');
  });

  it('withstands tampering', () => {
    const model = jit.load(bytes);
    const forward = jit.ScriptModule.prototype.forward as (...values: unknown[]) => unknown;
    expect(() => forward.call({}, x)).to.throw(TypeError);
    expect(() => forward.call(new nn.ReLU(), x)).to.throw(TypeError);
    expect(() => Reflect.construct(jit.ScriptModule as never, [])).to.throw(TypeError);
    Object.setPrototypeOf(model, nn.Module.prototype);
    expect(() => (model as unknown as (input: torch.Tensor) => unknown)(x)).to.throw();
  });
});
