/**
 * Checks of labels. A wrong convention gives no error in the formulas of margin losses, only a model that learns
 * something else, so it is found here: two small operators, and one boolean read back. `validate: false` leaves out the
 * check of values, where waiting for a GPU costs too much; shapes and dtypes are always checked.
 */

import { type DType, dtypeName, isFloatingDType } from '../../dtype.ts';
import { DTypeError, describeValue, ShapeError } from '../../errors.ts';
import { equal } from '../../generated/torch.ts';
import { native, useFrame, words } from '../../native.ts';
import { scope } from '../../scope.ts';
import { Tensor } from '../../tensor.ts';

export interface ValidateOption {
  /** Whether label values are checked; true by default. */
  validate?: boolean;
}

export function expectTensor(where: string, name: string, value: Tensor): Tensor {
  if (!(value instanceof Tensor))
    throw new TypeError(`${where}: ${name} must be a Tensor, got ${describeValue(value)}`);
  return value;
}

/** What the checks need of a tensor, read at once. */
interface Facts {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

function factsOf(tensor: Tensor): Facts {
  words[0] = tensor.handle;
  useFrame(native.describe());
  const shape: number[] = [];
  for (let i = 0, rank = words[5] as number; i < rank; i++) shape.push(words[6 + i] as number);
  return { shape, dtype: dtypeName(words[0] as number) };
}

function show(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}

/** A floating tensor that is not empty; returns its shape. */
export function expectScores(where: string, name: string, value: Tensor): readonly number[] {
  const { shape, dtype } = factsOf(expectTensor(where, name, value));
  if (!isFloatingDType(dtype)) throw new DTypeError(`${where}: ${name} must be a floating tensor, got ${dtype}`);
  if (shape.includes(0)) throw new ShapeError(`${where}: ${name} must not be empty, got ${show(shape)}`);
  return shape;
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, i) => size === b[i]);
}

/** A tensor of exactly this shape, since `[64, 1]` against `[64]` would broadcast to `[64, 64]`; returns its dtype. */
export function expectShape(where: string, name: string, value: Tensor, shape: readonly number[], like: string): DType {
  const { shape: got, dtype } = factsOf(expectTensor(where, name, value));
  if (sameShape(got, shape)) return dtype;
  const squeezed = got.filter((size) => size !== 1);
  const hint = sameShape(
    squeezed,
    shape.filter((size) => size !== 1),
  )
    ? `; drop or add dimensions of size 1 with squeeze or unsqueeze, since broadcasting would pair each of them with all of ${like}`
    : '';
  throw new ShapeError(`${where}: ${name} must be ${show(shape)} to match ${like}, got ${show(got)}${hint}`);
}

/** Whether an expression of the labels gives the labels themselves; on `meta` there are none to look at. */
function staysSame(labels: Tensor, expression: () => Tensor): boolean {
  return labels.isMeta || scope(() => equal(expression(), labels));
}

/** A few of the values that are there, for a message. */
function sample(labels: Tensor): unknown[] {
  return scope(() => labels.detach().unique().tolist() as unknown[]);
}

function list(values: readonly unknown[]): string {
  const shown = values.slice(0, 6).map(String).join(', ');
  return values.length > 6 ? `${shown}, …` : shown;
}

function onlyOf(values: readonly unknown[], allowed: readonly number[]): boolean {
  return values.every((value) => allowed.includes(value as number));
}

/** Labels -1 and +1, with `ties` also 0 where there are -1 beside, since 0 and 1 alone are another convention. */
export function expectSigns(where: string, labels: Tensor, dtype: DType, validate: boolean, ties = false): void {
  const floating = isFloatingDType(dtype);
  if (!floating && !dtype.startsWith('int')) {
    throw new DTypeError(
      `${where}: targets must be -1 or +1, which ${dtype} cannot hold, got ${dtype}; ` +
        'convert 0 and 1 with targets.float().mul(2).sub(1)',
    );
  }
  // Only -1 and +1 are their own reciprocals.
  const hold = () =>
    floating
      ? staysSame(labels, () => labels.reciprocal())
      : labels.isMeta || scope(() => labels.mul(labels).eq(1).all().item() === true);
  if (!validate || hold()) return;
  const values = sample(labels).map(Number);
  if (values.some((value) => Number.isNaN(value))) throw new RangeError(`${where}: targets must be -1 or +1, got NaN`);
  if (ties && values.includes(-1) && onlyOf(values, [-1, 0, 1])) return;
  const hint = onlyOf(values, [0, 1]) ? '; convert 0 and 1 with targets.mul(2).sub(1)' : '';
  throw new RangeError(`${where}: targets must be -1 or +1, got ${list(values)}${hint}`);
}

/** Labels 0 and 1. */
export function expectZeroOne(where: string, labels: Tensor, meaning: string, validate: boolean, name = 'y'): void {
  if (!validate || staysSame(labels, () => labels.mul(labels))) return;
  const values = sample(labels);
  if (values.some((value) => Number.isNaN(value))) {
    throw new RangeError(`${where}: ${name} must be ${meaning}, got NaN`);
  }
  const hint = onlyOf(values, [-1, 1]) ? `; convert -1 and +1 with ${name}.add(1).div(2)` : '';
  throw new RangeError(`${where}: ${name} must be ${meaning}, got ${list(values)}${hint}`);
}

/** Class ids from 0 to `classes` - 1. */
export function expectClassIds(where: string, labels: Tensor, dtype: DType, classes: number, validate: boolean): void {
  if (dtype !== 'int64') {
    throw new DTypeError(
      `${where}: targets must be class ids of dtype int64, got ${dtype}; convert with targets.long()`,
    );
  }
  if (!validate || staysSame(labels, () => labels.clamp(0, classes - 1))) return;
  const outside = sample(labels).filter((value) => Number(value) < 0 || Number(value) >= classes);
  const hint = onlyOf(outside, [classes]) ? '; ids count from 0: convert with targets.sub(1)' : '';
  throw new RangeError(
    `${where}: targets must be class ids from 0 to ${classes - 1}, because there are ${classes} scores per sample, ` +
      `got ${list(outside)}${hint}`,
  );
}

/** Labels from 0 to 1, of several classes that do not exclude each other. */
export function expectFractions(where: string, labels: Tensor, validate: boolean): void {
  if (!validate || staysSame(labels, () => labels.clamp(0, 1))) return;
  const values = sample(labels);
  const hint = onlyOf(values, [-1, 1]) ? '; convert -1 and +1 with target.add(1).div(2)' : '';
  const shown = values.some((value) => Number.isNaN(value)) ? 'NaN' : list(values);
  throw new RangeError(`${where}: targets must be from 0 (no) to 1 (yes), one for each class, got ${shown}${hint}`);
}

/** Lists of class ids, each ended by -1 or the end of its row. */
export function expectClassLists(where: string, labels: Tensor, classes: number, validate: boolean): void {
  const dtype = labels.dtype;
  if (dtype !== 'int64') {
    throw new DTypeError(
      `${where}: targets must be lists of class ids of dtype int64, ended by -1, got ${dtype}; convert with target.long()`,
    );
  }
  if (!validate) return;
  if (!staysSame(labels, () => labels.clamp(-1, classes - 1))) {
    const outside = sample(labels).filter((value) => Number(value) < -1 || Number(value) >= classes);
    throw new RangeError(
      `${where}: targets must be class ids from 0 to ${classes - 1}, or -1 after the last, because there are ${classes} ` +
        `scores per sample, got ${list(outside)}`,
    );
  }
  // A list of more than two ids that are all 0 or 1 repeats them.
  if (classes > 2 && labels.numel() > 0 && staysSame(labels, () => labels.clamp(0, 1))) {
    throw new RangeError(
      `${where}: targets must be lists of class ids, ended by -1, got a 0 or 1 for each class; ` +
        'the multilabel soft margin loss takes those',
    );
  }
}
