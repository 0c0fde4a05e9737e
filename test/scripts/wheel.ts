// A small file with the layout of a PyTorch wheel, and the folders of an unpacked one.
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import type { Artefact } from '../../scripts/libtorch/artefacts.ts';

const VERSION = '2.13.0+cpu';

export const CONTENTS: Readonly<Record<string, Buffer>> = {
  'torch/version.py': Buffer.from(`__version__ = '${VERSION}'\n`),
  'torch/nn/__init__.py': Buffer.from('# Python only\n'),
  'torch/lib/libc10.so': randomBytes(1000),
  'torch/lib/libtorch.so': randomBytes(10),
  // Random bytes do not shrink: the body of a download comes in many pieces.
  'torch/lib/libtorch_cpu.so': randomBytes(2_000_000),
  'torch/lib/libtorch_python.so': randomBytes(1000),
  'torch/lib/libgomp.so.1': randomBytes(1000),
  'torch/include/ATen/ATen.h': Buffer.from('#pragma once\n'.repeat(100)),
  'torch/share/cmake/Torch/TorchConfig.cmake': Buffer.from('# Torch\n'),
  'torchgen/packaged/ATen/native/native_functions.yaml': Buffer.from('- func: add\n'),
  'torch-2.13.0+cpu.dist-info/licenses/third_party/one/LICENSE.txt': Buffer.from('one\n'),
  'torch-2.13.0+cpu.dist-info/RECORD': Buffer.from('record\n'),
};

/** A wheel and the artefact that pins it; `site` is the folder that serves it. */
export function fakeWheel(site: string, contents = CONTENTS): { body: Buffer; artefact: Artefact } {
  const body = zip(contents);
  const file = `torch-${VERSION}-cp311-cp311-manylinux_2_28_x86_64.whl`;
  const sha256 = createHash('sha256').update(body).digest('hex');
  const pip = ['torch==2.13.0+cpu', '--platform', 'manylinux_2_28_x86_64', '--only-binary=:all:'];
  return { body, artefact: { version: VERSION, file, bytes: body.length, sha256, site, pip } };
}

/** Writes an unpacked libtorch. */
export function fakeLibtorch(root: string, versionFile: Record<string, string> = { 'build-version': VERSION }): string {
  const files = {
    'lib/libc10.so': '',
    'lib/libtorch.so': '',
    'lib/libtorch_cpu.so': '',
    'include/ATen/ATen.h': '',
    ...versionFile,
  };
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
  return root;
}

function zip(contents: Readonly<Record<string, Buffer>>): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(contents)) {
    const packed = deflateRawSync(content);
    // version needed, flags, method, time, date, crc, packed size, size, name length, extra length
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(8, 4);
    fields.writeUInt32LE(crc32(content), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(content.length, 18);
    fields.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), fields, Buffer.from(name), packed]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), fields, place, Buffer.from(name)]));
    locals.push(local);
    offset += local.length;
  }
  const count = directory.length;
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06');
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, ...directory, end]);
}
