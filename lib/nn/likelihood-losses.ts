/** Negative log likelihoods, and the divergence of distributions, as modules. */

import type { Tensor } from '../tensor.ts';
import { readTrailing, type Trailing } from './arguments.ts';
import {
  type CtcLossOptions,
  ctc,
  ctcDefaults,
  type DivergenceReduction,
  type GaussianNllLossOptions,
  gaussianDefaults,
  gaussianNll,
  type KlDivOptions,
  klDivDefaults,
  klDivOf,
  type Lengths,
  type NllLossOptions,
  nll,
  nllDefaults,
  type PoissonNllLossOptions,
  poissonDefaults,
  poissonNll,
} from './functional/likelihood-losses.ts';
import type { Reduction } from './functional/reduction.ts';
import { warnOnce } from './functional/warning.ts';
import { Module } from './module.ts';

/** Negative log likelihood of log-probabilities and class ids (`torch.nn.NLLLoss`). */
export class NLLLoss extends Module {
  /** `[C]`. */
  weight: Tensor | null;
  ignoreIndex: number;
  reduction: Reduction;

  constructor(...rest: Trailing<[weight: Tensor | null], NllLossOptions>) {
    super();
    const options = readTrailing(new.target.name, ['weight'], rest, nllDefaults);
    this.weight = this.registerBuffer('weight', options.weight);
    this.ignoreIndex = options.ignoreIndex;
    this.reduction = options.reduction;
  }

  /** Log-probabilities `[N, C, …]` or `[C]`, class ids `[N, …]` or `[]`. */
  forward(input: Tensor, target: Tensor): Tensor {
    return nll('NLLLoss', input, target, this);
  }
}

/** The same as `NLLLoss`, which PyTorch recommends instead (`torch.nn.NLLLoss2d`). */
export class NLLLoss2d extends NLLLoss {
  constructor(...rest: Trailing<[weight: Tensor | null], NllLossOptions>) {
    warnOnce('NLLLoss2d: deprecated; NLLLoss does the same');
    super(...rest);
  }
}

/** Negative log likelihood of counts of a Poisson distribution (`torch.nn.PoissonNLLLoss`). */
export class PoissonNLLLoss extends Module {
  logInput: boolean;
  full: boolean;
  eps: number;
  reduction: Reduction;

  constructor(...rest: Trailing<[logInput: boolean, full: boolean], PoissonNllLossOptions>) {
    super();
    const options = readTrailing('PoissonNLLLoss', ['logInput', 'full'], rest, poissonDefaults);
    this.logInput = options.logInput;
    this.full = options.full;
    this.eps = options.eps;
    this.reduction = options.reduction;
  }

  /** Rates or their logarithms, and counts of the same shape. */
  forward(input: Tensor, target: Tensor): Tensor {
    return poissonNll('PoissonNLLLoss', input, target, this);
  }
}

/** Negative log likelihood of normal distributions of which mean and variance are known (`torch.nn.GaussianNLLLoss`). */
export class GaussianNLLLoss extends Module {
  full: boolean;
  eps: number;
  reduction: Reduction;

  constructor(...rest: Trailing<[], GaussianNllLossOptions>) {
    super();
    const options = readTrailing('GaussianNLLLoss', [], rest, gaussianDefaults);
    this.full = options.full;
    this.eps = options.eps;
    this.reduction = options.reduction;
  }

  /** Means, samples and variances of one shape; variances may lack the last dimension or be one number. */
  forward(input: Tensor, target: Tensor, variance: Tensor | number): Tensor {
    return gaussianNll('GaussianNLLLoss', input, target, variance, this);
  }
}

/** Kullback-Leibler divergence of log-probabilities from target probabilities (`torch.nn.KLDivLoss`). */
export class KLDivLoss extends Module {
  reduction: DivergenceReduction;
  logTarget: boolean;

  constructor(...rest: Trailing<[], KlDivOptions>) {
    super();
    const options = readTrailing('KLDivLoss', [], rest, klDivDefaults);
    this.reduction = options.reduction;
    this.logTarget = options.logTarget;
  }

  /** Two tensors of the same shape, the batch first. */
  forward(input: Tensor, target: Tensor): Tensor {
    return klDivOf('KLDivLoss', input, target, this);
  }
}

/** Connectionist temporal classification (`torch.nn.CTCLoss`, Graves et al. 2006). */
export class CTCLoss extends Module {
  blank: number;
  reduction: Reduction;
  zeroInfinity: boolean;

  constructor(...rest: Trailing<[blank: number, reduction: Reduction, zeroInfinity: boolean], CtcLossOptions>) {
    super();
    const options = readTrailing('CTCLoss', ['blank', 'reduction', 'zeroInfinity'], rest, ctcDefaults);
    this.blank = options.blank;
    this.reduction = options.reduction;
    this.zeroInfinity = options.zeroInfinity;
  }

  /** Log-probabilities `[T, N, C]`, class ids `[N, S]` or those of all sequences in one row, and the lengths of both. */
  forward(logProbs: Tensor, targets: Tensor, inputLengths: Lengths, targetLengths: Lengths): Tensor {
    return ctc('CTCLoss', logProbs, targets, inputLengths, targetLengths, this);
  }
}
