import { variableName } from './camel-case.ts';
import type { Parameter, Signature } from './signature.ts';
import { union } from './typescript-type.ts';

/** One TypeScript call signature: some parameters by position, all others in an options object. */
export interface CallForm {
  readonly positional: readonly Parameter[];
  readonly options: readonly Parameter[];
  /** Are all options optional, and is there no other form for the call without them? */
  readonly omissible: boolean;
  readonly returns: string;
}

/**
 * All that PyTorch takes by position, then the rest; then each shorter beginning, where the options object names
 * what was left out: `sum(dim, keepdim?, options?)`, `sum(dim, { keepdim })`, `sum({ dim, keepdim })`. What a
 * function requires first has no name.
 */
export function callForms({ positional, named, returns }: Signature, method: boolean): CallForm[] {
  const unnamed = !method && positional[0] && !positional[0].optional ? 1 : 0;
  const allOptional = named.every(({ optional }) => optional);
  const forms: CallForm[] = [{ positional, options: named, omissible: allOptional, returns }];
  for (let n = positional.length - 1; n >= unnamed; n--) {
    const given = positional.slice(0, n).map((parameter) => ({ ...parameter, optional: false }));
    forms.push({ positional: given, options: [...positional.slice(n), ...named], omissible: false, returns });
  }
  return forms;
}

/** What every factory takes; it has a name, so that declarations stay short. */
const TENSOR_OPTIONS: readonly string[] = ['dtype', 'layout', 'device', 'pinMemory', 'requiresGrad'];

/** Columns of a line. */
export const WIDTH = 120;

function printParameter({ name, types, optional }: Parameter): string {
  return `${name}${optional ? '?' : ''}: ${union(types)}`;
}

interface OptionsType {
  readonly prefix: string;
  readonly members: readonly string[];
  readonly suffix: string;
}

/**
 * The options object's type. A tensor has a `dtype`, a `layout`, a `device` and `requiresGrad`: where these are all
 * that an options object must look like, `Options` and `TensorOptions` keep a tensor from passing for one.
 */
function optionsType({ options, omissible }: CallForm): OptionsType | undefined {
  if (options.length === 0) return undefined;
  const has = (name: string) => options.some((parameter) => parameter.name === name);
  const name = `options${omissible ? '?' : ''}: `;
  if (TENSOR_OPTIONS.every(has)) {
    const members = options.filter((parameter) => !TENSOR_OPTIONS.includes(parameter.name)).map(printParameter);
    if (members.length === 0) return { prefix: `${name}TensorOptions`, members, suffix: '' };
    return { prefix: `${name}TensorOptions & {`, members, suffix: '}' };
  }
  const members = options.map(printParameter);
  const weak = options.every(({ optional }) => optional) && TENSOR_OPTIONS.some(has);
  return weak ? { prefix: `${name}Options<{`, members, suffix: '}>' } : { prefix: `${name}{`, members, suffix: '}' };
}

/** The form as `head(…)tail`, broken over lines where it is wider than a line. */
export function printCallForm(form: CallForm, head: string, tail: string, indent: string): string {
  const positional = form.positional.map((parameter) =>
    printParameter({ ...parameter, name: variableName(parameter.name) }),
  );
  const options = optionsType(form);
  const flat = options && [options.prefix, options.members.join('; '), options.suffix].filter(Boolean).join(' ');
  const line = `${indent}${head}(${[...positional, ...(flat ? [flat] : [])].join(', ')})${tail}`;
  if (line.length <= WIDTH) return line;

  const inner = `${indent}  `;
  if (positional.length === 0 && options?.suffix === '}') {
    const members = options.members.map((text) => `${inner}${text};`);
    return [`${indent}${head}(${options.prefix}`, ...members, `${indent}${options.suffix})${tail}`].join('\n');
  }
  const lines = positional.map((text) => `${inner}${text},`);
  if (options && flat) {
    if (inner.length + flat.length < WIDTH) lines.push(`${inner}${flat},`);
    else
      lines.push(
        `${inner}${options.prefix}`,
        ...options.members.map((text) => `${inner}  ${text};`),
        `${inner}${options.suffix},`,
      );
  }
  return [`${indent}${head}(`, ...lines, `${indent})${tail}`].join('\n');
}
