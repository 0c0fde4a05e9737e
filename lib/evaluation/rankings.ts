/** The rankings that queries see, measured a block at a time. */

import type { Distance } from '../distances/distance.ts';
import { cat, zeros } from '../generated/torch.ts';
import type { Tensor } from '../tensor.ts';
import type { Measure, Ranking } from './metric.ts';
import { searchNearest } from './nearest-search.ts';
import type { Judgement, Relevance } from './relevance.ts';

export interface RankingOptions {
  readonly relevance: Relevance;
  readonly k: number | null | 'max bin count';
  readonly distance: Distance;
  readonly withoutSelf: boolean;
}

interface Measured {
  /** Of each name, float64 `[A]`: of the queries that have a right answer. */
  readonly values: ReadonlyMap<string, Tensor>;
  /** The rows of those queries, int64 `[A]`. */
  readonly answered: Tensor;
}

/** Moves candidates that are to be passed over behind the others. */
function withoutIgnored({ hits, ignored, gains, idealGains }: Judgement): Omit<Judgement, 'ignored'> {
  if (ignored === null) return { hits, gains, idealGains };
  const order = ignored.to('uint8').sort({ dim: 1, stable: true })[1] as Tensor;
  return { hits: hits.gather(1, order), gains: gains?.gather(1, order) ?? null, idealGains };
}

export function measureRankings(
  query: Tensor,
  reference: Tensor,
  measures: ReadonlyMap<string, Measure>,
  { relevance, k, distance, withoutSelf }: RankingOptions,
): Measured {
  const { counts, mostIgnored, judge } = relevance;
  const answered = counts.gt(0).nonzero().squeeze(1);
  const names = [...measures.keys()];
  if (answered.numel() === 0 || names.length === 0) {
    const none = zeros([0], { dtype: 'float64', device: query.device });
    return { values: new Map(names.map((name) => [name, none])), answered };
  }
  const available = (reference.shape[0] as number) - (withoutSelf ? 1 : 0);
  const mostRelevant = counts.max().item() as number;
  const limit = k === 'max bin count' ? mostRelevant : (k ?? available);
  const windows = new Map(
    [...measures].map(([name, { depth }]) => {
      if (typeof depth === 'number') return [name, depth];
      return [name, Math.min(limit, depth === 'R' ? mostRelevant : available)];
    }),
  );
  const deepest = Math.min(available, Math.max(...windows.values()));
  const count = Math.min(available, deepest + mostIgnored);
  const blocks = searchNearest(query, reference, { distance, count, withoutSelf }, (begin, { indices }) => {
    const relevant = counts.narrow(0, begin, indices.shape[0] as number);
    const rows = relevant.gt(0).nonzero().squeeze(1);
    const { hits, gains, idealGains } = withoutIgnored(judge(begin, indices));
    const pick = (from: Tensor) => from.narrow(1, 0, deepest).index([rows]).double();
    const ranking: Ranking = {
      hits: pick(hits),
      relevant: relevant.index([rows]).double(),
      gains: gains === null ? null : pick(gains),
      idealGains: idealGains === null ? null : pick(idealGains),
    };
    return new Map([...measures].map(([name, { measure }]) => [name, measure(ranking, windows.get(name) as number)]));
  });
  return {
    values: new Map(names.map((name) => [name, cat(blocks.map((block) => block.get(name) as Tensor))])),
    answered,
  };
}
