#!/usr/bin/env node
import { tsImport } from 'tsx/esm/api';

const { main } = await tsImport('./native.ts', import.meta.url);
await main(process.argv.slice(2));
