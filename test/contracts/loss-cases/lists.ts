import * as torch from '../../../lib/index.ts';
import type { LossCase } from './loss-case.ts';

const { LpDistance } = torch.distances;
const { DynamicSoftMarginLoss, FastAPLoss, HistogramLoss, InstanceLoss, P2SGradLoss, PNPLoss } = torch.losses;
const { RankedListLoss, SmoothAPLoss } = torch.losses;

const moving = 'the weights are a running histogram, and constants for the gradient';

export const listCases: readonly LossCase[] = [
  { name: 'FastAPLoss', make: () => new FastAPLoss() },
  { name: 'FastAPLoss, 7 bins, power 1', make: () => new FastAPLoss({ numBins: 7, distance: new LpDistance() }) },
  { name: 'SmoothAPLoss', make: () => new SmoothAPLoss({ temperature: 0.1 }) },
  {
    name: 'SmoothAPLoss, Euclidean',
    make: () => new SmoothAPLoss({ temperature: 1, distance: new LpDistance({ normalizeEmbeddings: false }) }),
  },
  { name: 'HistogramLoss', make: () => new HistogramLoss() },
  { name: 'HistogramLoss, delta 0.3', make: () => new HistogramLoss({ delta: 0.3 }) },
  { name: 'RankedListLoss', make: () => new RankedListLoss({ margin: 0.4, Tn: 10 }) },
  { name: 'RankedListLoss, hot', make: () => new RankedListLoss({ margin: 0.8, Tn: 1000, Tp: 5, imbalance: 0.3 }) },
  ...(['Ds', 'Dq', 'Iu', 'Ib', 'O'] as const).map((variant) => ({
    name: `PNPLoss, ${variant}`,
    make: () => new PNPLoss({ variant, anneal: 0.1, alpha: 2 }),
  })),
  { name: 'DynamicSoftMarginLoss', make: () => new DynamicSoftMarginLoss(), noGradcheck: moving },
  {
    name: 'DynamicSoftMarginLoss, not normalised',
    make: () => new DynamicSoftMarginLoss({ distance: new LpDistance({ normalizeEmbeddings: false }), numBins: 4 }),
    noGradcheck: moving,
  },
  {
    name: 'InstanceLoss',
    make: () => new InstanceLoss(),
    takesRelation: false,
    takesReference: false,
    permutes: false,
  },
  {
    name: 'P2SGradLoss',
    make: () => new P2SGradLoss({ descriptorsDim: 6, numClasses: 4 }),
    takesRelation: false,
    takesReference: false,
    rotates: false,
    noGradcheck: 'the gradient by the weight is that by its normalised columns',
  },
];

/** Losses that take no labels: they satisfy the contract of columns. */
export const unlabelled = ['ManifoldLoss', 'VICRegLoss'];
