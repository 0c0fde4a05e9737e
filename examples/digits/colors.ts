/**
 * One colour for each digit, of a lightness that reads on light and on dark paper. The digits are also drawn as glyphs,
 * because no ten colours differ for every eye.
 */
export const digitColors = [
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
] as const;
