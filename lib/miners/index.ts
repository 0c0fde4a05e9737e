/** `torch.miners`: which pairs and triplets of a batch are worth learning from. */
export type { Triplets } from '../triplets.ts';
export {
  type MinedTriplets,
  type TripletCounts,
  TripletMarginMiner,
  type TripletMarginMinerOptions,
  type TypeOfTriplets,
} from './triplet-margin-miner.ts';
