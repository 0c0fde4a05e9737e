/**
 * Reads pickles, and nothing that they could run: an opcode makes a plain value, or asks for a name, which the caller
 * knows or refuses.
 */

import { Building, Callable, Finisher } from './pickle-containers.ts';
import { PickleReader } from './pickle-reader.ts';
import { ByteArray, Tuple, tupleOf } from './python-values.ts';

/** What a pickle's names and persistent ids stand for. */
export interface PickleNames {
  /** What `module.name` is when it is called with arguments, or undefined for a name that is not allowed. */
  find(module: string, name: string): Callable | undefined;
  /** What a persistent id stands for. */
  load(id: unknown): unknown;
}

const mark = Symbol('mark');
// Each value takes a byte at least, and some are named again: sizes, dtypes, strings.
const workOf = (size: number) => 64 * size + 10_000;

export class Unpickler {
  readonly #reader: PickleReader;
  readonly #names: PickleNames;
  readonly #finisher: Finisher;
  readonly #memo = new Map<number, unknown>();
  readonly #stack: unknown[] = [];

  constructor(where: string, bytes: Uint8Array, names: PickleNames) {
    this.#reader = new PickleReader(where, bytes);
    this.#names = names;
    this.#finisher = new Finisher(where, workOf(bytes.length));
  }

  /** @throws CheckpointError for a pickle that is damaged or asks for more than data. */
  load(): unknown {
    for (;;) {
      const opcode = this.#reader.byte();
      if (opcode === 0x2e) return this.#finisher.finish(this.#pop());
      const step = steps[opcode];
      if (step === undefined) {
        throw this.#reader.damaged(`the pickle has an opcode that data do not need, 0x${opcode.toString(16)}`);
      }
      step(this, this.#reader);
    }
  }

  push(value: unknown): void {
    this.#stack.push(value);
  }

  mark(): void {
    this.#stack.push(mark);
  }

  pop(): void {
    if (this.#stack.pop() === undefined) throw this.#missing();
  }

  popToMark(): unknown[] {
    const position = this.#stack.lastIndexOf(mark);
    if (position < 0) throw this.#reader.damaged('the pickle has no mark');
    const values = this.#stack.splice(position);
    values.shift();
    return values;
  }

  duplicate(): void {
    this.#stack.push(this.#top());
  }

  /** A tuple of the last values. */
  tuple(length: number): void {
    const values = Array.from({ length }, () => this.#pop());
    this.#stack.push(tupleOf(values.reverse(), Tuple));
  }

  appendLast(): void {
    this.append([this.#pop()]);
  }

  append(values: readonly unknown[]): void {
    const target = this.#top();
    if (!Array.isArray(target) || target instanceof Tuple) {
      throw this.#reader.damaged('the pickle appends to what is no list');
    }
    for (const value of values) target.push(value);
  }

  addToSet(values: readonly unknown[]): void {
    const target = this.#top();
    if (!(target instanceof Set)) throw this.#reader.damaged('the pickle adds to what is no set');
    for (const value of values) target.add(this.#finisher.key(value));
  }

  setItem(): void {
    const value = this.#pop();
    this.setItems([this.#pop(), value]);
  }

  setItems(items: readonly unknown[]): void {
    const target = this.#top();
    if (!(target instanceof Building)) throw this.#reader.damaged('the pickle sets items of what is no dict');
    if (items.length % 2 !== 0) throw this.#reader.damaged('the pickle has a key without a value');
    for (let i = 0; i < items.length; i += 2) target.entries.set(this.#finisher.key(items[i]), items[i + 1]);
  }

  /** Sets the state of an object: only the attributes of an `OrderedDict`, which are left out. */
  build(): void {
    this.#pop();
    if (!(this.#top() instanceof Building)) {
      throw this.#reader.damaged('the pickle sets the state of what has none');
    }
  }

  store(place: number): void {
    this.#memo.set(place, this.#top());
  }

  storeNext(): void {
    this.store(this.#memo.size);
  }

  recall(place: number): void {
    if (!this.#memo.has(place)) throw this.#reader.damaged('the pickle asks for what it has not stored');
    this.#stack.push(this.#memo.get(place));
  }

  global(module: unknown, name: unknown): void {
    const found = this.#names.find(String(module), String(name));
    if (found === undefined) {
      throw this.#reader.damaged(
        `asks for ${module}.${name}, which is not data; hinge loads tensors and plain values only`,
      );
    }
    this.#stack.push(found);
  }

  stackGlobal(): void {
    const name = this.#pop();
    const module = this.#pop();
    if (typeof module !== 'string' || typeof name !== 'string') throw this.#reader.damaged('a name is no string');
    this.global(module, name);
  }

  reduce(): void {
    const args = this.#pop();
    const callable = this.#pop();
    if (!(args instanceof Tuple) || !(callable instanceof Callable) || callable.call === undefined) {
      throw this.#reader.damaged('the pickle calls what cannot be called');
    }
    this.#stack.push(callable.call(this.#finisher.finishAside(tupleOf(args, Tuple)) as Tuple));
  }

  persistent(): void {
    this.#stack.push(this.#names.load(this.#finisher.finishAside(this.#pop())));
  }

  #pop(): unknown {
    const value = this.#stack.pop();
    if (value === undefined || value === mark) throw this.#missing();
    return value;
  }

  #top(): unknown {
    const top = this.#stack.at(-1);
    if (top === undefined || top === mark) throw this.#missing();
    return top;
  }

  #missing(): Error {
    return this.#reader.damaged('the pickle takes what is not there');
  }
}

type Step = (machine: Unpickler, reader: PickleReader) => void;

/** Opcodes of protocols 2 to 5 that make data, by their bytes. */
const named: Readonly<Record<string, Step>> = {
  '\x80': (_, reader) => {
    if (reader.byte() > 5) throw reader.damaged('the pickle is of a protocol that is too new');
  },
  // A frame: only a hint how much to read at once.
  '\x95': (_, reader) => void reader.take(8),
  '(': (machine) => machine.mark(),
  '0': (machine) => machine.pop(),
  '1': (machine) => void machine.popToMark(),
  '2': (machine) => machine.duplicate(),
  N: (machine) => machine.push(null),
  '\x88': (machine) => machine.push(true),
  '\x89': (machine) => machine.push(false),
  K: (machine, reader) => machine.push(reader.byte()),
  M: (machine, reader) => machine.push(reader.uint16()),
  J: (machine, reader) => machine.push(reader.int32()),
  '\x8a': (machine, reader) => machine.push(reader.integer(reader.byte())),
  '\x8b': (machine, reader) => machine.push(reader.integer(reader.uint32())),
  G: (machine, reader) => machine.push(reader.double()),
  X: (machine, reader) => machine.push(reader.text(reader.uint32())),
  '\x8c': (machine, reader) => machine.push(reader.text(reader.byte())),
  '\x8d': (machine, reader) => machine.push(reader.text(reader.length64())),
  // A str of Python 2.
  U: (machine, reader) => machine.push(reader.text(reader.byte())),
  B: (machine, reader) => machine.push(Uint8Array.from(reader.take(reader.uint32()))),
  C: (machine, reader) => machine.push(Uint8Array.from(reader.take(reader.byte()))),
  '\x8e': (machine, reader) => machine.push(Uint8Array.from(reader.take(reader.length64()))),
  '\x96': (machine, reader) => machine.push(new ByteArray(reader.take(reader.length64()))),
  ']': (machine) => machine.push([]),
  l: (machine) => machine.push(machine.popToMark()),
  a: (machine) => machine.appendLast(),
  e: (machine) => machine.append(machine.popToMark()),
  ')': (machine) => machine.push(new Tuple()),
  t: (machine) => machine.push(tupleOf(machine.popToMark(), Tuple)),
  '\x85': (machine) => machine.tuple(1),
  '\x86': (machine) => machine.tuple(2),
  '\x87': (machine) => machine.tuple(3),
  '}': (machine) => machine.push(new Building(false)),
  d: (machine) => {
    const items = machine.popToMark();
    machine.push(new Building(false));
    machine.setItems(items);
  },
  s: (machine) => machine.setItem(),
  u: (machine) => machine.setItems(machine.popToMark()),
  '\x8f': (machine) => machine.push(new Set()),
  '\x90': (machine) => machine.addToSet(machine.popToMark()),
  q: (machine, reader) => machine.store(reader.byte()),
  r: (machine, reader) => machine.store(reader.uint32()),
  '\x94': (machine) => machine.storeNext(),
  h: (machine, reader) => machine.recall(reader.byte()),
  j: (machine, reader) => machine.recall(reader.uint32()),
  c: (machine, reader) => {
    const module = reader.line();
    machine.global(module, reader.line());
  },
  '\x93': (machine) => machine.stackGlobal(),
  R: (machine) => machine.reduce(),
  // NEWOBJ: the class is called in the same way.
  '\x81': (machine) => machine.reduce(),
  b: (machine) => machine.build(),
  Q: (machine) => machine.persistent(),
};

const steps: readonly (Step | undefined)[] = Array.from({ length: 256 }, (_, byte) => named[String.fromCharCode(byte)]);
