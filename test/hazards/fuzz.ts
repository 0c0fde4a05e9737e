/**
 * Runs random cases of one family: `node fuzz.ts family seed from to file`. Before each case its description is written
 * to the file, so that a case that ends the process is known. `HINGE_FUZZ_SKIP` names operators to leave out.
 */

import { openSync, writeSync } from 'node:fs';
import * as torch from '../../lib/index.ts';
import { type Native, native, type OperatorDescription, type SchemaType, useFrame, words } from '../../lib/native.ts';
import { camelCase, kinds } from '../../lib/schema.ts';
import { libraryFunctions, publicOverloads } from './fuzz-surface.ts';
import {
  anyInteger,
  anyString,
  anyTensor,
  anyValue,
  anyWord,
  type Named,
  pick,
  type Random,
  streamOf,
} from './fuzz-values.ts';

interface Case {
  readonly name: string;
  readonly text: string;
  run(): unknown;
}

type Family = (random: Random, index: number) => Case;

const skipped = new Set((process.env.HINGE_FUZZ_SKIP ?? '').split(',').flatMap((name) => [name, camelCase(name)]));

function writeWords(random: Random, count: number): string {
  const written = Array.from({ length: count }, () => anyWord(random));
  for (const [i, word] of written.entries()) words[i] = word;
  return written.join(' ');
}

/** A callback that leaves rubbish in the frame, throws, or comes back in. */
function anyCallback(random: Random): () => void {
  const kind = random();
  return () => {
    if (kind < 0.3) throw new Error('from a callback');
    if (kind < 0.4) native.resizeFrame(16);
    if (kind < 0.5) torch.ones([2], { requiresGrad: true }).sum();
    writeWords(random, 12);
  };
}

const exports = Object.keys(native).sort() as (keyof Native)[];

const scriptExports = [
  'saveModule',
  'describeModule',
  'callMethod',
  'moduleAttribute',
  'setModuleAttribute',
  'moduleGraph',
];
let archive: Uint8Array | undefined;

/** A handle of a script module with a parameter, a buffer, a submodule and a method that takes two tensors. */
function scriptHandle(): number {
  if (archive === undefined) {
    const model = new torch.nn.Sequential(new torch.nn.Linear(3, 3));
    model.registerBuffer('offset', torch.ones([3]));
    archive = torch.jit.trace(model, torch.ones([2, 3])).saveToBuffer();
  }
  words[0] = 0;
  native.loadModule(archive);
  return words[0] as number;
}

/** A native export with random words and random arguments. */
function nativeCase(random: Random, index: number): Case {
  const name = exports[index % exports.length] as keyof Native;
  const count = Math.floor(random() * 4);
  const values: Named[] = Array.from({ length: count }, () =>
    random() < 0.3 ? ['a callback', anyCallback(random)] : anyValue(random),
  );
  if (random() < 0.3) values[0] = [`"${name}"`, pick(random, ['aten::add', 'aten::mul', 'aten::no', 'x'])];
  const text = writeWords(random, pick(random, [0, 3, 8, 30]));
  if (random() < 0.3) words[0] = ((anyTensor(random)[1] as torch.Tensor).handle as number) ?? 0;
  const script = scriptExports.includes(name) && random() < 0.8 ? scriptHandle() : 0;
  if (script !== 0) {
    writeWords(random, 8);
    words[0] = script;
    const member = pick(random, ['forward', 'training', 'offset', '0', 'no']);
    if (random() < 0.8 && name !== 'saveModule') values[0] = [`"${member}"`, member];
  }
  if (name === 'loadModule' && archive !== undefined && random() < 0.3) values[0] = ['an archive', archive];
  return {
    name,
    text: `native.${name}(${values.map(([each]) => each).join(', ')}) words ${text}`,
    run: () => {
      const result = (native[name] as (...each: unknown[]) => unknown)(...values.map(([, value]) => value));
      if (typeof result === 'object' && result !== null && 'failure' in result) throw result;
      // What a call made is used: memory that it should not have shows here.
      if (['fromBytes', 'fromBlob', 'gradient', 'recordFunction', 'grad'].includes(name))
        use(words[0] as number, random);
      if (name === 'registerHook') torch.ones([2], { requiresGrad: true }).sum().backward();
      return result;
    },
  };
}

function use(handle: number, random: Random): void {
  const tensor = new torch.Tensor(handle);
  if (tensor.requiresGrad && random() < 0.7) tensor.sum().backward();
  if (tensor.numel() < 100_000) tensor.tolist();
  tensor.dispose();
}

let operators: (OperatorDescription & { readonly qualified: string })[] | undefined;

function allOperators(): (OperatorDescription & { readonly qualified: string })[] {
  operators ??= publicOverloads().flatMap((qualified) => {
    const [base, overload = ''] = qualified.split('.') as [string, string?];
    const description = native.operator(`aten::${base}`, overload);
    return description === undefined ? [] : [{ ...description, qualified }];
  });
  return operators;
}

/** The tensors of the case being made, by name. */
let tensors: string[] = [];

function handleOfAny(random: Random): number {
  const [name, value] = anyTensor(random);
  tensors.push(name);
  return (value as torch.Tensor).handle;
}

/** Words that a value of this type may consist of. */
function wordsOf(random: Random, type: SchemaType): number[] {
  const element = type.elements?.[0] as SchemaType;
  switch (type.kind) {
    case kinds.Tensor:
      return [random() < 0.03 ? anyWord(random) : handleOfAny(random)];
    case kinds.Generator:
      return [random() < 0.7 ? 0 : new torch.Generator().handle];
    case kinds.Int:
      return [anyInteger(random)];
    case kinds.Float:
      return [pick(random, [0, 0.5, 1, -1, 1e-5, Number.NaN, Number.POSITIVE_INFINITY, 1e300])];
    case kinds.Bool:
      return [random() < 0.5 ? 1 : 0];
    case kinds.Scalar:
    case kinds.Complex:
      return pick(random, [
        [0, 0.5],
        [1, anyInteger(random)],
        [2, 1],
        [3, 1, -2],
        [0, Number.NaN],
      ]);
    case kinds.DType:
      return [Math.floor(random() * 48) - 1];
    case kinds.Layout:
      return [Math.floor(random() * 10) - 1];
    case kinds.MemoryFormat:
      return [Math.floor(random() * 6) - 1];
    case kinds.Device:
      return [pick(random, [0, 0, 0, 1, 14, 20, -1]), pick(random, [-1, -1, 0, 200])];
    case kinds.String:
      return [pick(random, [0, 0, 1, 7])];
    case kinds.Optional:
      if (element.kind === kinds.Tensor || element.kind === kinds.Generator) {
        return random() < 0.4 ? [0] : wordsOf(random, element);
      }
      return random() < 0.4 ? [0] : [1, ...wordsOf(random, element)];
    case kinds.List: {
      const length = random() < 0.02 ? anyInteger(random) : Math.floor(random() * 5);
      const shown = Math.min(Math.max(length, 0), 8);
      return [length, ...Array.from({ length: shown }, () => wordsOf(random, element)).flat()];
    }
    default:
      return [anyWord(random)];
  }
}

function isHandle(word: number): boolean {
  return word > 2 ** 20 && word < 2 ** 45;
}

/** Disposes of new tensors among the words that a call returned. */
function releaseResults(results: OperatorDescription['results']): void {
  const handles: number[] = [];
  let at = 0;
  for (const { type, argument } of results) {
    if (argument >= 0) continue;
    const element = type.elements?.[0];
    if (type.kind === kinds.Tensor) handles.push(words[at++] as number);
    else if (type.kind === kinds.List && element?.kind === kinds.Tensor) {
      const count = words[at++] as number;
      for (let i = 0; i < count; i++) handles.push(words[at++] as number);
    } else break;
  }
  for (const handle of handles) if (handle > 0) new torch.Tensor(handle).dispose();
}

/** A public operator by its number, with words that fit its schema or nearly do. */
function callCase(random: Random, index: number): Case {
  const list = allOperators();
  const { id, qualified, arguments: parameters, results } = list[index % list.length] as (typeof list)[number];
  tensors = [];
  let mask = 0;
  const payload: number[] = [];
  for (const [i, { type, hasDefault }] of parameters.entries()) {
    if (hasDefault ? random() < 0.5 : random() < 0.01) continue;
    mask += 2 ** i;
    payload.push(...wordsOf(random, type));
  }
  if (random() < 0.1) {
    const at = Math.floor(random() * payload.length);
    const word = anyWord(random);
    // A handle where a size is meant would be gigabytes.
    if (!isHandle(word) || isHandle(payload[at] as number)) payload[at] = word;
  }
  if (random() < 0.02) mask = anyWord(random);
  const strings = [anyString(random), anyString(random)];
  return {
    name: qualified.split('.')[0] as string,
    text: `${qualified} mask ${mask} words ${payload.join(' ')} strings ${JSON.stringify(strings).slice(0, 60)} ${tensors}`,
    run: () => {
      words[0] = id;
      words[1] = mask;
      for (const [i, word] of payload.entries()) words[2 + i] = word;
      useFrame(native.call(strings));
      releaseResults(results);
    },
  };
}

const functions = libraryFunctions();

/** A function of the library with random arguments. */
function functionCase(random: Random, index: number): Case {
  const [name, call] = functions[index % functions.length] as (typeof functions)[number];
  const count = Math.floor(random() * 6);
  const values = Array.from({ length: count }, (_, i) =>
    i === 0 && random() < 0.6 ? anyTensor(random) : anyValue(random),
  );
  return {
    name: name.slice(name.lastIndexOf('.') + 1),
    text: `${name}(${values.map(([each]) => each).join(', ')})`,
    run: () => call(values.map(([, value]) => value)),
  };
}

const families: Readonly<Record<string, Family>> = { native: nativeCase, call: callCase, function: functionCase };

/** Undoes what a case changed for all that follow. */
function settle(): void {
  useFrame(native.resizeFrame(4096));
  for (let i = 0; i < 3; i++) native.leaveInferenceMode();
  native.gradMode(true);
  torch.setAutocastEnabled('cpu', false);
  torch.setAutocastDtype('cpu', 'bfloat16');
  torch.setAutocastCacheEnabled(true);
  torch.clearAutocastCache();
  native.deterministic(false, false);
  torch.setDefaultDtype('float32');
  torch.setDefaultDevice(null);
  native.threads(1);
}

const [, , family = '', seed = '0', from = '0', to = '0', file = ''] = process.argv;
const makeCase = families[family] as Family;
const record = openSync(file, 'w');
const rejected: unknown[] = [];
process.on('unhandledRejection', (reason) => rejected.push(reason));
process.emitWarning = () => {};
let threw = 0;

for (let index = Number(from); index < Number(to); index++) {
  // Frames are given back between tasks.
  if (index % 500 === 0) await new Promise((resolve) => setImmediate(resolve));
  const random = streamOf(Number(seed) * 1_000_003 + index);
  torch.scope(() => {
    const each = makeCase(random, index);
    if (skipped.has(each.name)) return;
    writeSync(record, `${index}\t${each.name}\t${each.text}`.slice(0, 4000).padEnd(4000), 0);
    try {
      each.run();
    } catch {
      threw++;
    }
    settle();
  });
}

// The library still works.
const sum = torch.ones([10]).add(1).sum().item();
console.log(JSON.stringify({ sum, threw }));
