/** The base of every optimizer. */

import { inspect } from 'node:util';
import { enableGrad, noGrad } from '../autograd/modes.ts';
import { isFloatingDType } from '../dtype.ts';
import { DTypeError, describeValue } from '../errors.ts';
import { native, words } from '../native.ts';
import type { HookOptions } from '../nn/hookable.ts';
import type { HookHandle } from '../nn/registry.ts';
import { zeroGrad } from '../nn/zero-grad.ts';
import { keep, scope } from '../scope.ts';
import { Tensor, wrap } from '../tensor.ts';
import {
  everyStep,
  Hooks,
  type OptimizerHook,
  type StateDictHook,
  type StepPostHook,
  type StepPreHook,
} from './hooks.ts';
import { expectModes, expectRate, type FusedOptions, type OptimizerOptions } from './options.ts';
import { type ParamGroup, type ParamGroupInput, type ParamInput, readParamGroup } from './param-group.ts';
import { printOptimizer } from './printing.ts';
import { loadOptimizerState, type OptimizerStateDict, optimizerStateDict, packGroup } from './state-dict.ts';

/** What an optimizer is made for: `model.parameters()`, `model.namedParameters()`, or a list of groups. */
export type OptimizerParams<Options> = Iterable<ParamInput> | Iterable<ParamGroupInput<Options>>;

/** A closure computes the loss anew and calls `backward`. */
export type Closure<T> = () => T;

type StateValue = Tensor | number | null | undefined;

/** What an optimizer keeps for one parameter. */
export type ParamState = Record<string, StateValue | StateValue[]>;

const floats: ReadonlySet<string> = new Set(
  `lr eps betas lambd alpha rho d beta2_decay etas ns_coefficients initial_lr max_lr min_lr swa_lr base_momentum max_momentum`.split(
    ' ',
  ),
);

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
  /** @internal Whether a step was taken, which schedulers want to know. */
  hasStepped = false;
  readonly #beforeStep = new Hooks<StepPreHook>();
  readonly #afterStep = new Hooks<StepPostHook>();
  readonly #beforeSave = new Hooks<OptimizerHook>();
  readonly #afterSave = new Hooks<StateDictHook>();
  readonly #beforeLoad = new Hooks<StateDictHook>();
  readonly #afterLoad = new Hooks<OptimizerHook>();

  constructor(params: OptimizerParams<Options>, defaults: Options) {
    const where = new.target.name;
    this.defaults = defaults;
    const iterable = (params as Partial<Iterable<unknown>> | null)?.[Symbol.iterator];
    if (params instanceof Tensor || typeof iterable !== 'function') {
      throw new TypeError(`${where}: params must be an iterable of tensors or groups, got ${describeValue(params)}`);
    }
    const list = [...(params as Iterable<ParamInput | ParamGroupInput<Options>>)];
    if (list.length === 0) throw new RangeError(`${where}: params must not be empty`);
    const first = list[0];
    const isGroups = typeof first === 'object' && first !== null && !(first instanceof Tensor) && 'params' in first;
    const groups = isGroups ? list : [{ params: list as ParamInput[] } as unknown as ParamGroupInput<Options>];
    for (const group of groups) this.addParamGroup(group as ParamGroupInput<Options>);
  }

  /**
   * Adds parameters with options of their own (`Optimizer.add_param_group`).
   * @throws RangeError for a tensor that is no leaf or belongs to another group.
   */
  addParamGroup(input: ParamGroupInput<Options>): void {
    const where = this.constructor.name;
    const group = readParamGroup(`${where}: params`, input, this.defaults, this.paramGroups);
    expectRate(`${where}: lr`, group.lr);
    expectModes(this.constructor, group);
    this.check(group);
    keep(group.lr);
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
    const self = this as unknown as Optimizer;
    let args: readonly unknown[] = closure === undefined ? [] : [closure];
    for (const hooks of [everyStep.before, this.#beforeStep]) {
      for (const hook of hooks.all) {
        const replaced = hook(self, args);
        if (replaced === undefined || replaced === null) continue;
        if (!Array.isArray(replaced)) {
          throw new TypeError(
            `step: a hook must return nothing or a list of arguments, got ${describeValue(replaced)}`,
          );
        }
        args = replaced;
      }
    }
    this.hasStepped = true;
    const loss = this.run(args[0] as Closure<T> | undefined);
    for (const hooks of [this.#afterStep, everyStep.after]) for (const hook of hooks.all) hook(self, args);
    return loss;
  }

  /** Forgets gradients, or sets them to zero (`Optimizer.zero_grad`). */
  zeroGrad(setToNone = true): void {
    for (const group of this.paramGroups) zeroGrad(group.params, setToNone);
  }

  /** State and options under PyTorch's own names, parameters as numbers (`Optimizer.state_dict`). */
  stateDict(): OptimizerStateDict {
    const self = this as unknown as Optimizer;
    for (const hook of this.#beforeSave.all) hook(self);
    let state = optimizerStateDict(self);
    for (const hook of this.#afterSave.all) state = hook(self, state) ?? state;
    return state;
  }

  /**
   * Takes over what `stateDict` gave, copied, on the parameters' devices (`Optimizer.load_state_dict`).
   * @throws CheckpointError if groups or their parameters differ in number.
   */
  loadStateDict(state: OptimizerStateDict): void {
    const self = this as unknown as Optimizer;
    // A copy, so that hooks may change it.
    let given = { ...state };
    for (const hook of this.#beforeLoad.all) given = hook(self, given) ?? given;
    loadOptimizerState(self, given);
    for (const hook of this.#afterLoad.all) hook(self);
  }

  /** Calls `hook` before each step; a list that it returns replaces the arguments (`register_step_pre_hook`). */
  registerStepPreHook(hook: StepPreHook<this>): HookHandle {
    return this.#beforeStep.add('registerStepPreHook', hook as StepPreHook);
  }

  /** Calls `hook` after each step (`register_step_post_hook`). */
  registerStepPostHook(hook: StepPostHook<this>): HookHandle {
    return this.#afterStep.add('registerStepPostHook', hook as StepPostHook);
  }

  /** Calls `hook` before each `stateDict` (`register_state_dict_pre_hook`). */
  registerStateDictPreHook(hook: OptimizerHook<this>, options?: HookOptions): HookHandle {
    return this.#beforeSave.add('registerStateDictPreHook', hook as OptimizerHook, options);
  }

  /** Calls `hook` with each state dict, which it may change or replace (`register_state_dict_post_hook`). */
  registerStateDictPostHook(hook: StateDictHook<this>, options?: HookOptions): HookHandle {
    return this.#afterSave.add('registerStateDictPostHook', hook as StateDictHook, options);
  }

  /** Calls `hook` with what is to be loaded, which it may replace (`register_load_state_dict_pre_hook`). */
  registerLoadStateDictPreHook(hook: StateDictHook<this>, options?: HookOptions): HookHandle {
    return this.#beforeLoad.add('registerLoadStateDictPreHook', hook as StateDictHook, options);
  }

  /** Calls `hook` after each `loadStateDict` (`register_load_state_dict_post_hook`). */
  registerLoadStateDictPostHook(hook: OptimizerHook<this>, options?: HookOptions): HookHandle {
    return this.#afterLoad.add('registerLoadStateDictPostHook', hook as OptimizerHook, options);
  }

  /** As Python prints it. */
  toString(): string {
    return printOptimizer(this as unknown as Optimizer, (key, value) => this.printsFloat(key, value));
  }

  /** @internal A group's options under PyTorch's names. */
  options(group: ParamGroup<Options>): Record<string, unknown> {
    return packGroup(group);
  }

  /** @internal Whether PyTorch counts this optimizer's steps in a tensor. */
  get stepIsTensor(): boolean {
    return true;
  }

  /** Whether an option, by PyTorch's name, is a float in Python even where it is integral. */
  protected printsFloat(key: string, _value: unknown): boolean {
    return floats.has(key);
  }

  /** Checks a group's options, but for those that `OptimizerOptions` and its extensions name. */
  protected abstract check(options: Options): void;

  /** Changes parameters of one group, given their gradients. */
  protected abstract update(group: ParamGroup<Options>, params: Tensor[], grads: Tensor[]): void;

  /** One step between its hooks. */
  protected run<T>(closure: Closure<T> | undefined): T | undefined {
    const loss = closure === undefined ? undefined : enableGrad(closure);
    for (const group of this.paramGroups) {
      expectModes(this.constructor, group);
      this.updateGroup(group);
    }
    return loss;
  }

  /** What is kept for a parameter, made when it is first met; with dense gradients only, unless `sparse`. */
  protected stateOf(param: Tensor, grad: Tensor, make: () => State, sparse = false): State {
    const known = this.state.get(param);
    if (known !== undefined) return known;
    if (!sparse) this.expectDense(grad);
    const state = keep(make());
    this.state.set(param, state);
    return state;
  }

  /** @throws TypeError for a sparse gradient. */
  protected expectDense(grad: Tensor): void {
    if (grad.layout !== 'strided') {
      throw new TypeError(`${this.constructor.name}: gradients must be dense, got one of layout ${grad.layout}`);
    }
  }

  /** @throws DTypeError for parameters that fused kernels do not take. */
  protected expectFloating(param: Tensor): void {
    if (!isFloatingDType(param.dtype)) {
      throw new DTypeError(`${this.constructor.name}: fused needs floating-point parameters, got ${param.dtype}`);
    }
  }

  /** Whether PyTorch would use its formulas for lists of tensors, which round otherwise at times. */
  protected usesLists(group: Partial<FusedOptions>, params: readonly Tensor[]): boolean {
    if (group.foreach !== null && group.foreach !== undefined) return group.foreach;
    return (group.fused ?? null) === null && params.every((param) => param.isCuda);
  }

  /** Changes those parameters of a group that have a gradient, outside of any graph. */
  protected updateGroup(group: ParamGroup<Options>): void {
    noGrad(() => scope(() => this.#updateWithGradients(group)));
  }

  #updateWithGradients(group: ParamGroup<Options>): void {
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
    if (params.length === 0) return;
    const { foreach, fused } = group as Partial<FusedOptions>;
    if (foreach === false && fused !== true) {
      for (const [i, param] of params.entries()) this.update(group, [param], [grads[i] as Tensor]);
    } else this.update(group, params, grads);
  }
}

Object.defineProperty(Optimizer.prototype, inspect.custom, {
  value: function (this: Optimizer) {
    return this.toString();
  },
  writable: true,
  configurable: true,
});
