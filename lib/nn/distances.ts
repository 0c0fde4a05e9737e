/** Distances of pairs as layers. */

import { cosineSimilarity, pairwiseDistance } from '../generated/torch.ts';
import type { Tensor } from '../tensor.ts';
import { expectNumber, readTrailing, type Trailing } from './arguments.ts';
import { Module } from './module.ts';

export interface PairwiseDistanceOptions {
  /** The norm's degree; 2 by default. */
  p?: number;
  /** Added to every component of a difference; 1e-6 by default. */
  eps?: number;
  /** Whether the last dimension stays, with size 1. */
  keepdim?: boolean;
}

/** `‖x1 - x2 + eps‖_p` (`torch.nn.PairwiseDistance`). */
export class PairwiseDistance extends Module {
  norm: number;
  eps: number;
  keepdim: boolean;

  constructor(...rest: Trailing<[p: number, eps: number, keepdim: boolean], PairwiseDistanceOptions>) {
    super();
    const defaults: Required<PairwiseDistanceOptions> = { p: 2, eps: 1e-6, keepdim: false };
    const { p, eps, keepdim } = readTrailing('PairwiseDistance', ['p', 'eps', 'keepdim'], rest, defaults);
    this.norm = expectNumber('PairwiseDistance: p', p);
    this.eps = expectNumber('PairwiseDistance: eps', eps);
    this.keepdim = keepdim;
  }

  /** `[N, D]` each, or `[D]`, to `[N]` or `[]`. */
  forward(x1: Tensor, x2: Tensor): Tensor {
    return pairwiseDistance(x1, x2, this.norm, this.eps, this.keepdim);
  }
}

export interface CosineSimilarityOptions {
  /** The dimension along which vectors lie; 1 by default. */
  dim?: number;
  /** The least length that is divided by; 1e-8 by default. */
  eps?: number;
}

/** `x1·x2 / (‖x1‖ ‖x2‖)` (`torch.nn.CosineSimilarity`). */
export class CosineSimilarity extends Module {
  dim: number;
  eps: number;

  constructor(...rest: Trailing<[dim: number, eps: number], CosineSimilarityOptions>) {
    super();
    const defaults: Required<CosineSimilarityOptions> = { dim: 1, eps: 1e-8 };
    const { dim, eps } = readTrailing('CosineSimilarity', ['dim', 'eps'], rest, defaults);
    this.dim = dim;
    this.eps = expectNumber('CosineSimilarity: eps', eps);
  }

  /** Tensors of one shape, which loses the dimension `dim`. */
  forward(x1: Tensor, x2: Tensor): Tensor {
    return cosineSimilarity(x1, x2, this.dim, this.eps);
  }
}
