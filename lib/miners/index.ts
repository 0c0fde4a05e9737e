/** `torch.miners`: which pairs and triplets of a batch are worth learning from. */
export type { Triplets } from '../triplets.ts';
export type { MinedTriplets, TripletCounts, TypeOfTriplets } from './margin-triplets.ts';
export { TripletMarginMiner, type TripletMarginMinerOptions } from './triplet-margin-miner.ts';
