/** Where negatives are hard, semi-hard and easy: as the miner sorts them. */

import * as Plot from '@observablehq/plot';
import * as torch from '../../lib/index.ts';
import { colorOf } from '../../lib/plots/palette.ts';
import { drawChart, ink } from './chart.ts';

const margin = 0.6;
const radius = 0.9;

type Zone = 'hard' | 'semihard' | 'easy';
const zones: readonly { type: Zone; name: string; color: string; label: readonly [number, number] }[] = [
  { type: 'hard', name: 'hard: nearer than the positive', color: colorOf(1), label: [2, 1.2] },
  { type: 'semihard', name: 'semi-hard: farther, within the margin', color: '#b07d00', label: [2, 0] },
  { type: 'easy', name: 'easy: farther by more than it, loss 0', color: colorOf(2), label: [2, -1.2] },
];

function circle(r: number): [number, number][] {
  return Array.from({ length: 181 }, (_, i) => [r * Math.cos((i * Math.PI) / 90), r * Math.sin((i * Math.PI) / 90)]);
}

export function tripletZones(): string {
  torch.manualSeed(1);
  const positive = [-radius * Math.SQRT1_2, radius * Math.SQRT1_2];
  const negatives = torch.randn([90, 2]).mul(0.85).tolist() as [number, number][];
  const shown = negatives.filter(([x, y]) => Math.hypot(x, y) < 1.95 && Math.hypot(x, y) > 0.16);
  const points = torch.tensor([[0, 0], positive, ...shown]);
  const labels = torch.tensor([0n, 0n, ...shown.map((_, i) => BigInt(i + 1))]);
  const distance = new torch.distances.LpDistance({ normalizeEmbeddings: false });
  const dots = zones.flatMap(({ type, color }) => {
    const triplets = new torch.miners.TripletMarginMiner({ margin, typeOfTriplets: type, distance })(points, labels);
    const ofTheAnchor = triplets.anchor.eq(0);
    const rows = triplets.negative.index([ofTheAnchor]).tolist() as number[];
    return Plot.dot(
      rows.map((row) => shown[row - 2]),
      { fill: color, r: 3.5 },
    );
  });
  const names = [
    { point: [0, 0], name: 'a' },
    { point: positive, name: 'p' },
  ];
  return drawChart('Negatives around an anchor: hard, semi-hard and easy', {
    width: 560,
    margin: 8,
    aspectRatio: 1,
    x: { axis: null, domain: [-2.1, 6.6] },
    y: { axis: null, domain: [-2, 2] },
    marks: [
      Plot.line(circle(radius + margin), { fill: '#b07d00', fillOpacity: 0.14, stroke: ink, strokeDasharray: '4,4' }),
      Plot.line(circle(radius), { fill: colorOf(1), fillOpacity: 0.16, stroke: ink }),
      Plot.link([0], { x1: 0, y1: 0, x2: positive[0], y2: positive[1], stroke: colorOf(0), strokeWidth: 1.8 }),
      dots,
      Plot.dot([[0, 0], positive], { fill: colorOf(0), r: 6 }),
      Plot.text(names, {
        x: ({ point }) => point[0],
        y: ({ point }) => point[1],
        dx: -12,
        dy: -9,
        text: 'name',
        fill: colorOf(0),
        fontWeight: 700,
      }),
      zones.map(({ name, color, label }) =>
        Plot.text([label], { text: () => name, fill: color, fontWeight: 600, textAnchor: 'start', dx: 8 }),
      ),
    ],
  });
}
