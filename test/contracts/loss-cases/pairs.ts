import * as torch from '../../../lib/index.ts';
import type { LossCase } from './loss-case.ts';

const { losses } = torch;
const { CosineSimilarity, DotProductSimilarity, LpDistance } = torch.distances;
const plain = () => new LpDistance({ normalizeEmbeddings: false });

export const pairCases: readonly LossCase[] = [
  { name: 'AngularLoss', make: () => new losses.AngularLoss() },
  {
    name: 'CircleLoss',
    make: () => new losses.CircleLoss(),
    noGradcheck: 'no gradient flows through its weights',
  },
  { name: 'ContrastiveLoss', make: () => new losses.ContrastiveLoss({ posMargin: 0.2 }) },
  { name: 'ContrastiveLoss, squared', make: () => new losses.ContrastiveLoss({ power: 2, distance: plain() }) },
  {
    name: 'ContrastiveLoss, cosine',
    make: () => new losses.ContrastiveLoss({ posMargin: 0.9, negMargin: 0.3, distance: new CosineSimilarity() }),
  },
  { name: 'GeneralizedLiftedStructureLoss', make: () => new losses.GeneralizedLiftedStructureLoss() },
  { name: 'IntraPairVarianceLoss', make: () => new losses.IntraPairVarianceLoss() },
  { name: 'IntraPairVarianceLoss, distance', make: () => new losses.IntraPairVarianceLoss({ distance: plain() }) },
  { name: 'LiftedStructureLoss', make: () => new losses.LiftedStructureLoss() },
  {
    name: 'LiftedStructureLoss, cosine',
    make: () => new losses.LiftedStructureLoss({ posMargin: 1, negMargin: 0.5, distance: new CosineSimilarity() }),
  },
  { name: 'MarginLoss', make: () => new losses.MarginLoss() },
  {
    name: 'MarginLoss, learnt beta of each class',
    make: () => new losses.MarginLoss({ learnBeta: true, numClasses: 4, nu: 0.1 }),
    takesRelation: false,
  },
  { name: 'MarginLoss, learnt beta', make: () => new losses.MarginLoss({ learnBeta: true, nu: 0.1 }) },
  {
    name: 'MarginLoss, mean over triplets',
    make: () => new losses.MarginLoss({ reducer: new torch.reducers.MeanReducer() }),
  },
  {
    name: 'MarginLoss, random triplets',
    make: () => new losses.MarginLoss({ tripletsPerAnchor: 3 }),
    permutes: false,
    noGradcheck: 'it draws other triplets each time',
  },
  { name: 'MultiSimilarityLoss', make: () => new losses.MultiSimilarityLoss() },
  { name: 'NCALoss', make: () => new losses.NCALoss({ softmaxScale: 5 }) },
  { name: 'NPairsLoss', make: () => new losses.NPairsLoss(), takesRelation: false, permutes: false },
  {
    name: 'NPairsLoss, as they are',
    make: () => new losses.NPairsLoss({ distance: new DotProductSimilarity({ normalizeEmbeddings: false }) }),
    takesRelation: false,
    permutes: false,
  },
  { name: 'NTXentLoss', make: () => new losses.NTXentLoss() },
  { name: 'NTXentLoss, distance', make: () => new losses.NTXentLoss({ temperature: 0.5, distance: plain() }) },
  {
    name: 'SignalToNoiseRatioContrastiveLoss',
    make: () => new losses.SignalToNoiseRatioContrastiveLoss(),
    rotates: false,
  },
  { name: 'SupConLoss', make: () => new losses.SupConLoss() },
  { name: 'SupConLoss, distance', make: () => new losses.SupConLoss({ temperature: 0.5, distance: plain() }) },
  { name: 'ThresholdConsistentMarginLoss', make: () => new losses.ThresholdConsistentMarginLoss() },
  { name: 'TupletMarginLoss', make: () => new losses.TupletMarginLoss() },
];
