/** The report's charts, as SVG text drawn on the server. */

import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { digitColors } from './colors.ts';
import type { Part } from './experiment.ts';
import type { Projection } from './projection.ts';
import type { StepReport } from './training.ts';

// Without TypeScript's DOM library neither package's types of a document resolve.
const { document } = parseHTML('<!doctype html><html><body></body></html>') as unknown as Pick<
  Plot.PlotOptions,
  'document'
>;

function draw(description: string, options: Plot.PlotOptions): string {
  const figure: { readonly outerHTML: string } = Plot.plot({
    style: { fontSize: '13px', fontFamily: 'inherit', background: 'none', overflow: 'visible' },
    ...options,
    ariaLabel: description,
    document,
  });
  // Hundredths of a pixel are enough, and half the size.
  return figure.outerHTML.replace(/-?\d+\.\d{3,}/g, (number) => String(Math.round(Number(number) * 100) / 100));
}

/** A curve over the steps of each training, named where it ends. */
export interface Curve {
  readonly name: string;
  readonly color: string;
  readonly steps: readonly StepReport[];
}

/** The mean of each value and the few before it: batches differ. */
function smooth(values: readonly number[], width: number): number[] {
  return values.map((_, i) => {
    const window = values.slice(Math.max(0, i - width + 1), i + 1);
    return window.reduce((sum, value) => sum + value, 0) / window.length;
  });
}

function curves(
  description: string,
  label: string,
  all: readonly Curve[],
  read: (step: StepReport) => number,
  y: Plot.ScaleOptions,
): string {
  const longest = Math.max(...all.map(({ steps }) => steps.length));
  const marks = all.flatMap(({ name, color, steps }) => {
    const values = steps.map(read);
    const smoothed = smooth(values, Math.max(1, Math.round(steps.length / 25)));
    const points = steps.map(({ step }, i) => ({ step, value: values[i], smoothed: smoothed[i] }));
    const last = points.slice(-1).map((point) => ({ ...point, name }));
    return [
      Plot.lineY(points, { x: 'step', y: 'value', stroke: color, strokeOpacity: 0.28, strokeWidth: 1 }),
      Plot.lineY(points, { x: 'step', y: 'smoothed', stroke: color, strokeWidth: 2.2 }),
      Plot.text(last, {
        x: 'step',
        y: 'smoothed',
        text: 'name',
        fill: color,
        stroke: 'var(--paper)',
        strokeWidth: 5,
        textAnchor: 'start',
        dx: 7,
        dy: steps.length < longest ? -11 : 0,
        fontWeight: 600,
      }),
    ];
  });
  return draw(description, {
    width: 560,
    height: 300,
    marginLeft: 58,
    marginRight: 96,
    marginBottom: 42,
    x: { label: 'step', labelAnchor: 'center', labelArrow: 'none', ticks: 6 },
    y: { label, labelArrow: 'none', grid: true, ...y },
    marks,
  });
}

export function lossChart(all: readonly Curve[]): string {
  return curves('Loss by training step', 'loss', all, ({ loss }) => loss, { nice: true, zero: true });
}

const shareTicks = [1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0002, 0.0001];

export function violationChart(all: readonly Curve[]): string {
  const shares = all.flatMap(({ steps }) => steps.map(({ violating }) => violating)).filter((share) => share > 0);
  const least = Math.min(0.1, ...shares);
  // A logarithm has no place for 0.
  const floor = shareTicks.find((tick) => tick <= least) ?? least;
  const read = ({ violating }: StepReport) => Math.max(violating, floor);
  return curves('Share of violating triplets by step', 'share', all, read, {
    type: 'log',
    domain: [floor, 1],
    ticks: shareTicks.filter((tick) => tick >= floor),
    tickFormat: (share: number) => `${Number((100 * share).toPrecision(2))} %`,
  });
}

/** Each image as the glyph of its digit, on the plane of the two largest principal components. */
export function projectionChart({ points, explained }: Projection, { measuredOn }: Part): string {
  const percent = (share: number) => `${(100 * share).toFixed(0)} % of the variance`;
  return draw(`Embeddings of digits ${measuredOn.join(', ')} on their first two principal components`, {
    width: 560,
    height: 520,
    marginLeft: 48,
    marginBottom: 42,
    x: {
      label: `component 1: ${percent(explained[0])}`,
      labelAnchor: 'center',
      labelArrow: 'none',
      ticks: 5,
      inset: 8,
    },
    y: { label: `component 2: ${percent(explained[1])}`, labelAnchor: 'top', labelArrow: 'none', ticks: 5, inset: 8 },
    marks: [
      Plot.frame({ strokeOpacity: 0.2 }),
      Plot.text(points, {
        x: 'x',
        y: 'y',
        text: ({ digit }: { digit: number }) => String(digit),
        fill: ({ digit }: { digit: number }) => digitColors[digit],
        fontSize: 10,
        fillOpacity: 0.85,
      }),
    ],
  });
}
