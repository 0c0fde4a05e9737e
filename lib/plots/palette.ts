/**
 * Ten colours of a lightness that reads on light and on dark paper. No ten colours differ for every eye, so that plots also
 * write names.
 */
export const palette: readonly string[] = [
  '#1a7fc1',
  '#d55e00',
  '#009e73',
  '#cc79a7',
  '#c98a00',
  '#3fa4d8',
  '#a0439c',
  '#8a8f1f',
  '#7f7f7f',
  '#7a5bd0',
];

/** The colour of the i-th thing; after ten they begin again. */
export function colorOf(i: number): string {
  return palette[i % palette.length] as string;
}

/** Right and wrong answers. */
export const right = '#00845a';
export const wrong = '#c8480c';
