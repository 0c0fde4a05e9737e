/** Which samples are of which class. */

import { integersOf } from '../data/draws.ts';
import { expectClassIds } from '../embeddings.ts';
import { describeValue } from '../errors.ts';
import { Tensor } from '../tensor.ts';

/** A class for each sample: int64 `[N]`, or an array of numbers, strings or bigints. */
export type ClassLabels = Tensor | ArrayLike<number | string | bigint>;

/** Labels as what `Map` tells apart. */
function labelList(where: string, labels: ClassLabels): ArrayLike<number | string | bigint> {
  if (labels instanceof Tensor) {
    expectClassIds(`${where}: labels`, labels);
    return labels.toTypedArray() as BigInt64Array;
  }
  if (typeof labels === 'object' && labels !== null && typeof labels.length === 'number') return labels;
  throw new TypeError(`${where}: labels must be an int64 Tensor or an array, got ${describeValue(labels)}`);
}

/** The samples of each class, in the order in which the classes occur. @throws RangeError where there are none. */
export function classesOf(where: string, labels: ClassLabels): number[][] {
  const list = labelList(where, labels);
  const classes = new Map<number | string | bigint, number[]>();
  for (let i = 0; i < list.length; i++) {
    const label = list[i] as number | string | bigint;
    const known = classes.get(label);
    if (known === undefined) classes.set(label, [i]);
    else known.push(i);
  }
  if (classes.size === 0) throw new RangeError(`${where}: labels must not be empty`);
  return [...classes.values()];
}

/** Rows of labels, such as class and super class: int64 `[N, L]`, or an array of arrays. */
export type LabelRows = Tensor | readonly (readonly (number | string | bigint)[])[];

/** One column of rows of labels. */
export function labelColumn(where: string, labels: LabelRows, column: number): (number | string | bigint)[] {
  if (labels instanceof Tensor) {
    const shape = labels.shape;
    if (labels.dtype !== 'int64' || shape.length !== 2) {
      throw new TypeError(`${where}: labels must be int64 [N, L], got ${labels.dtype} [${shape.join(', ')}]`);
    }
    expectColumn(where, column, shape[1] as number);
    const [rows, width] = shape as [number, number];
    const values = integersOf(labels);
    return Array.from({ length: rows }, (_, i) => values[i * width + column] as number);
  }
  if (!Array.isArray(labels) || !labels.every(Array.isArray)) {
    throw new TypeError(`${where}: labels must be an int64 Tensor or an array of arrays, got ${describeValue(labels)}`);
  }
  return labels.map((row: readonly (number | string | bigint)[]) => {
    expectColumn(where, column, row.length);
    return row[column] as number | string | bigint;
  });
}

function expectColumn(where: string, column: number, width: number): void {
  if (Number.isSafeInteger(column) && column >= 0 && column < width) return;
  throw new RangeError(`${where}: there are ${width} columns of labels, got column ${describeValue(column)}`);
}
