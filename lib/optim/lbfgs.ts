/** Limited-memory BFGS. */

import { enableGrad, noGrad } from '../autograd/modes.ts';
import { isComplexDType } from '../dtype.ts';
import { describeValue } from '../errors.ts';
import { cat, viewAsReal, zerosLike } from '../generated/torch.ts';
import { expectCount, readTrailing, type Trailing } from '../nn/arguments.ts';
import { current, inScope, keep, scope } from '../scope.ts';
import { Tensor } from '../tensor.ts';
import { type Closure, Optimizer, type OptimizerParams, type ParamState } from './optimizer.ts';
import type { OptimizerOptions } from './options.ts';
import type { ParamGroup, ParamGroupInput } from './param-group.ts';
import { isLess, min, mul, numberOf, type Quantity, sub } from './quantity.ts';
import { type Place, strongWolfe } from './strong-wolfe.ts';

export interface LbfgsOptions extends OptimizerOptions {
  /** The most iterations in a step; 20 by default. */
  maxIter: number;
  /** The most evaluations of the closure in a step; null is `maxIter * 5 / 4`. */
  maxEval: number | null;
  /** Stops where no gradient is greater; 1e-7 by default. */
  toleranceGrad: number;
  /** Stops where the loss or the parameters change by less; 1e-9 by default. */
  toleranceChange: number;
  /** How many of the last moves are remembered; 100 by default. */
  historySize: number;
  /** How the length of a move is found; null takes `lr` for it. */
  lineSearchFn: 'strong_wolfe' | null;
}

interface LbfgsState extends ParamState {
  funcEvals: number;
  nIter: number;
  al?: (Tensor | null)[];
  d?: Tensor;
  t?: Quantity;
  oldDirs?: Tensor[];
  oldStps?: Tensor[];
  ro?: Tensor[];
  HDiag?: Quantity;
  prevFlatGrad?: Tensor;
  prevLoss?: number;
}

const defaults: LbfgsOptions = {
  lr: 1,
  maxIter: 20,
  maxEval: null,
  toleranceGrad: 1e-7,
  toleranceChange: 1e-9,
  historySize: 100,
  lineSearchFn: null,
};

type LbfgsArguments = Trailing<
  [
    lr: Quantity,
    maxIter: number,
    maxEval: number | null,
    toleranceGrad: number,
    toleranceChange: number,
    historySize: number,
    lineSearchFn: LbfgsOptions['lineSearchFn'],
  ],
  Partial<LbfgsOptions>
>;

/**
 * Limited-memory BFGS (Nocedal 1980; `torch.optim.LBFGS`), for one group of parameters. A step evaluates its closure many
 * times.
 *
 * @example
 * const optimizer = new optim.LBFGS(model.parameters(), { lineSearchFn: 'strong_wolfe' });
 * optimizer.step(() => {
 *   optimizer.zeroGrad();
 *   const loss = lossFn(model(x), y);
 *   loss.backward();
 *   return loss;
 * });
 */
export class LBFGS extends Optimizer<LbfgsOptions, LbfgsState> {
  constructor(params: OptimizerParams<LbfgsOptions>, ...rest: LbfgsArguments) {
    const names = 'lr maxIter maxEval toleranceGrad toleranceChange historySize lineSearchFn'.split(' ');
    const options = readTrailing('LBFGS', names as (keyof LbfgsOptions)[], rest, defaults);
    super(params, { ...options, maxEval: options.maxEval ?? Math.floor((options.maxIter * 5) / 4) });
  }

  override addParamGroup(input: ParamGroupInput<LbfgsOptions>): void {
    if (this.paramGroups.length > 0) throw new RangeError('LBFGS: params must be in one group, got more');
    super.addParamGroup(input);
  }

  /** Python writes the rate as it was given, 1 by default. */
  protected override printsFloat(key: string, value: unknown): boolean {
    return key.startsWith('tolerance') || (key !== 'lr' && super.printsFloat(key, value));
  }

  protected check({ maxIter, maxEval, historySize, lineSearchFn }: LbfgsOptions): void {
    expectCount('LBFGS: maxIter', maxIter);
    if (maxEval !== null) expectCount('LBFGS: maxEval', maxEval);
    expectCount('LBFGS: historySize', historySize);
    if (lineSearchFn !== null && lineSearchFn !== 'strong_wolfe') {
      throw new RangeError(`LBFGS: lineSearchFn must be 'strong_wolfe' or null, got ${describeValue(lineSearchFn)}`);
    }
  }

  protected update(): void {
    throw new TypeError('LBFGS: step must be given a closure');
  }

  protected override run<T>(closure: Closure<T> | undefined): T | undefined {
    if (typeof closure !== 'function')
      throw new TypeError(`LBFGS: step must be given a closure, got ${describeValue(closure)}`);
    const around = current;
    let first: { value: T } | undefined;
    // What a closure makes belongs to the scope around the step, as with every optimizer.
    const evaluate = () => {
      const value = inScope(around, () => enableGrad(closure));
      first ??= { value };
      return value instanceof Tensor ? (value.item() as number) : Number(value);
    };
    noGrad(() => scope(() => this.#iterate(evaluate)));
    return first?.value;
  }

  #iterate(evaluate: () => number): void {
    const [group] = this.paramGroups as [ParamGroup<LbfgsOptions>];
    const { params, lr, maxIter, toleranceGrad, toleranceChange, lineSearchFn } = group;
    const maxEval = group.maxEval as number;
    const state = this.#state(params[0] as Tensor);
    let loss = evaluate();
    let evaluations = 1;
    state.funcEvals++;
    let grad = this.#gradient();
    const isSolved = () => !isLess(toleranceGrad, grad.abs().max());
    if (isSolved()) return;
    let { d, t, prevLoss } = state;
    for (let iteration = 1; iteration <= maxIter; iteration++) {
      state.nIter++;
      d = this.#direction(state, grad, d, t, group.historySize);
      if (state.prevFlatGrad === undefined) state.prevFlatGrad = grad.clone();
      else state.prevFlatGrad.copy_(grad);
      prevLoss = loss;
      t = state.nIter === 1 ? mul(min(1, grad.abs().sum().reciprocal()), lr) : lr;
      const slope = grad.dot(d);
      if (isLess(-toleranceChange, slope)) break;
      let used = 0;
      if (lineSearchFn !== null) {
        const found = this.#search(evaluate, { t: 0, loss, grad, slope }, t, d, maxEval - evaluations, toleranceChange);
        ({ loss, grad, t } = found.place);
        used = found.evaluations;
        this.#move(t, d);
      } else {
        this.#move(t, d);
        if (iteration !== maxIter) {
          loss = evaluate();
          grad = this.#gradient();
          used = 1;
        }
      }
      evaluations += used;
      state.funcEvals += used;
      if (iteration === maxIter || evaluations >= maxEval || isSolved()) break;
      if (!isLess(toleranceChange, d.mul(t).abs().max())) break;
      if (Math.abs(loss - prevLoss) < toleranceChange) break;
    }
    const { oldDirs, oldStps, ro, HDiag, prevFlatGrad, prevLoss: _, ...rest } = state;
    const next = { ...rest, d, t, oldDirs, oldStps, ro, HDiag, prevFlatGrad, prevLoss };
    this.state.set(params[0] as Tensor, keep(next) as LbfgsState);
  }

  #state(param: Tensor): LbfgsState {
    const state = this.state.get(param) ?? { funcEvals: 0, nIter: 0 };
    this.state.set(param, state);
    return state;
  }

  /** The direction of the next move, from the gradient and what is remembered. */
  #direction(state: LbfgsState, grad: Tensor, d: Tensor | undefined, t: Quantity | undefined, size: number): Tensor {
    if (state.nIter === 1 || state.prevFlatGrad === undefined || d === undefined || t === undefined) {
      Object.assign(state, { oldDirs: [], oldStps: [], ro: [], HDiag: 1 });
      return grad.neg();
    }
    const { oldDirs, oldStps, ro } = state as Required<LbfgsState>;
    const y = grad.sub(state.prevFlatGrad);
    const s = d.mul(t);
    const ys = y.dot(s);
    if (isLess(1e-10, ys)) {
      if (oldDirs.length === size) for (const list of [oldDirs, oldStps, ro]) list.shift();
      oldDirs.push(y);
      oldStps.push(s);
      ro.push(ys.reciprocal());
      state.HDiag = ys.div(y.dot(y));
    }
    state.al ??= Array.from({ length: size }, () => null);
    const al = state.al;
    const q = grad.neg();
    for (let i = oldDirs.length - 1; i >= 0; i--) {
      const part = (oldStps[i] as Tensor).dot(q).mul(ro[i] as Tensor);
      al[i] = part;
      q.add_(oldDirs[i] as Tensor, { alpha: -numberOf(part) });
    }
    const r = q.mul(state.HDiag as Tensor);
    for (const [i, old] of oldStps.entries()) {
      const part = (oldDirs[i] as Tensor).dot(r).mul(ro[i] as Tensor);
      r.add_(old, { alpha: numberOf(sub(al[i] as Tensor, part)) });
    }
    return r;
  }

  #search(
    evaluate: () => number,
    start: Place,
    t: Quantity,
    d: Tensor,
    most: number,
    tolerance: number,
  ): ReturnType<typeof strongWolfe> {
    const { params } = this.paramGroups[0] as ParamGroup<LbfgsOptions>;
    const before = params.map((param) => param.clone());
    const at = (distance: Quantity): Place => {
      this.#move(distance, d);
      const loss = evaluate();
      const grad = this.#gradient();
      for (const [i, param] of params.entries()) param.copy_(before[i] as Tensor);
      return { t: distance, loss, grad, slope: grad.dot(d) };
    };
    return strongWolfe(at, start, t, d, most, tolerance);
  }

  /** Gradients as one vector, zero where there is none. */
  #gradient(): Tensor {
    const { params } = this.paramGroups[0] as ParamGroup<LbfgsOptions>;
    return cat(
      params.map((param) => {
        let grad = param.grad ?? zerosLike(param);
        if (grad.isSparse) grad = grad.toDense();
        const flat = grad.reshape([-1]);
        return isComplexDType(flat.dtype) ? viewAsReal(flat).reshape([-1]) : flat;
      }),
    );
  }

  /** Moves parameters along a vector. */
  #move(distance: Quantity, vector: Tensor): void {
    const { params } = this.paramGroups[0] as ParamGroup<LbfgsOptions>;
    let offset = 0;
    for (const param of params) {
      const real = isComplexDType(param.dtype) ? viewAsReal(param) : param;
      const length = real.numel();
      real.add_(vector.narrow(0, offset, length).viewAs(real), { alpha: numberOf(distance) });
      offset += length;
    }
  }
}
