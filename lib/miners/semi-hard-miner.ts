import { expectNumber, expectOneOf } from '../arguments.ts';
import { cat, searchsorted, zerosLike } from '../generated/torch.ts';
import type { Pairs } from '../pairs.ts';
import { type SemiHardRule, semiHardRules, semiHardTriplets } from '../selection/semi-hard-rule.ts';
import type { Tensor } from '../tensor.ts';
import type { Triplets } from '../triplets.ts';
import { BlockMiner, type BlockMinerOptions } from './block-miner.ts';
import type { MinerBatch } from './miner.ts';
import { canSelectPairs, selectTriplets } from './select-pairs.ts';
import { joinPairs } from './tuple-blocks.ts';

export interface SemiHardMinerOptions<Rule extends SemiHardRule = SemiHardRule> extends BlockMinerOptions {
  /** Whose definition; `'tfa'` by default. */
  rule?: Rule;
  /** For `'pml'` and `'quaterion'`: how far beyond the positive a negative may be; 0.2 by default. */
  margin?: number;
}

/** Quaterion's rule gives pairs, the others triplets. */
export type SemiHardTuples<Rule extends SemiHardRule> = Rule extends 'quaterion' ? Pairs : Triplets;

/** Which `values` v have one of `sorted` in the open interval from `v + low` to `v + high`. */
function hasBetween(values: Tensor, sorted: Tensor, low: number, high: number): Tensor {
  const begin = searchsorted(sorted, values.add(low), { right: true });
  const end = searchsorted(sorted, values.add(high), { right: false });
  return end.gt(begin);
}

/**
 * Picks semi-hard negatives, which are farther than the positive but near, by one of the five rules that go by that
 * name: see `SemiHardRule`.
 *
 * @returns triplets ordered by anchor; pairs for `'quaterion'`.
 * @throws RangeError for another rule, TypeError for a margin that is no number.
 * @example
 * const miner = new torch.miners.SemiHardMiner({ rule: 'tf-similarity' });
 * lossFn(embeddings, labels, { tuples: miner(embeddings, labels) });
 */
export class SemiHardMiner<Rule extends SemiHardRule = 'tfa'> extends BlockMiner<SemiHardTuples<Rule>> {
  readonly rule: Rule;
  readonly margin: number;

  constructor(options: SemiHardMinerOptions<Rule> = {}) {
    super(options);
    const { rule = 'tfa' as Rule, margin = 0.2 } = options;
    expectOneOf('SemiHardMiner: rule', rule, semiHardRules);
    expectNumber('SemiHardMiner: margin', margin);
    this.rule = rule;
    this.margin = margin;
  }

  protected override mine(batch: MinerBatch): SemiHardTuples<Rule> {
    const rule: SemiHardRule = this.rule;
    const mined = rule === 'quaterion' ? this.#ofAnyAnchor(batch) : this.#ofOneAnchor(batch, rule);
    return mined as SemiHardTuples<Rule>;
  }

  #ofOneAnchor(batch: MinerBatch, rule: Exclude<SemiHardRule, 'quaterion'>): Triplets {
    if (rule === 'pml-easy-hard' && this.unfiltered && canSelectPairs(batch, this.distance)) {
      return selectTriplets(batch, this.distance, 'easy', 'semihard');
    }
    return this.triplets(batch, ({ distances, related }) => semiHardTriplets(rule, distances, related, this.margin));
  }

  /** Twice over the blocks: the positive distances, which are few, are kept between. */
  #ofAnyAnchor(batch: MinerBatch): Pairs {
    const { self } = batch.relation;
    const found = this.blocks(batch, ({ begin, distances, related }) => {
      const [row, positive] = related.positives.nonzero().unbind(1) as [Tensor, Tensor];
      const own = self === null ? [] : [distances.diagonal(self + begin)];
      return { anchor: row.add(begin), positive, values: distances.index([row, positive]), own };
    });
    if (found.length === 0) return joinPairs([], batch.embeddings.device);
    const values = cat(found.map((block) => block.values));
    const [limits] = cat([values, ...found.flatMap((block) => block.own)]).sort();
    const active = zerosLike(values, { dtype: 'bool' });
    const negatives = this.pairs(batch, ({ distances, related }) => {
      const [row, negative] = related.negatives.nonzero().unbind(1) as [Tensor, Tensor];
      const others = distances.index([row, negative]);
      const [sorted] = others.sort();
      active.logicalOr_(hasBetween(values, sorted as Tensor, 0, this.margin));
      const chosen = hasBetween(others, limits as Tensor, -this.margin, 0);
      const [anchor, other] = [row.index([chosen]), negative.index([chosen])];
      return { positiveAnchor: anchor, positive: other, negativeAnchor: anchor, negative: other };
    });
    return {
      positiveAnchor: cat(found.map((block) => block.anchor)).index([active]),
      positive: cat(found.map((block) => block.positive)).index([active]),
      negativeAnchor: negatives.negativeAnchor,
      negative: negatives.negative,
    };
  }
}
