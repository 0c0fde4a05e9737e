/** What angular losses make of the angle between an embedding and its class. */

import * as torch from '../../lib/index.ts';
import { withAngle, withCombinedMargin, withMultipleAngle } from '../../lib/losses/angular-margin.ts';
import { between, ink, lineChart, type NamedLine } from './chart.ts';

const degrees = Math.PI / 180;

export function angularMargins(): string {
  const angles = between(0, 180, 181);
  const cosines = torch.tensor(
    angles.map((angle) => Math.cos(angle * degrees)),
    { dtype: 'float64' },
  );
  const curve = (values: torch.Tensor): NamedLine['points'] => {
    const list = values.tolist() as number[];
    return angles.map((angle, i) => [angle, list[i] as number] as const);
  };
  return lineChart({
    description: 'The target logit, before its scale, by the angle to the own class',
    x: { label: 'angle to the own class, degrees', ticks: [0, 30, 60, 90, 120, 150, 180] },
    y: { label: 'target logit / s', domain: [-2, 1], ticks: [-2, -1, 0, 1] },
    lines: [
      { name: 'softmax: cos t', points: curve(cosines), color: ink, dashed: true, at: [184, -0.85] },
      { name: 'CosFace (0.35)', points: curve(cosines.sub(0.35)), at: [184, -1.69] },
      { name: 'ArcFace (28.6°)', points: curve(withAngle(cosines, 28.6 * degrees)), at: [184, -1.13] },
      {
        name: 'combined (1, 0.3, 0.2)',
        points: curve(withCombinedMargin(cosines, { m1: 1, m2: 0.3, m3: 0.2 })),
        at: [184, -1.41],
      },
      { name: 'SphereFace (4)', points: curve(withMultipleAngle(cosines, 4)), at: [74, -1.7] },
    ],
    marginRight: 178,
  });
}
