import * as torch from '../../../lib/index.ts';
import type { LossCase } from './loss-case.ts';

const { TripletMarginLoss } = torch.losses;

export const tripletCases: readonly LossCase[] = [
  { name: 'TripletMarginLoss', make: () => new TripletMarginLoss({ margin: 0.2 }) },
  { name: 'TripletMarginLoss, swap', make: () => new TripletMarginLoss({ margin: 0.2, swap: true }) },
  { name: 'TripletMarginLoss, smooth', make: () => new TripletMarginLoss({ margin: 0.2, smoothLoss: true }) },
  { name: 'TripletMarginLoss, squared', make: () => new TripletMarginLoss({ margin: 0.2, power: 2 }) },
  { name: 'TripletMarginLoss, active', make: () => new TripletMarginLoss({ margin: 0.2, activeAtKink: true }) },
  {
    name: 'TripletMarginLoss, cosine',
    make: () => new TripletMarginLoss({ margin: 0.2, distance: new torch.distances.CosineSimilarity() }),
  },
  {
    name: 'TripletMarginLoss, random triplets',
    make: () => new TripletMarginLoss({ margin: 0.2, tripletsPerAnchor: 3 }),
    permutes: false,
    noGradcheck: 'it draws other triplets each time',
  },
];
