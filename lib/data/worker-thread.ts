/** How a worker thread of a `DataLoader` is started. */

import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { WorkerStart } from './messages.ts';

// This file is TypeScript in the repository and JavaScript in the package.
const entry = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);

/** tsx, which does not follow into threads by itself: the URL of what registers it, where this process runs under it. */
function tsxRegistration(): string | undefined {
  const flags = [...process.execArgv, process.env.NODE_OPTIONS ?? ''].join(' ');
  if (!/\btsx\b/.test(flags)) return undefined;
  try {
    const forRequire = createRequire(import.meta.url).resolve('tsx/esm/api');
    return pathToFileURL(forRequire.replace(/\.cjs$/, '.mjs')).href;
  } catch {
    // Not installed where this library can find it.
    return undefined;
  }
}

/** Starts a thread that runs worker.ts. */
export function startThread(start: WorkerStart): Worker {
  const tsx = tsxRegistration();
  const register = tsx === undefined ? '' : `import { register } from ${JSON.stringify(tsx)}; register();`;
  // A module from a data URL runs under whatever flags the process was started with.
  const source = `${register} await import(${JSON.stringify(entry.href)});`;
  const url = new URL(`data:text/javascript,${encodeURIComponent(source)}`);
  return new Worker(url, { workerData: start, name: `hinge data ${start.id}` });
}
