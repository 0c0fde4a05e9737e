/**
 * Losses that are called with columns of embeddings, not with a batch and its labels: they have a contract of their
 * own.
 */
export const columnLosses = [
  'AnglELoss',
  'CoSENTLoss',
  'GISTEmbedLoss',
  'MarginMSELoss',
  'MatryoshkaLoss',
  'MegaBatchMarginLoss',
  'MultipleNegativesRankingLoss',
  'OnlineContrastiveLoss',
];
