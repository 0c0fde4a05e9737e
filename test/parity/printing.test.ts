import { expect } from 'chai';
import type { DType } from '../../lib/dtype.ts';
import * as torch from '../../lib/index.ts';
import { getPrintoptions, type PrintOptionChanges, setPrintoptions } from '../../lib/printing.ts';
import { usePython } from './oracle.ts';

type Draw = () => number;

/** Numbers in [0, 1) that are the same in every run (an LCG of 32 bits). */
function drawer(seed: number): Draw {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function pick<T>(draw: Draw, values: readonly T[]): T {
  return values[Math.floor(draw() * values.length)] as T;
}

/** Kinds of values for which the notation changes. */
const floatRegimes: Readonly<Record<string, (draw: Draw) => number>> = {
  ordinary: (draw) => (draw() - 0.5) * 6,
  integral: (draw) => Math.floor((draw() - 0.5) * 200),
  'large integral': (draw) => Math.floor((draw() - 0.2) * 3e7),
  'wide range': (draw) => (draw() - 0.5) * 10 ** Math.floor(draw() * 12 - 6),
  tiny: (draw) => (draw() - 0.5) * 1e-6,
  huge: (draw) => (draw() - 0.5) * 1e38,
  'ties between digits': (draw) => Math.floor(draw() * 4096) / 1024 / 32,
  'ties in scientific notation': (draw) => (Math.floor(draw() * 2 ** 22) + 0.5) * 2 ** Math.floor(draw() * 8),
  'beside powers of ten': (draw) => pick(draw, [9.99995, 99.99995, 0.999951, 999.99, 0.00009999, 1e-4, 1, 10, 1000]),
  'not finite': (draw) => pick(draw, [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 1.5, 2]),
  'integral, not finite': (draw) => pick(draw, [Number.NaN, Number.NEGATIVE_INFINITY, -0, 12, -3]),
  'only NaN': () => Number.NaN,
  zeros: (draw) => pick(draw, [0, -0]),
};

const shapes: readonly (readonly number[])[] = [
  [],
  [1],
  [5],
  [40],
  [0],
  [2, 3],
  [3, 0],
  [7, 13],
  [2, 1, 4],
  [2, 2, 2, 3],
  [1001],
  [10, 101],
  [3, 400],
  [2, 9, 8, 8],
];

function countOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

const floatDtypes: readonly DType[] = [
  'float32',
  'float64',
  'float16',
  'bfloat16',
  'float8_e5m2',
  'float8_e4m3fn',
  'float8_e5m2fnuz',
  'float8_e4m3fnuz',
];

describe('printing beside Python', () => {
  const python = usePython();

  async function expectSameText(tensors: readonly torch.Tensor[], options?: PrintOptionChanges): Promise<void> {
    const before = getPrintoptions();
    if (options !== undefined) setPrintoptions(options);
    let ours: string[];
    try {
      ours = tensors.map(String);
    } finally {
      setPrintoptions(before);
    }
    const { sciMode, ...rest } = options ?? {};
    const { theirs } = await python.run(
      'torch.set_printoptions(**options, sci_mode=sci_mode)\ntheirs = [repr(_x) for _x in tensors]',
      { tensors, options: rest as Record<string, number | string>, sci_mode: sciMode ?? null },
    );
    ours.forEach((text, i) => {
      expect(text, `shape [${tensors[i]?.shape}]`).to.equal((theirs as string[])[i]);
    });
  }

  const ofShape = (shape: readonly number[], values: number[], dtype: DType) =>
    torch.tensor(values, { dtype: 'float64' }).reshape(shape).to(dtype);

  for (const dtype of floatDtypes) {
    for (const [name, value] of Object.entries(floatRegimes)) {
      it(`writes ${dtype}, ${name}`, async () => {
        const draw = drawer(name.length * 31 + dtype.length);
        const tensors = shapes.map((shape) =>
          ofShape(
            shape,
            Array.from({ length: countOf(shape) }, () => value(draw)),
            dtype,
          ),
        );
        await expectSameText(tensors);
      });
    }
  }

  for (const dtype of ['complex32', 'complex64', 'complex128'] as const) {
    for (const [name, value] of Object.entries(floatRegimes)) {
      it(`writes ${dtype}, ${name}`, async () => {
        const draw = drawer(name.length * 17 + dtype.length);
        const other = pick(draw, Object.values(floatRegimes));
        const tensors = shapes.map((shape) => {
          const count = countOf(shape);
          const pairs = Array.from({ length: count }, () => new torch.Complex(value(draw), other(draw)));
          return torch.tensor(pairs, { dtype: 'complex128' }).reshape(shape).to(dtype);
        });
        await expectSameText(tensors);
      });
    }
  }

  const integerLimits: readonly (readonly [DType, bigint, bigint])[] = [
    ['uint8', 0n, 255n],
    ['int8', -128n, 127n],
    ['int16', -32768n, 32767n],
    ['int32', -(2n ** 31n), 2n ** 31n - 1n],
    ['int64', -(2n ** 63n), 2n ** 63n - 1n],
    ['uint16', 0n, 65535n],
    ['uint32', 0n, 2n ** 32n - 1n],
    ['uint64', 0n, 2n ** 64n - 1n],
  ];

  for (const [dtype, least, greatest] of integerLimits) {
    for (const width of [4n, 100n, greatest]) {
      it(`writes ${dtype} up to ${width}`, async () => {
        const draw = drawer(Number(width % 1000n));
        const low = least === 0n ? 0n : -width;
        const value = () => {
          const span = width - low;
          return low + (span * BigInt(Math.floor(draw() * 2 ** 32))) / (2n ** 32n - 1n);
        };
        const tensors = shapes.map((shape) =>
          torch.tensor(Array.from({ length: countOf(shape) }, value), { dtype }).reshape(shape),
        );
        await expectSameText(tensors);
      });
    }
  }

  it('writes booleans', async () => {
    const draw = drawer(3);
    await expectSameText(
      shapes.map((shape) =>
        torch
          .tensor(
            Array.from({ length: countOf(shape) }, () => draw() < 0.5),
            { dtype: 'bool' },
          )
          .reshape(shape),
      ),
    );
  });

  const settings: readonly PrintOptionChanges[] = [
    { profile: 'short' },
    { profile: 'full' },
    { precision: 0 },
    { precision: 1 },
    { precision: 12 },
    { precision: 25 },
    { sciMode: true },
    { sciMode: false },
    { sciMode: true, precision: 0 },
    { sciMode: true, precision: 17 },
    { threshold: 0 },
    { threshold: 5, edgeitems: 1 },
    { threshold: 5, edgeitems: 0 },
    { threshold: 40, edgeitems: 2, linewidth: 40 },
    { linewidth: 20 },
    { linewidth: 200 },
    { linewidth: 1 },
    { edgeitems: 0 },
    { profile: 'short', edgeitems: 4, sciMode: true },
  ];

  for (const options of settings) {
    it(`writes with ${JSON.stringify(options)}`, async () => {
      const draw = drawer(11);
      const tensors = [[], [8], [30], [3, 5], [9, 2, 9], [0, 4]].flatMap((shape) =>
        ['ordinary', 'integral', 'wide range', 'ties between digits', 'huge', 'not finite'].flatMap((name) => {
          const values = Array.from({ length: countOf(shape) }, () =>
            (floatRegimes[name] as (draw: Draw) => number)(draw),
          );
          return [
            ofShape(shape, values, 'float32'),
            ofShape(shape, values, 'float64'),
            torch.tensor(values.map((value) => new torch.Complex(value, 1 - value))).reshape(shape),
            ofShape(shape, values.map(Number.isFinite).map(Number), 'int16'),
          ];
        }),
      );
      await expectSameText(tensors, options);
    });
  }

  /** The same tensor made on both sides, for what does not travel as bits. */
  const made: readonly (readonly [name: string, ours: () => torch.Tensor, theirs: string])[] = [
    ['a leaf that requires grad', () => torch.ones([3], { requiresGrad: true }), 'torch.ones(3, requires_grad=True)'],
    ['a result', () => torch.ones([3], { requiresGrad: true }).mul(2), 'torch.ones(3, requires_grad=True) * 2'],
    [
      'a long result with a dtype',
      () => torch.ones([2, 9], { requiresGrad: true, dtype: 'float16' }).exp(),
      'torch.ones(2, 9, requires_grad=True, dtype=torch.float16).exp()',
    ],
    [
      'a changed slice',
      () => torch.ones([3], { requiresGrad: true }).clone().indexPut_([0], 2),
      '_x = torch.ones(3, requires_grad=True).clone(); _x[0] = 2; x = _x',
    ],
    [
      'a view of a changed tensor',
      () =>
        torch
          .ones([3], { requiresGrad: true })
          .clone()
          .indexPut_([0], 2)
          .index([torch.slice(1)]),
      '_x = torch.ones(3, requires_grad=True).clone(); _x[0] = 2; x = _x[1:]',
    ],
    [
      'an inference tensor',
      () => torch.inferenceMode(() => torch.ones([2])),
      'with torch.inference_mode(): x = torch.ones(2)',
    ],
    ['a meta tensor', () => torch.empty([2, 3], { device: 'meta' }), "torch.empty(2, 3, device='meta')"],
    [
      'a meta tensor of another dtype',
      () => torch.empty([], { device: 'meta', dtype: 'int64' }),
      "torch.empty((), device='meta', dtype=torch.int64)",
    ],
    [
      'a meta tensor with a graph',
      () => torch.empty([1], { device: 'meta', requiresGrad: true }).sum(),
      "torch.empty(1, device='meta', requires_grad=True).sum()",
    ],
    ['an empty integer tensor', () => torch.empty([0], { dtype: 'int64' }), 'torch.empty(0, dtype=torch.int64)'],
    [
      'an empty tensor that requires grad',
      () => torch.empty([2, 0], { requiresGrad: true }),
      'torch.empty(2, 0, requires_grad=True)',
    ],
    [
      'a conjugate',
      () => torch.tensor([new torch.Complex(1, 2), new torch.Complex(-3, -0.5)]).conj(),
      'torch.tensor([1+2j, -3-0.5j]).conj()',
    ],
    [
      'a negative view',
      () => torch.tensor([new torch.Complex(1, 2), new torch.Complex(-3, 0)]).conj().imag,
      'torch.tensor([1+2j, -3+0j]).conj().imag',
    ],
    ['a transposed view', () => torch.arange(6).reshape([2, 3]).T, 'torch.arange(6).reshape(2, 3).T'],
    ['an expanded view', () => torch.tensor([1.5]).expand([3, 2]), 'torch.tensor([1.5]).expand(3, 2)'],
    ['a large expanded view', () => torch.tensor(7n).expand([100, 100]), 'torch.tensor(7).expand(100, 100)'],
    ['a sparse tensor', () => torch.eye(3).toSparse(), 'torch.eye(3).to_sparse()'],
    [
      'a sparse tensor of another dtype with a dense dimension',
      () => torch.arange(12).reshape([2, 3, 2]).to('float16').toSparse(2),
      'torch.arange(12).reshape(2, 3, 2).half().to_sparse(2)',
    ],
    ['a sparse tensor without elements', () => torch.zeros([2, 3]).toSparse(), 'torch.zeros(2, 3).to_sparse()'],
    [
      'a sparse tensor that requires grad',
      () => torch.eye(2).toSparse().requiresGrad_(),
      'torch.eye(2).to_sparse().requires_grad_()',
    ],
    [
      'a large sparse tensor with a graph',
      () => torch.ones([40, 40], { requiresGrad: true }).toSparse(),
      'torch.ones(40, 40, requires_grad=True).to_sparse()',
    ],
    ['rows compressed', () => torch.eye(3).toSparseCsr(), 'torch.eye(3).to_sparse_csr()'],
    ['columns compressed', () => torch.ones([3, 2]).toSparseCsc(), 'torch.ones(3, 2).to_sparse_csc()'],
    ['rows of blocks', () => torch.ones([4, 4]).toSparseBsr([2, 2]), 'torch.ones(4, 4).to_sparse_bsr((2, 2))'],
    [
      'columns of blocks, no elements',
      () => torch.zeros([4, 4], { dtype: 'int32' }).toSparseBsc([2, 2]),
      'torch.zeros(4, 4, dtype=torch.int32).to_sparse_bsc((2, 2))',
    ],
    ['the layout of oneDNN', () => torch.ones([2]).toMkldnn(), 'torch.ones(2).to_mkldnn()'],
    [
      'a tensor quantized as a whole',
      () => torch.quantizePerTensor(torch.tensor([0.5, -1, 3.25]), 1e-5, 10, 'qint32' as torch.DType),
      'torch.quantize_per_tensor(torch.tensor([0.5, -1, 3.25]), 1e-5, 10, torch.qint32)',
    ],
    [
      'a tensor quantized by channel',
      () =>
        torch.quantizePerChannel(
          torch.tensor([
            [0.5, -1],
            [3, 2],
          ]),
          torch.tensor([0.1, 0.01], { dtype: 'float64' }),
          torch.tensor([1n, 2n]),
          0,
          'qint8' as torch.DType,
        ),
      'torch.quantize_per_channel(torch.tensor([[0.5, -1], [3, 2]]), torch.tensor([0.1, 0.01], dtype=torch.double), torch.tensor([1, 2]), 0, torch.qint8)',
    ],
  ];

  for (const [name, ours, theirs] of made) {
    it(`writes ${name}`, async () => {
      const code = theirs.includes('x = ') ? theirs : `x = ${theirs}`;
      const { text } = await python.run(`${code}\ntext = repr(x)\ndel x`);
      expect(String(ours())).to.equal(text);
    });
  }

  it('counts the default dtype as the usual one', async () => {
    const tensors = [
      torch.tensor([1.5], { dtype: 'float32' }),
      torch.tensor([1.5], { dtype: 'float64' }),
      torch.tensor([new torch.Complex(1, 2)], { dtype: 'complex128' }),
      torch.tensor([], { dtype: 'float64' }),
    ];
    torch.setDefaultDtype('float64');
    let ours: string[];
    try {
      ours = tensors.map(String);
    } finally {
      torch.setDefaultDtype('float32');
    }
    const { theirs } = await python.run(
      'torch.set_default_dtype(torch.double)\ntheirs = [repr(_x) for _x in tensors]',
      { tensors },
    );
    expect(ours).to.deep.equal(theirs);
  });
});
