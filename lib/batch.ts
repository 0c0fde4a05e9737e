/** What losses and miners are called with, checked: embeddings, their candidates, and how these belong together. */

import { expectEmbeddings, widened } from './embeddings.ts';
import { DTypeError, describeValue, ShapeError } from './errors.ts';
import { type Labels, type Relation, relationOf } from './relation.ts';
import type { Tensor } from './tensor.ts';

/** Candidates other than the rows themselves. */
export interface BatchCall {
  /** The candidates `[M, D]`; the embeddings themselves by default. */
  reference?: Tensor;
  /** The candidates' class ids, int64 `[M]`. */
  referenceLabels?: Tensor;
}

/** A checked call. */
export interface Batch {
  /** `[N, D]`, float32 where half precision was given. */
  readonly embeddings: Tensor;
  /** `[M, D]`; the same object as `embeddings` where no reference was given. */
  readonly reference: Tensor;
  readonly relation: Relation;
}

function expectNames(where: string, call: object, names: readonly string[]): void {
  const isObject = typeof call === 'object' && call !== null;
  const stray = isObject ? Object.keys(call).find((name) => !names.includes(name)) : describeValue(call);
  if (stray !== undefined) {
    throw new TypeError(`${where}: after the labels come options named ${names.join(', ')}, got ${stray}`);
  }
}

/**
 * Checks a call.
 *
 * @param names of the options that may follow the labels.
 * @throws TypeError, ShapeError, DTypeError for what is none of `[N, D]`, `[M, D]` of the same dtype, labels of both, and
 *   these options.
 */
export function readBatch(
  where: string,
  embeddings: Tensor,
  labels: Labels,
  call: BatchCall,
  names: readonly string[],
): Batch {
  expectNames(where, call, names);
  const { reference = embeddings, referenceLabels } = call;
  expectEmbeddings(`${where}: embeddings`, embeddings);
  expectEmbeddings(`${where}: reference`, reference);
  if (reference.shape[1] !== embeddings.shape[1]) {
    throw new ShapeError(
      `${where}: reference must be [M, ${embeddings.shape[1]}], got [${reference.shape.join(', ')}]`,
    );
  }
  if (reference.dtype !== embeddings.dtype) {
    throw new DTypeError(`${where}: reference must be ${embeddings.dtype}, got ${reference.dtype}`);
  }
  const relation = relationOf(where, labels, embeddings, reference, referenceLabels);
  const rows = widened(embeddings);
  return { embeddings: rows, reference: reference === embeddings ? rows : widened(reference), relation };
}
