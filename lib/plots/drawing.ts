/** Observable Plot without a browser: charts as SVG text. */

import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';

// Without TypeScript's DOM library neither package's types of a document resolve.
const { document } = parseHTML('<!doctype html><html><body></body></html>') as unknown as Pick<
  Plot.PlotOptions,
  'document'
>;

/** What the edge of text is drawn in, so that it reads on lines: the colour of the paper, where a page says which. */
export const paper = 'var(--paper, #fff)';

/** Marks of text with an edge of paper. */
export const halo = { stroke: paper, strokeWidth: 5 } as const;

/** Labels in the middle of their axes, without arrows. */
export const horizontal = { labelAnchor: 'center', labelArrow: 'none' } as const;
export const vertical = { labelArrow: 'none' } as const;

export interface PlotSize {
  /** Pixels; 560 by default. */
  width?: number;
  /** Pixels. */
  height?: number;
}

/**
 * One `<svg>` element, which stands alone or in a page.
 *
 * @param description what screen readers say.
 */
export function draw(description: string, options: Plot.PlotOptions): string {
  const figure: { readonly outerHTML: string } = Plot.plot({
    style: { fontSize: '13px', background: 'none', overflow: 'visible' },
    ...options,
    ariaLabel: description,
    document,
  });
  // A file needs the name of its language, which a page does not.
  const svg = figure.outerHTML.replace(/^<svg /, '<svg xmlns="http://www.w3.org/2000/svg" ');
  // Hundredths of a pixel are enough, and half the size.
  return svg.replace(/-?\d+\.\d{3,}/g, (number) => String(Math.round(Number(number) * 100) / 100));
}
