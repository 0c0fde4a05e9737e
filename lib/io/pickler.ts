/** Writes pickles of plain values, of protocol 2, which every Python 3 reads. */

import { Complex } from '../complex.ts';
import { describeValue } from '../errors.ts';
import {
  ByteArray,
  DeviceValue,
  Dict,
  DTypeValue,
  LayoutValue,
  QuantizationScheme,
  Size,
  Tuple,
  toDict,
} from './python-values.ts';

/** How values are written that are no plain data. */
export interface PickleValues {
  /** Writes a value and returns true, or returns false for one that it does not know. */
  write(value: object, pickler: Pickler): boolean;
}

const text = new TextEncoder();
const strict = new TextDecoder('utf-8', { ignoreBOM: true });

export class Pickler {
  readonly #values: PickleValues;
  readonly #where: string;
  readonly #parts: Uint8Array[] = [];
  #chunk = new Uint8Array(1 << 16);
  #used = 0;
  /** Objects that are written already, by their place in Python's memo. */
  readonly #memo = new Map<unknown, number>();
  /** Containers that are being written, which must not hold themselves. */
  readonly #open = new Set<object>();
  readonly #globals = new Map<string, number>();
  readonly #path: string[] = [];

  constructor(where: string, values: PickleValues) {
    this.#where = where;
    this.#values = values;
  }

  /** The whole pickle of a value. */
  dump(value: unknown): Uint8Array {
    this.#bytes(0x80, 2);
    this.write(value);
    this.#opcode('.');
    return Buffer.concat([...this.#parts, this.#chunk.subarray(0, this.#used)]);
  }

  /** Writes a value on top of the stack. */
  write(value: unknown): void {
    if (typeof value === 'boolean') this.#bytes(value ? 0x88 : 0x89);
    else if (typeof value === 'number') this.#number(value);
    else if (typeof value === 'bigint') this.#integer(value);
    else if (typeof value === 'string') this.#text(value);
    else if (value === null) this.#opcode('N');
    else if (typeof value === 'object') this.#object(value);
    else throw this.#notData(value);
  }

  /** Writes a name of Python's, such as a function. */
  global(module: string, name: string): void {
    const place = this.#globals.get(`${module} ${name}`);
    if (place !== undefined) {
      this.#recallPlace(place);
      return;
    }
    this.#opcode('c');
    this.#raw(text.encode(`${module}\n${name}\n`));
    this.#globals.set(`${module} ${name}`, this.#put());
  }

  /** Writes a tuple, whose items `items` writes. */
  tuple(items: () => void): void {
    this.#opcode('(');
    items();
    this.#opcode('t');
  }

  /** Writes the call of a name of Python's, whose arguments `args` writes. */
  call(module: string, name: string, args: () => void): void {
    this.global(module, name);
    this.tuple(args);
    this.#opcode('R');
  }

  /** Writes what is stored outside of the pickle; `id` writes the items that name it. */
  persistent(id: () => void): void {
    this.tuple(id);
    this.#opcode('Q');
  }

  #object(value: object): void {
    if (this.#recall(value)) return;
    if (this.#open.has(value)) throw new TypeError(`${this.#where}: ${this.#place()} holds itself`);
    this.#open.add(value);
    this.#container(value);
    this.#open.delete(value);
  }

  #container(value: object): void {
    if (this.#values.write(value, this)) this.#remember(value);
    else if (value instanceof Size) this.call('torch', 'Size', () => this.#tuple(value));
    else if (value instanceof Tuple) this.#tuple(value);
    else if (Array.isArray(value)) this.#list(value);
    else if (value instanceof Dict) this.#dict([...value], value);
    else if (value instanceof Map) this.#ordered([...value], value);
    else if (value instanceof Set) this.call('builtins', 'set', () => this.#list([...value]));
    else if (value instanceof ByteArray) {
      this.call('builtins', 'bytearray', () => this.#byteString(value));
      this.#remember(value);
    } else if (value instanceof Uint8Array) {
      this.#byteString(value);
      this.#remember(value);
    } else if (!this.#constant(value)) this.#plainObject(value);
  }

  /** Values without parts. */
  #constant(value: object): boolean {
    if (value instanceof Complex) {
      this.call('builtins', 'complex', () => {
        this.double(value.re);
        this.double(value.im);
      });
    } else if (value instanceof DTypeValue) this.global('torch', value.dtype);
    else if (value instanceof QuantizationScheme) this.global('torch', value.name);
    else if (value instanceof LayoutValue) {
      this.call('torch.serialization', '_get_layout', () => this.write(`torch.${value.layout}`));
    } else if (value instanceof DeviceValue) {
      const [type, index] = value.device.split(':') as [string, string?];
      this.call('torch', 'device', () => {
        this.write(type);
        if (index !== undefined) this.write(Number(index));
      });
    } else return false;
    return true;
  }

  #plainObject(value: object): void {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) throw this.#notData(value);
    this.#dict(toDict(value as Record<string, unknown>), value);
  }

  #notData(value: unknown): TypeError {
    return new TypeError(`${this.#where}: ${this.#place()} must be data, got ${describeValue(value)}`);
  }

  #tuple(values: readonly unknown[]): void {
    this.tuple(() => {
      for (let i = 0; i < values.length; i++) this.#inside(`[${i}]`, values[i]);
    });
  }

  #list(values: readonly unknown[]): void {
    this.#opcode(']');
    this.#remember(values);
    this.#opcode('(');
    for (let i = 0; i < values.length; i++) this.#inside(`[${i}]`, values[i]);
    this.#opcode('e');
  }

  #dict(entries: readonly (readonly [unknown, unknown])[], owner: object): void {
    this.#opcode('}');
    this.#remember(owner);
    this.#items(entries);
  }

  #ordered(entries: readonly (readonly [unknown, unknown])[], owner: object): void {
    this.call('collections', 'OrderedDict', () => {});
    this.#remember(owner);
    this.#items(entries);
  }

  #items(entries: readonly (readonly [unknown, unknown])[]): void {
    if (entries.length === 0) return;
    this.#opcode('(');
    for (const [key, value] of entries) {
      this.write(key);
      this.#inside(`.${String(key)}`, value);
    }
    this.#opcode('u');
  }

  #inside(name: string, value: unknown): void {
    this.#path.push(name);
    this.write(value);
    this.#path.pop();
  }

  #place(): string {
    return `value${this.#path.join('')}`;
  }

  #number(value: number): void {
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) this.#integer(BigInt(value));
    else this.double(value);
  }

  /** Writes a float, integral ones too. */
  double(value: number): void {
    this.#opcode('G');
    const bytes = new DataView(new ArrayBuffer(8));
    bytes.setFloat64(0, value);
    this.#raw(new Uint8Array(bytes.buffer));
  }

  #integer(value: bigint): void {
    if (value >= 0n && value < 256n) this.#bytes(0x4b, Number(value));
    else if (BigInt.asIntN(32, value) === value) {
      this.#opcode('J');
      this.#uint32(Number(BigInt.asUintN(32, value)));
    } else this.#long(value);
  }

  #long(value: bigint): void {
    const bytes: number[] = [];
    let length = 5;
    while (BigInt.asIntN(8 * length, value) !== value) length++;
    if (length > 255) throw new RangeError(`${this.#where}: ${this.#place()} is an integer of more than 255 bytes`);
    for (let i = 0; i < length; i++) bytes.push(Number((value >> BigInt(8 * i)) & 255n));
    this.#bytes(0x8a, length, ...bytes);
  }

  #text(value: string): void {
    if (this.#recall(value)) return;
    const bytes = text.encode(value);
    // Half a character would be written as another one.
    if (strict.decode(bytes) !== value) {
      throw new TypeError(`${this.#where}: ${this.#place()} is a string with half a character`);
    }
    this.#opcode('X');
    this.#uint32(bytes.length);
    this.#raw(bytes);
    this.#remember(value);
  }

  /** Protocol 2 has no bytes: Python writes them as an encoded string. */
  #byteString(value: Uint8Array): void {
    this.call('_codecs', 'encode', () => {
      this.#text(Buffer.from(value).toString('latin1'));
      this.#text('latin1');
    });
  }

  #recall(value: unknown): boolean {
    const place = this.#memo.get(value);
    if (place !== undefined) this.#recallPlace(place);
    return place !== undefined;
  }

  #recallPlace(place: number): void {
    this.#opcode('j');
    this.#uint32(place);
  }

  #remember(value: unknown): void {
    this.#memo.set(value, this.#put());
  }

  /** Stores what is on top of the stack in Python's memo. */
  #put(): number {
    const place = this.#memo.size + this.#globals.size;
    this.#opcode('r');
    this.#uint32(place);
    return place;
  }

  #opcode(opcode: string): void {
    this.#bytes(opcode.charCodeAt(0));
  }

  #uint32(value: number): void {
    this.#bytes(value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24);
  }

  #bytes(...bytes: number[]): void {
    this.#raw(bytes);
  }

  #raw(bytes: ArrayLike<number>): void {
    if (this.#used + bytes.length > this.#chunk.length) {
      this.#parts.push(this.#chunk.subarray(0, this.#used));
      this.#chunk = new Uint8Array(Math.max(1 << 16, bytes.length));
      this.#used = 0;
    }
    this.#chunk.set(bytes, this.#used);
    this.#used += bytes.length;
  }
}
