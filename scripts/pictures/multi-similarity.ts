/** How hard the multi-similarity loss pulls and pushes a pair, alone and beside another one. */

import * as torch from '../../lib/index.ts';
import { colorOf } from '../../lib/plots/palette.ts';
import { between, limits, lineChart } from './chart.ts';

const similarities = between(-0.2, 1, 241);

/**
 * The size of the gradient by the similarity of one pair of each anchor, the other pair of that kind having a similarity of
 * `beside`, or not being there.
 */
function weights(kind: 'positive' | 'negative', beside: number | null): (readonly [number, number])[] {
  const count = similarities.length;
  const distance = new torch.distances.DotProductSimilarity({ normalizeEmbeddings: false });
  const lossFn = new torch.losses.MultiSimilarityLoss({ distance, reducer: new torch.reducers.SumReducer() });
  const others = beside === null ? [] : similarities.map(() => beside);
  // One component, so that the similarity to an anchor of 1 is the number itself.
  const reference = torch
    .tensor([...similarities, ...others])
    .unsqueeze(1)
    .requiresGrad_();
  const referenceLabels = torch.full([reference.shape[0] as number], kind === 'positive' ? 0n : 1n);
  const own = torch.arange(count);
  const candidates = torch.arange(reference.shape[0] as number);
  const pairs = { anchor: candidates.remainder(count), other: candidates };
  const none = own.narrow(0, 0, 0);
  const tuples =
    kind === 'positive'
      ? { positiveAnchor: pairs.anchor, positive: pairs.other, negativeAnchor: none, negative: none }
      : { positiveAnchor: none, positive: none, negativeAnchor: pairs.anchor, negative: pairs.other };
  const labels = torch.full([count], 0n);
  lossFn(torch.ones([count, 1]), labels, { reference, referenceLabels, tuples }).backward();
  const gradient = reference.grad!.narrow(0, 0, count).abs().flatten().tolist() as number[];
  return similarities.map((similarity, i) => [similarity, gradient[i] as number] as const);
}

export function multiSimilarity(): string {
  return lineChart({
    description: 'The weight of a pair in the multi-similarity loss by its similarity',
    x: { label: 'cosine similarity of the pair' },
    y: { label: 'weight in the gradient', domain: [0, 1] },
    below: limits([[0.5, 'base 0.5']]),
    lines: [
      { name: 'positive, alone', points: weights('positive', null), color: colorOf(2), at: [-0.17, 0.87] },
      { name: '… beside one at 0', points: weights('positive', 0), color: colorOf(2), dashed: true, at: [-0.18, 0.27] },
      {
        name: 'negative, alone',
        points: weights('negative', null),
        color: colorOf(1),
        at: [0.47, 0.93],
        anchor: 'end',
      },
      {
        name: '… beside one at 0.7',
        points: weights('negative', 0.7),
        color: colorOf(1),
        dashed: true,
        at: [0.75, 0.6],
      },
    ],
    marginRight: 90,
  });
}
