/** What Python's compiler is for. */

/**
 * Always throws: `torch.jit.script` compiles Python source, and JavaScript is none.
 * @throws TypeError that says what to do instead.
 */
export function script(_module?: unknown): never {
  throw new TypeError(
    'jit.script compiles Python source. Use jit.trace for a model that is written here, or script the model in Python, ' +
      'save it with torch.jit.save, and read it with jit.load.',
  );
}
