/** What was measured once with PyTorch and other libraries: one seed, no tuning. */

export interface Measured {
  readonly precisionAt1: number;
  readonly meanAveragePrecisionAtR: number;
  readonly rPrecision: number;
}

export type RowName =
  | 'raw pixels'
  | 'untrained'
  | 'all triplets by violators'
  | 'all triplets by all'
  | 'contrastive'
  | 'ArcFace'
  | 'CosFace'
  | 'batch-hard'
  | 'cross-entropy head'
  | 'multi-margin head';

const row = (precisionAt1: number, meanAveragePrecisionAtR: number, rPrecision: number): Measured => ({
  precisionAt1,
  meanAveragePrecisionAtR,
  rPrecision,
});

export const golden: Readonly<Record<RowName, Measured>> = {
  'raw pixels': row(0.9167, 0.3108, 0.4127),
  untrained: row(0.8977, 0.3128, 0.421),
  'all triplets by violators': row(0.9755, 0.9231, 0.9333),
  'all triplets by all': row(0.979, 0.9151, 0.927),
  contrastive: row(0.9721, 0.9218, 0.9304),
  ArcFace: row(0.9755, 0.8957, 0.9121),
  CosFace: row(0.976, 0.881, 0.8999),
  'batch-hard': row(0.9626, 0.8336, 0.8655),
  'cross-entropy head': row(0.9681, 0.7868, 0.8228),
  'multi-margin head': row(0.9631, 0.7796, 0.8172),
};

/**
 * How far a run may be off: raw pixels and the untrained network agree to the digits shown, weights being those that PyTorch
 * draws. Training sees PyTorch's batches, but 400 steps of Adam make the last bits of a sum visible.
 */
export function bandOf(name: RowName): Measured {
  if (name === 'raw pixels' || name === 'untrained') return row(0.0005, 0.0005, 0.0005);
  return row(0.012, 0.02, 0.02);
}

/** Which numbers lie outside of the band. */
export function outside(name: RowName, found: Measured): (keyof Measured)[] {
  const band = bandOf(name);
  const keys = Object.keys(band) as (keyof Measured)[];
  return keys.filter((key) => !(Math.abs(found[key] - golden[name][key]) <= band[key]));
}
