import { expectNumber } from '../arguments.ts';
import { describeValue } from '../errors.ts';
import { Module } from '../nn/module.ts';
import { ModuleDict } from '../nn/module-dict.ts';
import type { Labels } from '../relation.ts';
import type { Tensor } from '../tensor.ts';
import { type EmbeddingLoss, expectModule, type TupleMiner } from './embedding-loss.ts';
import type { LossCall } from './loss-batch.ts';

/** Things in a list, or by name. */
type Several<T> = readonly T[] | Readonly<Record<string, T>>;

export interface MultipleLossesOptions {
  losses: Several<EmbeddingLoss>;
  /** The miner of each loss, by the same positions or names; null, or no entry, for a loss without. None by default. */
  miners?: Several<TupleMiner | null> | null;
  /** What each loss is multiplied by; all 1 by default. */
  weights?: Several<number> | null;
}

function entriesOf<T>(where: string, value: Several<T>): [string, T][] {
  if (typeof value === 'object' && value !== null) return Object.entries(value);
  throw new TypeError(`${where} must be an array or an object, got ${describeValue(value)}`);
}

/**
 * The sum of several losses of the same embeddings, each with its weight and its miner (pytorch-metric-learning's
 * `MultipleLosses`, whose documentation says average, but which adds, too). Losses stand in the state dict as
 * `losses.0` or `losses.name`, miners as `miners.…`.
 *
 * @throws TypeError for `tuples` in a call where miners choose them; RangeError for names or numbers that do not agree.
 * @example
 * const lossFn = new torch.losses.MultipleLosses({
 *   losses: { hard: new torch.losses.TripletMarginLoss(), all: new torch.losses.TripletMarginLoss({ margin: 0.2 }) },
 *   miners: { hard: new torch.miners.BatchHardMiner() },
 *   weights: { hard: 1, all: 0.5 },
 * });
 */
export class MultipleLosses extends Module {
  readonly losses: ModuleDict<EmbeddingLoss>;
  readonly miners: ModuleDict<TupleMiner>;
  /** By the names of the losses, or their positions. */
  readonly weights: Readonly<Record<string, number>>;

  constructor({ losses, miners = null, weights = null }: MultipleLossesOptions) {
    super();
    const where = 'MultipleLosses';
    const named = entriesOf(`${where}: losses`, losses);
    const names = named.map(([name]) => name);
    for (const [name, loss] of named) expectModule(`${where}: losses ${name}`, loss);
    const withMiner = miners === null ? [] : entriesOf(`${where}: miners`, miners);
    const stray = withMiner.find(([name]) => !names.includes(name));
    if (stray !== undefined)
      throw new RangeError(`${where}: miners must be of losses ${names.join(', ')}, got ${stray[0]}`);
    const chosen = withMiner.filter((entry): entry is [string, TupleMiner] => entry[1] != null);
    for (const [name, miner] of chosen) expectModule(`${where}: miners ${name}`, miner);
    const factors =
      weights === null ? names.map((name) => [name, 1] as const) : entriesOf(`${where}: weights`, weights);
    const given = factors.map(([name]) => name);
    if (given.length !== names.length || !names.every((name) => given.includes(name))) {
      throw new RangeError(`${where}: weights must be of losses ${names.join(', ')}, got ${given.join(', ')}`);
    }
    for (const [name, weight] of factors) expectNumber(`${where}: weights ${name}`, weight);
    this.losses = new ModuleDict(named);
    this.miners = new ModuleDict(chosen);
    this.weights = Object.fromEntries(factors);
  }

  override forward(embeddings: Tensor, labels: Labels, call: LossCall = {}): Tensor {
    if (this.miners.length > 0 && call.tuples !== undefined) {
      throw new TypeError('MultipleLosses: takes tuples where it has no miners of its own, got both');
    }
    let total: Tensor | undefined;
    for (const [name, loss] of this.losses.items()) {
      const { reference, referenceLabels } = call;
      const candidates = {
        ...(reference === undefined ? {} : { reference }),
        ...(referenceLabels === undefined ? {} : { referenceLabels }),
      };
      const tuples = this.miners.get(name)?.(embeddings, labels, candidates);
      const own = loss(embeddings, labels, tuples === undefined ? call : { ...call, tuples });
      const weighed = own.mul(this.weights[name] as number);
      total = total === undefined ? weighed : total.add(weighed);
    }
    return total ?? embeddings.sum().mul(0);
  }
}
