/** Values as Python prints them, for the printed forms of modules and optimizers. */

/** A float: `1` is `1.0`, `1e-6` is `1e-06`. */
export function reprFloat(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';
  const [digits, exponentText] = value.toExponential().split('e') as [string, string];
  const exponent = Number(exponentText);
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  if (exponent < -4 || exponent >= 16) {
    return `${digits}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  const plain = value.toString();
  // Between 1e-7 and 1e-4 both write exponents, and JavaScript writes integers up to 1e21 without one, as needed here.
  return plain.includes('.') ? plain : `${plain}.0`;
}

/** What Python's `repr` gives for a number (an integral one counts as an int), boolean, null, string or tuple of them. */
export function repr(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : reprFloat(value);
  if (typeof value === 'string') return `'${value}'`;
  if (Array.isArray(value)) return value.length === 1 ? `(${repr(value[0])},)` : `(${value.map(repr).join(', ')})`;
  return String(value);
}
