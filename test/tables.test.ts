import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import * as errors from '../lib/errors.ts';
import * as torch from '../lib/index.ts';
import { native } from '../lib/native.ts';
import { kinds } from '../lib/schema.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');

describe('tables that stand twice', () => {
  it('agree on what the addon exports', () => {
    const exported = [...read('binding/addon.cc').matchAll(/^ {2}add(?:Raw\(exports, |<\w+>\(exports, )"(\w+)"/gm)];
    const declaration = /export interface Native \{([\s\S]*?)^\}/m.exec(read('lib/native.ts'))?.[1] ?? '';
    const declared = [...declaration.matchAll(/^ {2}(\w+)\(/gm)];
    const names = (matches: RegExpMatchArray[]) => matches.map((match) => match[1] as string).sort();
    expect(names(declared)).to.have.length.greaterThan(40);
    expect(names(declared)).to.deep.equal(names(exported));
    // Another build may lie in build/ while the sources change.
    expect(Object.keys(native).filter((name) => !names(declared).includes(name))).to.deep.equal([]);
  });

  it('agree on the kinds of schema types', () => {
    const names = Object.entries(kinds).sort(([, a], [, b]) => a - b);
    expect(names.map(([name]) => name)).to.deep.equal(native.kinds());
  });

  it('agree on the bits of the flags', () => {
    const bits = [...read('binding/runtime.cc').matchAll(/^ {2}k(\w+) = (\d+),$/gm)];
    const flags = new Map(bits.map(([, name, bit]) => [`${(name as string).toLowerCase()}flag`, Number(bit)]));
    const used = [...read('lib/tensor.ts').matchAll(/^const (\w+Flag) = (\d+);$/gm)];
    expect(used).to.have.length.greaterThan(3);
    for (const [, name, bit] of used) expect(flags.get((name as string).toLowerCase()), name).to.equal(Number(bit));
  });

  it('agree on errors, their codes and what they mean', () => {
    const rows = [...read('docs/errors.md').matchAll(/^\| `(ERR_\w+)` \| `(\w+)` \| ([^|]+) \| [^|]{20,} \|$/gm)];
    const documented = rows.map(([, code, name, when]) => [code, name, when]);
    const classes = Object.values(errors).filter(
      (value): value is typeof errors.TorchError => typeof value === 'function' && value.prototype instanceof Error,
    );
    const thrown = classes.map((each) => {
      const { code, name } = new each('');
      return [code, name, errors.errorCodes[code]];
    });
    expect(documented).to.have.deep.members(thrown);
    expect(documented.map(([code]) => code)).to.deep.equal(Object.keys(errors.errorCodes));
    expect(read('docs/errors.md')).to.include('`LibtorchError` (`ERR_LIBTORCH`)');
  });
});

/** What libtorch calls a dtype, layout or device: it refuses windows that are sparse, or integers, and names them. */
function inLibtorch(options: { dtype?: torch.DType; layout?: torch.Layout; device?: torch.DeviceLike }): string {
  try {
    torch.hannWindow(3, options);
  } catch (error) {
    return (error as Error).message.replace(/^.*got: TensorOptions\(/, '');
  }
  throw new Error('hannWindow: expected a refusal');
}

describe('names of libtorch', () => {
  it('stand for its dtypes', () => {
    const spelled: Readonly<Record<string, string>> = {
      uint8: 'unsigned char',
      int8: 'signed char',
      int16: 'short int',
      int32: 'int',
      int64: 'long int',
      uint16: 'short unsigned int',
      uint32: 'unsigned int',
      uint64: 'long unsigned int',
      float16: 'c10::Half',
      float32: 'float',
      float64: 'double',
      bfloat16: 'c10::BFloat16',
      complex32: 'c10::complex<c10::Half>',
      complex64: 'c10::complex<float>',
      complex128: 'c10::complex<double>',
      float8_e5m2: 'c10::Float8_e5m2',
      float8_e4m3fn: 'c10::Float8_e4m3fn',
      float8_e5m2fnuz: 'c10::Float8_e5m2fnuz',
      float8_e4m3fnuz: 'c10::Float8_e4m3fnuz',
    };
    const names = [...read('lib/dtype.ts').matchAll(/^ {2}'(\w+)',$/gm)].map((match) => match[1] as torch.DType);
    expect(names).to.have.lengthOf(30);
    for (const dtype of names) {
      const cpp = spelled[dtype] ?? (dtype === 'bool' ? 'bool' : `c10::${dtype}`);
      expect(inLibtorch({ dtype, layout: 'sparse_coo' }), dtype).to.match(
        new RegExp(`^dtype=${cpp.replace(/[<>]/g, '.')}, device`),
      );
    }
  });

  it('stand for its devices', () => {
    const list = /deviceTypes = \[([\s\S]*?)\]/.exec(read('lib/device.ts'))?.[1] ?? '';
    const names = [...list.matchAll(/'(\w+)'/g)].map((match) => match[1] as torch.DeviceLike);
    expect(names).to.have.lengthOf(21);
    for (const device of names) {
      expect(inLibtorch({ device, layout: 'sparse_coo' }), device).to.match(
        new RegExp(`(device=|layout: )${device}(,|$)`),
      );
    }
    expect(inLibtorch({ device: 'cuda:3', layout: 'sparse_coo' })).to.include('device=cuda:3,');
  });

  it('stand for its layouts', () => {
    const spelled: Readonly<Record<string, string>> = {
      strided: 'Strided',
      sparse_coo: 'Sparse',
      sparse_csr: 'SparseCsr',
      _mkldnn: 'Mkldnn',
      sparse_csc: 'SparseCsc',
      sparse_bsr: 'SparseBsr',
      sparse_bsc: 'SparseBsc',
      jagged: 'Jagged',
    };
    for (const [layout, name] of Object.entries(spelled)) {
      expect(inLibtorch({ layout: layout as torch.Layout, dtype: 'int64' }), layout).to.include(`layout=${name},`);
    }
  });

  it('stand for its memory formats', () => {
    const image = torch.empty([2, 3, 4, 5]);
    expect(image.contiguous({ memoryFormat: 'channels_last' }).strides).to.deep.equal([60, 1, 15, 3]);
    expect(image.contiguous({ memoryFormat: 'contiguous_format' }).strides).to.deep.equal([60, 20, 5, 1]);
    const video = torch.empty([2, 3, 4, 5, 6]);
    expect(video.contiguous({ memoryFormat: 'channels_last_3d' }).strides).to.deep.equal([360, 1, 90, 18, 3]);
    const turned = torch.empty([3, 4]).t();
    expect(torch.emptyLike(turned, { memoryFormat: 'preserve_format' }).strides).to.deep.equal([1, 4]);
  });
});
