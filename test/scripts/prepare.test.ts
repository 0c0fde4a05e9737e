import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { entries } from '../../scripts/build/bundle.ts';
import { PACKAGE } from './installation.ts';
import { fakeLibtorch } from './wheel.ts';

// Stands in for cmake-js: notes its arguments, configures and builds what the real one would.
const CMAKE_JS = `
  const fs = require('node:fs');
  const args = process.argv.slice(2);
  fs.appendFileSync('calls', JSON.stringify(args) + '\\n');
  console.log('-- cmake chatter');
  if (fs.existsSync('broken')) { console.error('binding/addon.cc:1: error: expected ;'); process.exit(2); }
  fs.mkdirSync('build/Release', { recursive: true });
  const libtorch = args.find((arg) => arg.startsWith('--CDHINGE_LIBTORCH='))?.split('=')[1];
  const cache = 'CMAKE_HOME_DIRECTORY:INTERNAL=' + process.cwd() + '\\nHINGE_LIBTORCH:UNINITIALIZED=' + libtorch;
  if (args[0] === 'configure') fs.writeFileSync('build/CMakeCache.txt', cache);
  if (args[0] === 'build') fs.writeFileSync('build/Release/hinge.node', '');
`;

describe('prepare', function () {
  this.timeout(30_000); // each starts processes
  let root: string;
  let env: NodeJS.ProcessEnv;
  const at = (...parts: string[]) => join(root, ...parts);
  const write = (path: string, content: string, mode = 0o644) => {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), content, { mode });
  };
  const program = (name: string, script: string) => write(`bin/${name}`, `#!/bin/sh\n${script}\n`, 0o755);

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'hinge-test-'));
    env = { PATH: at('bin'), HOME: at('home'), HINGE_LIBTORCH: fakeLibtorch(at('libtorch')) };
    program('c++', 'exit 0');
    program('cmake', 'echo "cmake version 3.25.1"');
    program('make', 'exit 0');
    write('binding/addon.cc', '');
    write('CMakeLists.txt', '');
    write('node_modules/cmake-js/bin/cmake-js', CMAKE_JS);
    for (const entry of Object.values(entries)) write(`lib/${entry}`, 'export {};');
    write(
      'node_modules/typescript/bin/tsc',
      "require('node:fs').appendFileSync('calls', JSON.stringify(process.argv.slice(2)))",
    );
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const node = async (args: string[], cwd = PACKAGE) => {
    const child = spawn(process.execPath, args, { cwd, env });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    const [code] = await once(child, 'close');
    return { code, stdout, stderr };
  };
  const prepare = () => node(['scripts/prepare.mjs', root]);
  const calls = (): string[][] =>
    readFileSync(at('calls'), 'utf8')
      .match(/.+/g)
      ?.map((line) => JSON.parse(line)) ?? [];

  it('checks, builds natively and in TypeScript, with a line for each stage and nothing on standard error', async () => {
    const { code, stdout, stderr } = await prepare();
    expect(stderr).to.equal('');
    expect(code).to.equal(0);
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.match(/^(\w+) +\d+\.\d s {2}\S/)?.[1]),
    ).to.deep.equal([...['toolchain', 'libtorch', 'native', 'library']]);
    const libtorch = at('libtorch');
    expect(calls()).to.deep.equal([
      ['configure', `--CDCMAKE_PREFIX_PATH=${libtorch}`, `--CDHINGE_LIBTORCH=${libtorch}`],
      ['build', '--parallel', '2'],
      ['-p', 'tsconfig.build.json'],
    ]);
  });

  it('leaves an addon alone that is newer than its sources, and then needs no compiler', async () => {
    await prepare();
    rmSync(at('calls'));
    rmSync(at('bin'), { recursive: true });
    const { code, stdout } = await prepare();
    expect(code).to.equal(0);
    expect(stdout).to.match(/native .*up to date/);
    expect(calls()).to.deep.equal([['-p', 'tsconfig.build.json']]);
  });

  for (const source of ['binding/addon.cc', 'CMakeLists.txt']) {
    it(`builds again when ${source} is newer`, async () => {
      await prepare();
      rmSync(at('calls'));
      const future = new Date(Date.now() + 10_000);
      utimesSync(at(source), future, future);
      await prepare();
      expect(calls().map(([command]) => command)).to.deep.equal(['configure', 'build', '-p']);
    });
  }

  it('starts from an empty build folder when libtorch has moved, since CMake remembers where things were', async () => {
    await prepare();
    write('build/remembered', '');
    env.HINGE_LIBTORCH = fakeLibtorch(at('moved'));
    rmSync(at('build/Release/hinge.node'));
    await prepare();
    expect(existsSync(at('build/remembered'))).to.equal(false);
    expect(existsSync(at('build/Release/hinge.node'))).to.equal(true);
  });

  it('shows what the compiler said when the build fails, and nothing after it is run', async () => {
    write('broken', '');
    const { code, stderr } = await prepare();
    expect(code).to.equal(1);
    expect(stderr).to.match(
      /cmake chatter\n.*binding\/addon\.cc:1: error: expected ;\n.*cmake-js configure failed \(exit code 2\)\n$/s,
    );
    expect(calls()).to.have.length(1);
  });

  const refusals: Record<string, { given: () => void; says: RegExp }> = {
    'no compiler': {
      given: () => rmSync(at('bin/c++')),
      says: /^No C\+\+ compiler \(c\+\+, g\+\+, clang\+\+\) on PATH: install g\+\+ >= 11 or clang >= 14 \(apt install g\+\+, .*\), or set CXX\n$/,
    },
    'an old compiler': {
      given: () =>
        program('c++', 'test "$1" = --version && echo "g++ 9.4.0" && exit 0; echo "error: no using enum" >&2; exit 1'),
      says: /^g\+\+ 9\.4\.0 does not compile C\+\+20 \(error: no using enum\): install g\+\+ >= 11 .*\n$/,
    },
    'a CXX that does not exist': {
      given: () => {
        env.CXX = 'no-such-compiler';
      },
      says: /^no-such-compiler does not compile C\+\+20 \(.*ENOENT\): install .*\n$/,
    },
    'no cmake': {
      given: () => rmSync(at('bin/cmake')),
      says: /^No cmake on PATH: install cmake >= 3\.18 \(apt install cmake, .*\)\n$/,
    },
    'an old cmake': {
      given: () => program('cmake', 'echo "cmake version 3.16.3"'),
      says: /^cmake 3\.16\.3 is too old: install cmake >= 3\.18 .*\n$/,
    },
    'no make': {
      given: () => rmSync(at('bin/make')),
      says: /^Neither ninja nor make on PATH: install one \(apt install make, .*\)\n$/,
    },
    'several missing': {
      given: () => rmSync(at('bin'), { recursive: true }),
      says: /^No C\+\+ .*\nNo cmake .*\nNeither ninja .*\n$/,
    },
    'a libtorch that does not serve': {
      given: () => {
        env.HINGE_LIBTORCH = at('nowhere');
      },
      says: /^HINGE_LIBTORCH does not name a usable libtorch\. Tried:\n.*no such folder\n/,
    },
  };

  for (const [name, { given, says }] of Object.entries(refusals)) {
    it(`${name}: says what to install, on standard error, and builds nothing`, async () => {
      given();
      const { code, stderr } = await prepare();
      expect(stderr).to.match(says);
      expect(code).to.equal(1);
      expect(existsSync(at('calls'))).to.equal(false);
    });
  }

  it('an old Node is refused before anything else', async () => {
    const old = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '18.20.4' } })";
    const { code, stdout, stderr } = await node([
      '--import',
      `data:text/javascript,${old}`,
      'scripts/prepare.mjs',
      root,
    ]);
    expect({ code, stdout }).to.deep.equal({ code: 1, stdout: '' });
    expect(stderr).to.match(/^hinge needs Node >= 20\.19, this is 18\.20\.4: install a newer one \(.*\)\n$/);
  });

  it('says so when the devDependencies were left out', async () => {
    write('scripts/prepare.mjs', readFileSync(join(PACKAGE, 'scripts/prepare.mjs'), 'utf8'));
    const { code, stderr } = await node([at('scripts/prepare.mjs')]);
    expect(code).to.equal(1);
    expect(stderr).to.equal('hinge is built with its devDependencies: run npm ci without --omit=dev\n');
  });

  describe('gyp-shim', () => {
    it("turns prebuildify's node-gyp call into a fresh cmake-js build", async () => {
      write('build/remembered', '');
      const shim = join(PACKAGE, 'scripts/build/gyp-shim.mjs');
      const args = ['rebuild', '--target=24.0.0', '--devdir=/somewhere', '--arch=arm64', '--release'];
      const { code, stderr } = await node([shim, ...args], root);
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
      expect(existsSync(at('build/remembered'))).to.equal(false);
      const [configure, build] = calls();
      expect(configure?.slice(0, 3)).to.deep.equal(['configure', '--arch', 'arm64']);
      expect(build).to.deep.equal(['build', '--arch', 'arm64', '--parallel', '2']);
    });
  });

  describe('npm run libtorch', () => {
    const libtorch = () => node(['--import', 'tsx', 'scripts/libtorch/main.ts']);

    it('prints where libtorch is', async () => {
      expect(await libtorch()).to.deep.equal({
        code: 0,
        stdout: `${at('libtorch')}\n`,
        stderr: 'libtorch 2.13.0+cpu (HINGE_LIBTORCH):\n',
      });
    });

    it('fails with the list of attempts', async () => {
      env.HINGE_LIBTORCH = at('nowhere');
      const { code, stdout, stderr } = await libtorch();
      expect({ code, stdout }).to.deep.equal({ code: 1, stdout: '' });
      expect(stderr).to.match(/HINGE_LIBTORCH \/.*\/nowhere: no such folder\n/);
    });
  });
});
