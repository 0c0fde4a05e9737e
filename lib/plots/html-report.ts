import { escapeMarkup } from './markup.ts';
import { reportStyles } from './report-styles.ts';

export interface ReportFigure {
  readonly caption: string;
  /** What a plot returned, or other markup, written as it is. */
  readonly svg: string;
}

export interface ReportSection {
  readonly title: string;
  /** Paragraphs, empty lines between them. */
  readonly text?: string;
  /** The first row is the head; numbers are written with four decimals. */
  readonly table?: readonly (readonly (string | number)[])[];
  /** Side by side where there is room. */
  readonly figures?: readonly ReportFigure[];
  /** Markup, written as it is, after all else. */
  readonly html?: string;
}

export interface ReportOptions {
  readonly title: string;
  /** The page's heading; the title by default. */
  readonly heading?: string;
  /** Below the heading. */
  readonly text?: string;
  /** Markup, written as it is, before the sections. */
  readonly html?: string;
  readonly sections: readonly ReportSection[];
  /** CSS behind the report's own. */
  readonly styles?: string;
}

function paragraphs(text: string | undefined): string[] {
  return (text ?? '')
    .split(/\n\s*\n/)
    .filter((each) => each.trim() !== '')
    .map((each) => `<p>${escapeMarkup(each.trim())}</p>`);
}

function table([head = [], ...rows]: NonNullable<ReportSection['table']>): string {
  const cell = (value: string | number) =>
    escapeMarkup(typeof value === 'string' || Number.isInteger(value) ? String(value) : value.toFixed(4));
  const line = (cells: readonly (string | number)[]) => {
    const [first = '', ...others] = cells.map(cell);
    return `<tr><th>${first}</th>${others.map((each) => `<td>${each}</td>`).join('')}</tr>`;
  };
  const headCells = head.map((each) => `<th>${cell(each)}</th>`).join('');
  return `<table class="figures"><thead><tr>${headCells}</tr></thead><tbody>
${rows.map(line).join('\n')}
</tbody></table>`;
}

function section({ title, text, table: rows, figures = [], html }: ReportSection): string {
  const drawn = figures.map(
    ({ caption, svg }) => `<figure><figcaption>${escapeMarkup(caption)}</figcaption>${svg}</figure>`,
  );
  const parts = [
    `<section><h2>${escapeMarkup(title)}</h2>`,
    ...paragraphs(text),
    ...(rows === undefined ? [] : [table(rows)]),
    ...(drawn.length === 0 ? [] : [`<div class="pair">\n${drawn.join('\n')}\n</div>`]),
    ...(html === undefined ? [] : [html]),
    '</section>',
  ];
  return parts.join('\n');
}

/**
 * One HTML page that holds all it shows: no scripts, nothing fetched. Text is escaped, figures and `html` are written as they
 * are.
 *
 * @example
 * writeFileSync('report.html', htmlReport({
 *   title: 'Faces',
 *   sections: [{ title: 'The embedding', figures: [{ caption: 'by UMAP', svg: embeddingMap(x, { labels, method: 'umap' }) }] }],
 * }));
 */
export function htmlReport({ title, heading = title, text, html, sections, styles = '' }: ReportOptions): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeMarkup(title)}</title>
<style>${reportStyles}${styles}</style>
</head>
<body>
<main>
<header>
<h1>${escapeMarkup(heading)}</h1>
${paragraphs(text).join('\n')}
</header>
${[...(html === undefined ? [] : [html]), ...sections.map(section)].join('\n')}
</main>
</body>
</html>
`;
}
