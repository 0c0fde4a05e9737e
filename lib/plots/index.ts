/**
 * `hinge/plots`: what trainings and embeddings look like, as SVG text and HTML pages, without a browser. It needs the packages
 * `@observablehq/plot` and `linkedom`, and `umap-js` for maps by UMAP.
 */
export { type DistanceHistogramOptions, distanceHistogram } from './distance-histogram.ts';
export type { PlotSize } from './drawing.ts';
export { type EmbeddingMapOptions, embeddingMap } from './embedding-map.ts';
export { htmlReport, type ReportFigure, type ReportOptions, type ReportSection } from './html-report.ts';
export { escapeMarkup } from './markup.ts';
export { colorOf, palette } from './palette.ts';
export { pictureUrl } from './picture.ts';
export { type RetrievalGridOptions, retrievalGrid } from './retrieval-grid.ts';
export {
  type Curve,
  type CurvePoint,
  type TrainingCurveOptions,
  trainingCurve,
  violationCurve,
} from './training-curve.ts';
