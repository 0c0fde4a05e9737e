import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { ZipWriter } from '../../lib/io/zip-writer.ts';

const { Dict, Tuple } = torch.io;

/** An archive as PyTorch writes it, of a pickle and storages. */
function archive(pickle: Uint8Array | string, storages: Readonly<Record<string, Uint8Array>> = {}): Uint8Array {
  const parts: Uint8Array[] = [];
  const zip = new ZipWriter((bytes) => parts.push(bytes));
  zip.add('archive/data.pkl', typeof pickle === 'string' ? Buffer.from(pickle, 'latin1') : pickle);
  for (const [key, bytes] of Object.entries(storages)) zip.add(`archive/data/${key}`, bytes);
  zip.end();
  return Buffer.concat(parts);
}

/** Short opcodes: `t` of an integer that fits one byte, of a string, of a call. */
const int = (value: number) => `K${String.fromCharCode(value)}`;
const text = (value: string) => `\x8c${String.fromCharCode(value.length)}${value}`;
const storage = (key: string, count: number) =>
  `(${text('storage')}ctorch\nFloatStorage\n${text(key)}${text('cpu')}${int(count)}tQ`;
const long = (value: bigint) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(value);
  return `\x8a\x08${bytes.toString('latin1')}`;
};
const tensor = (offset: string, size: string, stride: string, key = storage('0', 4)) =>
  `ctorch._utils\n_rebuild_tensor_v2\n(${key}${offset}(${size}t(${stride}t\x89NtR`;

const back = <T>(value: unknown) => torch.load<T>(torch.saveBytes(value));

describe('torch.save and torch.load', () => {
  let folder: string;
  beforeEach(() => {
    torch.manualSeed(0);
    folder = mkdtempSync(join(tmpdir(), 'serialization-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('bring plain values back as they were', () => {
    const values = {
      numbers: [
        0,
        -1,
        255,
        2 ** 40,
        -(2 ** 31),
        0.5,
        -0,
        Number.NaN,
        Number.POSITIVE_INFINITY,
        1e300,
        2n ** 200n,
        -(2n ** 63n),
      ],
      text: ['', 'ß🙂', '\ufeffx', 'a\0b'],
      others: [true, false, null, new Uint8Array([0, 255]), new Uint8Array(0)],
      map: new Map<unknown, unknown>([
        ['b', 1],
        ['a', { c: [] }],
      ]),
      dict: new Dict<unknown, unknown>([
        ['0', 1],
        [1, 2],
        [null, 3],
        [2.5, 4],
      ]),
      tuple: Tuple.of<unknown>(1, Tuple.of(), [Tuple.of(2)]),
      size: torch.io.Size.of(2, 3),
      bytes: new torch.io.ByteArray([1, 2]),
      set: new Set([1, 'x']),
      complex: new torch.Complex(1, -0),
      dtype: new torch.io.DTypeValue('bfloat16'),
      device: new torch.io.DeviceValue('cuda:1'),
      state: { 0: { step: 1 }, 12: {} },
      empty: {},
      ['__proto__']: 'own',
    };
    const loaded = back<typeof values>(values);
    expect(loaded).to.deep.equal(values);
    expect(Object.keys(loaded)).to.deep.equal(Object.keys(values));
    expect(loaded.tuple).to.be.instanceOf(Tuple);
    expect(loaded.tuple[2]).to.not.be.instanceOf(Tuple);
    expect(loaded.size).to.be.instanceOf(torch.io.Size);
    expect(loaded.dict).to.be.instanceOf(Dict);
    expect(loaded.map).to.not.be.instanceOf(Dict);
  });

  it('keep shared memory, strides and what is the same object', () => {
    const base = torch.randn([4, 6]);
    const list = [1];
    const loaded = back<Record<string, torch.Tensor> & { lists: number[][] }>({
      base,
      view: base.t(),
      row: base.select(0, 2),
      bits: base.view('int32'),
      lists: [list, list],
    });
    expect(loaded.view?.strides).to.deep.equal([1, 6]);
    loaded.base?.fill_(1);
    expect(loaded.view?.sum().item()).to.equal(24);
    expect(loaded.row?.sum().item()).to.equal(6);
    expect(loaded.bits?.select(0, 0).select(0, 0).item()).to.equal(0x3f800000);
    expect(loaded.lists[0]).to.equal(loaded.lists[1]);
  });

  it('keep a list that holds itself, and refuse a dict that does', () => {
    const list: unknown[] = [];
    list.push(list);
    const loaded = back<unknown[]>(list);
    expect(loaded[0]).to.equal(loaded);
    expect(() => torch.load(archive(`}q\x00${text('self')}h\x00s.`))).to.throw(
      torch.CheckpointError,
      'a dict holds itself',
    );
  });

  it('carry a model and its optimizer over, from a scope', () => {
    const make = () => {
      const model = new torch.nn.Linear(3, 2);
      return { model, optimizer: new torch.optim.Adam(model.parameters(), { lr: 0.1 }) };
    };
    const step = ({ model, optimizer }: ReturnType<typeof make>) => {
      optimizer.zeroGrad();
      torch.scope(() =>
        model(torch.ones([1, 3]))
          .sum()
          .backward(),
      );
      optimizer.step();
    };
    const [from, to] = [make(), make()];
    step(from);
    const path = join(folder, 'run.pt');
    torch.save({ model: from.model.stateDict(), optimizer: from.optimizer.stateDict() }, path);
    torch.scope(() => {
      const run = torch.load<{
        model: Map<string, torch.Tensor>;
        optimizer: ReturnType<typeof to.optimizer.stateDict>;
      }>(pathToFileURL(path));
      to.model.loadStateDict(run.model);
      to.optimizer.loadStateDict(run.optimizer);
    });
    step(from);
    step(to);
    for (const [name, value] of from.model.stateDict()) {
      expect(to.model.stateDict().get(name)?.equal(value), name).to.equal(true);
    }
  });

  it('map a file on request, whose tensors may be changed and saved', () => {
    const path = join(folder, 'x.pt');
    const x = torch.arange(1000);
    torch.save({ x, y: torch.ones([3]) }, path);
    const before = readFileSync(path);
    const loaded = torch.load<{ x: torch.Tensor; y: torch.Tensor }>(path, { mmap: true });
    expect(loaded.x.equal(x)).to.equal(true);
    loaded.y.add_(1);
    expect(readFileSync(path).equals(before)).to.equal(true);
    expect(torch.saveBytes(loaded.y).length).to.be.lessThan(2000);
    rmSync(path);
    expect(loaded.x.equal(x)).to.equal(true);
  });

  it('send tensors where mapLocation says', () => {
    const bytes = torch.saveBytes({ x: torch.ones([2]) });
    expect(torch.load<{ x: torch.Tensor }>(bytes, { mapLocation: 'meta' }).x.device).to.equal('meta');
    const asked: string[] = [];
    const keep = (location: string) => {
      asked.push(location);
      return undefined;
    };
    expect(torch.load<{ x: torch.Tensor }>(bytes, { mapLocation: keep }).x.device).to.equal('cpu');
    expect(asked).to.deep.equal(['cpu']);
    expect(() => torch.load(bytes, { mapLocation: 'gpu' as never })).to.throw(
      TypeError,
      'mapLocation must be a device',
    );
    expect(() => torch.load(bytes, { mapLocation: () => 3 as never })).to.throw(TypeError, 'what mapLocation returns');
    if (torch.cuda.isAvailable()) return;
    const elsewhere = tensor(int(0), int(2), int(1), storage('0', 2).replace(text('cpu'), text('cuda:0')));
    const contents = { 0: new Uint8Array(8) };
    expect(() => torch.load(archive(`${elsewhere}.`, contents))).to.throw(
      torch.CheckpointError,
      "{ mapLocation: 'cpu' }",
    );
    expect(torch.load<torch.Tensor>(archive(`${elsewhere}.`, contents), { mapLocation: 'cpu' }).shape).to.deep.equal([
      2,
    ]);
  });

  it('refuse to write what is no data, and say where it stands', () => {
    const path = join(folder, 'x.pt');
    torch.save([1], path);
    const before = readFileSync(path);
    class Own {}
    const wrong: [unknown, string][] = [
      [{ a: [1, () => 1] }, 'save: value.a[1] must be data, got function'],
      [new Map([['k', new Own()]]), 'save: value.k must be data, got an Own'],
      [[undefined], 'save: value[0] must be data, got undefined'],
      [Symbol('x'), 'save: value must be data, got a symbol'],
      ['\ud800', 'half a character'],
      [new Date(), 'got a Date'],
    ];
    for (const [value, message] of wrong) expect(() => torch.save(value, path)).to.throw(TypeError, message);
    const gone = torch.ones([1]);
    gone.dispose();
    expect(() => torch.save({ gone }, path)).to.throw(torch.DisposedError);
    expect(() => torch.save(1, 3 as never)).to.throw(TypeError, 'save: file must be a path, got 3');
    expect(readFileSync(path).equals(before)).to.equal(true);
    expect(readdirSync(folder)).to.deep.equal(['x.pt']);
  });

  it('leave no tensors behind', () => {
    const bytes = torch.saveBytes({
      x: torch.ones([2, 2]).t(),
      q: torch.quantizePerTensor(torch.ones([2]), 0.1, 0, 'qint8'),
    });
    const path = join(folder, 'x.pt');
    writeFileSync(path, bytes);
    globalThis.gc?.();
    const before = torch.memory().tensors;
    for (const mmap of [false, true]) torch.scope(() => void torch.load(path, { mmap }));
    torch.scope(() => void torch.saveBytes(torch.load(bytes)));
    expect(torch.memory().tensors).to.equal(before);
  });

  const x = { 0: new Uint8Array(16) };
  const refused: Readonly<Record<string, readonly [Uint8Array, string]>> = {
    'a name that would run': [archive(`cos\nsystem\n${text('echo')}\x85R.`), 'asks for os.system, which is not data'],
    'a name on the stack': [archive(`${text('builtins')}${text('eval')}\x93.`), 'asks for builtins.eval'],
    'an inherited name': [archive('ctorch\nconstructor\n.'), 'asks for torch.constructor'],
    'a new object of a class': [archive('cmodels\nNet\n)\x81.'), 'asks for models.Net'],
    'an attribute of a class': [archive('c__builtin__\ngetattr\n.'), 'asks for __builtin__.getattr'],
    'a call of what is no name': [archive(`${int(1)})R.`), 'calls what cannot be called'],
    'a state of what has none': [archive(']}b.'), 'sets the state of what has none'],
    'an extension': [archive('\x82\x01.'), 'an opcode that data do not need, 0x82'],
    'a persistent id of something else': [archive(`(${text('module')}tQ.`), 'asks for "module", which is no storage'],
    'a pickle that is cut off': [archive(`${text('x')}`), 'the pickle is cut off'],
    'an empty stack': [archive('.'), 'takes what is not there'],
    'a list as a key': [archive('}]Ns.'), 'a list is no key'],
    'a storage that is not there': [archive(`${storage('9', 4)}.`, x), 'has no data/9'],
    'a storage of another size': [
      archive(`${tensor(int(0), int(4), int(1), storage('0', 5))}.`, x),
      'data/0 has 16 bytes',
    ],
    'a tensor beyond its storage': [archive(`${tensor(int(1), int(4), int(1))}.`, x), 'reaches beyond its storage'],
    'an absurd shape': [archive(`${tensor(int(0), long(2n ** 50n), int(1))}.`, x), 'reaches beyond its storage'],
    'an absurd shape of no steps': [
      archive(`${tensor(int(0), long(2n ** 40n) + long(2n ** 40n), int(0) + int(0))}.`, x),
      'reaches beyond its storage',
    ],
    'a negative size': [archive(`${tensor(int(0), long(-1n), int(1))}.`, x), 'given what it does not take'],
    'deep nesting': [archive(`${']'.repeat(5000)}${'a'.repeat(4999)}.`), 'nested too deeply'],
    'one list named many times': [
      archive(`]q\x00(${int(1).repeat(5000)}e0(${'c__builtin__\nset\nh\x00\x85R'.repeat(5000)}t.`),
      'names the same values too often',
    ],
    'a file of another kind': [
      Buffer.from('not an archive at all, but long enough'),
      "no file of PyTorch's zip format",
    ],
    'the format before the archives': [
      Buffer.from('\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.', 'latin1'),
      'before PyTorch 1.6',
    ],
    'an empty file': [new Uint8Array(), "no file of PyTorch's zip format"],
  };
  for (const [name, [bytes, message]] of Object.entries(refused)) {
    it(`refuse ${name}`, () => {
      globalThis.gc?.();
      const before = torch.memory().tensors;
      expect(() => torch.load(bytes)).to.throw(torch.CheckpointError, message);
      expect(torch.memory().tensors).to.equal(before);
    });
  }

  it('refuse a file that is cut off anywhere', () => {
    const path = join(folder, 'x.pt');
    const bytes = torch.saveBytes({ x: torch.ones([3]) });
    for (let length = bytes.length - 1; length >= 0; length -= 13) {
      writeFileSync(path, bytes);
      truncateSync(path, length);
      expect(() => torch.load(path), String(length)).to.throw(torch.CheckpointError);
      expect(() => torch.load(path, { mmap: true }), String(length)).to.throw(torch.CheckpointError);
    }
  });

  it('refuse wrong arguments', () => {
    expect(() => torch.load(3 as never)).to.throw(TypeError, 'load: file must be a path or a Uint8Array, got 3');
    expect(() => torch.load(join(folder, 'none'))).to.throw('ENOENT');
    expect(() => torch.load('x', { weightsOnly: false as never })).to.throw(RangeError, 'weightsOnly must be true');
    expect(existsSync(join(folder, 'none'))).to.equal(false);
  });
});
