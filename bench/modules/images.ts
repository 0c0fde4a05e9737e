/** Images made up and distorted in workers, for data-loader.ts. */

import * as torch from '../../lib/index.ts';

/** 3x32x32 images with noise, flipped half of the time, and their classes. */
export class Images extends torch.data.Dataset<[torch.Tensor, bigint]> {
  readonly length: number;
  readonly #shapes = torch.rand([10, 3, 32, 32], { generator: new torch.Generator().manualSeed(0) });

  constructor(length: number) {
    super();
    this.length = length;
  }

  get(index: number): [torch.Tensor, bigint] {
    const generator = torch.data.getWorkerInfo()?.generator;
    const image = torch.scope(() => {
      const noisy = torch
        .randn([3, 32, 32], { generator })
        .mul(0.1)
        .add(this.#shapes.select(0, index % 10));
      return index % 2 === 0 ? noisy.flip([2]) : noisy;
    });
    return [image, BigInt(index % 10)];
  }

  override workerSource() {
    return { module: import.meta.url, export: 'Images', args: [this.length] };
  }
}
