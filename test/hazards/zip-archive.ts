/** Just enough of the zip format to change the records of an archive and keep it whole. */

import { crc32, inflateRawSync } from 'node:zlib';

interface ZipRecord {
  readonly name: string;
  readonly data: Buffer;
}

/** The records of an archive without the 64-bit forms. */
export function readRecords(archive: Uint8Array): ZipRecord[] {
  const bytes = Buffer.from(archive);
  const end = bytes.lastIndexOf('PK\u0005\u0006', undefined, 'latin1');
  const records: ZipRecord[] = [];
  let at = bytes.readUInt32LE(end + 16);
  for (let i = 0; i < bytes.readUInt16LE(end + 10); i++) {
    const [method, size] = [bytes.readUInt16LE(at + 10), bytes.readUInt32LE(at + 20)];
    const [nameSize, extraSize] = [bytes.readUInt16LE(at + 28), bytes.readUInt16LE(at + 30)];
    const header = bytes.readUInt32LE(at + 42);
    const start = header + 30 + bytes.readUInt16LE(header + 26) + bytes.readUInt16LE(header + 28);
    const stored = bytes.subarray(start, start + size);
    const name = bytes.toString('utf8', at + 46, at + 46 + nameSize);
    records.push({ name, data: method === 0 ? stored : inflateRawSync(stored) });
    at += 46 + nameSize + extraSize + bytes.readUInt16LE(at + 32);
  }
  return records;
}

/** An archive of these records, none compressed, with right checksums. */
export function writeRecords(records: readonly ZipRecord[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let position = 0;
  for (const { name, data } of records) {
    const text = Buffer.from(name);
    const shared = Buffer.alloc(26);
    shared.writeUInt32LE(crc32(data), 10);
    shared.writeUInt32LE(data.length, 14);
    shared.writeUInt32LE(data.length, 18);
    shared.writeUInt16LE(text.length, 22);
    const entry = Buffer.alloc(16);
    entry.writeUInt32LE(position, 12);
    const local = Buffer.concat([Buffer.from('PK\u0003\u0004', 'latin1'), shared, text, data]);
    directory.push(Buffer.concat([Buffer.from('PK\u0001\u0002\0\0', 'latin1'), shared, entry.subarray(2), text]));
    parts.push(local);
    position += local.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006', 'latin1');
  end.writeUInt16LE(records.length, 8);
  end.writeUInt16LE(records.length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(position, 16);
  return Buffer.concat([...parts, list, end]);
}
