import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

const { safetensors } = torch;

/** A file from a header and data, as the format says: length, JSON, bytes. */
function file(header: unknown, data: Uint8Array = new Uint8Array()): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

function headerOf(bytes: Uint8Array): Record<string, unknown> {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  return JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
}

const bits = (tensor: torch.Tensor) => Buffer.from(tensor.toTypedArray().buffer).toString('hex');

describe('safetensors', () => {
  let folder: string;
  beforeEach(() => {
    torch.manualSeed(0);
    folder = mkdtempSync(join(tmpdir(), 'safetensors-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const dtypes = [
    'bool',
    'uint8',
    'int8',
    'uint16',
    'int16',
    'float16',
    'bfloat16',
    'uint32',
    'int32',
    'float32',
    'uint64',
    'int64',
    'float64',
    'complex64',
    'float8_e5m2',
    'float8_e4m3fn',
    'float8_e5m2fnuz',
    'float8_e4m3fnuz',
  ] as const;

  for (const dtype of dtypes) {
    it(`brings ${dtype} back bit for bit, through bytes and through a file`, () => {
      const tensor = torch.randn([3, 5]).mul(3).to(dtype);
      const path = join(folder, 'x.safetensors');
      safetensors.saveFile({ x: tensor }, path);
      for (const loaded of [
        safetensors.load(safetensors.save({ x: tensor })),
        safetensors.loadFile(path),
        safetensors.loadFile(path, { mmap: false }),
      ]) {
        const back = loaded.get('x')!;
        expect(back.dtype).to.equal(dtype);
        expect(back.shape).to.deep.equal([3, 5]);
        expect(bits(back)).to.equal(bits(tensor));
      }
    });
  }

  it('keeps NaN payloads, infinities and negative zero', () => {
    const words = Uint32Array.of(0x7fc12345, 0xff800000, 0x80000000, 0x00000001);
    const tensor = torch.tensor(new Float32Array(words.buffer));
    const back = safetensors.load(safetensors.save({ tensor })).get('tensor')!;
    expect([...new Uint32Array(back.toTypedArray().buffer)]).to.deep.equal([...words]);
  });

  it('writes what the format describes', () => {
    const bytes = safetensors.save(
      { b: torch.tensor([1n, 2n]), a: torch.tensor([true]) },
      { metadata: { by: 'hinge' } },
    );
    expect(headerOf(bytes)).to.deep.equal({
      __metadata__: { by: 'hinge' },
      b: { dtype: 'I64', shape: [2], data_offsets: [0, 16] },
      a: { dtype: 'BOOL', shape: [1], data_offsets: [16, 17] },
    });
    const dataStart = bytes.length - 17;
    expect(dataStart % 8).to.equal(0);
    expect([...bytes.subarray(dataStart)]).to.deep.equal([1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1]);
  });

  it('takes empty tensors, scalars, views and names of any kind', () => {
    const matrix = torch.randn([4, 6]);
    const tensors = new Map([
      ['none', torch.zeros([0, 3])],
      ['scalar', torch.tensor(2.5)],
      ['transposed', matrix.T],
      ['10', matrix.select(0, 1)],
      ['2', matrix.index([torch.slice(null, null, 2)])],
      ['__proto__', torch.tensor([1n])],
      ['gewöhnlich "quoted"', torch.tensor([0.5])],
    ]);
    const loaded = safetensors.load(safetensors.save(tensors));
    expect([...loaded.keys()]).to.have.members([...tensors.keys()]);
    for (const [name, tensor] of tensors) {
      expect(loaded.get(name)!.shape, name).to.deep.equal(tensor.shape);
      expect(loaded.get(name)!.equal(tensor), name).to.equal(true);
    }
    expect(safetensors.load(safetensors.save({})).size).to.equal(0);
  });

  it('maps a file whose elements lie anywhere, and leaves it as it is', () => {
    const path = join(folder, 'odd.safetensors');
    const header = {
      x: { dtype: 'U8', shape: [1], data_offsets: [0, 1] },
      y: { dtype: 'F32', shape: [2], data_offsets: [1, 9] },
    };
    writeFileSync(path, file(header, Uint8Array.of(7, 0, 0, 128, 63, 0, 0, 0, 64)));
    const before = readFileSync(path);
    const { x, y } = Object.fromEntries(safetensors.loadFile(path)) as Record<string, torch.Tensor>;
    expect([x!.tolist(), y!.tolist()]).to.deep.equal([[7], [1, 2]]);
    x!.fill_(3);
    y!.fill_(3);
    expect(readFileSync(path).equals(before)).to.equal(true);
  });

  it('saves a single element whatever its step', () => {
    const element = torch.ones([3, 4], { dtype: 'int64' }).select(0, 0).narrow(0, 1, 1).asStrided([1], [5]);
    expect(safetensors.load(safetensors.save({ element })).get('element')!.tolist()).to.deep.equal([1]);
  });

  it('gives the strings of a header', () => {
    const path = join(folder, 'x.safetensors');
    safetensors.saveFile({ x: torch.ones([1]) }, path, { metadata: { format: 'pt', note: 'ß' } });
    expect([...safetensors.fileMetadata(path)]).to.deep.equal([
      ['format', 'pt'],
      ['note', 'ß'],
    ]);
    safetensors.saveFile({ x: torch.ones([1]) }, path);
    expect(safetensors.fileMetadata(path).size).to.equal(0);
  });

  it('carries a model over', () => {
    const make = () =>
      new torch.nn.Sequential(new torch.nn.Linear(3, 4), new torch.nn.ReLU(), new torch.nn.Linear(4, 2));
    const [from, to] = [make(), make()];
    const x = torch.randn([5, 3]);
    expect(to(x).equal(from(x))).to.equal(false);
    const path = join(folder, 'model.safetensors');
    safetensors.saveFile(from.stateDict(), path);
    to.loadStateDict(safetensors.loadFile(path));
    expect(to(x).equal(from(x))).to.equal(true);
  });

  it('leaves the file before alone when saving fails', () => {
    const path = join(folder, 'x.safetensors');
    safetensors.saveFile({ x: torch.tensor([1n]) }, path);
    const before = readFileSync(path);
    const gone = torch.tensor([2n]);
    gone.dispose();
    expect(() => safetensors.saveFile({ x: gone }, path)).to.throw(torch.DisposedError);
    expect(() => safetensors.saveFile({ x: torch.zeros([1], { dtype: 'complex128' }) }, path)).to.throw(
      torch.DTypeError,
      "safetensors: 'x' must be of a dtype that the format has, got complex128",
    );
    expect(readFileSync(path).equals(before)).to.equal(true);
    expect(readdirSync(folder)).to.deep.equal(['x.safetensors']);
  });

  const x = { dtype: 'U8', shape: [2], data_offsets: [0, 2] };
  const two = Uint8Array.of(1, 2);
  const damaged: Readonly<Record<string, readonly [Uint8Array, string]>> = {
    'an empty file': [new Uint8Array(), 'ends within its first 8 bytes, it has 0'],
    'a file of another kind': [new TextEncoder().encode('PK\u0003\u0004 zip archive'), 'this is no safetensors file'],
    'a file cut in the header': [file({ x }, two).subarray(0, 20), 'ends within its header'],
    'a file cut in the data': [file({ x }, two.subarray(0, 1)), 'the tensors need 2 bytes, the file holds 1'],
    'bytes after the data': [file({ x }, Uint8Array.of(1, 2, 3)), 'the tensors need 2 bytes, the file holds 3'],
    'a header that is no JSON': [file('{"x": '), 'the header is no JSON'],
    'a header that begins with a space': [file(' {}'), 'the header must begin with {'],
    'two tensors of a name': [
      file(
        '{"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"\\u0078":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}',
        two,
      ),
      "there are two fields 'x'",
    ],
    'two shapes of a tensor': [
      file('{"x":{"shape":[1],"dtype":"U8","shape":[2],"data_offsets":[0,2]}}', two),
      "there are two fields 'shape'",
    ],
    'a header that is a list': [file([]), 'the header must be an object'],
    'an unknown dtype': [file({ x: { ...x, dtype: 'Q4' } }, two), `'x' has the unknown dtype "Q4"`],
    'an inherited name as dtype': [file({ x: { ...x, dtype: 'constructor' } }, two), 'unknown dtype'],
    'a negative size': [file({ x: { ...x, shape: [-2] } }, two), 'shape of non-negative integers, got [-2]'],
    'a size that is no integer': [file({ x: { ...x, shape: [2.5] } }, two), 'got [2.5]'],
    'a shape too large for its bytes': [
      file({ x: { ...x, shape: [2 ** 40, 2 ** 40] } }, two),
      'its data_offsets hold 2',
    ],
    'offsets that overlap': [file({ x, y: { ...x, data_offsets: [1, 3] } }, Uint8Array.of(1, 2, 3)), 'gap or overlap'],
    'offsets that leave a gap': [file({ x: { ...x, data_offsets: [1, 3] } }, Uint8Array.of(1, 2, 3)), 'gap or overlap'],
    'an entry that is null': [file({ x: null }), 'unknown dtype undefined'],
    'metadata that are no strings': [file({ __metadata__: { a: 1 } }), '__metadata__ must be an object of strings'],
    'a bool that is neither 0 nor 1': [file({ x: { ...x, dtype: 'BOOL' } }, two), 'bytes other than 0 and 1'],
  };
  for (const [name, [bytes, message]] of Object.entries(damaged)) {
    it(`refuses ${name}`, () => {
      expect(() => safetensors.load(bytes)).to.throw(torch.CheckpointError, message);
      const path = join(folder, 'damaged.safetensors');
      writeFileSync(path, bytes);
      globalThis.gc?.(); // what earlier tests left
      const before = torch.memory().tensors;
      expect(() => safetensors.loadFile(path)).to.throw(torch.CheckpointError, message);
      expect(torch.memory().tensors).to.equal(before);
    });
  }

  it('refuses what is no dict of tensors', () => {
    expect(() => safetensors.save({ x: 1 } as never)).to.throw(TypeError, "'x' must be a Tensor, got 1");
    expect(() => safetensors.save([torch.ones([1])] as never)).to.throw(TypeError, 'must be a Map or an object');
    expect(() => safetensors.save({ __metadata__: torch.ones([1]) })).to.throw(TypeError, '__metadata__');
    expect(() => safetensors.save({}, { metadata: { a: 1 as never } })).to.throw(TypeError, "metadata 'a'");
    expect(() => safetensors.load('x' as never)).to.throw(TypeError, 'bytes must be a Uint8Array, got "x"');
    expect(existsSync(join(folder, 'none'))).to.equal(false);
    expect(() => safetensors.loadFile(join(folder, 'none'))).to.throw('ENOENT');
  });
});
