import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

const { numpy } = torch;

/** A file from the text of its header and data, as the format says. */
function file(header: string, data: Uint8Array = new Uint8Array(), version = 1): Uint8Array {
  const text = Buffer.from(`${header}\n`, version === 3 ? 'utf8' : 'latin1');
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  length.writeUIntLE(text.length, 0, length.length);
  return Buffer.concat([Buffer.from('\x93NUMPY', 'latin1'), Buffer.from([version, 0]), length, text, data]);
}

const header = (descr: string, shape: string, order = 'False') =>
  `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}, }`;

describe('torch.numpy', () => {
  let folder: string;
  beforeEach(() => {
    torch.manualSeed(0);
    folder = mkdtempSync(join(tmpdir(), 'numpy-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('writes the header that the format describes, with data at a multiple of 64', () => {
    const bytes = Buffer.from(numpy.saveBytes(torch.tensor([[1n, 2n]])));
    expect(bytes.toString('latin1', 0, 8)).to.equal('\x93NUMPY\x01\x00');
    const start = 10 + bytes.readUInt16LE(8);
    expect(start % 64).to.equal(0);
    expect(bytes.toString('latin1', 10, start)).to.match(
      /^\{'descr': '<i8', 'fortran_order': False, 'shape': \(1, 2\), \} *\n$/,
    );
    expect([...bytes.subarray(start)]).to.deep.equal([1, ...Array(7).fill(0), 2, ...Array(7).fill(0)]);
  });

  it('brings tensors back, column-major ones with their strides', () => {
    const path = join(folder, 'x.npy');
    for (const tensor of [torch.randn([3, 4]), torch.randn([3, 4]).t(), torch.tensor(2.5), torch.zeros([0, 3])]) {
      numpy.save(path, tensor);
      for (const loaded of [numpy.load(path), numpy.load(path, { mmap: true }), numpy.load(readFileSync(path))]) {
        expect(loaded).to.be.instanceOf(torch.Tensor);
        expect((loaded as torch.Tensor).equal(tensor)).to.equal(true);
        expect((loaded as torch.Tensor).strides).to.deep.equal(tensor.strides);
      }
    }
    const strided = torch.randn([4, 6]).index([torch.slice(null, null, 2), torch.slice(null, null, 3)]);
    expect((numpy.load(numpy.saveBytes(strided)) as torch.Tensor).equal(strided)).to.equal(true);
  });

  it('brings archives back, an empty one too', () => {
    const path = join(folder, 'x.npz');
    const tensors = { b: torch.randn([3]), a: torch.tensor([true, false]), '10': torch.tensor(3n) };
    numpy.savez(path, new Map(Object.entries(tensors)));
    const loaded = numpy.load(path) as Map<string, torch.Tensor>;
    expect([...loaded.keys()]).to.deep.equal(Object.keys(tensors));
    for (const [name, tensor] of Object.entries(tensors)) expect(loaded.get(name)?.equal(tensor)).to.equal(true);
    numpy.savez(path, {});
    expect((numpy.load(path) as Map<string, torch.Tensor>).size).to.equal(0);
  });

  it('reads what Python 2 and other versions wrote', () => {
    const data = new Uint8Array(Float32Array.of(1, 2, 3).buffer);
    for (const bytes of [
      file(header("'<f4'", '(3L,)'), data),
      file(header("'<f4'", '(3,)'), data, 2),
      file(header("'<f4'", '(3,)'), data, 3),
      file("{'descr':'<f4','fortran_order':False,'shape':(3,)}", data),
    ]) {
      expect((numpy.load(bytes) as torch.Tensor).tolist()).to.deep.equal([1, 2, 3]);
    }
    const swapped = file(header("'>i2'", '(2,)'), Uint8Array.of(0, 1, 1, 0));
    expect((numpy.load(swapped) as torch.Tensor).tolist()).to.deep.equal([1, 256]);
  });

  const eight = new Uint8Array(8);
  const refused: Readonly<Record<string, readonly [Uint8Array, string]>> = {
    'an empty file': [new Uint8Array(), 'is no .npy file'],
    'another file': [Buffer.from('something else altogether'), 'is no .npy file'],
    'another version': [file('{}', eight, 4), 'is of version 4.0'],
    'a header that is cut off': [file(header("'<f4'", '(2,)')).subarray(0, 30), 'lie outside of its 30 bytes'],
    'a header that is too long': [file(' '.repeat(20_000)), 'has a header of 20001 bytes'],
    'a header that runs': [file("{'descr': '<f4', 'fortran_order': False, 'shape': (exit(),)}"), 'does not describe'],
    objects: [file(header("'|O'", '(1,)'), eight), "has elements of '|O'"],
    records: [file(header("[('a', '<f4')]", '(2,)'), eight), 'which are not numbers that hinge has'],
    strings: [file(header("'<U2'", '(1,)'), eight), "has elements of '<U2'"],
    'a long double': [file(header("'<f16'", '(1,)'), new Uint8Array(16)), "has elements of '<f16'"],
    'an unknown byte order': [file(header("'|f4'", '(2,)'), eight), 'does not say the byte order'],
    'an absurd shape': [file(header("'<f4'", '(4611686018427387904, 2)'), eight), 'a shape that is no list of sizes'],
    'a large shape': [file(header("'<f4'", '(1000000, 1000000)'), eight), 'needs 4000000000000 bytes'],
    'bytes that are missing': [file(header("'<f4'", '(3,)'), eight), 'needs 12 bytes for float32 [3], it holds 8'],
    'bytes that are too many': [file(header("'<f4'", '(1,)'), eight), 'needs 4 bytes for float32 [1], it holds 8'],
  };
  for (const [name, [bytes, message]] of Object.entries(refused)) {
    it(`refuses ${name}`, () => {
      const path = join(folder, 'x.npy');
      writeFileSync(path, bytes);
      for (const input of [bytes, path]) expect(() => numpy.load(input)).to.throw(torch.CheckpointError, message);
    });
  }

  it('refuses what NumPy does not have, and leaves the file before alone', () => {
    const path = join(folder, 'x.npz');
    numpy.savez(path, { x: torch.ones([1]) });
    const before = readFileSync(path);
    expect(() => numpy.savez(path, { x: torch.ones([1], { dtype: 'bfloat16' }) })).to.throw(
      torch.DTypeError,
      "numpy.savez: 'x': NumPy has no dtype for bfloat16",
    );
    expect(() => numpy.savez(path, { x: 1 as never })).to.throw(TypeError, "'x' must be a Tensor, got 1");
    expect(() => numpy.savez(path, [] as never)).to.throw(TypeError, 'must be a Map or an object of tensors');
    expect(() => numpy.save(path, 'x' as never)).to.throw(TypeError, 'tensor must be a Tensor, got "x"');
    expect(() => numpy.load(3 as never)).to.throw(TypeError, 'numpy.load: file must be a path or a Uint8Array, got 3');
    expect(readFileSync(path).equals(before)).to.equal(true);
    expect(readdirSync(folder)).to.deep.equal(['x.npz']);
  });
});
