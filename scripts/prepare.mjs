#!/usr/bin/env node
// What `npm ci` and `npm install` run in a checkout: checks, libtorch, the native build, `dist/`.
// Written so that an old Node parses it and says what is wrong. An argument names another package root.
const wanted = [20, 19];
const running = process.versions.node.split('.').map(Number);

if (running[0] < wanted[0] || (running[0] === wanted[0] && running[1] < wanted[1])) {
  console.error(
    `hinge needs Node >= ${wanted.join('.')}, this is ${process.versions.node}: install a newer one (https://nodejs.org, nvm install 22)`,
  );
  process.exitCode = 1;
} else {
  import('tsx/esm/api')
    .then(
      ({ tsImport }) => tsImport('./build/preparation.ts', import.meta.url),
      () => {
        throw new Error('hinge is built with its devDependencies: run npm ci without --omit=dev');
      },
    )
    .then(({ prepare }) => prepare(process.argv[2]))
    .catch((error) => {
      console.error(error instanceof Error ? error.message : error);
      process.exitCode = 1;
    });
}
