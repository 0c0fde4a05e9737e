/** Datasets on their way to another thread: as the calls that make them there. */

import { describeValue } from '../errors.ts';
import { Dataset, type DatasetSource, IterableDataset, isIterableStyle, isMapStyle } from './dataset.ts';
import { type Import, importFunction, type ModuleReference, resolveReference } from './module-reference.ts';
import { discard, type Parcel, pack, unpack } from './parcel.ts';

/** A call that makes a dataset; its arguments may name those that earlier steps made. */
interface Step {
  readonly source: Import;
  readonly args: Parcel;
}

/** How a thread makes a dataset. To be built or discarded once, as it shares tensors. */
export interface DatasetPlan {
  readonly steps: readonly Step[];
  readonly root: Parcel;
}

/** A dataset for workers, by the module that exports its class or a function that returns it. */
export type WorkerDataset = ModuleReference | DatasetSource;

const where = 'DataLoader: the dataset for workers';

function sourceOf(dataset: object): DatasetSource | undefined {
  const { workerSource } = dataset as Partial<Dataset>;
  return typeof workerSource === 'function' ? workerSource.call(dataset as Dataset) : undefined;
}

/**
 * The plan for a dataset that can say how it is made, or an array of plain data.
 *
 * @throws TypeError for one that cannot.
 */
export function planDataset(dataset: unknown): DatasetPlan {
  const steps: Step[] = [];
  const numbers = new Map<object, number>();
  const packOther = (value: object): number | undefined => {
    const known = numbers.get(value);
    if (known !== undefined) return known;
    const source = sourceOf(value);
    if (source === undefined) {
      if (isMapStyle(value) || value instanceof IterableDataset || value === dataset) throw unknown(value);
      return undefined;
    }
    const args = pack(where, [...(source.args ?? [])], packOther);
    const number = steps.push({ source: resolveReference(where, source), args }) - 1;
    numbers.set(value, number);
    return number;
  };
  try {
    return { steps, root: pack(where, dataset, packOther) };
  } catch (error) {
    for (const { args } of steps) discard(args);
    throw error;
  }
}

function unknown(dataset: object): TypeError {
  return new TypeError(
    `DataLoader: ${describeValue(dataset)} cannot be sent to worker threads, which make a dataset of their own; give it workerSource(), which says { module: import.meta.url, export, args }, or pass the option workerDataset`,
  );
}

/** The plan for the option `workerDataset`. */
export function planReference(reference: WorkerDataset): DatasetPlan {
  const source = resolveReference('DataLoader: workerDataset', reference as ModuleReference);
  const { args = [] } = reference as Partial<DatasetSource>;
  if (!Array.isArray(args)) {
    throw new TypeError(`DataLoader: workerDataset.args must be an array, got ${describeValue(args)}`);
  }
  const dataset = { workerSource: () => ({ ...source, args }) };
  return planDataset(Object.assign(Object.create(Dataset.prototype) as Dataset, dataset));
}

/** Frees what a plan shares and nobody has built. */
export function discardPlan(plan: DatasetPlan): void {
  for (const { args } of plan.steps) discard(args);
  discard(plan.root);
}

/** Makes the dataset: imports the modules and calls what they export. */
export async function buildDataset(plan: DatasetPlan): Promise<unknown> {
  const built: unknown[] = [];
  const lookUp = (number: unknown) => built[number as number];
  for (const { source, args } of plan.steps) {
    const make = await importFunction(where, source);
    const values = unpack(args, lookUp) as unknown[];
    built.push(isClass(make) ? Reflect.construct(make, values) : await make(...values));
  }
  const dataset = unpack(plan.root, lookUp);
  if (isMapStyle(dataset) || isIterableStyle(dataset)) return dataset;
  throw new TypeError(
    `${where} must have length and get(index), or be iterable, got ${describeValue(dataset)} from ${plan.steps.at(-1)?.source.module}`,
  );
}

function isClass(value: (...values: never[]) => unknown): boolean {
  return value.prototype instanceof Object && /^class\b/.test(Function.prototype.toString.call(value));
}
