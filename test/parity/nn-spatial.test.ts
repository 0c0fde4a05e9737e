import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { expectSameBits, usePython } from './oracle.ts';

const { nn } = torch;
type Tensor = torch.Tensor;

/** A module: as Python makes it, as we do, the shapes of its inputs, and what else `forward` takes, on both sides. */
type Row = readonly [
  source: string,
  make: () => torch.nn.Module,
  shapes: readonly (readonly number[])[],
  more?: readonly [source: string, values: readonly unknown[]],
];

const convolutions: Row[] = [
  ['nn.Conv1d(4, 6, 3)', () => new nn.Conv1d(4, 6, 3), [[2, 4, 9]]],
  ['nn.Conv1d(4, 6, (3,), (2,), (1,), (2,))', () => new nn.Conv1d(4, 6, [3], [2], [1], [2]), [[4, 11]]],
  [
    'nn.Conv1d(4, 6, 4, padding="same", groups=2)',
    () => new nn.Conv1d(4, 6, 4, { padding: 'same', groups: 2 }),
    [[2, 4, 9]],
  ],
  [
    'nn.Conv1d(4, 6, 4, padding="same", padding_mode="circular", bias=False)',
    () => new nn.Conv1d(4, 6, 4, { padding: 'same', paddingMode: 'circular', bias: false }),
    [[2, 4, 9]],
  ],
  [
    'nn.Conv1d(2, 3, 3, padding=2, padding_mode="reflect", dtype=torch.float64)',
    () => new nn.Conv1d(2, 3, 3, { padding: 2, paddingMode: 'reflect', dtype: 'float64' }),
    [[2, 2, 7]],
  ],
  ['nn.Conv2d(2, 4, 3, padding="valid")', () => new nn.Conv2d(2, 4, 3, { padding: 'valid' }), [[3, 2, 8, 7]]],
  [
    'nn.Conv2d(2, 4, (3, 2), (2, 1), (1, 0), 1, 2, False, "replicate")',
    () => new nn.Conv2d(2, 4, [3, 2], [2, 1], [1, 0], 1, 2, false, 'replicate'),
    [[3, 2, 8, 7]],
  ],
  ['nn.Conv3d(2, 4, 3)', () => new nn.Conv3d(2, 4, 3), [[2, 2, 5, 4, 6]]],
  [
    'nn.Conv3d(2, 4, (1, 2, 3), stride=(1, 2, 1), padding=(0, 1, 2), dilation=(2, 1, 1))',
    () => new nn.Conv3d(2, 4, [1, 2, 3], { stride: [1, 2, 1], padding: [0, 1, 2], dilation: [2, 1, 1] }),
    [[2, 2, 5, 4, 6]],
  ],
  [
    'nn.Conv3d(2, 4, 2, padding=(1, 0, 1), padding_mode="replicate")',
    () => new nn.Conv3d(2, 4, 2, { padding: [1, 0, 1], paddingMode: 'replicate' }),
    [[2, 2, 4, 4, 3]],
  ],
  [
    'nn.Conv3d(2, 2, (2, 3, 4), padding="same", padding_mode="circular")',
    () => new nn.Conv3d(2, 2, [2, 3, 4], { padding: 'same', paddingMode: 'circular' }),
    [[1, 2, 4, 5, 6]],
  ],
  ['nn.ConvTranspose1d(4, 6, 3)', () => new nn.ConvTranspose1d(4, 6, 3), [[2, 4, 5]]],
  [
    'nn.ConvTranspose1d(4, 6, 3, 2, 1, 1, 2, False, 2)',
    () => new nn.ConvTranspose1d(4, 6, 3, 2, 1, 1, 2, false, 2),
    [[2, 4, 5]],
  ],
  [
    'nn.ConvTranspose1d(4, 6, 3, stride=3)',
    () => new nn.ConvTranspose1d(4, 6, 3, { stride: 3 }),
    [[4, 5]],
    ['[16]', [[16]]],
  ],
  [
    'nn.ConvTranspose2d(4, 6, 3, stride=2, padding=1)',
    () => new nn.ConvTranspose2d(4, 6, 3, { stride: 2, padding: 1 }),
    [[2, 4, 5, 5]],
    ['[2, 6, 10, 9]', [[2, 6, 10, 9]]],
  ],
  [
    'nn.ConvTranspose2d(4, 6, (3, 2), (2, 3), output_padding=(1, 2), groups=2, dilation=(1, 2))',
    () => new nn.ConvTranspose2d(4, 6, [3, 2], [2, 3], { outputPadding: [1, 2], groups: 2, dilation: [1, 2] }),
    [[2, 4, 5, 5]],
  ],
  [
    'nn.ConvTranspose3d(2, 3, (2, 3, 2), stride=(2, 1, 2), padding=(0, 1, 1))',
    () => new nn.ConvTranspose3d(2, 3, [2, 3, 2], { stride: [2, 1, 2], padding: [0, 1, 1] }),
    [[2, 2, 3, 4, 3]],
    ['(6, 4, 4)', [[6, 4, 4]]],
  ],
];

const poolings: Row[] = [
  ['nn.MaxPool1d(3)', () => new nn.MaxPool1d(3), [[2, 3, 10]]],
  ['nn.MaxPool1d((3,), 2, 1, 2, ceil_mode=True)', () => new nn.MaxPool1d([3], 2, 1, 2, { ceilMode: true }), [[3, 11]]],
  ['nn.MaxPool1d(2, return_indices=True)', () => new nn.MaxPool1d(2, { returnIndices: true }), [[2, 3, 10]]],
  ['nn.MaxPool2d(3, 2)', () => new nn.MaxPool2d(3, 2), [[2, 3, 9, 8]]],
  ['nn.MaxPool2d((3, 2), None, 1, 1, True, True)', () => new nn.MaxPool2d([3, 2], null, 1, 1, true, true), [[3, 9, 8]]],
  ['nn.MaxPool3d((3, 2, 2), stride=(2, 1, 2))', () => new nn.MaxPool3d([3, 2, 2], [2, 1, 2]), [[2, 3, 5, 4, 6]]],
  ['nn.MaxPool3d(2, return_indices=True)', () => new nn.MaxPool3d(2, { returnIndices: true }), [[3, 5, 4, 6]]],
  ['nn.AvgPool1d(3)', () => new nn.AvgPool1d(3), [[2, 3, 10]]],
  ['nn.AvgPool1d(3, 2, 1, True, False)', () => new nn.AvgPool1d(3, 2, 1, true, false), [[3, 10]]],
  ['nn.AvgPool2d((3, 2), 1)', () => new nn.AvgPool2d([3, 2], 1), [[2, 3, 7, 6]]],
  ['nn.AvgPool2d(3, None, 1, True, False, 5)', () => new nn.AvgPool2d(3, null, 1, true, false, 5), [[3, 7, 6]]],
  ['nn.AvgPool3d(2)', () => new nn.AvgPool3d(2), [[2, 3, 4, 5, 6]]],
  [
    'nn.AvgPool3d((2, 3, 2), stride=1, padding=(1, 0, 1), divisor_override=3)',
    () => new nn.AvgPool3d([2, 3, 2], { stride: 1, padding: [1, 0, 1], divisorOverride: 3 }),
    [[3, 4, 5, 6]],
  ],
  [
    'nn.FractionalMaxPool2d(3, output_ratio=0.5)',
    () => new nn.FractionalMaxPool2d(3, { outputRatio: 0.5 }),
    [[2, 3, 9, 8]],
  ],
  [
    'nn.FractionalMaxPool2d((2, 3), (4, 3), return_indices=True)',
    () => new nn.FractionalMaxPool2d([2, 3], [4, 3], { returnIndices: true }),
    [[3, 9, 8]],
  ],
  [
    'nn.FractionalMaxPool2d(2, 4, _random_samples=torch.full((2, 3, 2), 0.3))',
    () => new nn.FractionalMaxPool2d(2, 4, { _randomSamples: torch.full([2, 3, 2], 0.3) }),
    [[2, 3, 9, 8]],
  ],
  [
    'nn.FractionalMaxPool3d(2, output_ratio=(0.5, 0.6, 0.7))',
    () => new nn.FractionalMaxPool3d(2, null, [0.5, 0.6, 0.7]),
    [[2, 3, 6, 7, 8]],
  ],
  ['nn.FractionalMaxPool3d(2, 3)', () => new nn.FractionalMaxPool3d(2, 3), [[3, 6, 7, 8]]],
  ['nn.LPPool1d(2, 3)', () => new nn.LPPool1d(2, 3), [[2, 3, 10]]],
  ['nn.LPPool1d(1.5, 3, stride=2, ceil_mode=True)', () => new nn.LPPool1d(1.5, 3, 2, true), [[2, 3, 10]]],
  ['nn.LPPool2d(3, (2, 3))', () => new nn.LPPool2d(3, [2, 3]), [[2, 3, 7, 6]]],
  ['nn.LPPool2d(float("inf"), 2, 1)', () => new nn.LPPool2d(Number.POSITIVE_INFINITY, 2, 1), [[2, 3, 7, 6]]],
  ['nn.LPPool2d(float("-inf"), 2)', () => new nn.LPPool2d(Number.NEGATIVE_INFINITY, 2), [[2, 3, 7, 6]]],
  ['nn.LPPool3d(2, (1, 2, 2), stride=(1, 2, 1))', () => new nn.LPPool3d(2, [1, 2, 2], [1, 2, 1]), [[2, 3, 4, 5, 6]]],
  ['nn.AdaptiveMaxPool1d(3)', () => new nn.AdaptiveMaxPool1d(3), [[2, 3, 10]]],
  ['nn.AdaptiveMaxPool2d((3, None))', () => new nn.AdaptiveMaxPool2d([3, null]), [[2, 3, 7, 6]]],
  [
    'nn.AdaptiveMaxPool2d(3, return_indices=True)',
    () => new nn.AdaptiveMaxPool2d(3, { returnIndices: true }),
    [[3, 7, 6]],
  ],
  ['nn.AdaptiveMaxPool3d((2, None, 3), True)', () => new nn.AdaptiveMaxPool3d([2, null, 3], true), [[2, 3, 4, 5, 6]]],
  ['nn.AdaptiveAvgPool1d(4)', () => new nn.AdaptiveAvgPool1d(4), [[2, 3, 10]]],
  ['nn.AdaptiveAvgPool2d((None, 4))', () => new nn.AdaptiveAvgPool2d([null, 4]), [[2, 3, 7, 6]]],
  ['nn.AdaptiveAvgPool2d(1)', () => new nn.AdaptiveAvgPool2d(1), [[3, 7, 6]]],
  ['nn.AdaptiveAvgPool3d((2, 3, None))', () => new nn.AdaptiveAvgPool3d([2, 3, null]), [[2, 3, 4, 5, 6]]],
];

const paddings: Row[] = (
  [
    ['ReflectionPad', 2],
    ['ReplicationPad', 2],
    ['ZeroPad', 2],
    ['CircularPad', 2],
    ['ConstantPad', 2],
  ] as const
).flatMap(([name, size]) =>
  [1, 2, 3].flatMap((dimensions) => {
    const classes = nn as unknown as Record<string, new (...values: unknown[]) => torch.nn.Module>;
    const make = classes[`${name}${dimensions}d`] as new (...values: unknown[]) => torch.nn.Module;
    const each = [1, 2, 0, 1, 2, 1].slice(0, 2 * dimensions);
    const shape = [2, 3, ...[4, 5, 3].slice(0, dimensions)];
    const value = name === 'ConstantPad' ? [3.5] : [];
    const python = (padding: string) => `nn.${name}${dimensions}d(${[padding, ...value].join(', ')})`;
    return [
      [python(String(size)), () => new make(size, ...value), [shape]],
      [python(`(${each.join(', ')})`), () => new make(each, ...value), [shape.slice(1)]],
    ] as Row[];
  }),
);

const others: Row[] = [
  ['nn.ConstantPad1d((-1, 2), 2)', () => new nn.ConstantPad1d([-1, 2], 2), [[2, 3, 5]]],
  ['nn.Unflatten(1, (2, -1))', () => new nn.Unflatten(1, [2, -1]), [[3, 6]]],
  ['nn.Flatten(0, 1)', () => new nn.Flatten(0, 1), [[3, 6, 2]]],
  ['nn.Fold((4, 5), 2)', () => new nn.Fold([4, 5], 2), [[2, 12, 12]]],
  ['nn.Fold(6, (2, 3), 1, (0, 1), 2)', () => new nn.Fold(6, [2, 3], 1, [0, 1], 2), [[12, 9]]],
  ['nn.Unfold(2)', () => new nn.Unfold(2), [[2, 3, 4, 5]]],
  [
    'nn.Unfold((2, 3), dilation=2, padding=1, stride=(1, 2))',
    () => new nn.Unfold([2, 3], { dilation: 2, padding: 1, stride: [1, 2] }),
    [[3, 6, 7]],
  ],
  ['nn.PixelShuffle(2)', () => new nn.PixelShuffle(2), [[2, 8, 3, 4]]],
  ['nn.PixelUnshuffle(2)', () => new nn.PixelUnshuffle(2), [[2, 3, 4, 6]]],
  ['nn.ChannelShuffle(3)', () => new nn.ChannelShuffle(3), [[2, 6, 3]]],
  [
    'nn.Bilinear(3, 4, 5)',
    () => new nn.Bilinear(3, 4, 5),
    [
      [6, 3],
      [6, 4],
    ],
  ],
  [
    'nn.Bilinear(3, 4, 2, bias=False)',
    () => new nn.Bilinear(3, 4, 2, { bias: false }),
    [
      [2, 6, 3],
      [2, 6, 4],
    ],
  ],
  ['nn.Identity(3, unused=True)', () => new nn.Identity(3, { unused: true }), [[2, 3]]],
  ['nn.Upsample(scale_factor=2)', () => new nn.Upsample({ scaleFactor: 2 }), [[2, 3, 5]]],
  ['nn.Upsample((5, 7))', () => new nn.Upsample([5, 7]), [[2, 3, 4, 4]]],
  ['nn.Upsample(3, mode="nearest-exact")', () => new nn.Upsample(3, { mode: 'nearest-exact' }), [[2, 3, 4, 5, 6]]],
  [
    'nn.Upsample(scale_factor=(1.5, 2), mode="bilinear")',
    () => new nn.Upsample({ scaleFactor: [1.5, 2], mode: 'bilinear' }),
    [[2, 3, 4, 5]],
  ],
  [
    'nn.Upsample(scale_factor=1.7, mode="linear", recompute_scale_factor=True)',
    () => new nn.Upsample(null, 1.7, 'linear', null, true),
    [[2, 3, 5]],
  ],
  [
    'nn.Upsample(scale_factor=(2.0,), mode="linear", align_corners=True)',
    () => new nn.Upsample(null, [2], 'linear', true),
    [[2, 3, 5]],
  ],
  ['nn.UpsamplingNearest2d(scale_factor=2)', () => new nn.UpsamplingNearest2d({ scaleFactor: 2 }), [[2, 3, 4, 5]]],
  ['nn.UpsamplingBilinear2d((6, 9))', () => new nn.UpsamplingBilinear2d([6, 9]), [[2, 3, 4, 5]]],
];

function leaf(shape: readonly number[], like?: Tensor): Tensor {
  return torch.randn([...shape], { requiresGrad: true, dtype: like?.dtype ?? 'float32' });
}

/** All that is to be equal: state, output and gradients. */
const comparison = `
state = list(_m.state_dict().values())
keys = list(_m.state_dict().keys())
text = repr(_m)
torch.manual_seed(6)
_y = _m(*inputs, *_more)
outputs = list(_y) if isinstance(_y, tuple) else [_y]
outputs[0].pow(2).sum().backward()
gradients = [x.grad for x in inputs] + [p.grad for p in _m.parameters()]
outputs = [y.detach() for y in outputs]
`;

describe('spatial modules beside Python', () => {
  const python = usePython();

  for (const [family, rows] of Object.entries({ convolutions, poolings, paddings, others })) {
    describe(family, () => {
      for (const [source, make, shapes, more] of rows) {
        it(`${source}${more === undefined ? '' : ` called with ${more[0]}`}`, async () => {
          torch.manualSeed(5);
          const ours = make();
          const first = [...ours.parameters()][0];
          const state = [...ours.stateDict().values()].map((each) => each.clone());
          const inputs = shapes.map((shape) => leaf(shape, first));
          torch.manualSeed(6);
          const call = ours as unknown as (...values: unknown[]) => Tensor | Tensor[];
          const returned = call(...inputs, ...(more?.[1] ?? []));
          const outputs = Array.isArray(returned) ? returned : [returned];
          outputs[0]?.pow(2).sum().backward();
          const theirs = await python.run(
            `torch.manual_seed(5)\n_m = ${source}\n_more = [${more?.[0] ?? ''}]\n${comparison}`,
            { inputs },
          );
          expectSameBits(state, theirs.state, 'state');
          expect([...ours.stateDict().keys()]).to.deep.equal(theirs.keys);
          expect(String(ours)).to.equal(theirs.text);
          expectSameBits(
            outputs.map((each) => each.detach()),
            theirs.outputs,
            'output',
          );
          const gradients = [...inputs, ...ours.parameters()].map((each) => each.grad);
          expectSameBits(gradients, theirs.gradients, 'gradient');
        });
      }
    });
  }

  describe('unpooling', () => {
    const rows: [string, string, readonly number[], string, (x: Tensor) => Tensor][] = [
      [
        'nn.MaxPool1d(3, 2, return_indices=True)',
        'nn.MaxUnpool1d(3, 2)',
        [2, 3, 10],
        '[10]',
        (x) => {
          const [values, indices] = new nn.MaxPool1d(3, 2, { returnIndices: true })(x);
          return new nn.MaxUnpool1d(3, 2)(values, indices, [10]);
        },
      ],
      [
        'nn.MaxPool2d(2, return_indices=True)',
        'nn.MaxUnpool2d(2)',
        [2, 3, 7, 8],
        'torch.Size([2, 3, 7, 8])',
        (x) => {
          const [values, indices] = new nn.MaxPool2d(2, { returnIndices: true })(x);
          return new nn.MaxUnpool2d(2)(values, indices, x.shape);
        },
      ],
      [
        'nn.MaxPool2d((3, 2), 2, (1, 0), return_indices=True)',
        'nn.MaxUnpool2d((3, 2), 2, (1, 0))',
        [3, 9, 8],
        'None',
        (x) => {
          const [values, indices] = new nn.MaxPool2d([3, 2], 2, [1, 0], { returnIndices: true })(x);
          return new nn.MaxUnpool2d([3, 2], 2, [1, 0])(values, indices);
        },
      ],
      [
        'nn.MaxPool3d(2, return_indices=True)',
        'nn.MaxUnpool3d(2)',
        [2, 3, 4, 5, 4],
        '(4, 5, 4)',
        (x) => {
          const [values, indices] = new nn.MaxPool3d(2, { returnIndices: true })(x);
          return new nn.MaxUnpool3d(2)(values, indices, [4, 5, 4]);
        },
      ],
    ];
    for (const [pool, unpool, shape, size, call] of rows) {
      it(unpool, async () => {
        torch.manualSeed(7);
        const x = leaf(shape);
        const y = call(x);
        y.pow(2).sum().backward();
        const theirs = await python.run(
          `_y = ${unpool}(*${pool}(x), output_size=${size})
_y.pow(2).sum().backward()
y, dx, text = _y.detach(), x.grad, repr(${unpool})`,
          { x },
        );
        expectSameBits(y.detach(), theirs.y);
        expectSameBits(x.grad, theirs.dx);
        const printed = [new nn.MaxUnpool1d(3, 2), new nn.MaxUnpool2d(2), new nn.MaxUnpool2d([3, 2], 2, [1, 0])];
        expect([...printed, new nn.MaxUnpool3d(2)].map(String)).to.include(theirs.text);
      });
    }
  });
});
