import { readFileSync } from 'node:fs';

/** The most memory that this process ever held, in MB; `maxRSS` would start at what its parent held. */
export function peakMegabytes(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS / 1000;
  const peak = readFileSync('/proc/self/status', 'utf8').match(/VmHWM:\s+(\d+) kB/)?.[1];
  return (Number(peak) * 1024) / 1e6;
}
