/** Times loops in the measured process; `stopwatch.py` and `stopwatch.h` do the same for the rivals. */

const warmUpNs = 200e6;
const batchNs = 25e6;
const batches = 12;

/** One measured loop, in nanoseconds an iteration. */
export interface Timing {
  /** The fastest batch: what the code costs when nothing disturbs it. */
  best: number;
  /** The batch in the middle; far above the fastest one when the machine was busy. */
  median: number;
}

function elapsed(body: (count: number) => void, count: number): number {
  const start = process.hrtime.bigint();
  body(count);
  return Number(process.hrtime.bigint() - start);
}

/** Collects what one trial measures and prints it as the line that the harness reads. */
export class Stopwatch {
  readonly #rows: Record<string, Timing> = {};
  readonly #numbers: Record<string, number> = {};

  /** Times `body`, which runs its code `count` times: warm-up, then the fastest of 12 batches of about 25 ms. */
  time(row: string, body: (count: number) => void): void {
    let count = 1;
    let took = elapsed(body, count);
    for (let warm = took; warm < warmUpNs; warm += took) {
      if (took < batchNs / 2) count *= 2;
      took = elapsed(body, count);
    }
    count = Math.max(1, Math.round((count * batchNs) / took));
    const each = Array.from({ length: batches }, () => elapsed(body, count) / count).sort((a, b) => a - b);
    this.#rows[row] = { best: each[0] as number, median: each[batches / 2] as number };
  }

  /** Notes something that was measured another way. */
  note(row: string, value: number): void {
    this.#rows[row] = { best: value, median: value };
  }

  /** Notes a result that the rivals must reproduce: a ratio means nothing where the work differs. */
  number(name: string, value: number): void {
    this.#numbers[name] = value;
  }

  print(): void {
    console.log(JSON.stringify({ rows: this.#rows, numbers: this.#numbers }));
  }
}
