/**
 * Reads pickles, and nothing that they could run: an opcode makes a plain value, or asks for a name, which the caller
 * knows or refuses.
 */

import { CheckpointError } from '../errors.ts';
import { fromDict, Tuple } from './python-values.ts';

/** What a pickle's names and persistent ids stand for. */
export interface PickleNames {
  /** What `module.name` is when it is called with arguments, or undefined for a name that is not allowed. */
  find(module: string, name: string): Callable | undefined;
  /** What a persistent id stands for. */
  load(id: unknown): unknown;
}

/** A name that a pickle may use. */
export class Callable {
  /** What it makes of arguments, undefined for what is not called. */
  readonly call: ((args: readonly unknown[]) => unknown) | undefined;
  /** What it is where it is not called, such as a dtype. */
  readonly value: unknown;

  constructor(call: Callable['call'], value?: unknown) {
    this.call = call;
    this.value = value;
  }
}

/** A container while it is filled: what it is in the end is not known before. */
class Building {
  readonly entries: Map<unknown, unknown>;
  readonly ordered: boolean;

  constructor(ordered: boolean) {
    this.ordered = ordered;
    this.entries = new Map();
  }
}

const mark = Symbol('mark');
const text = new TextDecoder('utf-8', { fatal: true });
const mostDepth = 1000;

/** An `OrderedDict` that is being filled. */
export function orderedDict(): unknown {
  return new Building(true);
}

export class Unpickler {
  readonly #bytes: Uint8Array;
  readonly #data: DataView;
  readonly #names: PickleNames;
  readonly #where: string;
  readonly #memo = new Map<number, unknown>();
  #stack: unknown[] = [];
  #at = 0;

  constructor(where: string, bytes: Uint8Array, names: PickleNames) {
    this.#where = where;
    this.#bytes = bytes;
    this.#data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#names = names;
  }

  /** @throws CheckpointError for a pickle that is damaged or asks for more than data. */
  load(): unknown {
    try {
      while (this.#step());
      return finished(this.#pop(), new Map(), 0);
    } catch (error) {
      if (error instanceof RangeError || (error as { code?: string }).code === 'ERR_ENCODING_INVALID_ENCODED_DATA') {
        throw this.#damaged((error as Error).message);
      }
      throw error;
    }
  }

  #damaged(what: string): CheckpointError {
    return new CheckpointError(`${this.#where}: ${what}`);
  }

  #pop(): unknown {
    if (this.#stack.length === 0 || this.#stack.at(-1) === mark)
      throw this.#damaged('the pickle takes what is not there');
    return this.#stack.pop();
  }

  #top(): unknown {
    const top = this.#stack.at(-1);
    if (top === undefined || top === mark) throw this.#damaged('the pickle takes what is not there');
    return top;
  }

  #popToMark(): unknown[] {
    const position = this.#stack.lastIndexOf(mark);
    if (position < 0) throw this.#damaged('the pickle has no mark');
    const values = this.#stack.splice(position);
    values.shift();
    return values;
  }

  #byte(): number {
    const value = this.#data.getUint8(this.#at);
    this.#at++;
    return value;
  }

  #uint32(): number {
    const value = this.#data.getUint32(this.#at, true);
    this.#at += 4;
    return value;
  }

  #length64(): number {
    const value = this.#data.getBigUint64(this.#at, true);
    this.#at += 8;
    return Number(value);
  }

  #take(length: number): Uint8Array {
    if (this.#at + length > this.#bytes.length) throw this.#damaged('the pickle is cut off');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  #line(): string {
    const end = this.#bytes.indexOf(10, this.#at);
    if (end < 0) throw this.#damaged('the pickle is cut off');
    const line = text.decode(this.#bytes.subarray(this.#at, end));
    this.#at = end + 1;
    return line;
  }

  #integer(length: number): number | bigint {
    if (length > 1024) throw this.#damaged('the pickle has an integer of more than 1,024 bytes');
    const bytes = this.#take(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] as number);
    value = length === 0 ? 0n : BigInt.asIntN(8 * length, value);
    return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
  }

  #remembered(key: number): unknown {
    if (!this.#memo.has(key)) throw this.#damaged('the pickle asks for what it has not stored');
    return this.#memo.get(key);
  }

  #global(module: unknown, name: unknown): unknown {
    const found = this.#names.find(String(module), String(name));
    if (found === undefined) {
      throw this.#damaged(`asks for ${module}.${name}, which is not data; hinge loads tensors and plain values only`);
    }
    return found;
  }

  #reduce(): unknown {
    const args = this.#pop();
    const callable = this.#pop();
    if (!(args instanceof Tuple) || !(callable instanceof Callable) || callable.call === undefined) {
      throw this.#damaged('the pickle calls what cannot be called');
    }
    return callable.call(args.map((each) => finished(each, new Map(), 0)));
  }

  /** Sets the state of an object: only the attributes of an `OrderedDict`, which are left out. */
  #build(): void {
    this.#pop();
    const target = this.#top();
    if (!(target instanceof Building)) throw this.#damaged('the pickle sets the state of what has none');
  }

  #setItems(items: readonly unknown[]): void {
    const target = this.#top();
    if (!(target instanceof Building)) throw this.#damaged('the pickle sets items of what is no dict');
    if (items.length % 2 !== 0) throw this.#damaged('the pickle has a key without a value');
    for (let i = 0; i < items.length; i += 2) {
      const key = items[i];
      target.entries.set(key instanceof Tuple ? finished(key, new Map(), 0) : key, items[i + 1]);
    }
  }

  #append(values: readonly unknown[]): void {
    const target = this.#top();
    if (!Array.isArray(target) || target instanceof Tuple) throw this.#damaged('the pickle appends to what is no list');
    for (const value of values) target.push(value);
  }

  /** Runs an opcode; false at the end. */
  #step(): boolean {
    const opcode = String.fromCharCode(this.#byte());
    const stack = this.#stack;
    switch (opcode) {
      case '\x80':
        if (this.#byte() > 5) throw this.#damaged('the pickle is of a protocol that is too new');
        return true;
      case '\x95': // frame
        this.#take(8);
        return true;
      case '.':
        return false;
      case '(':
        stack.push(mark);
        return true;
      case '0':
        if (stack.at(-1) === mark) stack.pop();
        else this.#pop();
        return true;
      case '1':
        this.#popToMark();
        return true;
      case '2':
        stack.push(this.#top());
        return true;
      case 'N':
        stack.push(null);
        return true;
      case '\x88':
      case '\x89':
        stack.push(opcode === '\x88');
        return true;
      case 'K':
        stack.push(this.#byte());
        return true;
      case 'M':
        stack.push(this.#byte() | (this.#byte() << 8));
        return true;
      case 'J':
        stack.push(this.#uint32() | 0);
        return true;
      case '\x8a':
        stack.push(this.#integer(this.#byte()));
        return true;
      case '\x8b':
        stack.push(this.#integer(this.#uint32()));
        return true;
      case 'G':
        stack.push(this.#data.getFloat64(this.#at));
        this.#at += 8;
        return true;
      case 'X':
        stack.push(text.decode(this.#take(this.#uint32())));
        return true;
      case '\x8c':
        stack.push(text.decode(this.#take(this.#byte())));
        return true;
      case '\x8d':
        stack.push(text.decode(this.#take(this.#length64())));
        return true;
      case 'B':
        stack.push(this.#take(this.#uint32()).slice());
        return true;
      case 'C':
        stack.push(this.#take(this.#byte()).slice());
        return true;
      case '\x8e':
      case '\x96':
        stack.push(this.#take(this.#length64()).slice());
        return true;
      case 'U': // a str of Python 2
        stack.push(text.decode(this.#take(this.#byte())));
        return true;
      case ']':
        stack.push([]);
        return true;
      case 'l':
        stack.push(this.#popToMark());
        return true;
      case 'a':
        this.#append([this.#pop()]);
        return true;
      case 'e':
        this.#append(this.#popToMark());
        return true;
      case ')':
        stack.push(new Tuple());
        return true;
      case 't':
        stack.push(tupleOf(this.#popToMark()));
        return true;
      case '\x85':
      case '\x86':
      case '\x87': {
        const values = Array.from({ length: opcode.charCodeAt(0) - 0x84 }, () => this.#pop()).reverse();
        stack.push(tupleOf(values));
        return true;
      }
      case '}':
        stack.push(new Building(false));
        return true;
      case 'd': {
        const items = this.#popToMark();
        stack.push(new Building(false));
        this.#setItems(items);
        return true;
      }
      case 's': {
        const value = this.#pop();
        this.#setItems([this.#pop(), value]);
        return true;
      }
      case 'u':
        this.#setItems(this.#popToMark());
        return true;
      case '\x8f':
        stack.push(new Set());
        return true;
      case '\x90': {
        const values = this.#popToMark();
        const target = this.#top();
        if (!(target instanceof Set)) throw this.#damaged('the pickle adds to what is no set');
        for (const value of values) target.add(value);
        return true;
      }
      case 'q':
        this.#memo.set(this.#byte(), this.#top());
        return true;
      case 'r':
        this.#memo.set(this.#uint32(), this.#top());
        return true;
      case '\x94':
        this.#memo.set(this.#memo.size, this.#top());
        return true;
      case 'h':
        stack.push(this.#remembered(this.#byte()));
        return true;
      case 'j':
        stack.push(this.#remembered(this.#uint32()));
        return true;
      case 'c':
        stack.push(this.#global(this.#line(), this.#line()));
        return true;
      case '\x93': {
        const name = this.#pop();
        stack.push(this.#global(this.#pop(), name));
        return true;
      }
      case 'R':
        stack.push(this.#reduce());
        return true;
      case '\x81': // NEWOBJ: the class is called in the same way
        stack.push(this.#reduce());
        return true;
      case 'b':
        this.#build();
        return true;
      case 'Q':
        stack.push(this.#names.load(finished(this.#pop(), new Map(), 0)));
        return true;
      default:
        throw this.#damaged(`the pickle has an opcode that data do not need, 0x${opcode.charCodeAt(0).toString(16)}`);
    }
  }
}

function tupleOf(values: readonly unknown[]): Tuple {
  const tuple = new Tuple();
  for (const value of values) tuple.push(value);
  return tuple;
}

/** A value with its dicts as what they are in JavaScript; what was shared stays so. */
function finished(value: unknown, done: Map<unknown, unknown>, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth > mostDepth) throw new RangeError('values are nested too deeply');
  if (done.has(value)) return done.get(value);
  if (value instanceof Building) {
    if (value.ordered) {
      const map = new Map<unknown, unknown>();
      done.set(value, map);
      for (const [key, each] of value.entries) map.set(key, finished(each, done, depth + 1));
      return map;
    }
    // A plain object can be made only when all keys are known; a dict that holds itself is not data that we return.
    done.set(value, undefined);
    const entries = new Map([...value.entries].map(([key, each]) => [key, finished(each, done, depth + 1)]));
    const dict = fromDict(entries);
    done.set(value, dict);
    return dict;
  }
  if (Array.isArray(value)) {
    done.set(value, value);
    for (const [i, each] of value.entries()) value[i] = finished(each, done, depth + 1);
    return value;
  }
  return value instanceof Callable ? value.value : value;
}
