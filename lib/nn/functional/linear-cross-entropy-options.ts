/** How the cross entropy of a linear layer is computed in chunks of the batch. */

import { type DType, expectDType } from '../../dtype.ts';
import { describeValue } from '../../errors.ts';
import { readTrailing } from '../arguments.ts';
import { repr } from '../python-repr.ts';

/** What is kept in `accDtype`: more of it is more exact and takes more memory; `'auto'` chooses by device and dtype. */
export type AccumulationPolicy = 'accurate' | 'balanced' | 'compact' | 'auto';

/** Options of the computation in chunks (`torch.nn.LinearCrossEntropyOptions`). */
export interface LinearCrossEntropyOptions {
  /** Whether `backward` may run twice, for the reductions to one number; costs memory of the size of the gradients. */
  allowRetainGraph?: boolean;
  /** Rows of the batch in a chunk; null is all. */
  batchChunkSize?: number | null;
  /** `'aspect_ratio'` makes a chunk's logits as large as the input, `'aspect_ratio:N'` N times smaller; `'auto'` chooses. */
  chunkingMethod?: string | null;
  accPolicy?: AccumulationPolicy;
  /** The dtype of sums; null is the input's, or float32 for half precision. */
  accDtype?: DType | null;
}

/** @internal Options that were checked. */
export type ReadOptions = Readonly<Required<LinearCrossEntropyOptions>>;

const where = 'LinearCrossEntropyOptions';
const policies: readonly AccumulationPolicy[] = ['accurate', 'balanced', 'compact', 'auto'];
const accDtypes: readonly DType[] = ['float16', 'bfloat16', 'float32', 'float64'];

/** @internal Checks options and fills in what was left out. */
export function readLinearOptions(options: LinearCrossEntropyOptions): ReadOptions {
  const read = readTrailing<Required<LinearCrossEntropyOptions>>(where, [], [options], {
    allowRetainGraph: false,
    batchChunkSize: null,
    chunkingMethod: 'auto',
    accPolicy: 'auto',
    accDtype: null,
  });
  const { accPolicy, chunkingMethod, batchChunkSize, accDtype } = read;
  if (!policies.includes(accPolicy)) {
    throw new RangeError(`${where}: accPolicy must be one of ${policies.join(', ')}, got ${describeValue(accPolicy)}`);
  }
  if (chunkingMethod !== null && chunkingMethod !== 'auto' && !/^aspect_ratio(:0*[1-9]\d*)?$/.test(chunkingMethod)) {
    throw new RangeError(
      `${where}: chunkingMethod must be 'auto', 'aspect_ratio' or 'aspect_ratio:N', got ${describeValue(chunkingMethod)}`,
    );
  }
  if (batchChunkSize !== null && !(Number.isSafeInteger(batchChunkSize) && batchChunkSize > 0)) {
    throw new RangeError(
      `${where}: batchChunkSize must be an integer above 0 or null, got ${describeValue(batchChunkSize)}`,
    );
  }
  const dtype = accDtype === null ? null : expectDType(`${where}: accDtype`, accDtype);
  if (dtype !== null && !accDtypes.includes(dtype)) {
    throw new RangeError(`${where}: accDtype must be one of ${accDtypes.join(', ')} or null, got ${dtype}`);
  }
  return { ...read, accDtype: dtype };
}

/** @internal As Python prints them. */
export function printLinearOptions(options: ReadOptions | null): string {
  if (options === null) return 'None';
  const { allowRetainGraph, batchChunkSize, chunkingMethod, accPolicy, accDtype } = options;
  return (
    `${where}(allow_retain_graph=${repr(allowRetainGraph)}, batch_chunk_size=${repr(batchChunkSize)}, ` +
    `chunking_method=${repr(chunkingMethod)}, acc_policy=${repr(accPolicy)}, ` +
    `acc_dtype=${accDtype === null ? 'None' : `torch.${accDtype}`})`
  );
}

/** @internal What an input makes of the options: nothing is left to choose. */
export interface Chunking {
  readonly rows: number;
  readonly policy: Exclude<AccumulationPolicy, 'auto'>;
  readonly accDtype: DType;
  readonly allowRetainGraph: boolean;
}

function aspectRatio(method: string, batch: number, features: number, classes: number): number {
  const factor = Number(method.split(':')[1] ?? 1);
  const rows = Math.ceil(batch / Math.ceil(classes / features));
  let power = rows === 0 ? 2 : 1;
  while (power < rows) power *= 2;
  return Math.min(Math.floor(power / factor), batch);
}

/** @internal Chooses what the options leave open. */
export function chunkingFor(
  options: ReadOptions,
  { batch, features, classes }: { batch: number; features: number; classes: number },
  dtype: DType,
  onCpu: boolean,
): Chunking {
  const half = dtype === 'float16' || dtype === 'bfloat16';
  const exact = half && onCpu;
  const policy = options.accPolicy === 'auto' ? (exact ? 'accurate' : 'compact') : options.accPolicy;
  const given = options.batchChunkSize;
  let method = options.chunkingMethod;
  if (method === 'auto') method = given !== null ? null : exact ? 'aspect_ratio' : 'aspect_ratio:2';
  let rows = Math.min(given ?? batch, batch);
  if (method !== null) {
    rows = aspectRatio(method, batch, features, classes);
    if (given !== null && given !== rows) {
      throw new RangeError(
        `${where}: batchChunkSize ${given} and chunkingMethod '${method}', which gives ${rows}, differ; pass one of them`,
      );
    }
  }
  const accDtype = options.accDtype ?? (half && options.accPolicy === 'auto' ? 'float32' : dtype);
  return { rows: Math.max(1, rows), policy, accDtype, allowRetainGraph: options.allowRetainGraph };
}
