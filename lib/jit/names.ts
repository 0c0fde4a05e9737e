/** Names of classes and arguments that are names in Python, too. */

const keywords = new Set(
  (
    'False None True and as assert async await break class continue def del elif else except finally for from global if ' +
    'import in is lambda nonlocal not or pass raise return try while with yield self print'
  ).split(' '),
);

const identifier = /^[A-Za-z_]\w*$/;

/** A class's name in TorchScript. */
export function className(name: string): string {
  const clean = name.replace(/\W/g, '_');
  return identifier.test(clean) && !keywords.has(clean) ? clean : `Module_${clean}`;
}

/** The names of a function's first arguments as its source has them; numbered ones where they are no plain names. */
export function argumentNames(callee: (...values: never[]) => unknown, count: number): string[] {
  const source = Function.prototype.toString.call(callee);
  const list = /^[^(=]*\(([^()]*)\)|^(\w+)\s*=>/.exec(source);
  const names = (list?.[1] ?? list?.[2] ?? '').split(',').map((name) => name.trim());
  const given = names.slice(0, count);
  const usable = given.every((name) => identifier.test(name) && !keywords.has(name)) && new Set(given).size === count;
  return usable ? given : Array.from({ length: count }, (_, i) => `argument_${i + 1}`);
}
