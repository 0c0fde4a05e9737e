import { expectInteger } from '../arguments.ts';
import { linspace, rand, searchsorted } from '../generated/torch.ts';
import type { Pairs } from '../pairs.ts';
import type { Tensor } from '../tensor.ts';
import { BlockMiner, type BlockMinerOptions } from './block-miner.ts';
import type { MinerBatch } from './miner.ts';
import { pickPairs } from './tuple-blocks.ts';

export interface UniformHistogramMinerOptions extends BlockMinerOptions {
  /** 100 by default. */
  numBins?: number;
  /** How many positive pairs are drawn in each bin that has any; 10 by default. */
  posPerBin?: number;
  /** How many negative pairs are drawn in each bin that has any; 10 by default. */
  negPerBin?: number;
}

/**
 * Positions drawn evenly over the range of `values` `[P]`: `perBin` with replacement in each bin that has any. Values
 * that are not finite are in no bin.
 */
export function drawnFromBins(values: Tensor, numBins: number, perBin: number): Tensor {
  const finite = values.isfinite().nonzero().squeeze(1);
  if (finite.numel() === 0) return finite;
  const of = values.index([finite]);
  const edges = linspace(of.min(), of.max(), numBins + 1, { dtype: of.dtype, device: of.device });
  const bins = searchsorted(edges, of, { right: true })
    .sub(1)
    .clamp(0, numBins - 1);
  const order = bins.argsort({ stable: true });
  const counts = bins.bincount({ minlength: numBins });
  const begins = counts.cumsum(0).sub(counts);
  const filled = counts.nonzero().squeeze(1);
  const [ofFilled, first] = [counts.index([filled]).unsqueeze(1), begins.index([filled]).unsqueeze(1)];
  const draws = rand([filled.numel(), perBin], { dtype: 'float64', device: of.device }).mul(ofFilled).floor().long();
  return finite.index([order.index([draws.minimum(ofFilled.sub(1)).add(first).flatten()])]);
}

/**
 * Draws pairs so that their distances are spread evenly (pytorch-metric-learning's `UniformHistogramMiner`): between
 * the smallest and the largest distance of positive pairs lie `numBins` bins of equal width, and in each that has any,
 * `posPerBin` pairs are drawn with replacement; the same of negative pairs.
 *
 * @returns the pairs, the nearest first.
 * @throws RangeError for what is no positive integer.
 * @example
 * const miner = new torch.miners.UniformHistogramMiner({ numBins: 20, posPerBin: 4, negPerBin: 4 });
 * const pairs = miner(embeddings, labels);
 */
export class UniformHistogramMiner extends BlockMiner<Pairs> {
  readonly numBins: number;
  readonly posPerBin: number;
  readonly negPerBin: number;

  constructor(options: UniformHistogramMinerOptions = {}) {
    super(options);
    const { numBins = 100, posPerBin = 10, negPerBin = 10 } = options;
    for (const [name, count] of Object.entries({ numBins, posPerBin, negPerBin })) {
      expectInteger(`UniformHistogramMiner: ${name}`, count);
    }
    this.numBins = numBins;
    this.posPerBin = posPerBin;
    this.negPerBin = negPerBin;
  }

  protected override mine(batch: MinerBatch): Pairs {
    const { pairs, positives, negatives } = this.measuredPairs(batch);
    const drawn = drawnFromBins(positives, this.numBins, this.posPerBin);
    return pickPairs(pairs, drawn, drawnFromBins(negatives, this.numBins, this.negPerBin));
  }
}
