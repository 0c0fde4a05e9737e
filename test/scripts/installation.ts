// What the tests of an installation share: a download site on loopback, an empty user cache, a fake pip, children.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { cachedLibtorch, findLibtorch, type Libtorch, LibtorchError } from '../../lib/libtorch.ts';
import { type Installation, obtainLibtorch } from '../../scripts/libtorch/install.ts';
import type { Progress } from '../../scripts/libtorch/progress.ts';
import type { ChildRequest } from './child.ts';
import { CONTENTS, fakeWheel } from './wheel.ts';

/** The package root: where a process starts so that it finds tsx. */
export const PACKAGE = fileURLToPath(new URL('../..', import.meta.url));

/** An HTTP server on loopback; `listener` may be replaced at any time. */
export class Site {
  requests: string[] = [];
  listener: RequestListener;
  readonly #server: Server;

  constructor(listener: RequestListener) {
    this.listener = listener;
    this.#server = createServer((request, response) => {
      this.requests.push(request.url ?? '');
      this.listener(request, response);
    });
  }

  get server(): Server {
    return this.#server;
  }

  async open(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}

/** A fresh user, for whom no libtorch can be found, and a site that serves the wheel. */
export class Workplace {
  readonly folder = mkdtempSync(join(tmpdir(), 'hinge-test-'));
  readonly env: NodeJS.ProcessEnv = { HINGE_CACHE: join(this.folder, 'cache'), HOME: this.folder, PATH: this.folder };
  readonly site = new Site((_, response) => response.end(this.wheel.body));
  readonly events: Progress[] = [];
  wheel = fakeWheel('');
  readonly #children: ChildProcess[] = [];

  async open(): Promise<this> {
    this.wheel = fakeWheel(`${await this.site.open()}/whl`);
    return this;
  }

  async close(): Promise<void> {
    for (const child of this.#children) child.kill('SIGKILL');
    await this.site.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The arguments of an installation here, with a pip that is not installed. */
  request(): Omit<Installation, 'report'> {
    const pip = [join(this.folder, 'python3'), '-m', 'pip'];
    return { env: this.env, platform: 'linux', arch: 'x64', system: [], artefact: this.wheel.artefact, pip };
  }

  async obtain(changes: Partial<Installation> = {}): Promise<Libtorch> {
    return await obtainLibtorch({ ...this.request(), report: (event) => this.events.push(event), ...changes });
  }

  get root(): string {
    return cachedLibtorch(this.request());
  }

  /** What lies in the cache beside a finished libtorch. */
  get leftovers(): string[] {
    const folder = join(this.root, '..');
    return existsSync(folder) ? readdirSync(folder).filter((name) => join(folder, name) !== this.root) : [];
  }

  expectNothing(): void {
    expect(() => findLibtorch(this.request())).to.throw(LibtorchError, 'was not found');
  }

  /** The whole libtorch is in the cache, and nothing else. */
  expectInstalled(): void {
    expect(findLibtorch(this.request())).to.include({ root: this.root, version: '2.13.0+cpu', source: 'cache' });
    for (const name of ['lib/libc10.so', 'lib/libtorch_cpu.so', 'include/ATen/ATen.h']) {
      expect(readFileSync(join(this.root, name)).equals(CONTENTS[`torch/${name}`] as Buffer), name).to.equal(true);
    }
    expect(this.leftovers).to.deep.equal([]);
  }

  start(changes: Partial<ChildRequest> = {}): Child {
    const child = new Child({ ...this.request(), ...changes });
    this.#children.push(child.process);
    return child;
  }

  /** A pip that notes its arguments in `arguments.json` and then runs `body`, which knows `dest`, `fs` and `wheel`. */
  fakePip(body: string): { pip: string[]; readArguments: () => string[] } {
    const [script, notes, wheel] = ['pip.mjs', 'arguments.json', 'delivered.whl'].map((name) =>
      join(this.folder, name),
    );
    mkdirSync(this.folder, { recursive: true });
    writeFileSync(wheel as string, this.wheel.body);
    const source = `import fs from 'node:fs';
      const wheel = ${JSON.stringify(wheel)};
      const dest = process.argv[process.argv.indexOf('--dest') + 1];
      fs.writeFileSync(${JSON.stringify(notes)}, JSON.stringify(process.argv.slice(2)));
      ${body}`;
    writeFileSync(script as string, source);
    return {
      pip: [process.execPath, script as string],
      readArguments: () => JSON.parse(readFileSync(notes as string, 'utf8')),
    };
  }
}

/** An installation in a process of its own. */
export class Child {
  readonly process: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #exit: Promise<unknown[]>;
  stderr = '';

  constructor(request: ChildRequest) {
    const script = fileURLToPath(new URL('child.ts', import.meta.url));
    this.process = spawn(process.execPath, ['--import', 'tsx', script, JSON.stringify(request)], { cwd: PACKAGE });
    if (!this.process.stdout) throw new Error('the child has no standard output');
    this.#lines = createInterface({ input: this.process.stdout })[Symbol.asyncIterator]();
    this.#exit = once(this.process, 'close');
    this.process.stderr?.on('data', (chunk) => {
      this.stderr += chunk;
    });
  }

  /** Reads the child's events up to the first of this stage. */
  async until(
    stage: string,
    accept: (event: Record<string, unknown>) => boolean = () => true,
  ): Promise<Record<string, unknown>> {
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done) throw new Error(`the child ended before ${stage}: ${this.stderr}`);
      const event = JSON.parse(value);
      if (event.stage === stage && accept(event)) return event;
    }
  }

  async end(signal?: NodeJS.Signals): Promise<number | string> {
    if (signal) this.process.kill(signal);
    const [code, killer] = await this.#exit;
    return (code ?? killer) as number | string;
  }
}

/** The error of a promise that must be rejected. */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
  const outcome = await promise.then(
    () => undefined,
    (error: Error) => error,
  );
  if (!outcome) throw new Error('this promise was to be rejected');
  return outcome;
}
