/** Images of a tensor as PNG. */

import { noGrad } from '../autograd/modes.ts';
import { isFloatingDType } from '../dtype.ts';
import { expectTensor } from '../embeddings.ts';
import { DTypeError, ShapeError } from '../errors.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { pngUrl } from './png.ts';

/** Checks images `[N, H, W]`, `[N, 1, H, W]` or `[N, 3, H, W]` of uint8 or a floating dtype. */
export function expectImages(where: string, images: Tensor): void {
  expectTensor(where, images);
  const shape = images.shape;
  if (!(shape.length === 3 || (shape.length === 4 && (shape[1] === 1 || shape[1] === 3)))) {
    throw new ShapeError(`${where} must be [N, H, W], [N, 1, H, W] or [N, 3, H, W], got [${shape.join(', ')}]`);
  }
  if (images.dtype !== 'uint8' && !isFloatingDType(images.dtype)) {
    throw new DTypeError(`${where} must be uint8 from 0 to 255 or floating from 0 to 1, got ${images.dtype}`);
  }
}

/** One image as a data URL: uint8 from 0 to 255, or floating from 0 for black to 1 for white. */
export function pictureUrl(images: Tensor, row: number): string {
  return noGrad(() =>
    scope(() => {
      const image = images.select(0, row);
      const [height, width] = image.shape.slice(-2) as [number, number];
      const channels = image.shape.length === 3 && image.shape[0] === 3 ? 3 : 1;
      const levels = image.dtype === 'uint8' ? image : image.float().clamp(0, 1).mul(255).round().to('uint8');
      const inRows = channels === 3 ? levels.permute([1, 2, 0]) : levels;
      return pngUrl(inRows.contiguous().cpu().flatten().toTypedArray() as Uint8Array, width, height, channels);
    }),
  );
}
