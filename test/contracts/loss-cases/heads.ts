import * as torch from '../../../lib/index.ts';
import type { LossCase } from './loss-case.ts';

const {
  AdaFaceLoss,
  ArcFaceLoss,
  CombinedMarginLoss,
  CosFaceLoss,
  CurricularFaceLoss,
  ElasticArcFaceLoss,
  ElasticCosFaceLoss,
  LargeMarginSoftmaxLoss,
  LDAMLoss,
  MagFaceLoss,
  NormalizedSoftmaxLoss,
  PartialFCLoss,
  ProxyAnchorLoss,
  ProxyNCALoss,
  SoftTripleLoss,
  SphereFaceLoss,
  SubCenterArcFaceLoss,
} = torch.losses;

const size = { numClasses: 4, embeddingSize: 6 };
const straight = 'the gradient is the bare cosine’s';
const random = 'it draws at random';

const made: readonly LossCase[] = [
  { name: 'NormalizedSoftmaxLoss', make: () => new NormalizedSoftmaxLoss(size) },
  {
    name: 'NormalizedSoftmaxLoss, Euclidean',
    make: () => new NormalizedSoftmaxLoss({ ...size, distance: new torch.distances.LpDistance() }),
  },
  { name: 'ProxyNCALoss', make: () => new ProxyNCALoss({ ...size, softmaxScale: 3 }) },
  { name: 'ProxyAnchorLoss', make: () => new ProxyAnchorLoss(size) },
  { name: 'SoftTripleLoss', make: () => new SoftTripleLoss({ ...size, centersPerClass: 3 }) },
  { name: 'ArcFaceLoss', make: () => new ArcFaceLoss(size) },
  { name: 'ArcFaceLoss, easy margin', make: () => new ArcFaceLoss({ ...size, easyMargin: true }) },
  { name: 'ArcFaceLoss, not monotone', make: () => new ArcFaceLoss({ ...size, monotone: false }) },
  { name: 'ArcFaceLoss, margins', make: () => new ArcFaceLoss({ ...size, margins: [10, 20, 30, 40] }) },
  {
    name: 'ArcFaceLoss, straight-through',
    make: () => new ArcFaceLoss({ ...size, gradient: 'straight-through' }),
    noGradcheck: straight,
  },
  { name: 'SubCenterArcFaceLoss', make: () => new SubCenterArcFaceLoss({ ...size, subCenters: 2 }) },
  { name: 'CosFaceLoss', make: () => new CosFaceLoss(size) },
  { name: 'LargeMarginSoftmaxLoss', make: () => new LargeMarginSoftmaxLoss(size) },
  { name: 'SphereFaceLoss', make: () => new SphereFaceLoss({ ...size, margin: 3 }) },
  { name: 'CombinedMarginLoss', make: () => new CombinedMarginLoss({ ...size, m1: 1, m2: 0.3, m3: 0.2 }) },
  { name: 'CombinedMarginLoss, m1', make: () => new CombinedMarginLoss({ ...size, m1: 1.35, m2: 0.2, m3: 0.1 }) },
  {
    name: 'CombinedMarginLoss, m1, not monotone',
    make: () => new CombinedMarginLoss({ ...size, m1: 1.35, monotone: false }),
  },
  {
    name: 'CombinedMarginLoss, m1, easy margin',
    make: () => new CombinedMarginLoss({ ...size, m1: 1.35, easyMargin: true }),
  },
  {
    name: 'AdaFaceLoss',
    make: () => new AdaFaceLoss({ ...size, tAlpha: 0.5 }),
    noGradcheck: 'norms have no gradient, and their running mean moves',
  },
  { name: 'MagFaceLoss', make: () => new MagFaceLoss({ ...size, lowerNorm: 0.5, upperNorm: 3 }) },
  { name: 'CurricularFaceLoss', make: () => new CurricularFaceLoss(size), noGradcheck: 't moves with every batch' },
  { name: 'CurricularFaceLoss, evaluated', make: () => new CurricularFaceLoss(size).eval() },
  { name: 'ElasticArcFaceLoss', make: () => new ElasticArcFaceLoss(size), permutes: false, noGradcheck: random },
  {
    name: 'ElasticArcFaceLoss, plus',
    make: () => new ElasticArcFaceLoss({ ...size, std: 0.3, plus: true }),
    noGradcheck: random,
  },
  { name: 'ElasticArcFaceLoss, evaluated', make: () => new ElasticArcFaceLoss(size).eval() },
  { name: 'ElasticCosFaceLoss', make: () => new ElasticCosFaceLoss(size), permutes: false, noGradcheck: random },
  { name: 'ElasticCosFaceLoss, evaluated', make: () => new ElasticCosFaceLoss(size).eval() },
  { name: 'LDAMLoss', make: () => new LDAMLoss({ ...size, classCounts: [1000, 100, 30, 5] }) },
  { name: 'PartialFCLoss', make: () => new PartialFCLoss({ ...size, m1: 1.1, m2: 0.3, m3: 0.1 }) },
  {
    name: 'PartialFCLoss, sampled',
    make: () => new PartialFCLoss({ numClasses: 40, embeddingSize: 6, sampleRate: 0.5 }),
    permutes: false,
    noGradcheck: random,
  },
];

export const headCases: readonly LossCase[] = made.map((each) => ({
  takesRelation: false,
  takesReference: false,
  rotates: false,
  ...each,
}));
