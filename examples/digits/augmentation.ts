/** Distortions that leave a digit what it is, and one that makes another shape of it. */

import * as torch from '../../lib/index.ts';
import type { Digits } from './dataset.ts';

const turn = (15 * Math.PI) / 180;
const shift = 0.1;
const growth = 0.15;
const slant = 0.2;

/**
 * Turns each image by up to 15 degrees, shifts it by up to 1.4 pixels, scales it by up to 15 % and slants it.
 *
 * @param images `[N, 1, 28, 28]`
 */
export function distort(images: torch.Tensor): torch.Tensor {
  const count = images.shape[0] as number;
  const upTo = (limit: number) => torch.rand([count]).mul(2).sub(1).mul(limit);
  const angle = upTo(turn);
  const scale = upTo(growth).add(1);
  const cosine = angle.cos().mul(scale);
  const sine = angle.sin().mul(scale);
  const across = torch.stack([cosine, sine.neg().add(upTo(slant)), upTo(shift)], 1);
  const down = torch.stack([sine, cosine, upTo(shift)], 1);
  const grid = torch.affineGridGenerator(torch.stack([across, down], 1), images.shape, false);
  const [bilinear, zeros] = [0, 0];
  return torch.gridSampler(images, grid, bilinear, zeros, false);
}

/**
 * Adds every image reflected across its diagonal, as a class of its own: twice as many shapes to tell apart, so that the
 * embedding learns what makes shapes differ and not just the digits it is shown.
 */
export function withReflections({ images, labels }: Digits): Digits {
  return {
    images: torch.cat([images, images.transpose(2, 3)]),
    labels: torch.cat([labels, labels.add(10)]),
  };
}
