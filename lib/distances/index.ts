/** `torch.distances`: how far embeddings are apart. */
export { AngleSimilarity } from './angle-similarity.ts';
export { BatchedDistance, type BatchedDistanceOptions } from './batched-distance.ts';
export { CosineDistance } from './cosine-distance.ts';
export { CosineSimilarity } from './cosine-similarity.ts';
export { Distance } from './distance.ts';
export { DotProductSimilarity, type DotProductSimilarityOptions } from './dot-product-similarity.ts';
export { LpDistance, type LpDistanceOptions } from './lp-distance.ts';
export { Similarity } from './similarity.ts';
export { SNRDistance, type SNRDistanceOptions } from './snr-distance.ts';
