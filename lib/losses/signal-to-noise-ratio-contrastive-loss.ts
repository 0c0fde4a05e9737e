import { SNRDistance } from '../distances/snr-distance.ts';
import { describeValue } from '../errors.ts';
import { ContrastiveLoss, type ContrastiveLossOptions } from './contrastive-loss.ts';

/**
 * A `ContrastiveLoss` of `SNRDistance`: margins are in units of an anchor's own variance (pytorch-metric-learning's
 * `SignalToNoiseRatioContrastiveLoss`; Yuan et al., "Signal-to-noise ratio: a robust distance metric for deep metric
 * learning", 2019, whose penalty on the embeddings' mean is an `embeddingRegularizer` here).
 *
 * @throws TypeError for another distance.
 * @example
 * const lossFn = new torch.losses.SignalToNoiseRatioContrastiveLoss({ posMargin: 0, negMargin: 1 });
 */
export class SignalToNoiseRatioContrastiveLoss extends ContrastiveLoss {
  constructor(options: ContrastiveLossOptions = {}) {
    super(options, { distance: () => new SNRDistance() });
    if (!(this.distance instanceof SNRDistance)) {
      const got = describeValue(this.distance);
      throw new TypeError(`SignalToNoiseRatioContrastiveLoss: distance must be an SNRDistance, got ${got}`);
    }
  }
}
