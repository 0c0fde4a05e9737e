/**
 * The one door to the addon: finds and opens libtorch, loads the `.node` file, and declares all that JavaScript may call
 * in it. Words travel through the frame, an array that both sides share (docs/decisions/0001-shared-frame.md).
 */

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CheckpointError, DisposedError, TorchError } from './errors.ts';
import { findLibtorch, type Libtorch, libraryFiles } from './libtorch.ts';

/** A type in an operator's schema. */
export interface SchemaType {
  /** An index into `kinds()`. */
  readonly kind: number;
  /** The k of `int[k]`, 0 for a list without. */
  readonly size?: number;
  readonly elements?: readonly SchemaType[];
}

/** What the dispatcher knows of one overload. */
export interface OperatorDescription {
  readonly id: number;
  readonly schema: string;
  readonly arguments: readonly {
    readonly name: string;
    readonly type: SchemaType;
    readonly hasDefault: boolean;
    readonly keywordOnly: boolean;
    readonly out: boolean;
  }[];
  readonly results: readonly {
    readonly name: string;
    readonly type: SchemaType;
    /** The argument that comes back as this result, or -1 for a new value. */
    readonly argument: number;
  }[];
}

/** What a TorchScript module consists of. */
export interface ModuleDescription {
  readonly handle: number;
  /** Its class, without the path. */
  readonly name: string;
  readonly members: readonly {
    readonly name: string;
    readonly kind: 'parameter' | 'buffer' | 'module' | 'attribute' | 'constant';
    /** Of all but modules and constants. */
    readonly type?: SchemaType;
    /** Of the tensor that a parameter or buffer is; 0 where it is none. */
    readonly handle?: number;
    readonly module?: ModuleDescription;
  }[];
  readonly methods: readonly (Omit<OperatorDescription, 'id'> & { readonly name: string })[];
}

/** The native function returned the frame's new ArrayBuffer, because its results outgrew the old one. */
type MaybeGrown = ArrayBuffer | undefined;

/** `binding/addon.cc` exports these names, and their headers say which words go in and out. */
export interface Native {
  call(strings?: readonly string[]): MaybeGrown;
  describe(): MaybeGrown;
  item(): MaybeGrown;
  release(): MaybeGrown;
  adopt(owner: object): MaybeGrown;

  resizeFrame(words: number): ArrayBuffer;
  kinds(): string[];
  strings(): string[];
  operator(name: string, overload: string): OperatorDescription | undefined;
  overloads(name: string): string[];
  operators(): string[];

  share(): void;
  take(): void;
  sameTensor(): boolean;
  isLive(): boolean;
  memory(): { tensors: number; bytes: number; made: number };

  fromBytes(source: ArrayBufferView | ArrayBuffer): void;
  fromBlob(buffer: ArrayBuffer): void;
  toBytes(): ArrayBuffer;
  storageBytes(): void;
  readFile(): void;
  dataPointer(): bigint;

  onWarning(callback: (text: string) => void): void;
  threads(count?: number): number;
  interopThreads(count?: number): number;
  defaultDType(code?: number): number;
  deterministic(enabled?: boolean, warnOnly?: boolean): boolean;
  deviceCount(): number;
  synchronize(): void;
  emptyCache(): void;
  versions(): { builtAgainst: string; config: string; cpuCapability: string; parallel: string };

  makeGenerator(): void;
  defaultGenerator(): void;
  seedGenerator(): void;
  generatorSeed(): bigint;
  generatorState(): void;
  setGeneratorState(): void;

  backward(): void;
  gradient(): MaybeGrown;
  gradMode(enabled?: boolean): boolean;
  enterInferenceMode(enabled: boolean): void;
  leaveInferenceMode(): void;
  isInferenceMode(): boolean;
  requireGrad(): void;
  retainGrad(): void;
  grad(): void;
  clearGradients(): void;
  addGradients(): boolean;
  setGrad(): void;
  gradFn(): string | undefined;
  version(): number;
  registerHook(callback: (grown?: ArrayBuffer) => void): number;
  removeHook(): void;
  recordFunction(name: string, backward: (grown?: ArrayBuffer) => void): MaybeGrown;

  autocastState(): void;
  setAutocast(): void;
  nestAutocast(deeper: boolean): void;
  clearAutocastCache(): void;

  loadModule(source: string | ArrayBufferView | ArrayBuffer): void;
  /** The archive where no path is given. */
  saveModule(path?: string): ArrayBuffer | undefined;
  describeModule(): ModuleDescription;
  callMethod(name: string, strings?: readonly string[]): MaybeGrown;
  moduleAttribute(name: string): MaybeGrown;
  setModuleAttribute(name: string, strings?: readonly string[]): void;
  moduleGraph(method: string): string;
  trace(
    callback: (grown?: ArrayBuffer) => void,
    strings: readonly string[],
    argumentNames: readonly string[],
  ): MaybeGrown;
  traceScope(path?: string): void;
  isTracing(): boolean;
}

/** How native code hands over an error, since throwing it there could end the process (binding/errors.h). */
interface Failure {
  readonly failure: 'torch' | 'disposed' | 'checkpoint' | 'type' | 'range' | 'thrown';
  readonly value: unknown;
}

function isFailure(result: unknown): result is Failure {
  return typeof result === 'object' && result !== null && 'failure' in result;
}

function errorOf({ failure, value }: Failure): unknown {
  switch (failure) {
    case 'torch':
      return new TorchError(value as string);
    case 'disposed':
      return new DisposedError(value as string);
    case 'checkpoint':
      return new CheckpointError(value as string);
    case 'type':
      return new TypeError(value as string);
    case 'range':
      return new RangeError(value as string);
    default:
      return value;
  }
}

type AnyFunction = (...values: unknown[]) => unknown;

/** The exports of the addon, throwing the errors that they return. */
function throwing(raw: Native): Native {
  const exports: Record<string, AnyFunction> = {};
  for (const [name, value] of Object.entries(raw) as [string, AnyFunction][]) {
    exports[name] = (...values) => {
      const result = value(...values);
      if (isFailure(result)) throw errorOf(result);
      return result;
    };
  }
  // Those on every operator's path take one argument at most, which spares the list of arguments.
  for (const name of ['call', 'describe', 'item', 'release', 'adopt'] as const) {
    const value = raw[name] as (argument?: unknown) => unknown;
    exports[name] = (argument) => {
      const result = value(argument);
      if (result !== undefined && isFailure(result)) throw errorOf(result);
      return result;
    };
  }
  return exports as unknown as Native;
}

interface Loader {
  open(library: string): void;
  choose(addon: string, apiVersion: number): void;
}

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL('..', import.meta.url));

/** The Node majors whose experimental Node-API the tests cover: only it frees tensors inside a synchronous loop. */
const experimentalMajors = new Set([20, 22, 24]);
const experimentalApi = 2147483647;
const stableApi = 8;

function loadNative(): { raw: Native; libtorch: Libtorch } {
  const libtorch = findLibtorch();
  const addon = (require('node-gyp-build') as { resolve(directory: string): string }).resolve(root);
  const loaderPaths = [join(dirname(addon), 'loader', 'loader.node'), join(dirname(addon), 'loader.node')];
  const loader = require(loaderPaths.find((path) => existsSync(path)) ?? (loaderPaths[0] as string)) as Loader;
  for (const library of libraryFiles(libtorch.lib)) loader.open(library);
  const major = Number(process.versions.node.split('.')[0]);
  const wanted = process.env.HINGE_STABLE_NODE_API === '1' || !experimentalMajors.has(major);
  loader.choose(addon, wanted ? stableApi : experimentalApi);
  const raw = require(addon) as Native;
  return { raw, libtorch };
}

const { raw, libtorch } = loadNative();
export const native = throwing(raw);
export { libtorch };

/**
 * The addon has one frame a thread. Two copies of this module in a thread (a bundler's, or one for `import` and one for
 * `require`) share it, so each learns when the other made it grow.
 */
interface SharedFrame {
  buffer: ArrayBuffer;
  readonly followers: ((buffer: ArrayBuffer) => void)[];
}

const sharedFrames = raw as Native & { [key: symbol]: SharedFrame | undefined };
const frameKey = Symbol.for('hinge.frame');
if (sharedFrames[frameKey] === undefined) {
  native.onWarning((text) => process.emitWarning(text, 'TorchWarning'));
}
sharedFrames[frameKey] ??= { buffer: native.resizeFrame(4096), followers: [] };
const sharedFrame = sharedFrames[frameKey];

/** The frame: arguments and results of native calls. Read it anew after each call, which may have replaced it. */
export let words: Float64Array = new Float64Array(sharedFrame.buffer);
let rawWords = new BigInt64Array(sharedFrame.buffer);
sharedFrame.followers.push((buffer) => {
  words = new Float64Array(buffer);
  rawWords = new BigInt64Array(buffer);
});

/** Uses the frame that a native call returned because it had to grow. */
export function useFrame(grown: MaybeGrown): void {
  if (grown === undefined) return;
  sharedFrame.buffer = grown;
  for (const follow of sharedFrame.followers) follow(grown);
}

/** Makes room for `count` words; what is written stays. */
export function reserve(count: number): void {
  if (count <= words.length) return;
  const before = words;
  useFrame(native.resizeFrame(Math.max(count, 2 * words.length)));
  words.set(before);
}

/** Writes an integer at a position and returns the next one; beyond 2^53 it takes two words. */
export function writeInteger(at: number, value: number | bigint): number {
  if (typeof value === 'number') {
    words[at] = value;
    return at + 1;
  }
  if (value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER) {
    words[at] = Number(value);
    return at + 1;
  }
  words[at] = Number.NaN;
  rawWords[at + 1] = value;
  return at + 2;
}

/** Reads what `writeInteger`, or native code, wrote; a bigint only beyond 2^53. */
export function readInteger(at: number): number | bigint {
  const word = words[at] as number;
  return Number.isNaN(word) ? (rawWords[at + 1] as bigint) : word;
}

/** Writes a count and the handles of tensors; returns the next position. */
export function writeHandles(at: number, tensors: readonly ({ readonly handle: number } | null | undefined)[]): number {
  reserve(at + tensors.length + 16);
  words[at] = tensors.length;
  let next = at + 1;
  for (const tensor of tensors) words[next++] = tensor == null ? 0 : tensor.handle;
  return next;
}
