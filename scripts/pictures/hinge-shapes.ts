/** The hinge, its square and its smooth form by the gap that they are of. */

import * as torch from '../../lib/index.ts';
import { between, limits, lineChart } from './chart.ts';

const margin = 1;

export function hingeShapes(): string {
  const gaps = between(-1, 3, 201);
  const scores = torch.tensor(gaps);
  const positive = torch.ones([gaps.length]);
  const ofScores = (lossFn: torch.nn.HingeLoss | torch.nn.SquaredHingeLoss) =>
    lossFn(scores, positive).tolist() as number[];
  const curve = (values: readonly number[]) => gaps.map((gap, i) => [gap, values[i] as number] as const);
  return lineChart({
    description: 'The hinge, the squared hinge and the smooth hinge by the gap, with margin 1',
    x: { label: 'gap: d(a, n) − d(a, p), or y·s', domain: [-1, 3] },
    y: { label: 'loss', domain: [0, 4] },
    below: limits([
      [0, 'wrong order | right order'],
      [margin, 'margin'],
    ]),
    lines: [
      {
        name: 'hinge',
        points: curve(ofScores(new torch.nn.HingeLoss({ margin, reduction: 'none' }))),
        at: [-0.93, 1.2],
      },
      {
        name: 'squared',
        points: curve(ofScores(new torch.nn.SquaredHingeLoss({ margin, reduction: 'none' }))),
        at: [-0.78, 3.55],
      },
      { name: 'smooth', points: curve(smoothHinge(gaps)), at: [1.55, 0.62] },
    ],
    marginRight: 20,
  });
}

/** Of triplets on a line: the anchor at 0, the positive at 1.5, and the negative as much farther as the gap says. */
function smoothHinge(gaps: readonly number[]): number[] {
  const distance = new torch.distances.LpDistance({ normalizeEmbeddings: false });
  const lossFn = new torch.losses.TripletMarginLoss({ margin, smoothLoss: true, distance });
  const reference = torch.tensor([1.5, ...gaps.map((gap) => 1.5 + gap)]).unsqueeze(1);
  const referenceLabels = torch.tensor([0n, ...gaps.map(() => 1n)]);
  const negative = torch.arange(1, gaps.length + 1);
  const zeros = torch.zerosLike(negative);
  const [part] = lossFn.unreduced(torch.zeros([1, 1]), torch.tensor([0n]), {
    reference,
    referenceLabels,
    tuples: { anchor: zeros, positive: zeros, negative },
  });
  return part!.values.tolist() as number[];
}
