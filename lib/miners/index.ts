/** `torch.miners`: which pairs and triplets of a batch are worth learning from. */
export type { Pairs, Tuples } from '../pairs.ts';
export type { Triplets } from '../triplets.ts';
export type { MinedTriplets, TripletCounts, TypeOfTriplets } from './margin-triplets.ts';
export { Miner, type MinerBatch, type MinerCall } from './miner.ts';
export { TripletMarginMiner, type TripletMarginMinerOptions } from './triplet-margin-miner.ts';
