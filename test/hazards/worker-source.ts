/** Workers from source inside of a program that `runProgram` runs. */

const library = new URL('../../lib/index.ts', import.meta.url).href;
const tsx = import.meta.resolve('tsx/esm/api');

/** Defines `start(source)`: the source of a module that sees `torch` and `parentPort`. */
export const startWorker = `
  const start = (source) => new Worker(new URL('data:text/javascript,' + encodeURIComponent(
    "import { register } from '${tsx}'; import { parentPort } from 'node:worker_threads'; register();" +
    "const torch = await import('${library}');" + source)));
`;
