// Finds the libtorch that the addon runs on. It runs at the start of every program, so it looks at folders and files
// only, and starts Python when everything else has failed.
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, delimiter, dirname, isAbsolute, join, resolve } from 'node:path';

/** The libtorch version that hinge is built and tested against. Any patch release of the same minor version is accepted. */
export const LIBTORCH_VERSION = '2.13.0';

/** The file in a cached libtorch that is written last: a folder without it is not a finished download. */
export const LIBTORCH_MANIFEST = 'hinge-manifest.json';

/** Where a libtorch was found. */
export type LibtorchSource = 'HINGE_LIBTORCH' | 'cache' | 'python' | 'system';

/** A libtorch that can be used. */
export interface Libtorch {
  /** The folder that has `lib/`, and for building also `include/` and `share/cmake/`. */
  root: string;
  /** The folder of the shared libraries. */
  lib: string;
  /** The full version, with its build tag: `2.13.0+cpu`. */
  version: string;
  source: LibtorchSource;
}

/** One place that was looked at, and why it did not serve. */
export interface LibtorchAttempt {
  source: string;
  path?: string;
  outcome: string;
}

/** No usable libtorch: `attempts` names each place that was tried; the message lists them and ends with what to do. */
export class LibtorchError extends Error {
  override readonly name = 'LibtorchError';
  readonly code = 'ERR_LIBTORCH';
  readonly attempts: readonly LibtorchAttempt[];

  constructor(headline: string, attempts: readonly LibtorchAttempt[], advice: readonly string[]) {
    const tried = attempts.map(({ source, path, outcome }) => `  ${source}${path ? ` ${path}` : ''}: ${outcome}`);
    super([`${headline} Tried:`, ...tried, 'What to do, one of:', ...advice.map((line) => `  - ${line}`)].join('\n'));
    this.attempts = attempts;
  }
}

/** What `findLibtorch` looks at; every field defaults to the running process. */
export interface LibtorchSearch {
  env?: NodeJS.ProcessEnv;
  platform?: NodeJS.Platform;
  arch?: string;
  /** Folders to try as system installations. */
  system?: readonly string[];
  /** Accept only a libtorch that has `include/`, which building needs and running does not. */
  headers?: boolean;
}

const SYSTEM_FOLDERS = [
  '/usr/local/libtorch',
  '/opt/libtorch',
  '/usr/lib/libtorch',
  '/usr/local/lib/libtorch',
  '/opt/homebrew/opt/pytorch',
];

// `python3 -c` puts the working folder on sys.path; a folder named torch there must not be taken.
const PYTHON_PROBE = `import sys
sys.path[:] = [p for p in sys.path if p]
import importlib.util
spec = importlib.util.find_spec("torch")
print(spec.origin if spec and spec.origin else "")`;

/**
 * Finds libtorch: `HINGE_LIBTORCH`, the user cache, Python's torch, the system; the first that serves wins.
 * `HINGE_LIBTORCH` is authoritative: when it is set and does not serve, nothing else is tried.
 * @throws LibtorchError when none serves
 */
export function findLibtorch(search: LibtorchSearch = {}): Libtorch {
  const env = search.env ?? process.env;
  const attempts: LibtorchAttempt[] = [];
  const attempt = (source: LibtorchSource, path: string, label: string = source): Libtorch | undefined => {
    const found = inspectLibtorch(path, { ...search, cached: source === 'cache' });
    if ('version' in found) return { root: path, ...found, source };
    attempts.push({ source: label, path, outcome: found.reason });
    return undefined;
  };

  if (env.HINGE_LIBTORCH) {
    const found = attempt('HINGE_LIBTORCH', resolve(env.HINGE_LIBTORCH));
    if (found) return found;
    throw new LibtorchError('HINGE_LIBTORCH does not name a usable libtorch.', attempts, [
      `set HINGE_LIBTORCH to the folder of a libtorch ${minorOf(LIBTORCH_VERSION)} that has lib/ in it`,
      'unset it, and hinge looks in its cache, in Python and in the system',
    ]);
  }
  attempts.push({ source: 'HINGE_LIBTORCH', outcome: 'not set' });

  const cached = attempt('cache', cachedLibtorch(search));
  if (cached) return cached;

  for (const { label, folders } of pythonFolders(env, search.platform ?? process.platform)) {
    const torches = folders.map((folder) => join(folder, 'torch')).filter(exists);
    if (torches.length === 0) attempts.push({ source: label, outcome: 'no torch in its site-packages' });
    for (const path of torches) {
      const found = attempt('python', path, label);
      if (found) return found;
    }
  }
  for (const path of search.system ?? SYSTEM_FOLDERS) {
    const found = attempt('system', path);
    if (found) return found;
  }

  const asked = askPython(env);
  if (asked.path && !attempts.some(({ path }) => path === asked.path)) {
    const found = attempt('python', asked.path, 'python3');
    if (found) return found;
  }
  if (asked.outcome) attempts.push({ source: 'python3', outcome: asked.outcome });

  throw new LibtorchError(`libtorch ${minorOf(LIBTORCH_VERSION)} was not found.`, attempts, [
    `python3 -m pip install torch==${LIBTORCH_VERSION} (CPU or CUDA; hinge finds it in VIRTUAL_ENV, CONDA_PREFIX or python3)`,
    `unpack the libtorch ${LIBTORCH_VERSION} archive of pytorch.org and set HINGE_LIBTORCH to the folder that has lib/ in it`,
    `in a checkout of hinge: npm run libtorch`,
  ]);
}

/** The shared libraries of the folder `lib` as absolute paths, in the order in which a loader must open them. */
export function libraryFiles(lib: string, platform: NodeJS.Platform = process.platform): string[] {
  const files = ['c10', 'torch_cpu', 'torch'].map((stem) => join(lib, libraryName(stem, platform)));
  const cuda = ['c10_cuda', 'torch_cuda'].map((stem) => join(lib, libraryName(stem, platform))).filter(exists);
  return cuda.length > 0 ? [...nvidiaLibraries(lib), ...files, ...cuda] : files;
}

/** The folder of hinge's user cache: `HINGE_CACHE`, or `hinge` in `XDG_CACHE_HOME` or in the platform's cache folder. */
export function cacheFolder(search: LibtorchSearch = {}): string {
  const env = search.env ?? process.env;
  if (env.HINGE_CACHE) return resolve(env.HINGE_CACHE);
  if (env.XDG_CACHE_HOME && isAbsolute(env.XDG_CACHE_HOME)) return join(env.XDG_CACHE_HOME, 'hinge');
  const platform = search.platform ?? process.platform;
  return join(env.HOME || homedir(), platform === 'darwin' ? 'Library/Caches' : '.cache', 'hinge');
}

/** The folder in the user cache where this version, platform and architecture of libtorch belongs. */
export function cachedLibtorch(search: LibtorchSearch = {}): string {
  const { platform = process.platform, arch = process.arch } = search;
  return join(cacheFolder(search), 'libtorch', `${LIBTORCH_VERSION}-cpu-${platform}-${arch}`);
}

/** What a folder holds as a libtorch, or the reason why it cannot be used. */
export function inspectLibtorch(
  root: string,
  options: LibtorchSearch & { cached?: boolean } = {},
): { lib: string; version: string } | { reason: string } {
  const { env = process.env, platform = process.platform } = options;
  if (!exists(root)) return { reason: 'no such folder' };
  const lib = join(root, 'lib');
  const expected = options.cached ? manifestLibraries(root) : {};
  if (!expected) return { reason: `not a finished download (no ${LIBTORCH_MANIFEST})` };
  for (const name of ['c10', 'torch', 'torch_cpu'].map((stem) => libraryName(stem, platform))) {
    const size = sizeOf(join(lib, name));
    if (size === undefined) {
      const hint = sizeOf(join(root, name)) === undefined ? '' : ` (the folder wanted is its parent, ${dirname(root)})`;
      return { reason: `lib/${name} is missing${hint}` };
    }
    const whole = expected[`lib/${name}`] ?? size;
    if (size !== whole) return { reason: `lib/${name} has ${size} bytes instead of ${whole}` };
  }
  if (options.headers && !exists(join(root, 'include/ATen/ATen.h'))) {
    return { reason: 'has no include/ATen/ATen.h, which building needs' };
  }
  const version = readVersion(root);
  if (env.HINGE_LIBTORCH_ANY_VERSION === '1') return { lib, version: version ?? 'unknown' };
  const wanted = `hinge needs ${minorOf(LIBTORCH_VERSION)}.x (HINGE_LIBTORCH_ANY_VERSION=1 takes it anyway)`;
  if (!version) return { reason: `its version cannot be read (no build-version, no version.py); ${wanted}` };
  if (minorOf(version) !== minorOf(LIBTORCH_VERSION)) return { reason: `is version ${version}; ${wanted}` };
  return { lib, version };
}

function libraryName(stem: string, platform: NodeJS.Platform): string {
  return `lib${stem}.${platform === 'darwin' ? 'dylib' : 'so'}`;
}

function minorOf(version: string): string {
  return version.split('.', 2).join('.');
}

function readVersion(root: string): string | undefined {
  const archive = read(join(root, 'build-version'))?.trim();
  if (archive) return archive;
  const python = read(join(root, 'version.py'))?.match(/__version__\s*=\s*['"]([^'"]+)['"]/)?.[1];
  if (python) return python;
  const header = read(join(root, 'include/torch/headeronly/version.h')) ?? '';
  const parts = ['MAJOR', 'MINOR', 'PATCH'].map((part) => header.match(`TORCH_VERSION_${part} (\\d+)`)?.[1]);
  return parts.includes(undefined) ? undefined : parts.join('.');
}

function manifestLibraries(root: string): Record<string, number> | undefined {
  try {
    return JSON.parse(readFileSync(join(root, LIBTORCH_MANIFEST), 'utf8')).libraries ?? {};
  } catch {
    return undefined;
  }
}

// The site-packages of the Pythons that are in use, read from the file system in Python's own order of preference.
function pythonFolders(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): { label: string; folders: string[] }[] {
  const places: { label: string; folders: string[] }[] = [];
  for (const label of ['VIRTUAL_ENV', 'CONDA_PREFIX']) {
    const prefix = env[label];
    if (prefix) places.push({ label, folders: sitePackages(prefix) });
  }
  const home = env.HOME || homedir();
  const user = platform === 'darwin' ? join(home, 'Library/Python') : join(home, '.local/lib');
  const inside = platform === 'darwin' ? 'lib/python/site-packages' : 'site-packages';
  const folders = children(user).map((version) => join(user, version, inside));
  if (folders.length > 0) places.push({ label: 'Python of the user', folders });
  const program = onPath('python3', env);
  if (program) {
    const prefixes = [...new Set([program, realpathSync(program)].map((file) => dirname(dirname(file))))];
    if (prefixes.includes('/usr')) prefixes.unshift('/usr/local');
    places.push({ label: 'python3 on PATH', folders: prefixes.flatMap(sitePackages) });
  }
  return places;
}

function sitePackages(prefix: string): string[] {
  return children(join(prefix, 'lib'))
    .filter((name) => /^python3/.test(name))
    .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
    .flatMap((name) => ['site-packages', 'dist-packages'].map((kind) => join(prefix, 'lib', name, kind)));
}

function askPython(env: NodeJS.ProcessEnv): { path?: string; outcome?: string } {
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  const child = spawnSync('python3', ['-c', PYTHON_PROBE], { env, encoding: 'utf8', timeout: 10_000 });
  if (child.error)
    return { outcome: 'code' in child.error && child.error.code === 'ENOENT' ? 'not installed' : child.error.message };
  if (child.status !== 0) return { outcome: `failed: ${child.stderr.trim().split('\n').at(-1)}` };
  const origin = child.stdout.trim().split('\n').at(-1);
  return origin ? { path: dirname(origin) } : { outcome: 'has no torch' };
}

// A Python torch for CUDA takes NVIDIA's libraries from wheels beside it. This is the order in which `import torch`
// preloads them: a library comes after those that it links.
function nvidiaLibraries(lib: string): string[] {
  const nvidia = resolve(lib, '../../nvidia');
  const files = children(nvidia).flatMap((wheel) =>
    children(join(nvidia, wheel, 'lib')).map((name) => join(nvidia, wheel, 'lib', name)),
  );
  const stems =
    'cublasLt cublas cudnn nvrtc nvrtc-builtins cudart cupti cufft curand nvJitLink cusparse cusparseLt cusolver nccl nvshmem_host cufile';
  return stems.split(' ').flatMap((stem) => {
    const pattern = new RegExp(`^lib${stem}\\.so\\.[\\d.]*\\d$`);
    return files.filter((file) => pattern.test(basename(file))).slice(0, 1);
  });
}

function onPath(program: string, env: NodeJS.ProcessEnv): string | undefined {
  const folders = (env.PATH ?? '').split(delimiter).filter(isAbsolute);
  return folders.map((folder) => join(folder, program)).find(exists);
}

function exists(path: string): boolean {
  return sizeOf(path) !== undefined;
}

function sizeOf(path: string): number | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })?.size;
  } catch {
    return undefined; // a folder that may not be read serves as little as one that is not there
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function children(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
