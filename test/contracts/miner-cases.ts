import * as torch from '../../lib/index.ts';

const { miners } = torch;
const { CosineSimilarity, LpDistance } = torch.distances;

/** One way to make a miner that is called with embeddings `[N, 6]`. */
export interface MinerCase {
  /** The class, and what is special about it. */
  readonly name: string;
  readonly make: () => torch.miners.Miner;
  /** False for a miner that takes the batch as it was packed, whatever the labels are. */
  readonly looksAtLabels?: boolean;
}

const semiHard = ['tfa', 'pml', 'pml-easy-hard', 'tf-similarity', 'quaterion'] as const;

export const minerCases: readonly MinerCase[] = [
  { name: 'AngularMiner', make: () => new miners.AngularMiner() },
  { name: 'BatchEasyHardMiner', make: () => new miners.BatchEasyHardMiner() },
  {
    name: 'BatchEasyHardMiner, semi-hard positives',
    make: () => new miners.BatchEasyHardMiner({ posStrategy: 'semihard', negStrategy: 'hard' }),
  },
  {
    name: 'BatchEasyHardMiner, all positives',
    make: () => new miners.BatchEasyHardMiner({ posStrategy: 'all', negStrategy: 'easy' }),
  },
  {
    name: 'BatchEasyHardMiner, all',
    make: () => new miners.BatchEasyHardMiner({ posStrategy: 'all', negStrategy: 'all' }),
  },
  {
    name: 'BatchEasyHardMiner, ranges of a similarity',
    make: () =>
      new miners.BatchEasyHardMiner({
        distance: new CosineSimilarity(),
        allowedPosRange: [-0.5, 0.9],
        allowedNegRange: [-0.8, 0.95],
      }),
  },
  { name: 'BatchHardMiner', make: () => new miners.BatchHardMiner() },
  { name: 'BatchHardMiner, trimmed', make: () => new miners.BatchHardMiner({ trim: 2, relativeMargin: 0.05 }) },
  { name: 'DistanceWeightedMiner', make: () => new miners.DistanceWeightedMiner() },
  { name: 'DistanceWeightedMiner, three', make: () => new miners.DistanceWeightedMiner({ tripletsPerAnchor: 3 }) },
  {
    name: 'EmbeddingsAlreadyPackagedAsTriplets',
    make: () => new miners.EmbeddingsAlreadyPackagedAsTriplets(),
    looksAtLabels: false,
  },
  { name: 'HDCMiner', make: () => new miners.HDCMiner() },
  { name: 'InBatchNegativesMiner', make: () => new miners.InBatchNegativesMiner() },
  { name: 'InBatchNegativesMiner, four', make: () => new miners.InBatchNegativesMiner({ negativesPerAnchor: 4 }) },
  { name: 'MultiSimilarityMiner', make: () => new miners.MultiSimilarityMiner() },
  { name: 'NHardMiner', make: () => new miners.NHardMiner() },
  { name: 'NHardMiner, ranges', make: () => new miners.NHardMiner({ positives: [2, 3], negatives: [3, 20] }) },
  { name: 'NHardMiner, few rows a time', make: () => new miners.NHardMiner({ negatives: 3, rowsPerBlock: 5 }) },
  { name: 'PairMarginMiner', make: () => new miners.PairMarginMiner() },
  { name: 'RandomTripletMiner', make: () => new miners.RandomTripletMiner({ tripletsPerAnchor: 2 }) },
  ...semiHard.map((rule) => ({
    name: `SemiHardMiner, ${rule}`,
    make: () => new miners.SemiHardMiner({ rule, rowsPerBlock: 7 }),
  })),
  { name: 'TripletMarginMiner', make: () => new miners.TripletMarginMiner() },
  {
    name: 'TripletMarginMiner, semi-hard',
    make: () =>
      new miners.TripletMarginMiner({
        typeOfTriplets: 'semihard',
        distance: new LpDistance({ normalizeEmbeddings: false }),
      }),
  },
  { name: 'UniformHistogramMiner', make: () => new miners.UniformHistogramMiner({ numBins: 5, posPerBin: 2 }) },
];
