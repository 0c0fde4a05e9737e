// Asks pip for the pinned file: pip may know an index, a proxy or a certificate that this machine needs.
import { spawn } from 'node:child_process';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Has pip download into `folder` and returns the one wheel that it delivered.
 * @param command how to start pip: `['python3', '-m', 'pip']`
 * @param wanted the requirement and the flags that name the file
 */
export async function pipDownload(
  command: readonly string[],
  wanted: readonly string[],
  folder: string,
  options: { env: NodeJS.ProcessEnv; signal?: AbortSignal; stdio?: 'quiet' | 'show' },
): Promise<string> {
  const [program = '', ...first] = command;
  // pip builds up the file in its temporary folder: there, it is on the right disk and cleaned up with the rest.
  const temporary = join(folder, 'tmp');
  await mkdir(temporary, { recursive: true });
  const show = options.stdio === 'show';
  const quiet = ['--no-input', '--disable-pip-version-check', ...(show ? [] : ['--progress-bar', 'off'])];
  const child = spawn(program, [...first, 'download', ...wanted, '--no-deps', '--dest', folder, ...quiet], {
    env: { ...options.env, TMPDIR: temporary },
    signal: options.signal,
    stdio: ['ignore', show ? 2 : 'ignore', 'pipe'],
  });
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  const code = await new Promise<number | string>((resolve, reject) => {
    child.once('error', (error) => reject(spawnError(program, error)));
    child.once('close', (status, signal) => resolve(status ?? signal ?? 'unknown'));
  });
  if (code !== 0) throw new Error(reasonOf(complaint, code));
  const wheels = (await readdir(folder)).filter((name) => name.endsWith('.whl'));
  if (wheels.length !== 1) throw new Error(`pip delivered ${wheels.length} wheels instead of one`);
  return join(folder, wheels[0] as string);
}

function spawnError(program: string, error: Error): Error {
  if (!('code' in error) || error.code !== 'ENOENT') return error;
  return new Error(
    `${program} is not installed (apt install python3-pip, dnf install python3-pip, brew install python)`,
  );
}

function reasonOf(complaint: string, code: number | string): string {
  if (/No module named '?pip/.test(complaint)) {
    return 'this Python has no pip (apt install python3-pip, dnf install python3-pip, or python3 -m ensurepip)';
  }
  if (/No matching distribution/.test(complaint)) {
    return (
      'its index has no such file for this platform; the default index has only CUDA builds (--index-url of the CPU ' +
      'builds: see below), and a pip before 20.3 does not know the platform (python3 -m pip install --upgrade pip)'
    );
  }
  const lines = complaint.trim().split('\n');
  const errors = lines.filter((line) => line.startsWith('ERROR:')).map((line) => line.slice(6).trim());
  return (errors.length > 0 ? errors.join(' ') : lines.at(-1)) || `pip ended with ${code}`;
}
