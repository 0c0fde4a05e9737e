/** What changes as training goes on. */

import * as Plot from '@observablehq/plot';
import { describeValue } from '../errors.ts';
import { draw, halo, horizontal, type PlotSize, vertical } from './drawing.ts';
import { colorOf } from './palette.ts';

/** One training: a value for each step. */
export interface Curve {
  /** Written where the curve ends. */
  readonly name: string;
  readonly points: readonly CurvePoint[];
  /** CSS; a colour of the plot's own by default. */
  readonly color?: string;
}

export interface CurvePoint {
  readonly step: number;
  readonly value: number;
}

export interface TrainingCurveOptions extends PlotSize {
  /** Of the vertical axis. */
  label?: string;
  /** What screen readers say. */
  description?: string;
}

/** The mean of each value and the few before it: batches differ. */
function smooth(values: readonly number[], width: number): number[] {
  return values.map((_, i) => {
    const window = values.slice(Math.max(0, i - width + 1), i + 1);
    return window.reduce((sum, value) => sum + value, 0) / window.length;
  });
}

function drawCurves(
  curves: readonly Curve[],
  { label, description, width = 560, height = 300 }: Required<Omit<TrainingCurveOptions, keyof PlotSize>> & PlotSize,
  y: Plot.ScaleOptions,
  place: (value: number) => number = (value) => value,
): string {
  const longest = Math.max(...curves.map(({ points }) => points.length));
  const marks = curves.flatMap(({ name, points, color }, i) => {
    const stroke = color ?? colorOf(i);
    const smoothed = smooth(
      points.map(({ value }) => value),
      Math.max(1, Math.round(points.length / 25)),
    );
    const rows = points.map(({ step, value }, at) => {
      return { step, value: place(value), smoothed: place(smoothed[at] as number) };
    });
    const last = rows.slice(-1).map((row) => ({ ...row, name }));
    return [
      Plot.lineY(rows, { x: 'step', y: 'value', stroke, strokeOpacity: 0.28, strokeWidth: 1 }),
      Plot.lineY(rows, { x: 'step', y: 'smoothed', stroke, strokeWidth: 2.2 }),
      Plot.text(last, {
        x: 'step',
        y: 'smoothed',
        text: 'name',
        fill: stroke,
        ...halo,
        textAnchor: 'start',
        dx: 7,
        dy: points.length < longest ? -11 : 0,
        fontWeight: 600,
      }),
    ];
  });
  return draw(description, {
    width,
    height,
    marginTop: 32,
    marginLeft: 58,
    marginRight: 96,
    marginBottom: 42,
    x: { label: 'step', ...horizontal, ticks: 6 },
    y: { label, ...vertical, grid: true, ...y },
    marks,
  });
}

function expectCurves(where: string, curves: readonly Curve[]): void {
  for (const { name, points } of curves) {
    if (points.length > 0 && points.every(({ value }) => Number.isFinite(value))) continue;
    throw new RangeError(`${where}: ${describeValue(name)} must have points, each a finite number, got others or none`);
  }
}

/**
 * A value by training step, such as the loss, one curve for each training: faint as it was, and the mean of each step and
 * some before it.
 *
 * @throws RangeError for a curve without points, or with NaN or infinity.
 * @example
 * writeFileSync('loss.svg', trainingCurve([{ name: 'margin 0.2', points: losses.map((value, step) => ({ step, value })) }]));
 */
export function trainingCurve(curves: readonly Curve[], options: TrainingCurveOptions = {}): string {
  const { label = 'loss', description = `${label} by training step`, ...size } = options;
  expectCurves('trainingCurve', curves);
  return drawCurves(curves, { label, description, ...size }, { nice: true, zero: true });
}

const shareTicks = [1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0002, 0.0001];

/**
 * The share of triplets or pairs that violate a margin by training step, on a logarithmic scale. The mean loss of those that
 * violate it may rise while their share falls: this shows whether training works.
 *
 * @param curves values from 0 to 1, such as `(semihard + hard) / total` of a miner's `counts`.
 */
export function violationCurve(curves: readonly Curve[], options: TrainingCurveOptions = {}): string {
  const { label = 'share', description = 'Share of margin violations by training step', ...size } = options;
  expectCurves('violationCurve', curves);
  const shares = curves.flatMap(({ points }) => points.map(({ value }) => value));
  const least = Math.min(0.1, ...shares.filter((share) => share > 0));
  // A logarithm has no place for 0.
  const floor = shareTicks.find((tick) => tick <= least) ?? least;
  const raised = curves.map((curve) => ({
    ...curve,
    points: curve.points.map(({ step, value }) => ({ step, value: Math.max(value, floor) })),
  }));
  // Of a logarithmic axis Plot leaves out the names of some ticks.
  const y = {
    domain: [Math.log10(floor), 0],
    ticks: shareTicks.filter((tick) => tick >= floor).map(Math.log10),
    tickFormat: (logarithm: number) => `${Number((100 * 10 ** logarithm).toPrecision(2))} %`,
  };
  return drawCurves(raised, { label, description, ...size }, y, Math.log10);
}
