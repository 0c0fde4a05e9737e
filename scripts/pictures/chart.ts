/** Charts that read on light and on dark pages, without knowing which they are on. */

import * as Plot from '@observablehq/plot';
import { draw, horizontal, vertical } from '../../lib/plots/drawing.ts';
import { colorOf } from '../../lib/plots/palette.ts';

/** Text and axes: a grey with enough contrast to white and to black. */
export const ink = '#7d8389';

/** One line, with its name beside its end. */
export interface NamedLine {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Where the name stands; the line's end by default. */
  readonly at?: readonly [x: number, y: number];
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly color?: string;
  readonly dashed?: boolean;
}

export interface LineChart {
  readonly description: string;
  readonly x: Plot.ScaleOptions;
  readonly y: Plot.ScaleOptions;
  readonly lines: readonly NamedLine[];
  /** Drawn below the lines. */
  readonly below?: Plot.Markish[];
  readonly marginRight?: number;
}

/** As a file shows it: grey text on no paper. */
export function drawChart(description: string, options: Plot.PlotOptions): string {
  const style = { fontSize: '13px', background: 'none', overflow: 'visible', color: ink };
  return `${draw(description, { style, ...options })}\n`;
}

/** Dashed lines from bottom to top at some x, and what is written above them. */
export function limits(places: readonly (readonly [x: number, name: string])[]): Plot.Markish[] {
  return [
    Plot.ruleX(places, { x: '0', stroke: ink, strokeDasharray: '3,4' }),
    Plot.text(places, { x: '0', text: '1', frameAnchor: 'top', dy: -14, fill: ink }),
  ];
}

export function lineChart({ description, x, y, lines, below = [], marginRight = 120 }: LineChart): string {
  const marks = lines.flatMap(({ name, points, at, anchor = 'start', color, dashed = false }, i) => {
    const stroke = color ?? colorOf(i);
    const label = [{ point: at ?? (points.at(-1) as readonly [number, number]), name }];
    return [
      Plot.line(points, { stroke, strokeWidth: 2.2, clip: true, ...(dashed ? { strokeDasharray: '6,4' } : {}) }),
      Plot.text(label, {
        x: (row: (typeof label)[number]) => row.point[0],
        y: (row: (typeof label)[number]) => row.point[1],
        text: 'name',
        fill: stroke,
        fontWeight: 600,
        textAnchor: anchor,
        dx: at === undefined ? 7 : 0,
      }),
    ];
  });
  return drawChart(description, {
    width: 560,
    height: 290,
    marginTop: 36,
    marginLeft: 54,
    marginRight,
    marginBottom: 42,
    x: { ...horizontal, ticks: 6, ...x },
    y: { ...vertical, ticks: 5, grid: true, ...y },
    marks: [...below, ...marks],
  });
}

/** `count` numbers from one end to the other, both included. */
export function between(first: number, last: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + ((last - first) * i) / (count - 1));
}
