import { parseArgs } from 'node:util';

/** What one run of the demo does. */
export interface DemoOptions {
  /** Steps of the training on all ten digits; the one without the unseen digits takes half as many. */
  readonly steps: number;
  readonly seed: number;
  /** Folder for the checkpoint, the metrics and the report. */
  readonly out: string;
  /** Images of each digit; null for all there are. */
  readonly imagesPerDigit: number | null;
  readonly batchSize: number;
  /** By how much a negative must be farther than the positive; embeddings are unit vectors. */
  readonly margin: number;
  readonly learningRate: number;
  /** Digits that the second training never sees. */
  readonly unseen: readonly number[];
}

export const usage = `npm run demo -- [options]
  --steps N    training steps (400)
  --seed N     seed of weights, batches and distortions (0)
  --out DIR    where results go (out/digits)
  --unseen D   digits that the second training never sees (789)
  --quick      few steps on few images, to see that it runs
  --help       this text`;

function expectInteger(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) {
    throw new RangeError(`--${name} must be an integer of at least ${least}, got '${text}'`);
  }
  return value;
}

function expectDigits(text: string): number[] {
  const digits = [...new Set(text)].map(Number).sort();
  if (!/^\d+$/.test(text) || digits.length < 2 || digits.length > 8) {
    throw new RangeError(`--unseen must be two to eight different digits such as 789, got '${text}'`);
  }
  return digits;
}

/** Reads the command line; null where it asks for help. @throws TypeError, RangeError for what it does not understand. */
export function readOptions(argv: readonly string[]): DemoOptions | null {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      steps: { type: 'string' },
      seed: { type: 'string', default: '0' },
      out: { type: 'string', default: 'out/digits' },
      unseen: { type: 'string', default: '789' },
      quick: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  return {
    steps: expectInteger('steps', values.steps ?? (values.quick ? '12' : '400'), 2),
    seed: expectInteger('seed', values.seed, 0),
    out: values.out,
    imagesPerDigit: values.quick ? 60 : null,
    batchSize: values.quick ? 64 : 256,
    margin: 0.2,
    learningRate: 1e-3,
    unseen: expectDigits(values.unseen),
  };
}
