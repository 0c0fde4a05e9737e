/** TorchScript modules: loaded from files, or made by tracing. */

import { decodeAny, startDecoding } from '../decode.ts';
import { encode, strings } from '../encode.ts';
import { CheckpointError, describeValue } from '../errors.ts';
import { replaceFile } from '../io/atomic-file.ts';
import { type ModuleDescription, native, reserve, useFrame, words } from '../native.ts';
import { fieldOf } from '../nn/fields.ts';
import { Module } from '../nn/module.ts';
import { printModule } from '../nn/module-printing.ts';
import { Parameter } from '../nn/parameter.ts';
import { methodFunction } from '../operator.ts';
import { kinds, type Slot, slotOf } from '../schema.ts';
import { outsideScopes, own, release, scope } from '../scope.ts';
import { Tensor, wrap } from '../tensor.ts';

/** What a TorchScript method takes and returns: tuples and lists are arrays, dicts are Maps (plain objects go in, too). */
export type ScriptValue =
  | Tensor
  | number
  | bigint
  | boolean
  | string
  | null
  | readonly ScriptValue[]
  | ReadonlyMap<unknown, unknown>
  | { readonly [key: string]: ScriptValue };

type AnyForward = (...inputs: never[]) => unknown;
type AnyMethod = (...values: unknown[]) => unknown;
type Member = ModuleDescription['members'][number];

/** The native module, released when this object is collected. */
class ScriptObject {
  readonly handle: number;
  constructor(handle: number) {
    this.handle = handle;
    outsideScopes(() => own(this));
  }
}

interface Construction {
  readonly objects: Map<number, ScriptObject>;
  readonly tensors: Map<number, Tensor>;
  /** Modules that have two places become one object. */
  readonly made: Map<ModuleDescription, RecursiveScriptModule>;
  readonly traced: boolean;
}

/** Takes over all handles of a description, so that none is left behind should reading it fail. */
function adopt({ handle, members }: ModuleDescription, construction: Construction): void {
  const { objects, tensors } = construction;
  if (objects.has(handle)) return;
  objects.set(handle, new ScriptObject(handle));
  for (const { kind, handle: tensor, module } of members) {
    if (kind === 'module') adopt(module as ModuleDescription, construction);
    else if (tensor !== undefined && tensor !== 0) tensors.set(tensor, wrap(tensor));
  }
}

/** The module of a native handle, which is used up. `source` is the module that was traced, whose tensors it shares. */
export function scriptModuleOf<F extends AnyForward>(
  handle: number,
  traced: boolean,
  source?: Module,
): RecursiveScriptModule<F> {
  return scope(() => {
    const root = new ScriptObject(handle);
    words[0] = handle;
    const description = native.describeModule();
    const construction: Construction = { objects: new Map(), tensors: new Map(), made: new Map(), traced };
    adopt(description, construction);
    release([root]);
    return new RecursiveScriptModule<F>(description, construction, source);
  });
}

/**
 * A TorchScript module (`torch.jit.ScriptModule`): it is called and trained as any other module, and its parameters,
 * buffers, submodules and attributes are its fields under their names in TorchScript, as are its methods.
 *
 * Made by `torch.jit.load` and `torch.jit.trace`. `F` is the type of `forward`.
 */
export class RecursiveScriptModule<F extends AnyForward = (...inputs: ScriptValue[]) => Tensor> extends Module {
  /** The class that it was made from. */
  readonly originalName: string;
  readonly #script: ScriptObject;
  readonly #methods = new Map<string, AnyMethod>();
  readonly #attributes = new Map<string, Slot | undefined>();
  readonly #traced: boolean;

  /** @internal `source` is the module that was traced, whose tensors it shares. */
  constructor(description: ModuleDescription, construction: Construction, source: Module | undefined) {
    super();
    const { handle, name, members, methods } = description;
    construction.made.set(description, this as unknown as RecursiveScriptModule);
    this.originalName = name;
    this.#script = construction.objects.get(handle) as ScriptObject;
    this.#traced = construction.traced;
    for (const member of members) this.#addMember(member, construction, source);
    for (const method of methods) {
      const call: AnyMethod = methodFunction(method.name, { ...method, id: handle }, (texts) =>
        native.callMethod(method.name, texts),
      );
      this.#methods.set(method.name, call);
      if (!(method.name in this)) Object.defineProperty(this, method.name, { value: call, configurable: true });
    }
  }

  override forward(...inputs: Parameters<F>): ReturnType<F> {
    return this.runMethod('forward', ...(inputs as ScriptValue[])) as ReturnType<F>;
  }

  /** The names of its methods. */
  get methodNames(): string[] {
    return [...this.#methods.keys()];
  }

  /**
   * Calls a method by name, for those whose name a module has already.
   * @throws RangeError if there is none; TorchError with TorchScript's words if it fails.
   */
  runMethod(name: string, ...inputs: ScriptValue[]): unknown {
    const method = this.#methods.get(name);
    if (method !== undefined) return method(...inputs);
    const known = this.methodNames.join(', ') || 'none';
    throw new RangeError(`${this.originalName}: there is no method ${describeValue(name)}; methods are ${known}`);
  }

  /** The value of an attribute or constant. @throws RangeError if there is none. */
  getAttribute(name: string): unknown {
    this.#expectAttribute(name);
    words[0] = this.#script.handle;
    useFrame(native.moduleAttribute(name));
    startDecoding();
    return decodeAny(() => native.strings());
  }

  /** Sets an attribute. @throws TypeError for a value that is not of its type; RangeError if there is none. */
  setAttribute(name: string, value: ScriptValue): void {
    const slot = this.#expectAttribute(name);
    if (slot === undefined) throw new TypeError(`${this.originalName}: ${name} is a constant`);
    this.#write(name, slot, value);
  }

  /** The graph of a method, as text. */
  graph(method = 'forward'): string {
    words[0] = this.#script.handle;
    return native.moduleGraph(method);
  }

  /** Writes it to a file, which appears whole or not at all; Python's `torch.jit.load` reads it. */
  save(path: string | URL): void {
    if (typeof path !== 'string' && !(path instanceof URL)) {
      throw new TypeError(`${this.originalName}: save needs a path, got ${describeValue(path)}`);
    }
    replaceFile(path, (file) => {
      words[0] = this.#script.handle;
      native.saveModule(`/dev/fd/${file}`);
    });
  }

  /** The bytes that `save` writes. */
  saveToBuffer(): Uint8Array {
    words[0] = this.#script.handle;
    return new Uint8Array(native.saveModule() as ArrayBuffer);
  }

  override extraRepr(): string {
    return `original_name=${this.originalName}`;
  }

  override toString(): string {
    return printModule(this, this.#traced ? this.originalName : undefined);
  }

  #expectAttribute(name: string): Slot | undefined {
    if (this.#attributes.has(name)) return this.#attributes.get(name);
    throw new RangeError(`${this.originalName}: there is no attribute ${describeValue(name)}`);
  }

  #write(name: string, slot: Slot, value: unknown): void {
    strings.length = 0;
    reserve(64);
    words[0] = this.#script.handle;
    if (encode(slot, value, 1) < 0) {
      throw new TypeError(`${this.originalName}: ${name} cannot be ${describeValue(value)}`);
    }
    native.setModuleAttribute(name, strings);
  }

  #addMember(
    { name, kind, type, handle, module }: Member,
    construction: Construction,
    source: Module | undefined,
  ): void {
    if (kind === 'constant') this.#addAttribute(name, undefined);
    else if (name === 'training') this.#addTraining();
    else if (kind === 'attribute') this.#addAttribute(name, slotOf(type as NonNullable<typeof type>));
    else {
      if (name === '' || name.includes('.') || name in this) {
        throw new CheckpointError(`a script module cannot have a ${kind} of the name ${describeValue(name)}`);
      }
      const original = source === undefined ? undefined : fieldOf(source, name);
      if (kind === 'module') {
        const description = module as ModuleDescription;
        const child =
          construction.made.get(description) ??
          new RecursiveScriptModule(description, construction, original instanceof Module ? original : undefined);
        this.registerModule(name, child);
      } else
        this.#addTensor(
          name,
          kind,
          slotOf(type as NonNullable<typeof type>),
          construction.tensors.get(handle as number) ?? null,
          original,
        );
    }
  }

  /** A field whose changes TorchScript sees. */
  #addTensor(name: string, kind: 'parameter' | 'buffer', slot: Slot, tensor: Tensor | null, original: unknown): void {
    let value: Tensor | null = original instanceof Tensor && tensor !== null ? original : tensor;
    if (kind === 'buffer') this.registerBuffer(name, value);
    else {
      // A parameter has a tensor of its own, so that no scope can free it.
      if (value !== null && !(value instanceof Parameter)) {
        value = new Parameter(value, value.requiresGrad);
        this.#write(name, slot, value);
      }
      this.registerParameter(name, value as Parameter | null);
    }
    Object.defineProperty(this, name, {
      enumerable: true,
      configurable: true,
      get: () => value,
      set: (next: Tensor | null) => {
        this.#write(name, slot, next);
        value = next;
      },
    });
  }

  #addTraining(): void {
    const slot = { kind: kinds.Bool, nullable: false, size: 0, elements: [] };
    let training = true;
    this.#attributes.set('training', slot);
    training = this.getAttribute('training') as boolean;
    Object.defineProperty(this, 'training', {
      enumerable: true,
      configurable: true,
      get: () => training,
      set: (mode: boolean) => {
        this.#write('training', slot, mode);
        training = mode;
      },
    });
  }

  #addAttribute(name: string, slot: Slot | undefined): void {
    this.#attributes.set(name, slot);
    if (name in this) return;
    Object.defineProperty(this, name, {
      configurable: true,
      get: () => this.getAttribute(name),
      set: (value: ScriptValue) => this.setAttribute(name, value),
    });
  }
}
