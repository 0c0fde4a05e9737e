/** What the contrastive loss makes of a pair, by its distance. */

import * as torch from '../../lib/index.ts';
import { colorOf } from '../../lib/plots/palette.ts';
import { between, limits, lineChart } from './chart.ts';

const [posMargin, negMargin] = [0.2, 0.7];

export function contrastive(): string {
  const distances = between(0, 1.2, 121);
  const [positives, negatives] = lossesOf(distances);
  const curve = (values: readonly number[]) => distances.map((distance, i) => [distance, values[i] as number] as const);
  return lineChart({
    description: 'The contrastive loss of positive and negative pairs by their distance',
    x: { label: 'distance of the pair' },
    y: { label: 'loss', domain: [0, 1] },
    below: limits([
      [posMargin, `posMargin ${posMargin}`],
      [negMargin, `negMargin ${negMargin}`],
    ]),
    lines: [
      { name: 'same class: pulled', points: curve(positives), color: colorOf(2), at: [0.86, 0.82], anchor: 'end' },
      { name: 'other class: pushed', points: curve(negatives), color: colorOf(1), at: [0.27, 0.55] },
    ],
    marginRight: 20,
  });
}

/** Losses of pairs whose anchor is at 0, and whose other row lies at each distance. */
function lossesOf(distances: readonly number[]): [number[], number[]] {
  const distance = new torch.distances.LpDistance({ normalizeEmbeddings: false });
  const lossFn = new torch.losses.ContrastiveLoss({ posMargin, negMargin, distance });
  const places = torch.tensor([...distances, ...distances]).unsqueeze(1);
  const classes = [...distances.map(() => 0n), ...distances.map(() => 1n)];
  const parts = lossFn.unreduced(torch.zeros([1, 1]), torch.tensor([0n]), {
    reference: places,
    referenceLabels: torch.tensor(classes),
  });
  return parts.map(({ values }) => values.tolist()) as [number[], number[]];
}
