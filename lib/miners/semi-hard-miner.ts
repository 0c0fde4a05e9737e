import { expectNumber, expectOneOf } from '../arguments.ts';
import { cat, zerosLike } from '../generated/torch.ts';
import type { Pairs } from '../pairs.ts';
import type { Tensor } from '../tensor.ts';
import type { Triplets } from '../triplets.ts';
import { BlockMiner, type BlockMinerOptions } from './block-miner.ts';
import { marginTriplets } from './margin-triplets.ts';
import type { MinerBatch } from './miner.ts';
import { canSelectPairs, selectTriplets } from './select-pairs.ts';
import {
  beyondHardestPositive,
  easyHardSemiHard,
  hasBetween,
  type SemiHardRule,
  semiHardRules,
  tfaSemiHard,
} from './semi-hard-rule.ts';
import { joinPairs } from './tuple-blocks.ts';

export interface SemiHardMinerOptions<Rule extends SemiHardRule = SemiHardRule> extends BlockMinerOptions {
  /** Whose definition; `'tfa'` by default. */
  rule?: Rule;
  /** For `'pml'` and `'quaterion'`: how far beyond the positive a negative may be; 0.2 by default. */
  margin?: number;
}

/** Quaterion's rule gives pairs, the others triplets. */
export type SemiHardTuples<Rule extends SemiHardRule> = Rule extends 'quaterion' ? Pairs : Triplets;

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
    const mined = this.rule === 'quaterion' ? this.#ofAnyAnchor(batch) : this.#ofOneAnchor(batch);
    return mined as SemiHardTuples<Rule>;
  }

  #ofOneAnchor(batch: MinerBatch): Triplets {
    if (this.rule === 'pml-easy-hard' && this.unfiltered && canSelectPairs(batch, this.distance)) {
      return selectTriplets(batch, this.distance, 'easy', 'semihard');
    }
    return this.triplets(batch, ({ distances, related }) => {
      switch (this.rule) {
        case 'pml': {
          const { anchor, positive, negative } = marginTriplets(distances, related, this.margin, 'semihard');
          return { anchor, positive, negative };
        }
        case 'pml-easy-hard':
          return easyHardSemiHard(distances, related);
        case 'tf-similarity':
          return beyondHardestPositive(distances, related);
        default:
          return tfaSemiHard(distances, related);
      }
    });
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
