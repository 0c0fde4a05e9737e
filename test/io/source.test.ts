import { ftruncateSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { memorySource, type Source, withFile } from '../../lib/io/source.ts';

describe('sources of bytes', () => {
  let folder: string;
  let path: string;
  const bytes = Uint8Array.from({ length: 700_001 }, (_, i) => (i * 2654435761) >>> 24);
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'source-'));
    path = join(folder, 'x');
    writeFileSync(path, bytes);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const lengths = [0, 1, 15, 16, 63, 64, 65, 127, 128, 129, 1000, 4096, 262_143, 262_144, 262_145, 700_000];
  const check = (source: Source, isSummed: boolean) =>
    torch.scope(() => {
      for (const length of lengths) {
        const expected = bytes.subarray(1, 1 + length);
        const { bytes: tensor, sum } = source.tensor(1, length);
        expect(Buffer.compare(tensor.toTypedArray() as Uint8Array, expected), String(length)).to.equal(0);
        if (isSummed || length === 0) expect(sum, String(length)).to.equal(crc32(expected));
        else expect(sum, String(length)).to.equal(undefined);
        expect(Buffer.compare(source.read(1, length), expected), String(length)).to.equal(0);
      }
    });

  it('give the bytes of files, of maps and of memory, with their checksums', () => {
    withFile(path, false, (source) => check(source, true));
    torch.scope(() => withFile(path, true, (source) => check(source, false)));
    check(memorySource('x', bytes), true);
    check(memorySource('x', bytes, true), true);
  });

  it('refuse what lies outside, and say so when a file shrinks', () => {
    for (const isMapped of [false, true]) {
      withFile(path, isMapped, (source) => {
        for (const [position, length] of [
          [0, 700_002],
          [700_002, 0],
          [-1, 2],
          [0, -1],
          [2 ** 52, 2 ** 52],
          [Number.NaN, 1],
        ]) {
          const [at, count] = [position as number, length as number];
          for (const read of [() => source.read(at, count), () => source.tensor(at, count)]) {
            expect(read).to.throw(torch.CheckpointError, 'lie outside of its 700001 bytes');
          }
        }
      });
    }
    withFile(path, false, (source) => {
      ftruncateSync(openSync(path, 'r+'), 10);
      expect(() => source.read(0, 100)).to.throw(torch.CheckpointError, 'the file ended while it was read');
      expect(() => source.tensor(0, 100)).to.throw(torch.CheckpointError, 'the file ended while it was read');
    });
  });
});
