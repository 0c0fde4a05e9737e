/** Metrics of a loop as files: lines of JSON, and curves for TensorBoard. */

import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { replaceFile, writeAll } from '../io/atomic-file.ts';
import { SummaryWriter } from '../tensorboard/index.ts';
import type { Callback, Progress } from './callback.ts';

/** A line of a metrics file. */
export interface MetricLine {
  readonly kind: 'step' | 'epoch';
  readonly step: number;
  readonly epoch: number;
  readonly metrics: Readonly<Record<string, number | string>>;
}

/** JSON has no NaN and no infinities, and null would not tell them apart. */
function jsonNumber(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

/**
 * Appends the metrics of every step and epoch to a file, a JSON object a line. Where a run is resumed, the lines that the
 * killed one wrote after its last checkpoint are taken back, so that every step is there once.
 */
export function jsonLines(path: string): Callback {
  const write = (kind: MetricLine['kind'], { step, epoch, metrics }: Progress) => {
    const values = Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, jsonNumber(value)]));
    const line: MetricLine = { kind, step, epoch, metrics: values };
    appendFileSync(path, `${JSON.stringify(line)}\n`);
  };
  return {
    onStart({ step, epoch }, resumed) {
      mkdirSync(dirname(path), { recursive: true });
      const lines = resumed ? linesOf(path) : [];
      const kept = lines.filter((line) => line.step <= step && (line.kind === 'step' || line.epoch <= epoch));
      const text = Buffer.from(kept.map((line) => `${JSON.stringify(line)}\n`).join(''));
      replaceFile(path, (file) => writeAll(file, text));
    },
    onStep: (progress) => write('step', progress),
    onEpoch: (progress) => write('epoch', progress),
  };
}

/** The whole lines of a metrics file; one that a kill cut off is left out. */
function linesOf(path: string): MetricLine[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return [];
  }
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as MetricLine);
}

/** Writes the metrics of every step and epoch as curves for TensorBoard. */
export function tensorboard(logDir: string): Callback {
  let writer: SummaryWriter | undefined;
  const write = (prefix: string, { step, metrics }: Progress) => {
    for (const [name, value] of Object.entries(metrics)) writer?.addScalar(`${prefix}/${name}`, value, step);
  };
  return {
    onStart() {
      writer = new SummaryWriter(logDir);
    },
    onStep: (progress) => write('step', progress),
    onEpoch: (progress) => write('epoch', progress),
    onEnd() {
      writer?.close();
    },
  };
}
