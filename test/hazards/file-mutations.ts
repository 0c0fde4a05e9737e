/** Changes of files where their structure says that it hurts. */

import { memorySource } from '../../lib/io/source.ts';
import { ZipReader } from '../../lib/io/zip-reader.ts';
import { ZipWriter } from '../../lib/io/zip-writer.ts';
import { pick, type Random } from './fuzz-values.ts';

export interface Format {
  readonly name: string;
  readonly files: readonly Uint8Array[];
  load(file: string | Uint8Array, mmap: boolean): unknown;
  /** Changes that know the structure; those of bytes suit all formats. */
  readonly mutations: readonly Mutation[];
}

export type Mutation = (bytes: Buffer, random: Random, format: Format) => Buffer;

export const integer = (random: Random, below: number) => Math.floor(random() * below);
const interesting = [0, 1, 2, 3, 7, 63, 127, 128, 255, 256, 65535, 65536, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32];
const huge = [...interesting, 2 ** 40, 2 ** 53 - 1, 2 ** 53, 2 ** 63, -1, 0.5, 1e300];

export const bytewise: readonly Mutation[] = [
  (bytes, random) => {
    for (let i = integer(random, 8); i >= 0 && bytes.length > 0; i--) {
      bytes[integer(random, bytes.length)] = random() < 0.5 ? integer(random, 256) : pick(random, interesting) & 255;
    }
    return bytes;
  },
  (bytes, random) => bytes.subarray(0, integer(random, bytes.length)),
  (bytes, random) => Buffer.concat([bytes, Buffer.alloc(integer(random, 100), integer(random, 256))]),
  (bytes, random) => {
    const [from, to] = [integer(random, bytes.length), integer(random, bytes.length)];
    const length = Math.min(integer(random, 64), bytes.length - Math.max(from, to));
    bytes.copy(bytes, to, from, from + length);
    return bytes;
  },
  (bytes, random) => {
    const at = integer(random, bytes.length);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + integer(random, 20))]);
  },
  (bytes, random, { files }) => {
    const other = pick(random, files);
    return Buffer.concat([
      bytes.subarray(0, integer(random, bytes.length)),
      other.subarray(integer(random, other.length)),
    ]);
  },
  (bytes, random) => {
    if (bytes.length < 8) return bytes;
    const at = integer(random, bytes.length - 7);
    if (random() < 0.5) bytes.writeUInt32LE(pick(random, interesting) >>> 0, at);
    else bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(Math.trunc(pick(random, huge)))), at);
    return bytes;
  },
];

/** Fields of the headers of an archive, by signature, with their offsets and widths. */
const zipFields: Readonly<Record<number, readonly (readonly [number, number])[]>> = {
  67324752: [
    [4, 2],
    [6, 2],
    [8, 2],
    [14, 4],
    [18, 4],
    [22, 4],
    [26, 2],
    [28, 2],
  ],
  33639248: [
    [8, 2],
    [10, 2],
    [16, 4],
    [20, 4],
    [24, 4],
    [28, 2],
    [30, 2],
    [32, 2],
    [42, 4],
  ],
  101010256: [
    [4, 2],
    [8, 2],
    [10, 2],
    [12, 4],
    [16, 4],
    [20, 2],
  ],
  101075792: [
    [4, 8],
    [24, 8],
    [32, 8],
    [40, 8],
    [48, 8],
  ],
  117853008: [
    [4, 4],
    [8, 8],
    [16, 4],
  ],
};

/** Writes something else into one field of one header. */
export const mutateZipField: Mutation = (bytes, random) => {
  const found: [number, number][] = [];
  for (let at = bytes.indexOf('PK'); at >= 0 && at + 60 < bytes.length; at = bytes.indexOf('PK', at + 2)) {
    for (const [offset, width] of zipFields[bytes.readUInt32LE(at)] ?? []) found.push([at + offset, width]);
  }
  if (found.length === 0) return bytes;
  const [at, width] = pick(random, found);
  if (width === 8) bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(Math.trunc(pick(random, huge)))), at);
  else if (random() < 0.5) bytes.writeUIntLE(pick(random, interesting) % 2 ** (8 * width), at, width);
  else {
    const near = bytes.readUIntLE(at, width) + integer(random, 9) - 4;
    bytes.writeUIntLE(Math.max(0, near) % 2 ** (8 * width), at, width);
  }
  return bytes;
};

/** Packs an archive anew with other contents, so that checksums are right. */
function repack(bytes: Buffer, change: (files: [string, Buffer][]) => void): Buffer {
  const zip = new ZipReader(memorySource('seed', bytes));
  const files = [...zip.entries].map(([name, entry]): [string, Buffer] => [name, Buffer.from(zip.read(entry))]);
  change(files);
  const parts: Uint8Array[] = [];
  const writer = new ZipWriter((part) => parts.push(part));
  for (const [name, contents] of files) writer.add(name, contents);
  writer.end();
  return Buffer.concat(parts);
}

const opcodes = Buffer.from(
  '(.0123:;<>?@BCFGIJKLMNPQRSTUVXabcdeghijlopqrstu}])\x80\x81\x82\x85\x86\x87\x88\x8a\x8c\x8f\x90\x93\x94\x95\x96',
  'latin1',
);

export const mutatePickle: Mutation = (bytes, random, format) =>
  repack(bytes, (files) => {
    const file = files.find(([name]) => name.endsWith('.pkl'));
    if (file === undefined) return;
    let pickle: Buffer = Buffer.from(file[1]);
    for (let i = integer(random, 3); i >= 0; i--) {
      const at = integer(random, pickle.length);
      const kind = integer(random, 5);
      if (kind === 0) pickle[at] = pick(random, [...opcodes]);
      else if (kind === 1)
        pickle = Buffer.concat([
          pickle.subarray(0, at),
          Buffer.from([pick(random, [...opcodes])]),
          pickle.subarray(at),
        ]);
      else if (kind === 2)
        pickle = pick(random, bytewise)(pickle, random, { ...format, files: files.map(([, each]) => each) });
      else if (kind === 3) {
        // Another integer: sizes, steps, offsets, places in the memo.
        const place = pickle.indexOf(pick(random, ['K', 'M', 'J']), at);
        if (place >= 0 && place + 5 < pickle.length) pickle[place + 1] = integer(random, 256);
      } else {
        const place = pickle.indexOf('K', at);
        const value = Buffer.alloc(10);
        value[0] = 0x8a;
        value[1] = 8;
        value.writeBigInt64LE(BigInt.asIntN(64, BigInt(Math.trunc(pick(random, huge)))), 2);
        if (place >= 0) pickle = Buffer.concat([pickle.subarray(0, place), value, pickle.subarray(place + 2)]);
      }
      if (pickle.length === 0) break;
    }
    file[1] = pickle;
  });

export const mutateEntries: Mutation = (bytes, random, format) =>
  repack(bytes, (files) => {
    const at = integer(random, files.length);
    const [name, contents] = files[at] as [string, Buffer];
    const kind = integer(random, 6);
    if (kind === 0) files.splice(at, 1);
    else if (kind === 1) files.splice(integer(random, files.length), 0, [name, contents]);
    else if (kind === 2)
      files[at] = [pick(random, ['../../etc/passwd', '/x.npy', '', 'archive/', 'a\0b', name.slice(1)]), contents];
    else if (kind === 3) files[at] = [name, contents.subarray(0, integer(random, contents.length + 1))];
    else if (kind === 4) files[at] = [name, (files[integer(random, files.length)] as [string, Buffer])[1]];
    else
      files[at] = [
        name,
        contents.length === 0 ? contents : pick(random, bytewise)(Buffer.from(contents), random, format),
      ];
  });

/** Changes a value somewhere in a header of JSON, whose length stays right. */
export const mutateJson: Mutation = (bytes, random) => {
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Record<string, unknown>;
  const names = Object.keys(header);
  const name = pick(random, names);
  const entry = header[name] as Record<string, unknown>;
  const number = () => (random() < 0.7 ? pick(random, huge) : integer(random, 100));
  const kind = integer(random, 9);
  if (kind === 0) entry.dtype = pick(random, ['F64', 'F32', 'BOOL', 'U8', 'F8_E4M3', 'F4', '', null, 3, 'toString']);
  else if (kind === 1) entry.shape = Array.from({ length: integer(random, 70) }, number);
  else if (kind === 2) entry.data_offsets = Array.from({ length: integer(random, 4) }, number);
  else if (kind === 3) header[name] = pick(random, [null, [], 3, 'x', {}]);
  else if (kind === 4) delete header[name];
  else if (kind === 5) header[pick(random, ['', '__proto__', '__metadata__', 'x'])] = entry;
  else if (kind === 6) header.__metadata__ = pick(random, [null, [], { a: 1 }, { a: {} }, 'x', { a: 'b' }]);
  else if (kind === 7) delete entry[pick(random, Object.keys(entry))];
  let text = JSON.stringify(header);
  if (kind === 8)
    text = text
      .replace('{', pick(random, ['[', '{"x":{},', '{{', ' {', '{"a":1,"a":1,']))
      .slice(0, -integer(random, 3) || undefined);
  const json = Buffer.from(text);
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([size, json, bytes.subarray(8 + length)]);
};

/** Changes the text that describes an array. */
export const mutateNpy: Mutation = (bytes, random) => {
  const length = bytes.readUInt16LE(8);
  let text = bytes.toString('latin1', 10, 10 + length).trimEnd();
  const kind = integer(random, 5);
  if (kind === 0)
    text = text.replace(
      /'[<|]\w+'/,
      pick(random, ["'|O'", "'<U5'", "'>f8'", "'<f16'", "'|b1'", "'<c16'", "[('a', '<i4')]", "'<i8'", "'|f4'"]),
    );
  else if (kind === 1)
    text = text.replace(
      /\([^)]*\)/,
      `(${Array.from({ length: integer(random, 70) }, () => pick(random, huge)).join(', ')},)`,
    );
  else if (kind === 2) text = text.replace(/False|True/, pick(random, ['True', 'False', '1', 'None']));
  else if (kind === 3) text = text.replace(/\d+/, String(pick(random, huge)));
  else text = `${text.slice(0, integer(random, text.length))}${pick(random, ['', '(', "'", '}', '__import__("os")'])}`;
  const header = Buffer.from(text.padEnd(length).slice(0, 60_000), 'latin1');
  const start = Buffer.from(bytes.subarray(0, 10));
  start.writeUInt16LE(header.length, 8);
  return Buffer.concat([start, header, bytes.subarray(10 + length)]);
};
