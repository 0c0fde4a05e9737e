/**
 * Decimal digits as Python writes them. `Number.toFixed` is not enough: it rounds ties up, where Python goes by the exact
 * value and rounds ties to the even digit, and from 1e21 on it writes an exponent.
 */

/** A finite number's exact value, `mantissa * 2 ** exponent`, without its sign. */
interface Exact {
  readonly mantissa: bigint;
  readonly exponent: number;
}

const bits = new DataView(new ArrayBuffer(8));

function exact(value: number): Exact {
  bits.setFloat64(0, value);
  const word = bits.getBigUint64(0);
  const biased = Number((word >> 52n) & 0x7ffn);
  const fraction = word & 0xfffffffffffffn;
  if (biased === 0) return { mantissa: fraction, exponent: -1074 };
  return { mantissa: fraction | 0x10000000000000n, exponent: biased - 1075 };
}

/** `value * 10 ** power` as an integer, ties to even. */
function scaled({ mantissa, exponent }: Exact, power: number): bigint {
  let numerator = mantissa;
  let denominator = 1n;
  if (power >= 0) numerator *= 10n ** BigInt(power);
  else denominator *= 10n ** BigInt(-power);
  if (exponent >= 0) numerator <<= BigInt(exponent);
  else denominator <<= BigInt(-exponent);
  const quotient = numerator / denominator;
  const twice = 2n * (numerator % denominator);
  const up = twice > denominator || (twice === denominator && (quotient & 1n) === 1n);
  return up ? quotient + 1n : quotient;
}

function signOf(value: number): string {
  return value < 0 || Object.is(value, -0) ? '-' : '';
}

function special(value: number): string | undefined {
  if (Number.isNaN(value)) return 'nan';
  if (Number.isFinite(value)) return undefined;
  return value > 0 ? 'inf' : '-inf';
}

function withPoint(digits: string, places: number): string {
  if (places === 0) return digits;
  const padded = digits.padStart(places + 1, '0');
  return `${padded.slice(0, -places)}.${padded.slice(-places)}`;
}

/** Python's `f'{value:.{places}f}'`. */
export function fixed(value: number, places: number): string {
  return special(value) ?? signOf(value) + withPoint(scaled(exact(value), places).toString(), places);
}

/** Python's `f'{value:.{places}e}'`. */
export function scientific(value: number, places: number): string {
  const name = special(value);
  if (name !== undefined) return name;
  let exponent = 0;
  let digits = 0n;
  if (value !== 0) {
    const parts = exact(value);
    // The shortest form of a number may lie on the other side of a power of ten than its exact value.
    exponent = Number(value.toExponential().split('e')[1]);
    digits = scaled(parts, places - exponent);
    if (digits < 10n ** BigInt(places)) digits = scaled(parts, places - --exponent);
    if (digits >= 10n ** BigInt(places + 1)) digits = scaled(parts, places - ++exponent);
  }
  const power = Math.abs(exponent).toString().padStart(2, '0');
  return `${signOf(value)}${withPoint(digits.toString(), places)}e${exponent < 0 ? '-' : '+'}${power}`;
}

/** Python's `repr` of a float: the shortest digits that give the number back. */
export function shortest(value: number): string {
  const name = special(value);
  if (name !== undefined) return name;
  const [digits, power] = value.toExponential().split('e') as [string, string];
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 16) {
    return `${digits}e${exponent < 0 ? '-' : '+'}${Math.abs(exponent).toString().padStart(2, '0')}`;
  }
  const plain = signOf(value) + Math.abs(value).toString();
  return plain.includes('.') ? plain : `${plain}.0`;
}
