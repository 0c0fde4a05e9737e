/** Warnings of functions, each told once, as Python tells each place of a warning once. */

const told = new Set<string>();

export function warnOnce(message: string): void {
  if (told.has(message)) return;
  told.add(message);
  process.emitWarning(message);
}
