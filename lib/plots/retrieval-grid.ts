import { expectClassIds } from '../embeddings.ts';
import { DTypeError, describeValue, ShapeError } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { escapeMarkup } from './markup.ts';
import { right, wrong } from './palette.ts';
import { expectImages, pictureUrl } from './picture.ts';

export interface RetrievalGridOptions {
  /** int64 `[Q, k]`: rows of the reference, nearest first, such as `nearestNeighbors` finds. */
  neighbors: Tensor;
  /** `[Q, k]`: what is written below neighbours besides their class. */
  distances?: Tensor;
  /** Which rows of the images the queries are; 0 to Q - 1 by default. */
  queries?: readonly number[];
  /** The images that neighbours are rows of; the same by default. */
  referenceImages?: Tensor;
  /** int64 `[M]` */
  referenceLabels?: Tensor;
  /** Writes a class; its number by default. */
  nameOf?: (label: number) => string;
  /** The side of an image in pixels; 64 by default. */
  size?: number;
  /** What screen readers say. */
  description?: string;
}

/**
 * Queries with their nearest images, one row each, as SVG text: the query first, then its neighbours, framed by whether they
 * are of its class, which is written below.
 *
 * @param images `[N, H, W]`, `[N, 1, H, W]` or `[N, 3, H, W]`; uint8, or floating from 0 for black to 1 for white.
 * @param labels int64 `[N]`
 * @example
 * const { indices } = torch.evaluation.nearestNeighbors(x, x, { k: 8, refIncludesQuery: true });
 * writeFileSync('neighbours.svg', retrievalGrid(images, labels, { neighbors: indices.narrow(0, 0, 10) }));
 */
export function retrievalGrid(images: Tensor, labels: Tensor, options: RetrievalGridOptions): string {
  const { neighbors, distances, referenceImages = images, referenceLabels = labels } = options;
  const { nameOf = String, size = 64, description = 'Queries and their nearest images' } = options;
  expectImages('retrievalGrid: images', images);
  expectImages('retrievalGrid: referenceImages', referenceImages);
  expectClassIds('retrievalGrid: labels', labels);
  expectClassIds('retrievalGrid: referenceLabels', referenceLabels);
  if (neighbors.dtype !== 'int64') {
    throw new DTypeError(`retrievalGrid: neighbors must be int64, got ${neighbors.dtype}`);
  }
  const shape = neighbors.shape;
  if (shape.length !== 2) throw new ShapeError(`retrievalGrid: neighbors must be [Q, k], got [${shape.join(', ')}]`);
  if (distances !== undefined && distances.shape.join() !== shape.join()) {
    const expected = `[${shape.join(', ')}] to match neighbors`;
    throw new ShapeError(`retrievalGrid: distances must be ${expected}, got [${distances.shape.join(', ')}]`);
  }
  const rows = neighbors.tolist() as number[][];
  const queries = options.queries ?? rows.map((_, i) => i);
  if (queries.length !== rows.length) {
    throw new RangeError(`retrievalGrid: queries must be ${rows.length}, as neighbors has rows, got ${queries.length}`);
  }
  const numbers = (tensor: Tensor | undefined) => tensor?.tolist() as number[] & number[][];
  const [own, others, far] = [numbers(labels), numbers(referenceLabels), numbers(distances)];
  const [gap, text] = [14, 20];
  const step = { x: size + gap, y: size + gap + text };
  const first = step.x + gap;
  const width = first + (shape[1] as number) * step.x;
  const height = rows.length * step.y;
  const labelOf = (from: readonly number[], row: number) => {
    const label = from[row];
    if (label !== undefined) return label;
    throw new RangeError(`retrievalGrid: rows must be from 0 to ${from.length - 1}, got ${describeValue(row)}`);
  };
  const picture = (x: number, y: number, url: string, color: string, caption: string) =>
    `<image x="${x}" y="${y}" width="${size}" height="${size}" href="${url}" preserveAspectRatio="xMidYMid meet" \
style="image-rendering: pixelated"/>\
<rect x="${x - 2}" y="${y - 2}" width="${size + 4}" height="${size + 4}" rx="4" fill="none" stroke="${color}" \
stroke-width="3"/>\
<text x="${x + size / 2}" y="${y + size + 17}" text-anchor="middle" fill="${color}">${escapeMarkup(caption)}</text>`;
  const lines = rows.map((found, q) => {
    const query = queries[q] as number;
    const label = labelOf(own, query);
    const y = q * step.y + 4;
    const pictures = found.map((row, rank) => {
      const other = labelOf(others, row);
      const caption = far === undefined ? nameOf(other) : `${nameOf(other)} ${far[q]![rank]!.toPrecision(3)}`;
      const color = other === label ? right : wrong;
      return picture(first + rank * step.x, y, pictureUrl(referenceImages, row), color, caption);
    });
    return [picture(4, y, pictureUrl(images, query), 'currentColor', nameOf(label)), ...pictures].join('\n');
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" \
role="img" aria-label="${escapeMarkup(description)}" fill="currentColor" font-family="system-ui, sans-serif" font-size="12">
${lines.join('\n')}
</svg>`;
}
