import * as Plot from '@observablehq/plot';
import { expectOneOf } from '../arguments.ts';
import { expectEmbeddings, expectLabels } from '../embeddings.ts';
import type { Tensor } from '../tensor.ts';
import { draw, halo, horizontal, type PlotSize, vertical } from './drawing.ts';
import { colorOf } from './palette.ts';
import { neighborPlane, type Plane, principalPlane } from './plane.ts';

export interface EmbeddingMapOptions extends PlotSize {
  /** int64 `[N]`: what the points are coloured by. */
  labels?: Tensor;
  /** Writes a class; its number by default. */
  nameOf?: (label: number) => string;
  /** The colour of a class, CSS; those of `palette` in the order of labels by default. */
  colorOf?: (label: number) => string;
  /** Principal components by default; UMAP needs the package umap-js. */
  method?: 'pca' | 'umap';
  /** UMAP's number of neighbours, the point itself included; 15 by default. */
  neighbors?: number;
  /** Points as dots, with names in the middle of each class of up to 20; or each as the name of its class. */
  marks?: 'dots' | 'names';
  /** What screen readers say. */
  description?: string;
}

const mostNames = 20;

interface Dot {
  readonly x: number;
  readonly y: number;
  readonly label: number | null;
  readonly color: string;
}

function dotsOf({ points }: Plane, labels: readonly number[] | null, paint?: (label: number) => string): Dot[] {
  const distinct = [...new Set(labels)].sort((a, b) => a - b);
  const colors = new Map(distinct.map((label, i) => [label, paint?.(label) ?? colorOf(i)]));
  return points.map(([x, y], i) => {
    const label = labels?.[i] ?? null;
    return { x, y, label, color: label === null ? colorOf(0) : (colors.get(label) as string) };
  });
}

const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1] as number;

/** Where the name of each class is written. */
function centersOf(dots: readonly Dot[]): Dot[] {
  const groups = new Map<number | null, Dot[]>();
  for (const dot of dots) {
    const group = groups.get(dot.label);
    if (group === undefined) groups.set(dot.label, [dot]);
    else group.push(dot);
  }
  return [...groups.values()].map((group) => ({
    ...(group[0] as Dot),
    x: median(group.map(({ x }) => x)),
    y: median(group.map(({ y }) => y)),
  }));
}

/**
 * Embeddings `[N, D]` on a plane, as SVG text: on their two principal components, whose axes say how much of the variance
 * they hold, or by UMAP, where only nearness means something.
 *
 * @throws DTypeError, ShapeError for labels that are not int64 `[N]`; Error where umap-js is missing.
 * @example
 * writeFileSync('map.svg', embeddingMap(embeddings, { labels, method: 'umap' }));
 */
export function embeddingMap(embeddings: Tensor, options: EmbeddingMapOptions = {}): string {
  const { labels, nameOf = String, method = 'pca', neighbors = 15, marks = 'dots' } = options;
  const { width = 560, height = 520, description = 'Embeddings on a plane' } = options;
  expectEmbeddings('embeddingMap: embeddings', embeddings);
  if (labels !== undefined) expectLabels('embeddingMap: labels', labels, embeddings);
  expectOneOf('embeddingMap: method', method, ['pca', 'umap']);
  const plane = method === 'pca' ? principalPlane(embeddings) : neighborPlane(embeddings, neighbors);
  const dots = dotsOf(plane, labels === undefined ? null : (labels.tolist() as number[]), options.colorOf);
  const axis = (i: 0 | 1) => {
    if (plane.explained === null) return { label: null, ticks: [], inset: 8 };
    const percent = (100 * plane.explained[i]).toFixed(0);
    return { label: `component ${i + 1}: ${percent} % of the variance`, ticks: 5, inset: 8 };
  };
  const write = ({ label }: Dot) => (label === null ? '' : nameOf(label));
  const at = { x: 'x', y: 'y', fill: 'color' } as const;
  const centers = labels === undefined ? [] : centersOf(dots);
  return draw(description, {
    width,
    height,
    marginLeft: plane.explained === null ? 8 : 48,
    marginBottom: plane.explained === null ? 8 : 42,
    color: { type: 'identity' },
    x: { ...horizontal, ...axis(0) },
    y: { ...vertical, labelAnchor: 'top', ...axis(1) },
    marks: [
      Plot.frame({ strokeOpacity: 0.2 }),
      marks === 'names'
        ? Plot.text(dots, { ...at, text: write, fontSize: 10, fillOpacity: 0.85 })
        : Plot.dot(dots, { ...at, r: dots.length > 2000 ? 1.5 : 2.5, fillOpacity: 0.7 }),
      marks === 'dots' && centers.length <= mostNames
        ? Plot.text(centers, { ...at, ...halo, text: write, fontSize: 15, fontWeight: 650 })
        : null,
    ],
  });
}
