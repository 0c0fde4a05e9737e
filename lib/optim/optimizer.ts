/** The base of every optimizer. */

import { inspect } from 'node:util';
import { enableGrad, noGrad } from '../autograd/modes.ts';
import { describeValue } from '../errors.ts';
import { native, words } from '../native.ts';
import { repr, reprFloat } from '../nn/python-repr.ts';
import type { HookHandle } from '../nn/registry.ts';
import { zeroGrad } from '../nn/zero-grad.ts';
import { scope } from '../scope.ts';
import { Tensor, wrap } from '../tensor.ts';
import { loadOptimizerState, type OptimizerStateDict, optimizerStateDict } from './state-dict.ts';

/** Parameters that share options. The options may be changed between steps: `optimizer.paramGroups[0].lr = 0.01`. */
export type ParamGroup<Options> = Options & { params: Tensor[]; paramNames?: string[] };

/** A parameter, or one with its name, as `module.namedParameters()` gives it. */
type ParamInput = Tensor | readonly [string, Tensor];

/** Parameters and the options in which they differ from the optimizer's. */
export type ParamGroupInput<Options> = Partial<Options> & { params: Tensor | Iterable<ParamInput> };

/** What an optimizer is made for: `model.parameters()`, `model.namedParameters()`, or a list of groups. */
export type OptimizerParams<Options> = Iterable<ParamInput> | Iterable<ParamGroupInput<Options>>;

/** Options that every optimizer has. */
export interface OptimizerOptions {
  /** Learning rate. */
  lr: number;
  /** Ascends instead of descending. */
  maximize: boolean;
  /** Whether all parameters are updated together; null is yes. The results are the same on the CPU. */
  foreach: boolean | null;
  /** Whether one kernel does the whole update; null is no. Faster, with other roundings, as in Python. */
  fused: boolean | null;
}

/** A closure computes the loss anew and calls `backward`. */
export type Closure<T> = () => T;

type StepHook = (optimizer: Optimizer) => void;

/** What an optimizer keeps for one parameter. */
export type ParamState = Record<string, Tensor | number | null>;

function isGroup(value: unknown): value is ParamGroupInput<object> {
  return typeof value === 'object' && value !== null && !(value instanceof Tensor) && 'params' in value;
}

/**
 * The base of every optimizer (`torch.optim.Optimizer`). A step runs under `noGrad` and in a scope of its own; state is
 * never freed by a scope.
 */
export abstract class Optimizer<
  Options extends OptimizerOptions = OptimizerOptions,
  State extends ParamState = ParamState,
> {
  /** Options of groups that name none. */
  readonly defaults: Options;
  readonly paramGroups: ParamGroup<Options>[] = [];
  readonly state = new Map<Tensor, State>();
  readonly #preHooks: StepHook[] = [];
  readonly #postHooks: StepHook[] = [];

  constructor(params: OptimizerParams<Options>, defaults: Options) {
    const where = new.target.name;
    this.defaults = defaults;
    const iterable = (params as Partial<Iterable<unknown>> | null)?.[Symbol.iterator];
    if (params instanceof Tensor || typeof iterable !== 'function') {
      throw new TypeError(`${where}: params must be an iterable of tensors or groups, got ${describeValue(params)}`);
    }
    const list = [...(params as Iterable<ParamInput | ParamGroupInput<Options>>)];
    if (list.length === 0) throw new RangeError(`${where}: params must not be empty`);
    const groups = isGroup(list[0]) ? list : [{ params: list as ParamInput[] } as unknown as ParamGroupInput<Options>];
    for (const group of groups) this.addParamGroup(group as ParamGroupInput<Options>);
  }

  /**
   * Adds parameters with options of their own (`Optimizer.add_param_group`).
   * @throws RangeError for a tensor that is no leaf or belongs to another group.
   */
  addParamGroup(input: ParamGroupInput<Options>): void {
    const where = `${this.constructor.name}: params`;
    if (!isGroup(input)) throw new TypeError(`${where} must be given as { params }, got ${describeValue(input)}`);
    const given = input.params instanceof Tensor ? [input.params] : [...input.params];
    const names = given.flatMap((each) => (Array.isArray(each) ? [each[0] as string] : []));
    const params = given.map((each) => (Array.isArray(each) ? each[1] : each) as Tensor);
    if (names.length !== 0 && names.length !== params.length) {
      throw new TypeError(`${where} must all have names, or none, got ${names.length} names of ${params.length}`);
    }
    const taken = new Set(this.paramGroups.flatMap((group) => group.params));
    for (const param of params) {
      if (!(param instanceof Tensor)) throw new TypeError(`${where} must be tensors, got ${describeValue(param)}`);
      if (!param.isLeaf && !param.retainsGrad) {
        throw new RangeError(`${where} must be leaves, got a tensor that was computed from others`);
      }
      if (taken.has(param)) throw new RangeError(`${where} must belong to one group, got one of two`);
    }
    const [first] = this.paramGroups;
    if (first !== undefined && (first.paramNames !== undefined) !== names.length > 0) {
      throw new TypeError(`${where} must have names in every group, or in none`);
    }
    if (new Set(params).size !== params.length) {
      process.emitWarning(`${where}: a group holds the same tensor twice, which will be updated twice`);
    }
    const group = { ...this.defaults, ...input, params } as ParamGroup<Options>;
    for (const key of Object.keys(this.defaults) as (keyof Options & string)[]) {
      if (group[key] === undefined) group[key] = this.defaults[key] as ParamGroup<Options>[typeof key];
    }
    if (names.length > 0) group.paramNames = names;
    this.check(group);
    this.paramGroups.push(group);
  }

  /**
   * Updates every parameter that has a gradient.
   * @param closure computes the loss anew; it runs first, with gradients recorded.
   * @returns what the closure returned.
   */
  step(): undefined;
  step<T>(closure: Closure<T>): T;
  step<T>(closure?: Closure<T>): T | undefined {
    for (const hook of [...this.#preHooks]) hook(this);
    const loss = closure === undefined ? undefined : enableGrad(closure);
    noGrad(() => scope(() => this.#update()));
    for (const hook of [...this.#postHooks]) hook(this);
    return loss;
  }

  /** Forgets gradients, or sets them to zero (`Optimizer.zero_grad`). */
  zeroGrad(setToNone = true): void {
    for (const group of this.paramGroups) zeroGrad(group.params, setToNone);
  }

  /** State and options under PyTorch's own names, parameters as numbers (`Optimizer.state_dict`). */
  stateDict(): OptimizerStateDict {
    return optimizerStateDict(this as unknown as Optimizer);
  }

  /**
   * Takes over what `stateDict` gave, copied, on the parameters' devices (`Optimizer.load_state_dict`).
   * @throws CheckpointError if groups or their parameters differ in number.
   */
  loadStateDict(state: OptimizerStateDict): void {
    loadOptimizerState(this as unknown as Optimizer, state);
  }

  /** Calls `hook` before each step (`register_step_pre_hook`). */
  registerStepPreHook(hook: (optimizer: this) => void): HookHandle {
    return this.#addHook('registerStepPreHook', this.#preHooks, hook as StepHook);
  }

  /** Calls `hook` after each step (`register_step_post_hook`). */
  registerStepPostHook(hook: (optimizer: this) => void): HookHandle {
    return this.#addHook('registerStepPostHook', this.#postHooks, hook as StepHook);
  }

  /** As Python prints it. */
  toString(): string {
    const lines = this.paramGroups.map((group, i) => {
      const options = Object.entries(this.options(group)).sort(([a], [b]) => (a < b ? -1 : 1));
      return [`Parameter Group ${i}`, ...options.map(([key, value]) => `    ${key}: ${print(key, value)}`)].join('\n');
    });
    return `${this.constructor.name} (\n${lines.join('\n')}\n)`;
  }

  /** @internal A group's options under PyTorch's names, with those that are fixed here. */
  abstract options(group: ParamGroup<Options>): Record<string, unknown>;

  /** Checks a group's options. */
  protected abstract check(options: Options): void;

  /** Changes parameters of one group, given their gradients. */
  protected abstract update(group: ParamGroup<Options>, params: Tensor[], grads: Tensor[]): void;

  #update(): void {
    for (const group of this.paramGroups) {
      const params: Tensor[] = [];
      const grads: Tensor[] = [];
      for (const param of group.params) {
        // Not `param.grad`: its object would outlive the step.
        words[0] = param.handle;
        words[1] = 0;
        native.grad();
        const handle = words[0] as number;
        if (handle === 0) continue;
        params.push(param);
        grads.push(wrap(handle));
      }
      if (params.length === 0) continue;
      if (group.foreach === false && group.fused !== true) {
        for (const [i, param] of params.entries()) this.update(group, [param], [grads[i] as Tensor]);
      } else this.update(group, params, grads);
    }
  }

  #addHook(where: string, hooks: StepHook[], hook: StepHook): HookHandle {
    if (typeof hook !== 'function') {
      throw new TypeError(`${where}: hook must be a function, got ${describeValue(hook)}`);
    }
    const entry: StepHook = (optimizer) => hook(optimizer);
    hooks.push(entry);
    return {
      remove: () => {
        const position = hooks.indexOf(entry);
        if (position >= 0) hooks.splice(position, 1);
      },
    };
  }
}

/** Options that are floats in Python even where they are integral. */
const floats = new Set(['lr', 'eps', 'betas']);

function print(key: string, value: unknown): string {
  if (!floats.has(key)) return repr(value);
  return Array.isArray(value) ? `(${value.map(reprFloat).join(', ')})` : reprFloat(value as number);
}

Object.defineProperty(Optimizer.prototype, inspect.custom, {
  value: function (this: Optimizer) {
    return this.toString();
  },
  writable: true,
  configurable: true,
});

/** Checks a number that must not be negative. */
export function expectNotNegative(where: string, value: number): void {
  if (typeof value !== 'number') throw new TypeError(`${where} must be a number, got ${describeValue(value)}`);
  if (!(value >= 0)) throw new RangeError(`${where} must be at least 0, got ${value}`);
}
