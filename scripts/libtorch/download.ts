// Fetches one URL into a file, hashing on the way.
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { EnvHttpProxyAgent, fetch } from 'undici';

/** What a file turned out to be. */
export interface Fingerprint {
  bytes: number;
  sha256: string;
}

/** How long to wait, in milliseconds: for the connection, for the answer's head, between two pieces of its body. */
export interface Patience {
  connect: number;
  answer: number;
  stall: number;
}

// Short: a host that cannot be reached must cost seconds, since there is another way.
const PATIENCE: Patience = { connect: 5_000, answer: 10_000, stall: 30_000 };

/**
 * Downloads `url` to `file` through the proxy that `env` names (`HTTP_PROXY`, `HTTPS_PROXY`, `NO_PROXY`).
 * A body of another length than `bytes`, an HTTP error and a connection that stalls are errors.
 */
export async function download(
  url: string,
  file: string,
  options: {
    bytes: number;
    env: NodeJS.ProcessEnv;
    onBytes: (done: number) => void;
    signal?: AbortSignal;
    patience?: Patience;
  },
): Promise<Fingerprint> {
  const { bytes, env, onBytes, patience = PATIENCE } = options;
  const agent = new EnvHttpProxyAgent({
    httpProxy: env.http_proxy ?? env.HTTP_PROXY ?? '',
    httpsProxy: env.https_proxy ?? env.HTTPS_PROXY ?? '',
    noProxy: env.no_proxy ?? env.NO_PROXY ?? '',
    connect: { timeout: patience.connect },
    proxyTls: { timeout: patience.connect },
    bodyTimeout: patience.stall,
  });
  const silence = new AbortController();
  const noAnswer = new Error(`no answer in ${patience.answer / 1000} s`);
  const timer = setTimeout(() => silence.abort(noAnswer), patience.answer);
  const signal = options.signal ? AbortSignal.any([silence.signal, options.signal]) : silence.signal;
  try {
    const response = await fetch(url, { dispatcher: agent, signal });
    clearTimeout(timer);
    if (!response.ok || !response.body) throw new Error(`HTTP ${response.status} ${response.statusText}`.trimEnd());
    onBytes(0);
    const meter = new Meter((done) => {
      if (done > bytes) throw new Error(`the body is longer than the ${bytes} bytes expected`);
      onBytes(done);
    });
    await pipeline(meter.through(response.body), createWriteStream(file), { signal });
    if (meter.bytes < bytes) throw new Error(`the body ended after ${meter.bytes} of ${bytes} bytes`);
    return meter.fingerprint();
  } catch (error) {
    throw options.signal?.aborted ? error : new Error(reasonOf(error), { cause: error });
  } finally {
    clearTimeout(timer);
    await agent.destroy();
  }
}

/** The fingerprint of a file that is there already. */
export async function fingerprintOf(file: string, signal?: AbortSignal): Promise<Fingerprint> {
  const meter = new Meter();
  for await (const _ of meter.through(createReadStream(file, { signal }))) {
    // the meter reads
  }
  return meter.fingerprint();
}

/** Counts and hashes what flows through. */
class Meter {
  bytes = 0;
  readonly #hash = createHash('sha256');
  readonly #onBytes: (bytes: number) => void;

  constructor(onBytes: (bytes: number) => void = () => {}) {
    this.#onBytes = onBytes;
  }

  async *through(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      this.bytes += chunk.length;
      this.#hash.update(chunk);
      this.#onBytes(this.bytes);
      yield chunk;
    }
  }

  fingerprint(): Fingerprint {
    return { bytes: this.bytes, sha256: this.#hash.digest('hex') };
  }
}

/** `fetch` says "fetch failed" and "terminated"; what happened is in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? error.cause : undefined;
  if (!cause) return error.message;
  const code = 'code' in cause ? String(cause.code) : '';
  return cause.message.includes(code) ? cause.message : `${cause.message || error.message} (${code})`;
}
