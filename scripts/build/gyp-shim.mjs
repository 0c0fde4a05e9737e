#!/usr/bin/env node
// prebuildify starts node-gyp; given this file instead (--node-gyp), it builds with cmake-js. What it passes besides
// the architecture and --debug (--target, --devdir, --runtime, …) has no meaning for an addon on Node-API.
import { tsImport } from 'tsx/esm/api';

const args = process.argv.slice(2);
const arch = args.find((arg) => arg.startsWith('--arch='));
const debug = args.filter((arg) => arg === '--debug');

const { main } = await tsImport('./native.ts', import.meta.url);
await main(['rebuild', `--root=${process.cwd()}`, ...(arch ? [arch] : []), ...debug]);
