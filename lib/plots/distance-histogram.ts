import * as Plot from '@observablehq/plot';
import { expectInteger } from '../arguments.ts';
import type { PairScores } from '../evaluation/pair-scores.ts';
import { histc } from '../generated/torch.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { draw, halo, horizontal, type PlotSize, vertical } from './drawing.ts';
import { right, wrong } from './palette.ts';

export interface DistanceHistogramOptions extends PlotSize {
  /** 60 by default. */
  bins?: number;
  /** Where a line is drawn, such as the `value` of a `VerificationThreshold`. */
  threshold?: number;
  /** What screen readers say. */
  description?: string;
}

/**
 * How far apart pairs of one class are, and pairs of different classes, each as shares of its kind, as SVG text. What the two
 * have in common is what no threshold tells apart.
 *
 * @throws RangeError where pairs of either kind are missing, or a score is not finite.
 * @example
 * const pairs = torch.evaluation.scoreAllPairs(embeddings, labels);
 * writeFileSync('distances.svg', distanceHistogram(pairs));
 */
export function distanceHistogram(
  { scores, same, similarity }: PairScores,
  options: DistanceHistogramOptions = {},
): string {
  const { bins = 60, threshold, width = 560, height = 300, description = 'Distances of pairs' } = options;
  expectInteger('distanceHistogram: bins', bins);
  const { kinds, least, step } = scope(() => {
    const kinds = [scores.maskedSelect(same), scores.maskedSelect(same.logicalNot())];
    if (kinds.some((values) => values.numel() === 0)) {
      throw new RangeError('distanceHistogram: pairs must be of both kinds, got one kind');
    }
    const [least, most] = [scores.min().item() as number, scores.max().item() as number];
    if (!Number.isFinite(least) || !Number.isFinite(most)) {
      throw new RangeError('distanceHistogram: scores must be finite numbers, got others');
    }
    const step = (most - least || 1) / bins;
    const shares = (values: Tensor) =>
      histc(values.double(), bins, { min: least, max: least + step * bins })
        .div(values.numel())
        .tolist() as number[];
    return { kinds: kinds.map(shares), least, step };
  });
  const names = [
    { name: 'same class', color: right },
    { name: 'different classes', color: wrong },
  ];
  const bars = kinds.flatMap((shares, kind) =>
    shares.map((share, i) => ({ from: least + i * step, to: least + (i + 1) * step, share, ...names[kind] })),
  );
  const peaks = names.map((_, kind) =>
    bars.slice(kind * bins, (kind + 1) * bins).reduce((best, bar) => (bar.share > best.share ? bar : best)),
  );
  const leftmost = peaks[0]!.from <= peaks[1]!.from ? 0 : 1;
  return draw(description, {
    width,
    height,
    marginLeft: 58,
    marginTop: 32,
    marginBottom: 42,
    color: { type: 'identity' },
    x: { label: similarity ? 'similarity' : 'distance', ...horizontal },
    y: {
      label: 'share of the pairs of a kind',
      ...vertical,
      grid: true,
      tickFormat: (share: number) => percent(share),
    },
    marks: [
      Plot.rect(bars, { x1: 'from', x2: 'to', y1: 0, y2: 'share', fill: 'color', fillOpacity: 0.5, inset: 0 }),
      Plot.ruleY([0]),
      threshold === undefined ? null : Plot.ruleX([threshold], { strokeDasharray: '4 3' }),
      ...peaks.map((peak, kind) => {
        // Names lead away from each other, but not off the picture.
        const toTheLeft = (peak.from - least) / step / bins > (kind === leftmost ? 0.25 : 0.75);
        return Plot.text([peak], {
          x: toTheLeft ? 'from' : 'to',
          y: 'share',
          text: 'name',
          fill: 'color',
          ...halo,
          textAnchor: toTheLeft ? 'end' : 'start',
          dx: toTheLeft ? -4 : 4,
          dy: -8,
          fontWeight: 600,
        });
      }),
    ],
  });
}

const percent = (share: number) => `${Number((100 * share).toPrecision(3))} %`;
