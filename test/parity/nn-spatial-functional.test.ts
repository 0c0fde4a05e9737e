import * as torch from '../../lib/index.ts';
import { expectSameBits, type PythonInput, type PythonValue, usePython } from './oracle.ts';

const F = torch.nn.functional;
type Tensor = torch.Tensor;

function leaf(shape: readonly number[]): Tensor {
  return torch.randn([...shape], { requiresGrad: true });
}

describe('spatial functions beside Python', () => {
  const python = usePython();

  const theta = () => torch.randn([2, 2, 3], { requiresGrad: true });
  const image = () => leaf([2, 3, 5, 6]);
  const grid = () => torch.rand([2, 4, 3, 2]).mul(2.4).sub(1.2).requiresGrad_();
  const calls: [string, () => Tensor[], (...inputs: Tensor[]) => Tensor][] = [
    ['F.interpolate(a, 7)', () => [leaf([2, 3, 4])], (x) => F.interpolate(x!, 7)],
    [
      'F.interpolate(a, scale_factor=0.6, mode="area")',
      () => [image()],
      (x) => F.interpolate(x!, { scaleFactor: 0.6, mode: 'area' }),
    ],
    [
      'F.interpolate(a, (3, 2, 5), mode="area")',
      () => [leaf([1, 2, 4, 4, 6])],
      (x) => F.interpolate(x!, [3, 2, 5], { mode: 'area' }),
    ],
    ['F.interpolate(a, 3, mode="area")', () => [leaf([1, 2, 8])], (x) => F.interpolate(x!, 3, null, 'area')],
    [
      'F.interpolate(a, scale_factor=1.3, mode="nearest-exact")',
      () => [leaf([2, 3, 9])],
      (x) => F.interpolate(x!, { scaleFactor: 1.3, mode: 'nearest-exact' }),
    ],
    [
      'F.interpolate(a, scale_factor=(2, 0.5), mode="nearest-exact")',
      () => [image()],
      (x) => F.interpolate(x!, { scaleFactor: [2, 0.5], mode: 'nearest-exact' }),
    ],
    [
      'F.interpolate(a, scale_factor=1.7, mode="bicubic", align_corners=True)',
      () => [image()],
      (x) => F.interpolate(x!, null, 1.7, 'bicubic', true),
    ],
    [
      'F.interpolate(a, (3, 4), mode="bilinear", antialias=True)',
      () => [image()],
      (x) => F.interpolate(x!, { size: [3, 4], mode: 'bilinear', antialias: true }),
    ],
    [
      'F.interpolate(a, (3, 4), mode="bicubic", antialias=True, align_corners=True)',
      () => [image()],
      (x) => F.interpolate(x!, { size: [3, 4], mode: 'bicubic', antialias: true, alignCorners: true }),
    ],
    [
      'F.interpolate(a, scale_factor=2, mode="trilinear")',
      () => [leaf([1, 2, 3, 4, 5])],
      (x) => F.interpolate(x!, { scaleFactor: 2, mode: 'trilinear' }),
    ],
    [
      'F.interpolate(a, scale_factor=2, mode="nearest")',
      () => [leaf([1, 2, 3, 4, 5])],
      (x) => F.interpolate(x!, { scaleFactor: 2 }),
    ],
    [
      'F.interpolate(a, (3, 4), mode="lanczos", antialias=True)',
      () => [image()],
      (x) => F.interpolate(x!, { size: [3, 4], mode: 'lanczos', antialias: true }),
    ],
    [
      'F.max_pool3d(a, 2, ceil_mode=True)',
      () => [leaf([1, 2, 3, 5, 3])],
      (x) => F.maxPool3d(x!, 2, { ceilMode: true }),
    ],
    ['F.adaptive_max_pool3d(a, 2)', () => [leaf([1, 2, 3, 5, 3])], (x) => F.adaptiveMaxPool3d(x!, 2)],
    [
      'F.adaptive_avg_pool3d(a, (2, None, 1))',
      () => [leaf([1, 2, 3, 5, 3])],
      (x) => F.adaptiveAvgPool3d(x!, [2, null, 1]),
    ],
    ['F.upsample(a, scale_factor=2)', () => [image()], (x) => F.upsample(x!, { scaleFactor: 2 })],
    ['F.upsample_nearest(a, (6, 7))', () => [image()], (x) => F.upsampleNearest(x!, [6, 7])],
    ['F.upsample_bilinear(a, scale_factor=2)', () => [image()], (x) => F.upsampleBilinear(x!, { scaleFactor: 2 })],
    ['F.grid_sample(a, b)', () => [image(), grid()], (x, y) => F.gridSample(x!, y!)],
    [
      'F.grid_sample(a, b, "nearest", "border", True)',
      () => [image(), grid()],
      (x, y) => F.gridSample(x!, y!, 'nearest', 'border', true),
    ],
    [
      'F.grid_sample(a, b, mode="bicubic", padding_mode="reflection")',
      () => [image(), grid()],
      (x, y) => F.gridSample(x!, y!, { mode: 'bicubic', paddingMode: 'reflection' }),
    ],
    ['F.affine_grid(a, [2, 3, 4, 5])', () => [theta()], (x) => F.affineGrid(x!, [2, 3, 4, 5])],
    [
      'F.affine_grid(a, [2, 3, 4, 5, 2], True)',
      () => [leaf([2, 3, 4])],
      (x) => F.affineGrid(x!, [2, 3, 4, 5, 2], true),
    ],
    ['F.max_pool2d(a, (2, 3), padding=1)', () => [image()], (x) => F.maxPool2d(x!, [2, 3], { padding: 1 })],
    [
      'F.max_pool1d(a, 3, return_indices=True)[0]',
      () => [leaf([2, 3, 8])],
      (x) => F.maxPool1d(x!, 3, { returnIndices: true })[0],
    ],
    ['F.adaptive_max_pool2d(a, (None, 2))', () => [image()], (x) => F.adaptiveMaxPool2d(x!, [null, 2])],
    ['F.adaptive_avg_pool1d(a, 3)', () => [leaf([2, 3, 8])], (x) => F.adaptiveAvgPool1d(x!, 3)],
    [
      'F.fractional_max_pool2d(a, 2, output_ratio=(0.7, 0.5))',
      () => [image()],
      (x) => F.fractionalMaxPool2d(x!, 2, { outputRatio: [0.7, 0.5] }),
    ],
    ['F.lp_pool2d(a, 2.5, 3, stride=1)', () => [leaf([1, 2, 5, 5])], (x) => F.lpPool2d(x!, 2.5, 3, { stride: 1 })],
    ['F.unfold(a, (2, 3), stride=2)', () => [image()], (x) => F.unfold(x!, [2, 3], { stride: 2 })],
    [
      'F.fold(a, (5, 6), 2, padding=1, stride=2)',
      () => [leaf([2, 8, 12])],
      (x) => F.fold(x!, [5, 6], 2, { padding: 1, stride: 2 }),
    ],
    [
      'F.conv_tbc(a, b, c, 1)',
      () => [leaf([5, 2, 3]), leaf([3, 3, 4]), leaf([4])],
      (x, y, z) => F.convTbc(x!, y!, z!, 1),
    ],
  ];
  for (const [source, make, call] of calls) {
    it(source, async () => {
      torch.manualSeed(12);
      const inputs = make();
      torch.manualSeed(13);
      const y = call(...inputs);
      y.pow(2).sum().backward();
      const named = Object.fromEntries(['a', 'b', 'c'].map((name, i) => [name, inputs[i] ?? null]));
      const { out, gradients } = await python.run(
        `torch.manual_seed(13)
_y = ${source}
_y.pow(2).sum().backward()
out, gradients = _y.detach(), [_x.grad for _x in [a, b, c] if _x is not None]`,
        named as Record<string, PythonInput>,
      );
      expectSameBits(y.detach(), out);
      expectSameBits(
        inputs.map((each) => each.grad),
        gradients as PythonValue,
      );
    });
  }
});
