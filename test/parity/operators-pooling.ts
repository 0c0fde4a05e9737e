import * as nn from '../../lib/generated/nn.ts';
import * as torch from '../../lib/index.ts';
import { family, floats, real, unit } from './operators.ts';

/** Pooling, padding, resampling and folding. */
export const pooling = family(
  'pooling and resampling',
  {
    line: real(2, 3, 8),
    image: real(1, 2, 6, 7),
    cube: real(1, 2, 4, 4, 4),
    grid: unit(1, 3, 4, 2),
    theta: real(1, 2, 3),
    m: real(2, 5),
  },
  [
    ['F.max_pool1d(line, 2)', ({ line }) => torch.maxPool1d(line, 2)],
    ['F.max_pool1d(line, 3, return_indices=True)', ({ line }) => torch.maxPool1dWithIndices(line, 3)],
    ['F.max_pool2d(image, 2)', ({ image }) => torch.maxPool2d(image, 2)],
    [
      'F.max_pool2d(image, (3, 2), stride=1, padding=1, ceil_mode=True)',
      ({ image }) => torch.maxPool2d(image, [3, 2], { stride: 1, padding: 1, ceilMode: true }),
    ],
    ['F.max_pool2d(image, 2, return_indices=True)', ({ image }) => nn.maxPool2dWithIndices(image, 2)],
    ['F.max_pool3d(cube, 2)', ({ cube }) => torch.maxPool3d(cube, 2)],
    ['F.avg_pool1d(line, 3, stride=2, padding=1)', ({ line }) => torch.avgPool1d(line, 3, { stride: 2, padding: 1 })],
    ['F.avg_pool2d(image, 2)', ({ image }) => nn.avgPool2d(image, 2)],
    [
      'F.avg_pool2d(image, 3, 2, 1, count_include_pad=False)',
      ({ image }) => nn.avgPool2d(image, 3, 2, 1, { countIncludePad: false }),
    ],
    ['F.avg_pool2d(image, 2, divisor_override=3)', ({ image }) => nn.avgPool2d(image, 2, { divisorOverride: 3 })],
    ['F.avg_pool3d(cube, 2)', ({ cube }) => nn.avgPool3d(cube, 2)],
    ['F.adaptive_avg_pool1d(line, 3)', ({ line }) => torch.adaptiveAvgPool1d(line, 3)],
    ['F.adaptive_avg_pool2d(image, (2, 3))', ({ image }) => nn.adaptiveAvgPool2d(image, [2, 3])],
    ['F.adaptive_avg_pool2d(image, 1)', ({ image }) => nn.adaptiveAvgPool2d(image, 1)],
    ['F.adaptive_avg_pool3d(cube, 2)', ({ cube }) => nn.adaptiveAvgPool3d(cube, 2)],
    ['F.adaptive_max_pool1d(line, 2, return_indices=True)', ({ line }) => torch.adaptiveMaxPool1d(line, 2)],
    ['F.adaptive_max_pool2d(image, 2, return_indices=True)', ({ image }) => nn.adaptiveMaxPool2d(image, 2)],
    [
      'F.max_unpool2d(*F.max_pool2d(image, 2, return_indices=True), 2, output_size=(6, 7))',
      ({ image }) => {
        const [values, indices] = nn.maxPool2dWithIndices(image, 2);
        return nn.maxUnpool2d(values, indices, [6, 7]);
      },
      { dtypes: floats },
    ],
    ['F.pad(m, (1, 2))', ({ m }) => nn.pad(m, [1, 2])],
    ['F.pad(m, (1, -1), value=2.5)', ({ m }) => nn.pad(m, [1, -1], { value: 2.5 })],
    ["F.pad(line, (2, 1), mode='reflect')", ({ line }) => nn.pad(line, [2, 1], { mode: 'reflect' })],
    ["F.pad(image, (1, 1, 2, 0), mode='replicate')", ({ image }) => nn.pad(image, [1, 1, 2, 0], { mode: 'replicate' })],
    ["F.pad(image, (1, 1, 2, 0), mode='circular')", ({ image }) => nn.pad(image, [1, 1, 2, 0], { mode: 'circular' })],
    ['torch.constant_pad_nd(m, (1, 1), 3)', ({ m }) => torch.constantPadNd(m, [1, 1], 3)],
    ["F.interpolate(line, size=5, mode='linear')", ({ line }) => nn.upsampleLinear1d(line, [5], false)],
    ["F.interpolate(image, scale_factor=2, mode='nearest')", ({ image }) => nn.upsampleNearest2d(image, null, [2, 2])],
    [
      "F.interpolate(image, size=(4, 5), mode='bilinear', align_corners=True)",
      ({ image }) => nn.upsampleBilinear2d(image, [4, 5], true),
    ],
    ["F.interpolate(image, size=(9, 8), mode='bicubic')", ({ image }) => nn.upsampleBicubic2d(image, [9, 8], false)],
    [
      "F.interpolate(cube, size=(3, 3, 3), mode='trilinear')",
      ({ cube }) => nn.upsampleTrilinear3d(cube, [3, 3, 3], false),
    ],
    ['F.unfold(image, 3, padding=1)', ({ image }) => nn.im2col(image, [3, 3], [1, 1], [1, 1], [1, 1])],
    [
      'F.fold(F.unfold(image, 2), (6, 7), 2)',
      ({ image }) => nn.col2im(nn.im2col(image, 2, 1, 0, 1), [6, 7], 2, 1, 0, 1),
    ],
    [
      'F.affine_grid(theta, (1, 2, 3, 4), align_corners=False)',
      ({ theta }) => torch.affineGridGenerator(theta, [1, 2, 3, 4], false),
      { dtypes: floats },
    ],
    [
      'F.grid_sample(image, grid, align_corners=False)',
      ({ image, grid }) => torch.gridSampler(image, grid, 0, 0, false),
    ],
    [
      "F.grid_sample(image, grid, mode='nearest', padding_mode='border', align_corners=True)",
      ({ image, grid }) => torch.gridSampler(image, grid, 1, 1, true),
    ],
    ['F.pixel_shuffle(line.reshape(1, 4, 3, 4), 2)', ({ line }) => torch.pixelShuffle(line.reshape([1, 4, 3, 4]), 2)],
  ],
);
