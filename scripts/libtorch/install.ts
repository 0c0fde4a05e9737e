// Puts the pinned libtorch into the user cache, whole or not at all.
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import {
  cachedLibtorch,
  findLibtorch,
  inspectLibtorch,
  LIBTORCH_MANIFEST,
  LIBTORCH_VERSION,
  type Libtorch,
  type LibtorchAttempt,
  LibtorchError,
  type LibtorchSearch,
} from '../../lib/libtorch.ts';
import { unpack } from './archive.ts';
import { type Artefact, artefactFor } from './artefacts.ts';
import { download, type Fingerprint, fingerprintOf, type Patience } from './download.ts';
import { withLock } from './lock.ts';
import { pipDownload } from './pip.ts';
import type { Report } from './progress.ts';

/** How libtorch is obtained; every field but `report` has a default. */
export interface Installation extends LibtorchSearch {
  report: Report;
  /** Fetch again, even if there is a libtorch already. */
  force?: boolean;
  artefact?: Artefact;
  /** How to start pip. */
  pip?: readonly string[];
  /** Let pip write its own progress to standard error. */
  showPip?: boolean;
  signal?: AbortSignal;
  patience?: Patience;
}

const PIP = ['python3', '-m', 'pip'];

/**
 * A libtorch that hinge can be built against: one that is there already, or else the pinned one, fetched into the cache.
 * @throws LibtorchError that names each place and route and ends with what to do
 */
export async function obtainLibtorch(installation: Installation): Promise<Libtorch> {
  const search = { ...installation, headers: true };
  if (!installation.force) {
    try {
      return findLibtorch(search);
    } catch (error) {
      const env = installation.env ?? process.env;
      if (!(error instanceof LibtorchError) || env.HINGE_LIBTORCH) throw error;
    }
  }
  return await installLibtorch(installation);
}

/** Fetches the pinned libtorch into the cache, unless another process has just done so. */
async function installLibtorch(installation: Installation): Promise<Libtorch> {
  const { artefact = artefactFor(installation.platform, installation.arch), report, signal } = installation;
  const root = cachedLibtorch(installation);
  const existing = (): Libtorch | undefined => {
    const found = inspectLibtorch(root, { ...installation, headers: true, cached: true });
    return 'version' in found ? { root, ...found, source: 'cache' } : undefined;
  };
  const onWait = (holder: string) => report({ stage: 'wait', holder });
  return await withLock(
    `${root}.lock`,
    async (waited) => {
      const winner = installation.force && !waited ? undefined : existing();
      if (winner) return winner;
      await removeLeftovers(root);
      const partial = `${root}.partial-${randomUUID()}`;
      try {
        await mkdir(partial, { recursive: true });
        const wheel = await fetchWheel(artefact, partial, installation);
        await unpackInto(join(partial, 'tree'), wheel, artefact, installation);
        await replace(root, join(partial, 'tree'));
      } catch (error) {
        // Whoever else was at it may have been faster, and may have cleaned up under us.
        const other = existing();
        if (!other || signal?.aborted || installation.force) throw error;
        return other;
      } finally {
        await rm(partial, { recursive: true, force: true });
      }
      const installed = existing();
      if (!installed) throw new Error(`${root} is not usable after it was installed`);
      return installed;
    },
    { onWait, signal },
  );
}

// Tries the routes in turn. Only a file with the pinned hash is returned.
async function fetchWheel(artefact: Artefact, folder: string, installation: Installation): Promise<string> {
  const { env = process.env, report, signal, patience, pip = PIP, showPip } = installation;
  const site = env.HINGE_LIBTORCH_MIRROR || artefact.site;
  const url = `${site.replace(/\/+$/, '')}/${encodeURIComponent(artefact.file)}`;
  const routes: { source: string; path: string; fetch: () => Promise<[string, Fingerprint]> }[] = [
    {
      source: env.HINGE_LIBTORCH_MIRROR ? 'mirror' : 'download',
      path: url,
      fetch: async () => {
        const file = join(folder, artefact.file);
        const onBytes = (done: number) => report({ stage: 'download', done, total: artefact.bytes });
        return [file, await download(url, file, { bytes: artefact.bytes, env, onBytes, signal, patience })];
      },
    },
    {
      source: 'pip',
      path: [...pip, 'download', artefact.pip[0]].join(' '),
      fetch: async () => {
        const delivered = join(folder, 'pip');
        const file = await pipDownload(pip, artefact.pip, delivered, {
          env,
          signal,
          stdio: showPip ? 'show' : 'quiet',
        });
        return [file, await fingerprintOf(file, signal)];
      },
    },
  ];
  const attempts: LibtorchAttempt[] = [];
  for (const { source, path, fetch } of routes) {
    report({ stage: 'route', route: path });
    try {
      const [file, fingerprint] = await fetch();
      verify(file, fingerprint, artefact);
      return file;
    } catch (error) {
      if (signal?.aborted) throw error;
      const outcome = error instanceof Error ? error.message : String(error);
      report({ stage: 'refused', route: path, reason: outcome });
      attempts.push({ source, path, outcome });
    }
  }
  throw new LibtorchError(`libtorch ${artefact.version} could not be fetched.`, attempts, [
    `python3 -m pip install torch==${LIBTORCH_VERSION} --index-url ${artefact.site} (or any index that has it)`,
    `set HINGE_LIBTORCH to the folder of a libtorch ${LIBTORCH_VERSION} that has lib/ and include/ in it`,
    `set HINGE_LIBTORCH_MIRROR to the URL of a folder that has ${artefact.file}`,
    'behind a proxy: set HTTPS_PROXY and NO_PROXY',
  ]);
}

function verify(file: string, found: Fingerprint, artefact: Artefact): void {
  if (found.sha256 === artefact.sha256) return;
  throw new Error(
    `refused ${basename(file)} (${found.bytes} bytes, SHA-256 ${found.sha256}): ` +
      `it is not the pinned ${artefact.file} (SHA-256 ${artefact.sha256})`,
  );
}

async function unpackInto(tree: string, wheel: string, artefact: Artefact, installation: Installation): Promise<void> {
  const { report, signal } = installation;
  const onEntries = (done: number, total: number) => report({ stage: 'unpack', done, total });
  const libraries = await unpack(wheel, tree, { onEntries, signal });
  const { file, sha256, version } = artefact;
  const manifest = JSON.stringify({ version, artefact: file, sha256, libraries }, null, 2);
  await writeFile(join(tree, LIBTORCH_MANIFEST), `${manifest}\n`, { flush: true });
  const unpacked = inspectLibtorch(tree, { ...installation, headers: true, cached: true });
  if ('reason' in unpacked) throw new Error(`${file}: ${unpacked.reason}`);
  if (unpacked.version !== version) throw new Error(`${file} holds version ${unpacked.version} instead of ${version}`);
}

// A folder cannot be renamed over one with content: what is there, broken or forced out, is renamed away first.
async function replace(root: string, tree: string): Promise<void> {
  const old = `${root}.partial-${randomUUID()}`;
  await rename(root, old).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  await rename(tree, root);
  await rm(old, { recursive: true, force: true });
}

// The lock is held, so whatever is partial belongs to a process that died.
async function removeLeftovers(root: string): Promise<void> {
  const prefix = `${basename(root)}.partial-`;
  const leftovers = (await readdir(dirname(root))).filter((name) => name.startsWith(prefix));
  for (const name of leftovers) await rm(join(dirname(root), name), { recursive: true, force: true });
}
