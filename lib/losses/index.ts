/** `torch.losses`: margin losses over the pairs and triplets of a batch. */
export { TripletMarginLoss, type TripletMarginLossOptions } from './triplet-margin-loss.ts';
