// Runs clang-tidy over the binding, a file a process, with the flags that the last build used.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

interface CompileCommand {
  readonly command: string;
  readonly file: string;
}

const root = resolve(fileURLToPath(import.meta.url), '../../..');
const built: CompileCommand[] = JSON.parse(readFileSync(join(root, 'build/compile_commands.json'), 'utf8'));
// The precompiled header is the other compiler's.
const commands = built
  .filter(({ file }) => !file.includes('cmake_pch'))
  .map((each) => ({ ...each, command: each.command.replace(/-Winvalid-pch|-include \S+cmake_pch\.hxx/g, '') }));
const folder = mkdtempSync(join(tmpdir(), 'hinge-tidy-'));
writeFileSync(join(folder, 'compile_commands.json'), JSON.stringify(commands));

function check(file: string): Promise<boolean> {
  return new Promise((done, fail) => {
    const child = spawn('clang-tidy', ['-p', folder, '--quiet', file], { stdio: ['ignore', 'pipe', 'ignore'] });
    let output = '';
    child.stdout.on('data', (text) => {
      output += text;
    });
    child.on('error', (error) => fail(new Error(`clang-tidy: ${error.message}; pip install clang-tidy brings it`)));
    child.on('close', (code) => {
      console.log(`${relative(root, file)}${code === 0 ? '' : `\n${output}`}`);
      done(code === 0);
    });
  });
}

const waiting = commands.map(({ file }) => file);
let clean = true;
async function work(): Promise<void> {
  for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) clean = (await check(file)) && clean;
}
try {
  await Promise.all(Array.from({ length: availableParallelism() }, work));
} finally {
  rmSync(folder, { recursive: true });
}
process.exitCode = clean ? 0 : 1;
