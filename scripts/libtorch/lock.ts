// One process at a time for one target, across processes, without a daemon and without leftovers that need a person.
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 250;
const HEARTBEAT_MS = 1_000;
/** A lock without a sign of life is given up once it is this old … */
const STALE_MS = 60_000;
/** … and nothing has touched it while a waiting process looked at it this often: a machine may have slept. */
const STALE_POLLS = 10;

interface Holder {
  token: string;
  pid: number;
  host: string;
}

// A lock file that is just being written, or whose writer lost power: only its age can tell.
const UNREADABLE: Holder = { token: '', pid: 0, host: '' };

/**
 * Runs `action` while the lock file `path` is held; `waited` tells it whether another process held the lock before.
 * A dead holder loses it: on this host one whose pid is gone, at once; elsewhere one that shows no sign of life.
 */
export async function withLock<T>(
  path: string,
  action: (waited: boolean) => Promise<T>,
  options: { onWait?: (holder: string) => void; signal?: AbortSignal } = {},
): Promise<T> {
  const mine: Holder = { token: randomUUID(), pid: process.pid, host: hostname() };
  const waited = await acquire(path, mine, options);
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => {}); // without the lock there is nothing to keep alive
  }, HEARTBEAT_MS);
  heartbeat.unref();
  try {
    return await action(waited);
  } finally {
    clearInterval(heartbeat);
    if ((await holderOf(path))?.token === mine.token) await rm(path, { force: true });
  }
}

async function acquire(
  path: string,
  mine: Holder,
  { onWait, signal }: { onWait?: (holder: string) => void; signal?: AbortSignal },
): Promise<boolean> {
  await mkdir(dirname(path), { recursive: true });
  let waited = false;
  let seen = { beat: 0, polls: 0 };
  for (;;) {
    signal?.throwIfAborted();
    if (await place(path, mine)) return waited;
    const holder = await holderOf(path);
    const beat = await modified(path);
    if (!holder || beat === undefined) continue; // just released
    seen = { beat, polls: seen.beat === beat ? seen.polls + 1 : 0 };
    const silent = seen.polls >= STALE_POLLS && Date.now() - beat > STALE_MS;
    const gone = holder.host === mine.host && !isRunning(holder.pid);
    if (silent || gone) {
      await takeAway(path, holder, mine);
      continue;
    }
    if (!waited && holder !== UNREADABLE) {
      onWait?.(`${holder.pid}${holder.host === mine.host ? '' : ` on ${holder.host}`}`);
      waited = true;
    }
    await delay(POLL_MS, undefined, { signal });
  }
}

async function place(path: string, holder: Holder): Promise<boolean> {
  try {
    await writeFile(path, JSON.stringify(holder), { flag: 'wx' });
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  }
}

// Under a lock of its own, so that of several that saw the dead holder none removes the lock of the next holder.
async function takeAway(path: string, dead: Holder, mine: Holder): Promise<void> {
  const takeover = `${path}.takeover`;
  if (!(await place(takeover, mine))) {
    const since = await modified(takeover);
    if (since !== undefined && Date.now() - since > STALE_MS) await rm(takeover, { force: true });
    await delay(POLL_MS);
    return;
  }
  try {
    if ((await holderOf(path))?.token === dead.token) await rm(path, { force: true });
  } finally {
    await rm(takeover, { force: true });
  }
}

async function modified(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.mtimeMs;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isCode(error, 'EPERM');
  }
}

async function holderOf(path: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    if (error instanceof SyntaxError) return UNREADABLE;
    throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
