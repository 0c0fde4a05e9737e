/**
 * Python's torch as an oracle: one long-lived process of the same libtorch version, one thread, that runs source with our
 * tensors and sends back what it assigned, bit for bit. A suite is written so:
 *
 *     describe('sin', () => {
 *       const python = usePython();
 *       it('equals Python', async () => {
 *         const x = torch.randn([3]);
 *         const { y } = await python.run('y = x.sin()', { x });
 *         expectSameBits(x.sin(), y);
 *       });
 *     });
 *
 * - The source sees `torch`, `math`, `nn`, `F` and the inputs. Every name that it assigns comes back, but for those that
 *   begin with `_`. A tensor that requires grad arrives as a leaf that requires grad. Integral JavaScript numbers arrive
 *   as `int`; `true`, strings, null, bigints, `Complex`, arrays and plain objects as what they are in Python.
 * - Each run has a fresh namespace; generators keep their state, so `torch.manual_seed` belongs into the source. Default
 *   dtype and device, print options, grad mode and deterministic mode are set back after each run.
 * - What Python raises is thrown as a `PythonError` with `type` (`'RuntimeError'`) and `message`.
 * - `HINGE_PYTHON` names the interpreter (default `python3`). Without torch, or with another version than the loaded
 *   libtorch, the suites are skipped and say why; with `HINGE_REQUIRE_PARITY=1` they fail.
 */

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import * as torch from '../../lib/index.ts';
import { native } from '../../lib/native.ts';
import { decode, encode, type PythonInput, type PythonValue } from './wire.ts';

export { expectSameBits } from './same-bits.ts';
export { fromWire, isPythonTensor, type PythonInput, type PythonTensor, type PythonValue, toWire } from './wire.ts';

/** What Python raised. */
export class PythonError extends Error {
  override readonly name = 'PythonError';
  /** The class of the exception, such as `'ValueError'`. */
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

interface Answer {
  readonly outputs?: unknown;
  readonly left?: Readonly<Record<string, string>>;
  readonly error?: { readonly type: string; readonly message: string };
}

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** The running interpreter. Suites get it from `usePython`. */
export class Oracle {
  /** The version of Python's torch, such as `2.13.0+cpu`. */
  readonly version: string;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #waiting: Waiting[];

  private constructor(child: ChildProcessByStdio<Writable, Readable, null>, waiting: Waiting[], version: string) {
    this.#child = child;
    this.#waiting = waiting;
    this.version = version;
  }

  /** Starts Python and imports torch; rejects when either fails. */
  static async start(): Promise<Oracle> {
    const script = fileURLToPath(new URL('./oracle.py', import.meta.url));
    const child = spawn(process.env.HINGE_PYTHON ?? 'python3', [script], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, PYTHONWARNINGS: 'ignore' },
    });
    const waiting: Waiting[] = [];
    const fail = (error: Error) => {
      for (const { reject } of waiting.splice(0)) reject(error);
    };
    child.on('error', fail);
    child.on('exit', (code, signal) => fail(new Error(`Python ended with ${signal ?? `exit code ${code}`}`)));
    // Writing to a process that has ended is reported by its exit.
    child.stdin.on('error', () => {});
    createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.resolve(JSON.parse(line) as Answer));
    const hello = await new Promise<Answer>((resolve, reject) => waiting.push({ resolve, reject }));
    if (hello.error !== undefined) throw new PythonError(hello.error.type, hello.error.message);
    return new Oracle(child, waiting, (hello.outputs as { version: string }).version);
  }

  /** Runs Python source with these names defined; resolves to what it assigned. */
  async run(code: string, inputs: Readonly<Record<string, PythonInput>> = {}): Promise<Record<string, PythonValue>> {
    const request = `${JSON.stringify({ code, inputs: encode(inputs) })}\n`;
    const { outputs, left, error } = await new Promise<Answer>((resolve, reject) => {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) reject(new Error('Python has ended'));
      this.#waiting.push({ resolve, reject });
      this.#child.stdin.write(request);
    });
    if (error !== undefined) throw new PythonError(error.type, error.message);
    return new Proxy(decode(outputs) as Record<string, PythonValue>, {
      get: (target, name) => {
        const type = typeof name === 'string' && !Object.hasOwn(target, name) ? left?.[name] : undefined;
        if (type !== undefined) throw new TypeError(`${String(name)} is a Python ${type}, which cannot be sent`);
        return Reflect.get(target, name);
      },
    });
  }

  /** Ends Python, which may be stuck in a run that its test gave up. */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.stdin.end();
    const stuck = setTimeout(() => this.#child.kill('SIGKILL'), 5000);
    await ended;
    clearTimeout(stuck);
  }
}

let shared: Promise<Oracle> | undefined;
let announced = false;

async function startMatching(): Promise<Oracle> {
  const oracle = await Oracle.start();
  if (oracle.version === torch.version.libtorch) return oracle;
  await oracle.close();
  throw new Error(`Python has torch ${oracle.version}, the loaded libtorch is ${torch.version.libtorch}`);
}

/**
 * To be called in a `describe`: its tests run beside Python, on one thread, or are skipped without.
 *
 * @param modules what must be there besides torch, such as `'pytorch_metric_learning'`.
 */
export function usePython(...modules: readonly string[]): Pick<Oracle, 'run'> {
  let oracle: Oracle | undefined;
  let threads = 0;
  before(async function () {
    this.timeout(180_000);
    threads = native.threads();
    native.threads(1);
    shared ??= startMatching();
    try {
      oracle = await shared;
      for (const name of modules) await oracle.run(`import ${name}`);
    } catch (error) {
      if (process.env.HINGE_REQUIRE_PARITY === '1') throw error;
      // What one suite lacks does not silence the others.
      oracle = undefined;
      if (!announced) console.log(`    parity with Python is skipped: ${(error as Error).message}`);
      announced = true;
      this.skip();
    }
  });
  after(() => {
    if (threads > 0) native.threads(threads);
  });
  return {
    run: (code, inputs) => {
      if (oracle === undefined) throw new Error('usePython: run may only be called in tests and hooks');
      return oracle.run(code, inputs);
    },
  };
}

// A root hook: the process serves every suite, and mocha would wait for it.
if (typeof after === 'function') {
  after('end Python', async () => {
    await (await shared?.catch(() => undefined))?.close();
  });
}
