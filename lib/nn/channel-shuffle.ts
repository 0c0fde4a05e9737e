/** Channels of groups, interleaved. */

import { channelShuffle } from '../generated/torch.ts';
import type { Tensor } from '../tensor.ts';
import { expectCount } from './arguments.ts';
import { Module } from './module.ts';

/** Takes one channel of each group in turn: `[N, C, …]` to the same shape (`torch.nn.ChannelShuffle`). */
export class ChannelShuffle extends Module {
  groups: number;

  constructor(groups: number) {
    super();
    this.groups = expectCount('ChannelShuffle: groups', groups, 1);
  }

  forward(input: Tensor): Tensor {
    return channelShuffle(input, this.groups);
  }

  override extraRepr(): string {
    return `groups=${this.groups}`;
  }
}
