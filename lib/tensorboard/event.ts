/** TensorBoard's events as protocol buffers: the few fields that it reads of what we write. */

/** A field of a message: an integer, a double, a float, or bytes (text, another message). */
type Field = Uint8Array;

const text = new TextEncoder();

function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  return bytes;
}

const key = (field: number, wireType: number) => varint(BigInt(field * 8 + wireType));

const integer = (field: number, value: number): Field => Uint8Array.from([...key(field, 0), ...varint(BigInt(value))]);

function fixed(field: number, wireType: number, array: Float64Array | Float32Array): Field {
  return Uint8Array.from([...key(field, wireType), ...new Uint8Array(array.buffer)]);
}

const double = (field: number, value: number) => fixed(field, 1, Float64Array.of(value));
const float = (field: number, value: number) => fixed(field, 5, Float32Array.of(value));

function bytes(field: number, value: Uint8Array | string): Field {
  const content = typeof value === 'string' ? text.encode(value) : value;
  return message(Uint8Array.from([...key(field, 2), ...varint(BigInt(content.length))]), content);
}

const doubles = (field: number, values: readonly number[]) =>
  bytes(field, new Uint8Array(Float64Array.from(values).buffer));

function message(...fields: readonly Field[]): Uint8Array {
  return Buffer.concat(fields);
}

/** How often values fall between limits: `counts[i]` of them are above `limits[i - 1]` and at most `limits[i]`. */
export interface Histogram {
  readonly min: number;
  readonly max: number;
  readonly count: number;
  readonly sum: number;
  readonly sumOfSquares: number;
  readonly limits: readonly number[];
  readonly counts: readonly number[];
}

// What Event, Summary, Summary.Value, SummaryMetadata, HistogramProto and TensorProto call their fields.
const eventFields = { wallTime: 1, step: 2, fileVersion: 3, summary: 5 };
const valueFields = { tag: 1, simpleValue: 2, histogram: 5, tensor: 8, metadata: 9 };

/** The first event of a file. */
export function versionEvent(wallTime: number): Uint8Array {
  return message(double(eventFields.wallTime, wallTime), bytes(eventFields.fileVersion, 'brain.Event:2'));
}

function event(wallTime: number, step: number, tag: string, content: readonly Field[]): Uint8Array {
  const value = message(bytes(valueFields.tag, tag), ...content);
  return message(
    double(eventFields.wallTime, wallTime),
    integer(eventFields.step, step),
    bytes(eventFields.summary, bytes(1, value)),
  );
}

export function scalarEvent(wallTime: number, step: number, tag: string, value: number): Uint8Array {
  return event(wallTime, step, tag, [float(valueFields.simpleValue, value)]);
}

export function textEvent(wallTime: number, step: number, tag: string, value: string): Uint8Array {
  const stringDType = 7;
  const shapeOfOne = bytes(2, integer(1, 1));
  const tensor = message(integer(1, stringDType), bytes(2, shapeOfOne), bytes(8, value));
  const metadata = bytes(1, bytes(1, 'text'));
  return event(wallTime, step, tag, [bytes(valueFields.metadata, metadata), bytes(valueFields.tensor, tensor)]);
}

export function histogramEvent(wallTime: number, step: number, tag: string, histogram: Histogram): Uint8Array {
  const { min, max, count, sum, sumOfSquares, limits, counts } = histogram;
  const content = message(
    double(1, min),
    double(2, max),
    double(3, count),
    double(4, sum),
    double(5, sumOfSquares),
    doubles(6, limits),
    doubles(7, counts),
  );
  return event(wallTime, step, tag, [bytes(valueFields.histogram, content)]);
}
