/** `torch.distances`: how far embeddings are apart. */
export { CosineSimilarity } from './cosine-similarity.ts';
export { Distance } from './distance.ts';
export { LpDistance, type LpDistanceOptions } from './lp-distance.ts';
export { Similarity } from './similarity.ts';
