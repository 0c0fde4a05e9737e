/** Drops each `_` and capitalises the letter after it; a trailing `_` stays: `clamp_min_` is `clampMin_`. */
export function camelCase(name: string): string {
  if (name.startsWith('_')) throw new RangeError(`camelCase: ${name} is private, it has no public spelling`);
  return name.replace(/_+([^_])/g, (_, next: string) => next.toUpperCase());
}

const RESERVED: ReadonlySet<string> = new Set(
  (
    'arguments await break case catch class const continue debugger default delete do else enum eval export extends false finally ' +
    'for function if implements import in instanceof interface let new null package private protected public return static super ' +
    'switch this throw true try typeof var void while with yield'
  ).split(' '),
);

/** The name as a variable: a reserved word gets a `_`. */
export function variableName(name: string): string {
  return RESERVED.has(name) ? `${name}_` : name;
}
