/** Imported before modules that compute and print when they are loaded: one thread, as Python has, and no output. */

import { getNumThreads, setNumThreads } from '../../lib/index.ts';

const { log } = console;
const threads = getNumThreads();
console.log = () => {};
setNumThreads(1);

/** Puts back what importing this file changed. */
export function restore(): void {
  console.log = log;
  setNumThreads(threads);
}
