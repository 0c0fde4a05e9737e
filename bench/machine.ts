/** The machine that is measured on, and whether it has time for us. */

import { arch, availableParallelism, cpus, loadavg, platform } from 'node:os';
import { findLibtorch } from '../lib/libtorch.ts';
import { spreadOf } from './ratio.ts';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly system: string;
  readonly node: string;
  readonly libtorch: string;
  readonly threads: number;
}

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    system: `${platform()} ${arch()}`,
    node: process.version,
    libtorch: findLibtorch().version,
    threads: 1,
  };
}

/** Why measurements may mislead just now, or undefined on a quiet machine. */
export function busyness(): string | undefined {
  const load = loadavg()[0] as number;
  if (load > 0.7) return `the load average is ${load.toFixed(1)}`;
  const { min, max } = spreadOf(Array.from({ length: 40 }, spin));
  if (max > 1.5 * min) return `the same loop took from ${(min / 1e6).toFixed(1)} to ${(max / 1e6).toFixed(1)} ms`;
  return undefined;
}

function spin(): number {
  const start = process.hrtime.bigint();
  let state = 1;
  for (let i = 0; i < 4_000_000; i++) state = (state * 48271) % 2147483647;
  if (state === 0) throw new Error('unreachable, and the compiler must not know');
  return Number(process.hrtime.bigint() - start);
}
