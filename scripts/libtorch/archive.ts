// Unpacks from a PyTorch wheel what running and building hinge need, and nothing of Python.
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import yauzl from 'yauzl';

const WANTED: readonly [RegExp, string][] = [
  [/^torch\/(lib\/lib(?:c10|torch|torch_cpu|torch_global_deps)\.(?:so|dylib))$/, ''],
  [/^torch\/(lib\/lib(?:gomp|omp|iomp5)[^/]*)$/, ''], // the OpenMP run time, found beside the rest
  [/^torch\/((?:include|share\/cmake)\/.+)$/, ''],
  [/^torch\/(version\.py)$/, ''],
  [/^(torchgen\/packaged\/ATen\/native\/[^/]+\.yaml)$/, ''], // the operators' declarations
  [/^torch-[^/]+\.dist-info\/(?:licenses\/)?((?:.+\/)?(?:LICEN[CS]E|NOTICE)[^/]*)$/, 'licenses/'],
];

/** Where an entry of the wheel goes below the libtorch folder; undefined for what is not needed. */
export function destinationOf(entry: string): string | undefined {
  for (const [pattern, folder] of WANTED) {
    const kept = entry.match(pattern)?.[1];
    if (kept) return folder + kept;
  }
  return undefined;
}

/** Unpacks `wheel` into `folder` and returns the sizes of the shared libraries by their path in it. */
export async function unpack(
  wheel: string,
  folder: string,
  options: { onEntries: (done: number, total: number) => void; signal?: AbortSignal },
): Promise<Record<string, number>> {
  const zip = await yauzl.openPromise(wheel, { lazyEntries: true, strictFileNames: true });
  const libraries: Record<string, number> = {};
  const made = new Set<string>();
  try {
    let done = 0;
    options.onEntries(0, zip.entryCount);
    for await (const entry of zip.eachEntry()) {
      const path = entry.fileName.endsWith('/') ? undefined : destinationOf(entry.fileName);
      if (path) {
        const target = join(folder, path);
        if (!made.has(dirname(target))) await mkdir(dirname(target), { recursive: true });
        made.add(dirname(target));
        const content = await zip.openReadStreamPromise(entry);
        // `flush` hands the file to the disk before it counts as written: a power cut must not leave a hole behind.
        await pipeline(content, createWriteStream(target, { flush: path.startsWith('lib/') }), {
          signal: options.signal,
        });
        if (path.startsWith('lib/')) libraries[path] = entry.uncompressedSize;
      }
      done += 1;
      options.onEntries(done, zip.entryCount);
    }
    return libraries;
  } finally {
    zip.close();
  }
}
