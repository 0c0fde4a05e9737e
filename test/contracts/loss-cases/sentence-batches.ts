import * as torch from '../../../lib/index.ts';
import type { LossCase } from './loss-case.ts';

const { BatchAllTripletLoss, BatchHardSoftMarginTripletLoss, BatchHardTripletLoss, BatchSemiHardTripletLoss } =
  torch.losses;
const { CosineSimilarity, LpDistance } = torch.distances;

export const sentenceBatchCases: readonly LossCase[] = [
  { name: 'BatchAllTripletLoss', make: () => new BatchAllTripletLoss() },
  {
    name: 'BatchAllTripletLoss, normalised',
    make: () => new BatchAllTripletLoss({ margin: 0.2, distance: new LpDistance() }),
  },
  { name: 'BatchHardTripletLoss', make: () => new BatchHardTripletLoss() },
  {
    name: 'BatchHardTripletLoss, sentence-transformers',
    make: () => new BatchHardTripletLoss({ definition: 'sentence-transformers' }),
  },
  {
    name: 'BatchHardTripletLoss, cosine',
    make: () => new BatchHardTripletLoss({ margin: 0.3, distance: new CosineSimilarity() }),
  },
  { name: 'BatchHardSoftMarginTripletLoss', make: () => new BatchHardSoftMarginTripletLoss() },
  {
    name: 'BatchHardSoftMarginTripletLoss, sentence-transformers, cosine',
    make: () =>
      new BatchHardSoftMarginTripletLoss({ definition: 'sentence-transformers', distance: new CosineSimilarity() }),
  },
  ...(['tfa', 'pml', 'pml-easy-hard', 'tf-similarity', 'quaterion'] as const).map((rule) => ({
    name: `BatchSemiHardTripletLoss, ${rule}`,
    make: () => new BatchSemiHardTripletLoss({ margin: 0.7, rule }),
  })),
];
