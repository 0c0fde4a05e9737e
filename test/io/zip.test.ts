import { once } from 'node:events';
import { deflateRawSync } from 'node:zlib';
import { expect } from 'chai';
import { fromBuffer } from 'yauzl';
import * as torch from '../../lib/index.ts';
import { memorySource } from '../../lib/io/source.ts';
import { ZipReader } from '../../lib/io/zip-reader.ts';
import { ZipWriter } from '../../lib/io/zip-writer.ts';

function write(files: readonly (readonly [string, Uint8Array])[]): Buffer {
  const parts: Uint8Array[] = [];
  const zip = new ZipWriter((bytes) => parts.push(bytes));
  for (const [name, contents] of files) zip.add(name, contents);
  zip.end();
  return Buffer.concat(parts);
}

const read = (bytes: Uint8Array) => {
  const zip = new ZipReader(memorySource('x.zip', bytes));
  return [...zip.entries.values()].map((entry) => [entry.name, Buffer.from(zip.read(entry)).toString()]);
};

/** What another reader finds in an archive. */
async function readByYauzl(bytes: Buffer): Promise<string[][]> {
  return new Promise((resolve, reject) => {
    fromBuffer(bytes, { lazyEntries: true }, (error, zip) => {
      if (error) return reject(error);
      const found: string[][] = [];
      zip.on('error', reject).on('end', () => resolve(found));
      zip.on('entry', (entry) => {
        zip.openReadStream(entry, async (failure, stream) => {
          if (failure) return reject(failure);
          const parts: Buffer[] = [];
          stream.on('data', (part: Buffer) => parts.push(part));
          await once(stream, 'end');
          found.push([entry.fileName, Buffer.concat(parts).toString()]);
          zip.readEntry();
        });
      });
      zip.readEntry();
    });
  });
}

/** An archive of one deflated file, as other programs write it; `change` edits its headers. */
function deflated(
  contents: Uint8Array,
  change: (local: Buffer, central: Buffer, end: Buffer) => void = () => {},
): Buffer {
  const packed = deflateRawSync(contents);
  const stored = write([['a', contents]]);
  const local = Buffer.from(stored.subarray(0, 64));
  const start = stored.readUInt32LE(stored.length - 6);
  const central = Buffer.from(stored.subarray(start, stored.length - 22));
  const end = Buffer.from(stored.subarray(stored.length - 22));
  central.writeUInt16LE(8, 10);
  central.writeUInt32LE(packed.length, 20);
  end.writeUInt32LE(64 + packed.length, 16);
  change(local, central, end);
  return Buffer.concat([local, packed, central, end]);
}

const files = [
  ['a', Buffer.from('first')],
  ['folder/ß', Buffer.from('second')],
  ['empty', Buffer.alloc(0)],
  ['last', Buffer.from('x'.repeat(1000))],
] as const;
const contents = files.map(([name, bytes]) => [name, bytes.toString()]);

describe('zip archives', () => {
  it('come back, here and by another reader', async () => {
    const bytes = write(files);
    expect(read(bytes)).to.deep.equal(contents);
    expect(await readByYauzl(bytes)).to.deep.equal(contents);
  });

  it('have every file at a multiple of 64 bytes', () => {
    const zip = new ZipReader(memorySource('x.zip', write(files)));
    for (const { position } of zip.entries.values()) expect(position % 64).to.equal(0);
  });

  it('of more than 65,535 files', async () => {
    const many = Array.from({ length: 66_000 }, (_, i) => [String(i), Buffer.from([i & 255])] as const);
    const bytes = write(many);
    const zip = new ZipReader(memorySource('x.zip', bytes));
    expect(zip.entries.size).to.equal(66_000);
    const entry = zip.entries.get('65999');
    expect(entry && [...zip.read(entry)]).to.deep.equal([65_999 & 255]);
  }).timeout(20_000);

  it('are read when they are deflated or have a comment', () => {
    const text = 'abc'.repeat(1000);
    expect(read(deflated(Buffer.from(text)))).to.deep.equal([['a', text]]);
    const bytes = write(files);
    bytes.writeUInt16LE(5, bytes.length - 2);
    expect(read(Buffer.concat([bytes, Buffer.from('words')]))).to.deep.equal(contents);
  });

  it('are refused when a file would unpack to far more than it has', () => {
    const claim = (size: number) => deflated(Buffer.alloc(100_000), (_, central) => central.writeUInt32LE(size, 24));
    for (const size of [99_999, 100_001]) {
      expect(() => read(claim(size)), String(size)).to.throw(
        torch.CheckpointError,
        `does not unpack to its ${size} bytes`,
      );
    }
    expect(() => read(claim(2 ** 31))).to.throw(torch.CheckpointError, 'cannot unpack to 2147483648 bytes');
    const bomb = deflated(Buffer.alloc(1 << 28).fill(0), (_, central) => central.writeUInt32LE((1 << 28) + 1, 24));
    expect(() => read(bomb)).to.throw(torch.CheckpointError, 'would unpack to 268435457 bytes');
  });

  const at = (bytes: Buffer, signature: number, nth = 0) => {
    const pattern = Buffer.alloc(4);
    pattern.writeUInt32LE(signature);
    let position = bytes.indexOf(pattern);
    for (let i = 0; i < nth; i++) position = bytes.indexOf(pattern, position + 4);
    return position;
  };
  const [local, central, end] = [0x04034b50, 0x02014b50, 0x06054b50];
  const damages: Readonly<Record<string, readonly [(bytes: Buffer) => unknown, string]>> = {
    'whose files overlap': [(bytes) => bytes.writeUInt32LE(0, at(bytes, central, 1) + 42), 'overlap'],
    'with a wrong checksum': [(bytes) => bytes.fill(0, 64, 65), 'the checksum of a is wrong'],
    'of one file twice': [
      (bytes) => bytes.write('a', at(bytes, central, 2) + 46) && bytes.writeUInt16LE(1, at(bytes, central, 2) + 28),
      'there are two files a',
    ],
    'that is encrypted': [(bytes) => bytes.writeUInt16LE(0x0801, at(bytes, central) + 8), 'a is encrypted'],
    'compressed in another way': [(bytes) => bytes.writeUInt16LE(12, at(bytes, central) + 10), 'not supported, 12'],
    'whose sizes differ': [(bytes) => bytes.writeUInt32LE(6, at(bytes, central) + 24), 'cannot unpack to 6 bytes'],
    'of a file behind the directory': [
      (bytes) => bytes.writeUInt32LE(2 ** 31, at(bytes, central) + 42),
      'does not fit',
    ],
    'of a file larger than it': [
      (bytes) => [20, 24].map((offset) => bytes.writeUInt32LE(2 ** 30, at(bytes, central) + offset)),
      'does not fit',
    ],
    'with too many files': [(bytes) => bytes.writeUInt16LE(50_000, at(bytes, end) + 10), 'does not fit into it'],
    'with a directory elsewhere': [(bytes) => bytes.writeUInt32LE(7, at(bytes, end) + 16), 'damaged'],
    'in several parts': [(bytes) => bytes.writeUInt16LE(1, at(bytes, end) + 4), 'a part of an archive'],
    'with a header that is none': [
      (bytes) => bytes.writeUInt32LE(0, at(bytes, local, 1)),
      'the header of folder/ß is damaged',
    ],
    'whose large sizes are missing': [
      (bytes) => bytes.writeUInt32LE(0xffffffff, at(bytes, central) + 24),
      'damaged|cannot|does not',
    ],
    'without an end': [(bytes) => bytes.fill(0, at(bytes, end)), 'its end is missing'],
  };
  for (const [name, [damage, message]] of Object.entries(damages)) {
    it(`are refused ${name}`, () => {
      const bytes = write(files);
      damage(bytes);
      expect(() => read(bytes)).to.throw(torch.CheckpointError, new RegExp(message));
    });
  }
});
