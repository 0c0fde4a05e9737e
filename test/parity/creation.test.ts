import { expect } from 'chai';
import type { TypedArray } from '../../lib/creation.ts';
import * as torch from '../../lib/index.ts';
import { expectSameBits, usePython } from './oracle.ts';

type Tensor = torch.Tensor;
/** The same tensor in both languages; `DTYPE` in the Python text stands for the dtype. */
type Factory = readonly [theirs: string, ours: (dtype: torch.DType) => Tensor];

const c = (re: number, im: number) => new torch.Complex(re, im);
const nan = Number.NaN;
const inf = Number.POSITIVE_INFINITY;

const realDtypes: readonly torch.DType[] = [
  'float32',
  'float64',
  'float16',
  'bfloat16',
  'int64',
  'int32',
  'int16',
  'int8',
  'uint8',
];
const otherDtypes: readonly torch.DType[] = [
  'bool',
  'complex32',
  'complex64',
  'complex128',
  'uint16',
  'uint32',
  'uint64',
];
const floatDtypes = realDtypes.slice(0, 4);
const float8Dtypes: readonly torch.DType[] = ['float8_e5m2', 'float8_e4m3fn', 'float8_e5m2fnuz', 'float8_e4m3fnuz'];

/** For every dtype. */
const constants: readonly Factory[] = [
  ['torch.zeros(2, 3, dtype=DTYPE)', (dtype) => torch.zeros([2, 3], { dtype })],
  ['torch.ones(3, dtype=DTYPE)', (dtype) => torch.ones([3], { dtype })],
  ['torch.ones((), dtype=DTYPE)', (dtype) => torch.ones([], { dtype })],
  ['torch.zeros(0, 4, dtype=DTYPE)', (dtype) => torch.zeros([0, 4], { dtype })],
  ['torch.full((2, 2), 1, dtype=DTYPE)', (dtype) => torch.full([2, 2], 1, { dtype })],
  ['torch.zeros_like(x, dtype=DTYPE)', (dtype) => torch.zerosLike(x(), { dtype })],
  ['torch.ones_like(x, dtype=DTYPE)', (dtype) => torch.onesLike(x(), { dtype })],
  ['torch.full_like(x, 3, dtype=DTYPE)', (dtype) => torch.fullLike(x(), 3, { dtype })],
  ['x.new_zeros((2,), dtype=DTYPE)', (dtype) => x().newZeros([2], { dtype })],
  ['x.new_ones((2, 1), dtype=DTYPE)', (dtype) => x().newOnes([2, 1], { dtype })],
  ['x.new_full((2,), 1, dtype=DTYPE)', (dtype) => x().newFull([2], 1, { dtype })],
  ['torch.scalar_tensor(3, dtype=DTYPE)', (dtype) => torch.scalarTensor(3, { dtype })],
  [
    'torch.tensor([[0, 1], [1, 1]], dtype=DTYPE)',
    (dtype) =>
      torch.tensor(
        [
          [0, 1],
          [1, 1],
        ],
        { dtype },
      ),
  ],
  ['torch.tensor([True, False], dtype=DTYPE)', (dtype) => torch.tensor([true, false], { dtype })],
  ['torch.tensor([], dtype=DTYPE)', (dtype) => torch.tensor([], { dtype })],
  ['torch.tensor(1, dtype=DTYPE)', (dtype) => torch.tensor(1n, { dtype })],
];

/** For every real dtype. */
const sequences: readonly Factory[] = [
  ['torch.arange(7, dtype=DTYPE)', (dtype) => torch.arange(7, { dtype })],
  ['torch.arange(2, 9, dtype=DTYPE)', (dtype) => torch.arange(2, 9, { dtype })],
  ['torch.arange(9, 1, -3, dtype=DTYPE)', (dtype) => torch.arange(9, 1, -3, { dtype })],
  ['torch.range(1, 4, dtype=DTYPE)', (dtype) => torch.range(1, 4, { dtype })],
  ['torch.linspace(0, 10, 6, dtype=DTYPE)', (dtype) => torch.linspace(0, 10, 6, { dtype })],
  ['torch.linspace(1, 7, steps=1, dtype=DTYPE)', (dtype) => torch.linspace(1, 7, { steps: 1, dtype })],
  ['torch.linspace(0, 100, 17, dtype=DTYPE)', (dtype) => torch.linspace(0, 100, 17, { dtype })],
  ['torch.logspace(0, 2, 5, dtype=DTYPE)', (dtype) => torch.logspace(0, 2, 5, { dtype })],
  ['torch.logspace(0, 6, 7, base=2, dtype=DTYPE)', (dtype) => torch.logspace(0, 6, 7, { base: 2, dtype })],
  ['torch.eye(3, dtype=DTYPE)', (dtype) => torch.eye(3, { dtype })],
  ['torch.eye(2, 4, dtype=DTYPE)', (dtype) => torch.eye(2, 4, { dtype })],
  ['torch.tensor([3, 1.75, 0, 100], dtype=DTYPE)', (dtype) => torch.tensor([3, 1.75, 0, 100], { dtype })],
  [
    'torch.tensor([[[1], [2]], [[3], [4]]], dtype=DTYPE)',
    (dtype) =>
      torch.tensor(
        [
          [[1], [2]],
          [[3], [4]],
        ],
        { dtype },
      ),
  ],
];

/** For every floating-point dtype. */
const fractions: readonly Factory[] = [
  ['torch.arange(0, 1, 0.1, dtype=DTYPE)', (dtype) => torch.arange(0, 1, 0.1, { dtype })],
  ['torch.arange(-1.5, 2.25, 0.3, dtype=DTYPE)', (dtype) => torch.arange(-1.5, 2.25, 0.3, { dtype })],
  ['torch.linspace(-0.1, 0.7, 50, dtype=DTYPE)', (dtype) => torch.linspace(-0.1, 0.7, 50, { dtype })],
  ['torch.logspace(-1.5, 1.5, 20, dtype=DTYPE)', (dtype) => torch.logspace(-1.5, 1.5, 20, { dtype })],
  ['torch.full((3,), 0.1, dtype=DTYPE)', (dtype) => torch.full([3], 0.1, { dtype })],
  [
    'torch.tensor([0.1, -2.7, 1e-7, 65504, 1e30, math.inf, -math.inf, math.nan, -0.0], dtype=DTYPE)',
    (dtype) => torch.tensor([0.1, -2.7, 1e-7, 65504, 1e30, inf, -inf, nan, -0], { dtype }),
  ],
  ['torch.scalar_tensor(0.1, dtype=DTYPE)', (dtype) => torch.scalarTensor(0.1, { dtype })],
];

/** Windows have no float16 on the CPU in places, so these two. */
const windows: readonly Factory[] = [
  ['torch.hann_window(9, dtype=DTYPE)', (dtype) => torch.hannWindow(9, { dtype })],
  ['torch.hann_window(8, periodic=False, dtype=DTYPE)', (dtype) => torch.hannWindow(8, false, { dtype })],
  ['torch.hamming_window(9, dtype=DTYPE)', (dtype) => torch.hammingWindow(9, { dtype })],
  [
    'torch.hamming_window(7, False, 0.5, 0.4, dtype=DTYPE)',
    (dtype) => torch.hammingWindow(7, false, 0.5, 0.4, { dtype }),
  ],
  ['torch.bartlett_window(9, dtype=DTYPE)', (dtype) => torch.bartlettWindow(9, { dtype })],
  ['torch.blackman_window(9, dtype=DTYPE)', (dtype) => torch.blackmanWindow(9, { dtype })],
  ['torch.kaiser_window(9, dtype=DTYPE)', (dtype) => torch.kaiserWindow(9, { dtype })],
  ['torch.kaiser_window(9, False, 4.5, dtype=DTYPE)', (dtype) => torch.kaiserWindow(9, false, 4.5, { dtype })],
];

/** Without a dtype: which one results is part of the case. */
const inferred: readonly Factory[] = [
  ['torch.zeros(2)', () => torch.zeros([2])],
  ['torch.ones(2, 2)', () => torch.ones([2, 2])],
  ['torch.full((2,), 3.0)', () => torch.full([2], 3)],
  ['torch.full((2,), 3)', () => torch.full([2], 3n)],
  ['torch.full((2,), True)', () => torch.full([2], true)],
  ['torch.full((2,), 1+2j)', () => torch.full([2], c(1, 2))],
  ['torch.arange(5)', () => torch.arange(5)],
  ['torch.arange(2**53, 2**53 + 3)', () => torch.arange(2n ** 53n, 2n ** 53n + 3n)],
  ['torch.arange(0.5, 3)', () => torch.arange(0.5, 3)],
  ['torch.arange(0)', () => torch.arange(0)],
  ['torch.linspace(0, 1, 4)', () => torch.linspace(0, 1, 4)],
  ['torch.linspace(torch.tensor(0.5), 2, 4)', () => torch.linspace(torch.tensor(0.5), 2, 4)],
  ['torch.linspace(0, 1+1j, 3)', () => torch.linspace(0, c(1, 1), 3)],
  ['torch.logspace(0, 1, 3)', () => torch.logspace(0, 1, 3)],
  ['torch.range(0, 1, 0.25)', () => torch.range(0, 1, 0.25)],
  ['torch.eye(2)', () => torch.eye(2)],
  ['torch.tensor([1.0, 2.0])', () => torch.tensor([1, 2])],
  ['torch.tensor([1, 2])', () => torch.tensor([1n, 2n])],
  ['torch.tensor([2**63 - 1, -2**63])', () => torch.tensor([2n ** 63n - 1n, -(2n ** 63n)])],
  ['torch.tensor([True, False])', () => torch.tensor([true, false])],
  ['torch.tensor([1+2j, 3.0])', () => torch.tensor([c(1, 2), 3])],
  ['torch.tensor([1, 2.5])', () => torch.tensor([1n, 2.5])],
  ['torch.tensor([True, 2])', () => torch.tensor([true, 2n])],
  ['torch.tensor([True, 2.5])', () => torch.tensor([true, 2.5])],
  ['torch.tensor([[], []])', () => torch.tensor([[], []])],
  ['torch.tensor([[torch.tensor(1.5), 2.0]])', () => torch.tensor([[torch.tensor(1.5), 2]])],
  ['torch.tensor(3.25)', () => torch.tensor(3.25)],
  ['torch.tensor(x)', () => torch.tensor(x())],
  ['torch.tensor(x, dtype=torch.int32)', () => torch.tensor(x(), { dtype: 'int32' })],
  [
    'torch.tensor([18446744073709551615, 1], dtype=torch.uint64)',
    () => torch.tensor([2n ** 64n - 1n, 1n], { dtype: 'uint64' }),
  ],
  ['torch.as_tensor([1.5, 2])', () => torch.asTensor([1.5, 2])],
  ['torch.as_tensor(x, dtype=torch.float64)', () => torch.asTensor(x(), { dtype: 'float64' })],
  ['torch.zeros_like(x)', () => torch.zerosLike(x())],
  ['torch.ones_like(x.int())', () => torch.onesLike(x().int())],
  ['torch.full_like(x, 0.1)', () => torch.fullLike(x(), 0.1)],
  ['x.new_tensor([1, 2.5])', () => x().newTensor([1, 2.5])],
  ['x.int().new_tensor([1, 2])', () => x().int().newTensor([1n, 2n])],
  ['x.half().new_zeros(3)', () => x().half().newZeros([3])],
  ['x.new_full((2,), 7)', () => x().newFull([2], 7)],
  ['torch.scalar_tensor(2.0)', () => torch.scalarTensor(2)],
  ['torch.tril_indices(3, 4)', () => torch.trilIndices(3, 4)],
  ['torch.tril_indices(4, 3, -1)', () => torch.trilIndices(4, 3, -1)],
  ['torch.triu_indices(4, 3, 1, dtype=torch.int32)', () => torch.triuIndices(4, 3, 1, { dtype: 'int32' })],
  [
    'torch.complex(torch.tensor([1.0]), torch.tensor([-2.0]))',
    () => torch.complex(torch.tensor([1]), torch.tensor([-2])),
  ],
  [
    'torch.polar(torch.tensor([1.0, 2.0]), torch.tensor([0.5, -1.0]))',
    () => torch.polar(torch.tensor([1, 2]), torch.tensor([0.5, -1])),
  ],
  ['torch.vander(torch.tensor([1.0, 2.0, 3.0]), 4, True)', () => torch.vander(torch.tensor([1, 2, 3]), 4, true)],
  ['torch.diag(torch.tensor([1.0, 2.0]), 1)', () => torch.diag(torch.tensor([1, 2]), 1)],
  ['torch.diag_embed(x)', () => torch.diagEmbed(x())],
  ['torch.block_diag(x, x)', () => torch.blockDiag([x(), x()])],
  ['torch.tril(torch.ones(3, 3), -1)', () => torch.tril(torch.ones([3, 3]), -1)],
  ['torch.triu(torch.ones(3, 3))', () => torch.triu(torch.ones([3, 3]))],
  [
    'torch.cartesian_prod(torch.arange(2), torch.arange(3))',
    () => torch.cartesianProd([torch.arange(2), torch.arange(3)]),
  ],
  ['torch.combinations(torch.arange(4), 3)', () => torch.combinations(torch.arange(4), 3)],
  [
    "torch.meshgrid(torch.arange(2), torch.arange(3), indexing='xy')[0]",
    () => torch.meshgrid([torch.arange(2), torch.arange(3)], { indexing: 'xy' })[0] as Tensor,
  ],
  [
    'torch.sparse_coo_tensor([[0, 1], [2, 0]], [3.0, 4.0], (2, 3)).to_dense()',
    () =>
      torch
        .sparseCooTensor(
          torch.tensor([
            [0n, 1n],
            [2n, 0n],
          ]),
          torch.tensor([3, 4]),
          [2, 3],
        )
        .toDense(),
  ],
  ['torch.zeros(2, 3, out=torch.ones(2, 3))', () => torch.zeros([2, 3], { out: torch.ones([2, 3]) })],
];

const typedArrays: readonly (readonly [TypedArray, string])[] = [
  [Float32Array.of(0.1, -2, inf), 'torch.tensor([0.1, -2, math.inf])'],
  [Float64Array.of(0.1, -2, 1e300), 'torch.tensor([0.1, -2, 1e300], dtype=torch.float64)'],
  [Int8Array.of(-128, 127), 'torch.tensor([-128, 127], dtype=torch.int8)'],
  [Uint8Array.of(0, 255), 'torch.tensor([0, 255], dtype=torch.uint8)'],
  [Uint8ClampedArray.of(0, 300), 'torch.tensor([0, 255], dtype=torch.uint8)'],
  [Int16Array.of(-32768, 5), 'torch.tensor([-32768, 5], dtype=torch.int16)'],
  [Uint16Array.of(65535, 5), 'torch.tensor([65535, 5], dtype=torch.uint16)'],
  [Int32Array.of(-(2 ** 31), 5), 'torch.tensor([-2**31, 5], dtype=torch.int32)'],
  [Uint32Array.of(2 ** 32 - 1, 5), 'torch.tensor([2**32 - 1, 5], dtype=torch.uint32)'],
  [BigInt64Array.of(-(2n ** 63n), 5n), 'torch.tensor([-2**63, 5])'],
  [BigUint64Array.of(2n ** 64n - 1n, 5n), 'torch.tensor([2**64 - 1, 5], dtype=torch.uint64)'],
];

const x = () =>
  torch.tensor([
    [1, 2.5, -3],
    [0.5, 4, 100],
  ]);

describe('creation beside Python', () => {
  const python = usePython();

  function compare([theirs, ours]: Factory, dtype: torch.DType = 'float32'): void {
    const source = theirs.replaceAll('DTYPE', `torch.${dtype}`);
    it(source, async () => {
      const { result } = await python.run(`result = ${source}`, { x: x() });
      expectSameBits(ours(dtype), result, source);
    });
  }

  describe('constants', () => {
    for (const dtype of [...realDtypes, ...otherDtypes, ...float8Dtypes])
      for (const each of constants) compare(each, dtype);
  });

  describe('sequences', () => {
    for (const dtype of realDtypes) for (const each of sequences) compare(each, dtype);
  });

  describe('fractions', () => {
    for (const dtype of floatDtypes) for (const each of fractions) compare(each, dtype);
  });

  describe('windows', () => {
    for (const dtype of ['float32', 'float64'] as const) for (const each of windows) compare(each, dtype);
  });

  describe('inferred dtypes', () => {
    for (const each of inferred) compare(each);
  });

  describe('typed arrays', () => {
    for (const [array, theirs] of typedArrays) {
      compare([theirs, () => torch.tensor(array)]);
      compare([theirs, () => torch.fromBlob(array)]);
      // With a Uint16Array, float16 means its bits.
      if (!(array instanceof Uint16Array)) {
        compare([`${theirs}.to(torch.float16)`, () => torch.tensor(array, { dtype: 'float16' })]);
      }
    }

    for (const dtype of ['float16', 'bfloat16'] as const) {
      it(`hold the bits of ${dtype}`, async () => {
        const { values } = await python.run(`values = torch.tensor([0.1, -2, 1e5]).to(torch.${dtype})`);
        const words = torch.tensor([0.1, -2, 1e5], { dtype }).toTypedArray() as Uint16Array;
        expectSameBits(torch.tensor(words, { dtype }), values);
      });
    }
  });

  it('follows the default dtype', async () => {
    torch.setDefaultDtype('float64');
    let ours: Tensor[];
    try {
      ours = [
        torch.zeros([2]),
        torch.tensor([0.1]),
        torch.tensor([c(1, 2)]),
        torch.arange(0, 1, 0.3),
        torch.full([1], 2),
      ];
    } finally {
      torch.setDefaultDtype('float32');
    }
    const { theirs } = await python.run(
      `torch.set_default_dtype(torch.float64)
theirs = [torch.zeros(2), torch.tensor([0.1]), torch.tensor([1+2j]), torch.arange(0, 1, 0.3), torch.full((1,), 2.0)]`,
    );
    expectSameBits(ours, theirs);
  });

  it('follows the default device where Python does', async () => {
    const made: Record<string, () => Tensor> = {
      'torch.zeros(2)': () => torch.zeros([2]),
      'torch.tensor([1.5])': () => torch.tensor([1.5]),
      'torch.as_tensor([1.5])': () => torch.asTensor([1.5]),
      'torch.rand(2)': () => torch.rand([2]),
      'torch.arange(3)': () => torch.arange(3),
      'torch.eye(2, dtype=torch.int8)': () => torch.eye(2, { dtype: 'int8' }),
      'torch.full((2,), 1.0)': () => torch.full([2], 1),
      'torch.hann_window(3)': () => torch.hannWindow(3),
      "torch.ones(2, device='cpu')": () => torch.ones([2], { device: 'cpu' }),
      'torch.normal(0.0, 1.0, (2,))': () => torch.normal(0, 1, [2]),
      'torch.zeros_like(x)': () => torch.zerosLike(onCpu),
      'torch.rand_like(x)': () => torch.randLike(onCpu),
      'x.new_zeros(2)': () => onCpu.newZeros([2]),
      'x.new_tensor([1.0])': () => onCpu.newTensor([1]),
      'x.to(torch.float64)': () => onCpu.to('float64'),
      'x.half()': () => onCpu.half(),
      'x.sum(0)': () => onCpu.sum(0),
    };
    const onCpu = x();
    torch.setDefaultDevice('meta');
    let ours: string[];
    try {
      ours = Object.values(made).map((make) => make().device);
    } finally {
      torch.setDefaultDevice(null);
    }
    const { theirs } = await python.run(
      `torch.set_default_device('meta')\ntheirs = [str(_x.device) for _x in [${Object.keys(made).join(', ')}]]`,
      { x: onCpu },
    );
    Object.keys(made).forEach((source, i) => {
      expect(ours[i], source).to.equal((theirs as string[])[i]);
    });
  });

  it('keeps strides and memory formats as Python does', async () => {
    const made: Record<string, Tensor> = {
      'torch.empty_strided((2, 3), (1, 2))': torch.emptyStrided([2, 3], [1, 2]),
      'torch.empty_permuted((2, 3, 4), (2, 0, 1))': torch.emptyPermuted([2, 3, 4], [2, 0, 1]),
      'torch.empty((1, 2, 3, 4), memory_format=torch.channels_last)': torch.empty([1, 2, 3, 4], {
        memoryFormat: 'channels_last',
      }),
      'torch.empty_like(x.T)': torch.emptyLike(x().T),
      'torch.zeros_like(x.T, memory_format=torch.contiguous_format)': torch.zerosLike(x().T, {
        memoryFormat: 'contiguous_format',
      }),
      "torch.empty(3, dtype=torch.int16, device='meta')": torch.empty([3], { dtype: 'int16', device: 'meta' }),
      'x.new_empty((2, 2))': x().newEmpty([2, 2]),
      'x.new_empty_strided((2, 2), (1, 2))': x().newEmptyStrided([2, 2], [1, 2]),
    };
    for (const [source, tensor] of Object.entries(made)) {
      const { result } = await python.run(
        `_x = ${source}\nresult = [list(_x.shape), list(_x.stride()), str(_x.dtype), str(_x.device)]`,
        { x: x() },
      );
      expect([tensor.shape, tensor.strides, `torch.${tensor.dtype}`, tensor.device], source).to.deep.equal(result);
    }
  });

  it('requires gradients where they are asked for', async () => {
    const { result } = await python.run(
      'result = [torch.zeros(2, requires_grad=True), torch.tensor([1.5], requires_grad=True), torch.rand(0, requires_grad=True)]',
    );
    const ours = [
      torch.zeros([2], { requiresGrad: true }),
      torch.tensor([1.5], { requiresGrad: true }),
      torch.rand([0], { requiresGrad: true }),
    ];
    expectSameBits(ours, result);
    expect(ours.map((each) => each.requiresGrad && each.isLeaf)).to.deep.equal([true, true, true]);
  });

  const refused: readonly (readonly [string, () => unknown])[] = [
    ['torch.tensor([[1], [1, 2]])', () => torch.tensor([[1], [1, 2]])],
    ['torch.arange(0, 5, -1)', () => torch.arange(0, 5, -1)],
    ['torch.arange(0, 5, 0)', () => torch.arange(0, 5, 0)],
    ['torch.zeros(-1)', () => torch.zeros([-1])],
    ['torch.linspace(0, 1, -2)', () => torch.linspace(0, 1, -2)],
    ['torch.tensor([2**63])', () => torch.tensor([2n ** 63n])],
    ['torch.tensor([1+2j], dtype=torch.float32)', () => torch.tensor([c(1, 2)], { dtype: 'float32' })],
    ['torch.tensor([2], requires_grad=True)', () => torch.tensor([2n], { requiresGrad: true })],
    ['torch.eye(-1)', () => torch.eye(-1)],
    ['torch.tensor(["1"])', () => torch.tensor(['1' as never])],
  ];
  for (const [source, ours] of refused) {
    it(`refuses ${source} as Python does`, async () => {
      const failure = await python.run(`result = ${source}`).then(
        () => undefined,
        (error: Error) => error.name,
      );
      expect(failure).to.equal('PythonError');
      expect(ours).to.throw(Error);
    });
  }
});
