/** dtypes are PyTorch's names as strings; `torch.float32` is the string `'float32'`. */

/** Names in the order of `c10::ScalarType`, whose number is the index. `undefined` where hinge offers no such dtype. */
const names = [
  'uint8',
  'int8',
  'int16',
  'int32',
  'int64',
  'float16',
  'float32',
  'float64',
  'complex32',
  'complex64',
  'complex128',
  'bool',
  'qint8',
  'quint8',
  'qint32',
  'bfloat16',
  'quint4x2',
  'quint2x4',
  'bits1x8',
  'bits2x4',
  'bits4x2',
  'bits8',
  'bits16',
  'float8_e5m2',
  'float8_e4m3fn',
  'float8_e5m2fnuz',
  'float8_e4m3fnuz',
  'uint16',
  'uint32',
  'uint64',
] as const;

/** The name of a tensor's element type. */
export type DType = (typeof names)[number];

const codes = new Map<string, number>(names.map((name, code) => [name, code]));

/** PyTorch's other names. */
const aliases: Readonly<Record<string, DType>> = {
  half: 'float16',
  float: 'float32',
  double: 'float64',
  short: 'int16',
  int: 'int32',
  long: 'int64',
  chalf: 'complex32',
  cfloat: 'complex64',
  cdouble: 'complex128',
};
for (const [alias, name] of Object.entries(aliases)) codes.set(alias, codes.get(name) as number);

/** The number of a dtype in libtorch, or undefined for a string that names none. */
export function dtypeCode(name: unknown): number | undefined {
  return typeof name === 'string' ? codes.get(name) : undefined;
}

/** The name of libtorch's dtype number. */
export function dtypeName(code: number): DType {
  const name = names[code];
  if (name === undefined) throw new RangeError(`no dtype has the number ${code}`);
  return name;
}

/** Checks a dtype that a user gave: `where` names the function and argument. */
export function expectDType(where: string, value: unknown): DType {
  const code = dtypeCode(value);
  if (code === undefined) {
    throw new TypeError(
      `${where} must be a dtype such as 'float32', got ${typeof value === 'string' ? `'${value}'` : typeof value}`,
    );
  }
  return dtypeName(code);
}

export type ComplexDType = 'complex32' | 'complex64' | 'complex128';
export type FloatDType = 'float16' | 'bfloat16' | 'float32' | 'float64';

export function isComplexDType(dtype: DType): dtype is ComplexDType {
  return dtype.startsWith('complex');
}

export function isFloatingDType(dtype: DType): boolean {
  return dtype.startsWith('float') || dtype.startsWith('bfloat');
}
