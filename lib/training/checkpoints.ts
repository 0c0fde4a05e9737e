import { copyFileSync, linkSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CheckpointError, describeValue } from '../errors.ts';
import type { Generator } from '../generator.ts';
import { defaultGenerator } from '../generator.ts';
import { partialPattern } from '../io/atomic-file.ts';
import { load, save } from '../io/serialization.ts';
import { scope } from '../scope.ts';
import { restore, type Stateful, stateOf } from './stateful.ts';

export interface CheckpointsOptions {
  /** How many of the newest stay; 3 by default. */
  keepLast?: number;
  /** Whether the least or the greatest metric is the best one, which is kept as `best.pt`; `'min'` by default. */
  mode?: 'min' | 'max';
}

/** Plain values that are saved beside the objects: the step, the epoch, what a loop has counted. */
export type Counters = Readonly<Record<string, unknown>>;

const filePattern = /^step-(\d+)\.pt$/;

/**
 * A folder of checkpoints. Each holds the state of the named objects, of the default generator, and counters, in
 * PyTorch's format, so that Python's `torch.load` reads it. A file is written under another name, flushed to the disk and
 * renamed: it is there whole or not at all, whenever the process is killed.
 *
 * @example
 * const checkpoints = new torch.training.Checkpoints('runs/first', { model, optimizer, scheduler });
 * let { step } = checkpoints.resume() ?? { step: 0 };
 * for (; step < 1000; ) {
 *   train();
 *   if (++step % 100 === 0) checkpoints.save({ step });
 * }
 */
export class Checkpoints {
  readonly folder: string;
  readonly keepLast: number;
  readonly mode: 'min' | 'max';
  readonly #objects: Readonly<Record<string, Stateful | Generator>>;
  #best: number | null = null;

  constructor(
    folder: string,
    objects: Readonly<Record<string, Stateful | Generator>>,
    { keepLast = 3, mode = 'min' }: CheckpointsOptions = {},
  ) {
    if (typeof folder !== 'string' || folder === '') {
      throw new TypeError(`Checkpoints: folder must be a path, got ${describeValue(folder)}`);
    }
    if (!(keepLast >= 1))
      throw new RangeError(`Checkpoints: keepLast must be at least 1, got ${describeValue(keepLast)}`);
    if (mode !== 'min' && mode !== 'max') {
      throw new RangeError(`Checkpoints: mode must be 'min' or 'max', got ${describeValue(mode)}`);
    }
    for (const [name, value] of Object.entries(objects)) scope(() => void stateOf(`Checkpoints: ${name}`, value));
    this.folder = folder;
    this.keepLast = keepLast;
    this.mode = mode;
    this.#objects = objects;
  }

  /** The best metric so far, null before there is one. */
  get best(): number | null {
    return this.#best;
  }

  /** The files, oldest first. */
  list(): string[] {
    return this.#steps().map((step) => this.#path(step));
  }

  /** The newest file, undefined when there is none. */
  latest(): string | undefined {
    return this.list().at(-1);
  }

  /**
   * Writes a checkpoint, and removes the oldest beyond `keepLast`.
   * @param counters must hold `step`, which names the file.
   * @param metric a measure of quality; when it is the best so far, the file is kept as `best.pt`, too.
   * @returns the file's path.
   */
  save(counters: Counters & { readonly step: number }, metric?: number): string {
    const { step } = counters;
    if (!Number.isSafeInteger(step) || step < 0) {
      throw new TypeError(`Checkpoints.save: counters.step must be a count, got ${describeValue(step)}`);
    }
    if (metric !== undefined && typeof metric !== 'number') {
      throw new TypeError(`Checkpoints.save: metric must be a number, got ${describeValue(metric)}`);
    }
    const better = metric !== undefined && this.#isBetter(metric);
    if (better) this.#best = metric;
    mkdirSync(this.folder, { recursive: true });
    const path = this.#path(step);
    scope(() => {
      const objects: Record<string, unknown> = {};
      for (const [name, value] of Object.entries(this.#objects)) objects[name] = stateOf(`Checkpoints: ${name}`, value);
      save({ counters, best: this.#best, generator: defaultGenerator().getState(), objects }, path);
    });
    if (better) this.#keepAsBest(path);
    for (const old of this.#steps().slice(0, -this.keepLast)) rmSync(this.#path(old), { force: true });
    return path;
  }

  /**
   * Brings all objects and the default generator back to the newest checkpoint, and clears away what a killed process had
   * begun to write: a folder belongs to one run at a time.
   * @returns its counters, null when the folder has none.
   */
  resume(): Counters | null {
    for (const name of this.#names()) {
      if (partialPattern.test(name)) rmSync(join(this.folder, name), { force: true });
    }
    for (const path of this.list().reverse()) {
      try {
        return this.load(path);
      } catch (error) {
        // The disk may have damaged it since; an older one is then better than none.
        if (!(error instanceof CheckpointError) || path === this.list()[0]) throw error;
        process.emitWarning(`${path} is damaged, so the one before is used: ${error.message}`, 'CheckpointWarning');
      }
    }
    return null;
  }

  /** Brings all objects and the default generator back to one checkpoint; returns its counters. */
  load(path: string = join(this.folder, 'best.pt')): Counters {
    return scope(() => {
      const content = load(path) as Record<string, unknown>;
      const { counters, best, generator, objects } = content;
      if (typeof objects !== 'object' || objects === null || typeof counters !== 'object' || counters === null) {
        throw new CheckpointError(`${path}: is no checkpoint of a run, it holds ${Object.keys(content).join(', ')}`);
      }
      const states = objects as Record<string, unknown>;
      const missing = Object.keys(this.#objects).filter((name) => !Object.hasOwn(states, name));
      if (missing.length > 0) throw new CheckpointError(`${path}: has no state of ${missing.join(', ')}`);
      for (const [name, value] of Object.entries(this.#objects)) restore(value, states[name]);
      restore(defaultGenerator(), generator);
      this.#best = best as number | null;
      return counters as Counters;
    });
  }

  #isBetter(metric: number): boolean {
    if (Number.isNaN(metric)) return false;
    if (this.#best === null) return true;
    return this.mode === 'min' ? metric < this.#best : metric > this.#best;
  }

  #path(step: number): string {
    return join(this.folder, `step-${String(step).padStart(10, '0')}.pt`);
  }

  #names(): string[] {
    try {
      return readdirSync(this.folder);
    } catch {
      return [];
    }
  }

  #steps(): number[] {
    return this.#names()
      .map((name) => filePattern.exec(name)?.[1])
      .filter((digits) => digits !== undefined)
      .map(Number)
      .sort((a, b) => a - b);
  }

  #keepAsBest(path: string): void {
    const partial = join(this.folder, `best.${process.pid}.partial`);
    rmSync(partial, { force: true });
    try {
      linkSync(path, partial);
    } catch {
      copyFileSync(path, partial); // where there are no hard links
    }
    renameSync(partial, join(this.folder, 'best.pt'));
  }
}
