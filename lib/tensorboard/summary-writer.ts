import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { tensor } from '../creation.ts';
import { describeValue } from '../errors.ts';
import { bincount, bucketize } from '../generated/torch.ts';
import { scope } from '../scope.ts';
import { Tensor } from '../tensor.ts';
import { type Histogram, histogramEvent, scalarEvent, textEvent, versionEvent } from './event.ts';
import { record } from './record.ts';

export interface SummaryWriterOptions {
  /** Added to the file's name. */
  filenameSuffix?: string;
}

/** The limits of TensorBoard's own histograms: they grow by a tenth, on both sides of zero. */
const limits: readonly number[] = (() => {
  const positive: number[] = [];
  for (let limit = 1e-12; limit < 1e20; limit *= 1.1) positive.push(limit);
  return [...positive.map((limit) => -limit).reverse(), 0, ...positive, Number.MAX_VALUE];
})();

let made = 0;

/**
 * Writes event files for TensorBoard into a folder (`torch.utils.tensorboard.SummaryWriter`). Every call is written at once,
 * so a run that is killed has lost nothing.
 *
 * @example
 * using writer = new torch.utils.tensorboard.SummaryWriter('runs/first');
 * writer.addScalar('loss/train', loss.item(), step);
 */
export class SummaryWriter {
  readonly logDir: string;
  /** The file that this writer writes. */
  readonly path: string;
  #file: number | undefined;

  constructor(logDir: string, { filenameSuffix = '' }: SummaryWriterOptions = {}) {
    if (typeof logDir !== 'string' || logDir === '') {
      throw new TypeError(`SummaryWriter: logDir must be a path, got ${describeValue(logDir)}`);
    }
    mkdirSync(logDir, { recursive: true });
    const now = Date.now() / 1000;
    // TensorBoard reads a folder's files in the order of their names.
    const time = String(Math.floor(now)).padStart(10, '0');
    const name = `events.out.tfevents.${time}.${hostname()}.${process.pid}.${made++}${filenameSuffix}`;
    this.logDir = logDir;
    this.path = join(logDir, name);
    this.#file = openSync(this.path, 'a');
    this.#write(versionEvent(now));
  }

  /**
   * Adds a point to the curve `tag`.
   * @param value a number, or a tensor with one element.
   * @param globalStep the step; a run that is resumed goes on with its own.
   * @param walltime seconds since 1970; now by default.
   */
  addScalar(tag: string, value: number | Tensor, globalStep = 0, walltime = Date.now() / 1000): void {
    const number = value instanceof Tensor ? Number(value.item()) : value;
    if (typeof number !== 'number') {
      throw new TypeError(`SummaryWriter.addScalar: value must be a number, got ${describeValue(value)}`);
    }
    this.#write(scalarEvent(walltime, this.#step('addScalar', globalStep), this.#tag('addScalar', tag), number));
  }

  /** Adds points to the curves `mainTag/name`. */
  addScalars(mainTag: string, values: Readonly<Record<string, number | Tensor>>, globalStep = 0): void {
    for (const [name, value] of Object.entries(values)) this.addScalar(`${mainTag}/${name}`, value, globalStep);
  }

  /** Adds text, which TensorBoard shows as Markdown. */
  addText(tag: string, textString: string, globalStep = 0, walltime = Date.now() / 1000): void {
    if (typeof textString !== 'string') {
      throw new TypeError(`SummaryWriter.addText: textString must be a string, got ${describeValue(textString)}`);
    }
    this.#write(textEvent(walltime, this.#step('addText', globalStep), this.#tag('addText', tag), textString));
  }

  /**
   * Adds the distribution of a tensor's values, of any shape.
   * @throws RangeError if it is empty or holds NaN or infinities.
   */
  addHistogram(tag: string, values: Tensor, globalStep = 0, walltime = Date.now() / 1000): void {
    if (!(values instanceof Tensor)) {
      throw new TypeError(`SummaryWriter.addHistogram: values must be a Tensor, got ${describeValue(values)}`);
    }
    const step = this.#step('addHistogram', globalStep);
    this.#write(histogramEvent(walltime, step, this.#tag('addHistogram', tag), histogramOf(values)));
  }

  /** Does nothing: every event is written when it is added. */
  flush(): void {}

  /** Closes the file. A closed writer refuses more events. */
  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #tag(method: string, tag: string): string {
    if (typeof tag === 'string' && tag !== '') return tag;
    throw new TypeError(`SummaryWriter.${method}: tag must be a string, got ${describeValue(tag)}`);
  }

  #step(method: string, step: number): number {
    if (Number.isSafeInteger(step)) return step;
    throw new TypeError(`SummaryWriter.${method}: globalStep must be an integer, got ${describeValue(step)}`);
  }

  #write(event: Uint8Array): void {
    if (this.#file === undefined) throw new TypeError('SummaryWriter: the writer is closed');
    writeSync(this.#file, record(event));
  }
}

function histogramOf(values: Tensor): Histogram {
  return scope(() => {
    const flat = values.detach().flatten().to('float64').cpu();
    if (flat.numel() === 0) throw new RangeError('SummaryWriter.addHistogram: values must not be empty');
    const [min, max, sum, sumOfSquares] = [flat.min(), flat.max(), flat.sum(), flat.square().sum()].map((each) =>
      Number(each.item()),
    ) as [number, number, number, number];
    if (!Number.isFinite(min) || !Number.isFinite(max)) {
      throw new RangeError(`SummaryWriter.addHistogram: values must be finite, got ${min} to ${max}`);
    }
    const buckets = bucketize(flat, tensor([...limits], { dtype: 'float64' }));
    const counts = bincount(buckets, null, limits.length).tolist() as number[];
    // Empty buckets at the ends are left out, but for one on each side.
    const first = Math.max(0, counts.findIndex((count) => count > 0) - 1);
    const last = counts.findLastIndex((count) => count > 0);
    return {
      min,
      max,
      count: flat.numel(),
      sum,
      sumOfSquares,
      limits: limits.slice(first, last + 1),
      counts: counts.slice(first, last + 1),
    };
  });
}
