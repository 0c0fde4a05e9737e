import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

const { nn } = torch;
const F = nn.functional;
type Tensor = torch.Tensor;

/** Elements by position, computed in plain loops. */
function table(shape: readonly [number, number], at: (row: number, column: number) => number): number[][] {
  return Array.from({ length: shape[0] }, (_, row) =>
    Array.from({ length: shape[1] }, (__, column) => at(row, column)),
  );
}

const image = () => torch.arange(20).float().reshape([1, 4, 5]);
const pixel = (row: number, column: number) => row * 5 + column;
const rowsOf = (tensor: Tensor) => (tensor.tolist() as number[][][])[0];

describe('spatial layers', () => {
  it('compute what their definitions say', () => {
    const clamp = (value: number, most: number) => Math.max(0, Math.min(value, most));
    const mirror = (value: number, most: number) => most - Math.abs(most - Math.abs(value));
    const cases: [torch.nn.Layer, number[][]][] = [
      [
        new nn.AvgPool2d([2, 3], 1),
        table([3, 3], (r, c) => {
          const window = [0, 1].flatMap((i) => [0, 1, 2].map((j) => pixel(r + i, c + j)));
          return window.reduce((sum, each) => sum + each) / 6;
        }),
      ],
      [new nn.MaxPool2d(2), table([2, 2], (r, c) => pixel(2 * r + 1, 2 * c + 1))],
      [new nn.AdaptiveMaxPool2d([2, 1]), table([2, 1], (r) => pixel(2 * r + 1, 4))],
      [new nn.ReplicationPad2d(1), table([6, 7], (r, c) => pixel(clamp(r - 1, 3), clamp(c - 1, 4)))],
      [new nn.ReflectionPad2d(2), table([8, 9], (r, c) => pixel(mirror(r - 2, 3), mirror(c - 2, 4)))],
      [new nn.CircularPad2d([1, 0, 2, 0]), table([6, 6], (r, c) => pixel((r + 2) % 4, (c + 4) % 5))],
      [new nn.ZeroPad2d([0, 0, 1, 0]), table([5, 5], (r, c) => (r === 0 ? 0 : pixel(r - 1, c)))],
      [new nn.ConstantPad2d([-1, 0, 0, -2], 9), table([2, 4], (r, c) => pixel(r, c + 1))],
      [new nn.UpsamplingNearest2d({ scaleFactor: 2 }), []],
    ];
    for (const [layer, expected] of cases) {
      if (expected.length > 0) expect(rowsOf(layer(image())), String(layer)).to.deep.equal(expected);
    }
    const up = new nn.UpsamplingNearest2d({ scaleFactor: 2 })(image().unsqueeze(0)).squeeze(0);
    expect(rowsOf(up)).to.deep.equal(table([8, 10], (r, c) => pixel(Math.floor(r / 2), Math.floor(c / 2))));
    const shuffled = new nn.PixelShuffle(2)(torch.arange(8).float().reshape([1, 4, 1, 2]));
    expect(shuffled.flatten().tolist()).to.deep.equal([0, 2, 1, 3, 4, 6, 5, 7]);
  });

  it('transpose what a convolution does', () => {
    const forward = new nn.Conv2d(2, 3, 3, { stride: 2, padding: 1, bias: false });
    const back = new nn.ConvTranspose2d(3, 2, 3, { stride: 2, padding: 1, bias: false });
    torch.noGrad(() => back.weight.copy_(forward.weight));
    const x = torch.randn([1, 2, 6, 5], { requiresGrad: true });
    const y = forward(x);
    const g = torch.randn([...y.shape]);
    y.backward(g);
    const returned = back(g, [6, 5]);
    expect(torch.allclose(returned, x.grad as Tensor, { atol: 1e-6 })).to.equal(true);
  });

  it('are undone by their counterparts', () => {
    const x = torch.randn([2, 8, 4, 6]);
    expect(torch.equal(new nn.PixelUnshuffle(2)(new nn.PixelShuffle(2)(x)), x)).to.equal(true);
    expect(torch.equal(new nn.ChannelShuffle(4)(new nn.ChannelShuffle(2)(x)), x)).to.equal(true);
    expect(torch.equal(new nn.Flatten()(new nn.Unflatten(1, [2, 4])(x)), x.flatten(1))).to.equal(true);
    const patches = new nn.Unfold(2, { stride: 2 })(x);
    expect(torch.equal(new nn.Fold([4, 6], 2, { stride: 2 })(patches), x)).to.equal(true);
    const [values, indices] = new nn.MaxPool2d(2, { returnIndices: true })(x);
    const back = new nn.MaxUnpool2d(2)(values, indices);
    expect(torch.equal(new nn.MaxPool2d(2)(back), values.clampMin(0))).to.equal(true);
    const identity = torch
      .tensor([
        [
          [1, 0, 0],
          [0, 1, 0],
        ],
      ])
      .expand([2, -1, -1]);
    const same = F.gridSample(x, F.affineGrid(identity, x.shape, true), { alignCorners: true });
    expect(torch.allclose(same, x, { atol: 1e-5 })).to.equal(true);
  });

  it('take empty batches', () => {
    const layers: [torch.nn.Layer, number[]][] = [
      [new nn.Conv1d(2, 3, 3), [0, 2, 5]],
      [new nn.Conv3d(2, 3, 1, { padding: 1, paddingMode: 'replicate' }), [0, 2, 2, 2, 2]],
      [new nn.ConvTranspose2d(2, 3, 3), [0, 2, 4, 4]],
      [new nn.MaxPool2d(2), [0, 2, 4, 4]],
      [new nn.AvgPool3d(2), [0, 2, 4, 4, 4]],
      [new nn.LPPool2d(2, 2), [0, 2, 4, 4]],
      [new nn.AdaptiveAvgPool2d(1), [0, 2, 4, 4]],
      [new nn.ReflectionPad2d(1), [0, 2, 4, 4]],
      [new nn.PixelShuffle(2), [0, 4, 2, 2]],
      [new nn.Upsample({ scaleFactor: 2 }), [0, 2, 4, 4]],
    ];
    for (const [layer, shape] of layers) expect(layer(torch.zeros(shape)).shape[0], String(layer)).to.equal(0);
  });

  it('are made where and as what they are told, and outlive the scope in which they were made', () => {
    const conv = torch.scope(() => new nn.ConvTranspose1d(2, 3, 3, { device: 'meta', dtype: 'float64' }));
    expect([conv.weight.device, conv.bias?.dtype, conv.weight.shape]).to.deep.equal(['meta', 'float64', [2, 3, 3]]);
    const pool = torch.scope(() => new nn.FractionalMaxPool2d(2, 3, { _randomSamples: torch.full([1, 1, 2], 0.5) }));
    expect(pool(torch.randn([1, 1, 7, 7])).shape).to.deep.equal([1, 1, 3, 3]);
    expect([...pool.stateDict().keys()]).to.deep.equal(['_random_samples']);
  });

  it('leave nothing behind', () => {
    const layers = [new nn.AdaptiveMaxPool2d(2), new nn.FractionalMaxPool2d(2, 2), new nn.LPPool2d(2, 2)];
    const x = torch.randn([1, 2, 6, 6]);
    globalThis.gc?.(); // what earlier tests left
    const before = torch.memory().tensors;
    torch.scope(() => {
      for (const layer of layers) layer(x);
    });
    expect(torch.memory().tensors).to.equal(before);
    const pooled = layers[0]?.(x);
    expect(torch.memory().tensors, 'the indices that nobody asked for').to.equal(before + 1);
    pooled?.dispose();
  });

  it('say what is wrong with their arguments', () => {
    const x = torch.randn([1, 2, 4, 4]);
    const [, indices] = F.maxPool2d(x, 2, { returnIndices: true });
    const gone = torch.ones([1, 2, 4, 4]);
    gone.dispose();
    const wrong: [() => unknown, new (...values: never[]) => Error, string][] = [
      [
        () => new nn.Conv1d(1, 1, [1, 2] as never),
        TypeError,
        'Conv1d: kernelSize must be an integer or an array of one',
      ],
      [() => new nn.Conv3d(1, 1, 'a' as never), TypeError, 'Conv3d: kernelSize must be an integer or an array of 3'],
      [() => new nn.Conv3d(1, 1, 3, { outputPadding: 1 } as never), TypeError, 'there is no option outputPadding'],
      [() => new nn.ConvTranspose1d(1, 1, 3, { padding: 'same' as never }), TypeError, 'padding must be in numbers'],
      [() => new nn.ConvTranspose1d(1, 1, 3, { paddingMode: 'reflect' }), RangeError, "paddingMode must be 'zeros'"],
      [
        () => new nn.ConvTranspose2d(2, 1, 3, { stride: 2 })(x, [20, 20]),
        RangeError,
        'ConvTranspose2d: outputSize must be from [9,9] to [10,10] for an input of [1,2,4,4], got [20,20]',
      ],
      [() => new nn.ConvTranspose2d(2, 1, 3)(x, [6]), torch.ShapeError, 'outputSize must have 2 or 4 numbers'],
      [() => new nn.MaxPool2d([2] as never), TypeError, 'MaxPool2d: kernelSize must be an integer or an array of 2'],
      [() => new nn.MaxPool2d(2, 1.5), TypeError, 'MaxPool2d: stride must be an integer or an array of 2, got 1.5'],
      [() => new nn.MaxUnpool2d(2)(x, indices, [3, 3, 3]), torch.ShapeError, 'outputSize must have 2 or 4 numbers'],
      [() => new nn.MaxUnpool2d(2)(x, indices, [4, 4]), RangeError, 'must be nearer than a stride of [2,2] to [8,8]'],
      [() => F.maxUnpool2d(x, 3 as never, 2), TypeError, 'maxUnpool2d: indices must be a Tensor, got 3'],
      [() => F.maxUnpool3d(torch.ones([2]), indices, 2), torch.ShapeError, 'input must have at least 3 dimensions'],
      [() => new nn.FractionalMaxPool2d(2), TypeError, 'one of outputSize and outputRatio must be given'],
      [() => new nn.FractionalMaxPool2d(2, 2, 0.5), TypeError, 'must be given, and not both'],
      [() => new nn.FractionalMaxPool2d(2, { outputRatio: 1.5 }), RangeError, 'outputRatio must be between 0 and 1'],
      [() => new nn.FractionalMaxPool3d(0, 1), RangeError, 'kernelSize must be at least 1, got [0,0,0]'],
      [
        () => F.fractionalMaxPool2d(x.index([0, 0]), 2, 2),
        torch.ShapeError,
        'input must have 3 or 4 dimensions, got [4,4]',
      ],
      [() => new nn.LPPool1d(Number.NaN, 2), TypeError, 'LPPool1d: normType must be a number, got NaN'],
      [() => F.lpPool2d(5 as never, 2, 2), TypeError, 'lpPool2d: input must be a Tensor, got 5'],
      [() => F.adaptiveAvgPool2d(torch.ones([3, 3]), [1, null]), torch.ShapeError, 'must have at least 3 dimensions'],
      [() => F.adaptiveMaxPool2d(x, 'a' as never), TypeError, 'outputSize must be a number or an array, got "a"'],
      [() => new nn.CircularPad1d(1)(x), torch.ShapeError, 'CircularPad1d: input must have 2 or 3 dimensions'],
      [() => new nn.ZeroPad3d([1, 2] as never), TypeError, 'ZeroPad3d: padding must be an integer or an array of 6'],
      [() => new nn.ConstantPad1d(1, 'a' as never), TypeError, 'ConstantPad1d: value must be a number, got "a"'],
      [() => new nn.Unflatten(1, 4 as never), TypeError, 'unflattenedSize must be an array of integers, got 4'],
      [() => new nn.Bilinear(0, 1, 1), RangeError, 'Bilinear: in1Features must be at least 1, got 0'],
      [() => new nn.PixelShuffle(0), RangeError, 'PixelShuffle: upscaleFactor must be at least 1, got 0'],
      [() => F.interpolate(x), TypeError, 'one of size and scaleFactor must be given'],
      [() => F.interpolate(x, 3, 2), TypeError, 'must be given, and not both'],
      [() => F.interpolate(x, [3]), torch.ShapeError, 'size must have 2 numbers for an input of [1,2,4,4], got [3]'],
      [() => F.interpolate(x, 'a' as never), TypeError, 'size must be a number or an array of them, got "a"'],
      [() => F.interpolate(x, 3, { mode: 'linear' }), torch.ShapeError, "must have 3 dimensions for mode 'linear'"],
      [() => F.interpolate(x, 3, { mode: 'cubic' as never }), RangeError, "mode must be one of 'nearest'"],
      [() => F.interpolate(x, 3, { alignCorners: true }), RangeError, "does not go with mode 'nearest'"],
      [() => F.interpolate(x, 3, { antialias: true }), RangeError, "got mode 'nearest' and [1,2,4,4]"],
      [() => F.interpolate(x, 3, { mode: 'lanczos' }), RangeError, "mode 'lanczos' needs antialias"],
      [() => F.interpolate(x, 3, { recomputeScaleFactor: true }), RangeError, 'does not go with size'],
      [
        () => F.interpolate(torch.ones([3]), 3),
        torch.ShapeError,
        "must have 3, 4, 5 dimensions for mode 'nearest', got [3]",
      ],
      [() => F.gridSample(x, x, 'cubic' as never), RangeError, "gridSample: mode must be one of 'bilinear'"],
      [() => F.gridSample(x, x, { paddingMode: 'a' as never }), RangeError, "paddingMode must be one of 'zeros'"],
      [() => F.affineGrid(torch.ones([1, 2, 3]), [1, 2, 3]), RangeError, 'size must have 4 or 5 numbers'],
      [() => F.affineGrid(torch.ones([1, 2, 2]), [1, 1, 2, 2]), torch.ShapeError, 'theta must be [N, 2, 3]'],
      [() => F.affineGrid(torch.ones([1, 2, 3]).long(), [1, 1, 2, 2]), torch.DTypeError, 'got int64'],
      [() => F.affineGrid(torch.ones([1, 2, 3]), [1, 1, 0, 2]), RangeError, 'size must be positive'],
      [() => new nn.MaxPool2d(2)(gone), torch.DisposedError, ''],
      [() => F.interpolate(gone, 2), torch.DisposedError, ''],
    ];
    for (const [act, kind, message] of wrong) expect(act, message).to.throw(kind, message);
  });
});
