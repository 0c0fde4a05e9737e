/** Files that appear whole or not at all, whenever the process is killed. */

import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { threadId } from 'node:worker_threads';

/** Names of files that a killed process may leave behind. */
export const partialPattern = /\.\d+-\d+-\d+\.partial$/;

// One system call moves at most 2 GB.
const most = 1 << 30;
let written = 0;

/** Writes all bytes, however many system calls that takes. */
export function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, Math.min(most, bytes.length - at));
}

function flushFolder(path: string): void {
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } catch {
    // Some file systems have no folders that could be flushed.
  } finally {
    closeSync(folder);
  }
}

/**
 * Writes a file under another name, flushes it to the disk and renames it.
 *
 * @param write is given the open file.
 */
export function replaceFile(target: string | URL, write: (file: number) => void): void {
  const path = target instanceof URL ? fileURLToPath(target) : target;
  const partial = `${path}.${process.pid}-${threadId}-${written++}.partial`;
  const file = openSync(partial, 'w');
  try {
    write(file);
    fsyncSync(file);
    closeSync(file);
  } catch (error) {
    closeSync(file);
    rmSync(partial, { force: true });
    throw error;
  }
  renameSync(partial, path);
  flushFolder(path);
}
