import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  cachedLibtorch,
  cacheFolder,
  findLibtorch,
  LIBTORCH_MANIFEST,
  LibtorchError,
  type LibtorchSearch,
  libraryFiles,
} from '../../lib/libtorch.ts';
import { fakeLibtorch } from './wheel.ts';

const PYTHON_VERSION = { 'version.py': "from typing import Optional\n__version__ = '2.13.1+cu130'\ndebug = False\n" };

describe('findLibtorch', () => {
  let folder: string;
  let env: NodeJS.ProcessEnv;
  let search: LibtorchSearch;
  const at = (...parts: string[]) => join(folder, ...parts);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'hinge-test-'));
    env = { HOME: at('home'), PATH: at('bin') };
    search = { env, platform: 'linux', arch: 'x64', system: [at('opt')] };
    mkdirSync(at('bin'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const failure = (): LibtorchError => {
    try {
      findLibtorch(search);
    } catch (error) {
      if (error instanceof LibtorchError) return error;
      throw error;
    }
    throw new Error('a libtorch was found');
  };

  /** A python3 that notes that it was started and prints `torch` as the place of its torch package. */
  const fakePython = (path: string, torch: string) => {
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, `#!/bin/sh\n: > "${at('started')}"\necho "${torch && join(torch, '__init__.py')}"\n`);
    chmodSync(path, 0o755);
  };

  it('looks at HINGE_LIBTORCH, the cache, the Pythons, the system and at last asks python3', () => {
    const python = (prefix: string) => at(prefix, 'lib/python3.11/site-packages/torch');
    Object.assign(env, { HINGE_LIBTORCH: at('own'), VIRTUAL_ENV: at('venv'), CONDA_PREFIX: at('conda') });
    fakePython(at('usr/bin/python3.11'), at('elsewhere/torch'));
    symlinkSync(at('usr/bin/python3.11'), at('bin/python3'));
    const cache = cachedLibtorch(search);
    fakeLibtorch(cache, { 'version.py': "__version__ = '2.13.0+cpu'", [LIBTORCH_MANIFEST]: '{"libraries":{}}' });
    const order: [string, string, string][] = [
      [fakeLibtorch(at('own')), 'HINGE_LIBTORCH', '2.13.0+cpu'],
      [cache, 'cache', '2.13.0+cpu'],
      [fakeLibtorch(python('venv'), PYTHON_VERSION), 'python', '2.13.1+cu130'],
      [fakeLibtorch(python('conda'), PYTHON_VERSION), 'python', '2.13.1+cu130'],
      [fakeLibtorch(at('home/.local/lib/python3.12/site-packages/torch'), PYTHON_VERSION), 'python', '2.13.1+cu130'],
      [fakeLibtorch(python('usr'), PYTHON_VERSION), 'python', '2.13.1+cu130'],
      [fakeLibtorch(at('opt')), 'system', '2.13.0+cpu'],
    ];
    for (const [root, source, version] of order) {
      expect(findLibtorch(search)).to.deep.equal({ root, lib: join(root, 'lib'), version, source });
      rmSync(root, { recursive: true });
      delete env.HINGE_LIBTORCH;
    }
    expect(existsSync(at('started')), 'python3 was started though something else served').to.equal(false);
    fakeLibtorch(at('elsewhere/torch'), PYTHON_VERSION);
    expect(findLibtorch(search)).to.include({ root: at('elsewhere/torch'), source: 'python' });
    expect(existsSync(at('started'))).to.equal(true);
  });

  it('lists every attempt with its reason, and ends with what to do', () => {
    fakeLibtorch(at('venv/lib/python3.9/site-packages/torch'), { 'version.py': "__version__ = '2.14.1'" });
    mkdirSync(at('opt/lib'), { recursive: true });
    env.VIRTUAL_ENV = at('venv');
    fakePython(at('bin/python3'), '');
    const { message, attempts, code } = failure();
    expect(code).to.equal('ERR_LIBTORCH');
    expect(attempts.map(({ source, outcome }) => `${source}: ${outcome}`)).to.deep.equal([
      'HINGE_LIBTORCH: not set',
      'cache: no such folder',
      'VIRTUAL_ENV: is version 2.14.1; hinge needs 2.13.x (HINGE_LIBTORCH_ANY_VERSION=1 takes it anyway)',
      'python3 on PATH: no torch in its site-packages',
      'system: lib/libc10.so is missing',
      'python3: has no torch',
    ]);
    for (const { path, outcome } of attempts) expect(message).to.include(`${path ? ` ${path}` : ''}: ${outcome}\n`);
    expect(message).to.match(/\nWhat to do, one of:\n {2}- python3 -m pip install torch==2\.13\.0 /);
    expect(message).to.match(/npm run libtorch$/);
  });

  it('treats HINGE_LIBTORCH as an order: nothing else is tried', () => {
    fakeLibtorch(at('opt'));
    env.HINGE_LIBTORCH = at('nowhere');
    const { message, attempts } = failure();
    expect(attempts).to.deep.equal([{ source: 'HINGE_LIBTORCH', path: at('nowhere'), outcome: 'no such folder' }]);
    expect(message).to.include('unset it');
    env.HINGE_LIBTORCH = '';
    expect(findLibtorch(search).source).to.equal('system');
  });

  it('says so when HINGE_LIBTORCH names lib/ itself', () => {
    env.HINGE_LIBTORCH = join(fakeLibtorch(at('own')), 'lib');
    expect(failure().attempts[0]?.outcome).to.include(`the folder wanted is its parent, ${at('own')}`);
  });

  it('refuses another minor version, unless HINGE_LIBTORCH_ANY_VERSION=1', () => {
    env.HINGE_LIBTORCH = fakeLibtorch(at('own'), { 'build-version': '2.12.0+cpu\n' });
    expect(failure().attempts[0]?.outcome).to.match(/^is version 2\.12\.0\+cpu; hinge needs 2\.13\.x/);
    env.HINGE_LIBTORCH_ANY_VERSION = '1';
    expect(findLibtorch(search).version).to.equal('2.12.0+cpu');
  });

  it('does not take 2.130 for 2.13', () => {
    env.HINGE_LIBTORCH = fakeLibtorch(at('own'), { 'build-version': '2.130.0' });
    expect(failure().attempts[0]?.outcome).to.match(/^is version 2\.130\.0/);
  });

  it('reads the version of an installation that has only headers, and refuses one without any', () => {
    const header = '#define TORCH_VERSION_MAJOR 2\n#define TORCH_VERSION_MINOR 13\n#define TORCH_VERSION_PATCH 4\n';
    env.HINGE_LIBTORCH = fakeLibtorch(at('own'), { 'include/torch/headeronly/version.h': header });
    expect(findLibtorch(search).version).to.equal('2.13.4');
    env.HINGE_LIBTORCH = fakeLibtorch(at('bare'), {});
    expect(failure().attempts[0]?.outcome).to.match(/^its version cannot be read/);
  });

  it('takes a libtorch without include/ for running, not for building', () => {
    env.HINGE_LIBTORCH = fakeLibtorch(at('own'));
    rmSync(at('own/include'), { recursive: true });
    expect(findLibtorch(search).root).to.equal(at('own'));
    search.headers = true;
    expect(failure().attempts[0]?.outcome).to.equal('has no include/ATen/ATen.h, which building needs');
  });

  it('does not take a cached folder without its manifest for a finished download', () => {
    fakeLibtorch(cachedLibtorch(search));
    expect(failure().attempts[1]?.outcome).to.match(/^not a finished download/);
  });

  it('survives a python3 that fails', () => {
    writeFileSync(at('bin/python3'), '#!/bin/sh\necho "no module named os" >&2\nexit 3\n', { mode: 0o755 });
    expect(failure().attempts.at(-1)).to.deep.equal({ source: 'python3', outcome: 'failed: no module named os' });
  });
});

describe('cacheFolder', () => {
  const of = (env: NodeJS.ProcessEnv, platform: NodeJS.Platform = 'linux') => cacheFolder({ env, platform });

  it('is HINGE_CACHE, else hinge in XDG_CACHE_HOME, else in the cache folder of the platform', () => {
    expect(of({ HINGE_CACHE: '/a', XDG_CACHE_HOME: '/b', HOME: '/c' })).to.equal('/a');
    expect(of({ XDG_CACHE_HOME: '/b', HOME: '/c' })).to.equal('/b/hinge');
    expect(of({ XDG_CACHE_HOME: 'relative', HOME: '/c' })).to.equal('/c/.cache/hinge');
    expect(of({ HOME: '/c' }, 'darwin')).to.equal('/c/Library/Caches/hinge');
  });

  it('holds one folder for each version, platform and architecture', () => {
    expect(cachedLibtorch({ env: { HINGE_CACHE: '/a' }, platform: 'linux', arch: 'x64' })).to.equal(
      '/a/libtorch/2.13.0-cpu-linux-x64',
    );
  });
});

describe('libraryFiles', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'hinge-test-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const place = (...files: string[]) => {
    for (const file of files) {
      mkdirSync(join(folder, file, '..'), { recursive: true });
      writeFileSync(join(folder, file), '');
    }
  };

  it('is c10, torch_cpu, torch on the CPU', () => {
    expect(libraryFiles('/t/lib', 'linux')).to.deep.equal([
      '/t/lib/libc10.so',
      '/t/lib/libtorch_cpu.so',
      '/t/lib/libtorch.so',
    ]);
    expect(libraryFiles('/t/lib', 'darwin')[0]).to.equal('/t/lib/libc10.dylib');
  });

  it("adds CUDA's, after the NVIDIA libraries of the wheels beside a Python torch, dependencies first", () => {
    place('torch/lib/libc10_cuda.so', 'torch/lib/libtorch_cuda.so');
    place('nvidia/cu13/lib/libcublas.so.13', 'nvidia/cu13/lib/libcublasLt.so.13', 'nvidia/cu13/lib/libnvrtc.so.13');
    place('nvidia/cu13/lib/libnvrtc.alt.so.13', 'nvidia/cudnn/lib/libcudnn.so.9', 'nvidia/cudnn/lib/libcudnn_ops.so.9');
    place('nvidia/nccl/include/nccl.h');
    const files = libraryFiles(join(folder, 'torch/lib'), 'linux').map((file) => file.slice(folder.length + 1));
    expect(files).to.deep.equal([
      ...['nvidia/cu13/lib/libcublasLt.so.13', 'nvidia/cu13/lib/libcublas.so.13'],
      ...['nvidia/cudnn/lib/libcudnn.so.9', 'nvidia/cu13/lib/libnvrtc.so.13'],
      ...['torch/lib/libc10.so', 'torch/lib/libtorch_cpu.so', 'torch/lib/libtorch.so'],
      ...['torch/lib/libc10_cuda.so', 'torch/lib/libtorch_cuda.so'],
    ]);
  });
});
