import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { expectSameBits, fromWire, usePython } from './oracle.ts';

type Tensor = torch.Tensor;
type Draw = (options: { generator?: torch.Generator }) => Tensor;

/** The same draw in both languages; Python's `**g` stands for an optional `generator=`. */
type Case = readonly [theirs: string, ours: Draw];

const floats: readonly torch.DType[] = ['float32', 'float64', 'float16', 'bfloat16'];
const integers: readonly torch.DType[] = ['int64', 'int32', 'int16', 'int8', 'uint8'];

// Fewer and more than 16 numbers, and no multiple of 16: normal numbers are drawn in blocks of 16 from there on.
const sizes: readonly (readonly number[])[] = [[], [1], [15], [16], [17], [100], [4, 5, 6], [0]];

const tuple = (shape: readonly number[]) => `(${shape.map((size) => `${size},`).join('')})`;

const factories: readonly Case[] = [
  ...floats.flatMap((dtype) =>
    sizes.flatMap((shape): Case[] => [
      [`torch.rand(${tuple(shape)}, dtype=torch.${dtype}, **g)`, (g) => torch.rand(shape, { dtype, ...g })],
      [`torch.randn(${tuple(shape)}, dtype=torch.${dtype}, **g)`, (g) => torch.randn(shape, { dtype, ...g })],
    ]),
  ),
  ...(['complex64', 'complex128'] as const).flatMap((dtype): Case[] => [
    [`torch.rand(9, dtype=torch.${dtype}, **g)`, (g) => torch.rand([9], { dtype, ...g })],
    [`torch.randn(33, dtype=torch.${dtype}, **g)`, (g) => torch.randn([33], { dtype, ...g })],
  ]),
  ...[...integers, ...floats].flatMap((dtype): Case[] => [
    [`torch.randint(100, (20,), dtype=torch.${dtype}, **g)`, (g) => torch.randint(100, [20], { dtype, ...g })],
    [`torch.randint(3, 9, (2, 3), dtype=torch.${dtype}, **g)`, (g) => torch.randint(3, 9, [2, 3], { dtype, ...g })],
    [`torch.randperm(25, dtype=torch.${dtype}, **g)`, (g) => torch.randperm(25, { dtype, ...g })],
  ]),
  ['torch.randint(-2**62, 2**62, (7,), **g)', (g) => torch.randint(-(2n ** 62n), 2n ** 62n, [7], g)],
  ['torch.randint(0, 2**33, (7,), **g)', (g) => torch.randint(0, 2 ** 33, [7], g)],
  ['torch.randperm(70000, **g)', (g) => torch.randperm(70000, g)],
  ['torch.normal(2.0, 3.0, (20,), **g)', (g) => torch.normal(2, 3, [20], g)],
  ['torch.normal(x, 0.5, **g)', (g) => torch.normal(x(), 0.5, g)],
  ['torch.normal(0.0, x, **g)', (g) => torch.normal(0, x(), g)],
  ['torch.normal(x, x, **g)', (g) => torch.normal(x(), x(), g)],
  ['torch.bernoulli(x, **g)', (g) => torch.bernoulli(x(), g)],
  ['torch.bernoulli(x, 0.3, **g)', (g) => torch.bernoulli(x(), 0.3, g)],
  ['torch.multinomial(x, 3, **g)', (g) => torch.multinomial(x(), 3, g)],
  ['torch.multinomial(x, 20, replacement=True, **g)', (g) => torch.multinomial(x(), 20, { replacement: true, ...g })],
  ['torch.multinomial(x[0], 1, **g)', (g) => torch.multinomial(x().index(0), 1, g)],
  ['torch.poisson(x * 9, **g)', (g) => torch.poisson(x().mul(9), g)],
  ['torch.binomial(x * 0 + 10, x, **g)', (g) => torch.binomial(x().mul(0).add(10), x(), g)],
];

const inPlace: readonly Case[] = [...floats, ...integers].flatMap((dtype): Case[] => {
  const fresh = () => torch.zeros([3, 11], { dtype });
  const zeros = `torch.zeros(3, 11, dtype=torch.${dtype})`;
  const everywhere: Case[] = [
    [`${zeros}.random_(**g)`, (g) => fresh().random_(g)],
    [`${zeros}.random_(50, **g)`, (g) => fresh().random_(50, g)],
    [`${zeros}.random_(2, 50, **g)`, (g) => fresh().random_(2, 50, g)],
    [`${zeros}.bernoulli_(0.4, **g)`, (g) => fresh().bernoulli_(0.4, g)],
    [`${zeros}.geometric_(0.4, **g)`, (g) => fresh().geometric_(0.4, g)],
  ];
  if (integers.includes(dtype)) return everywhere;
  return [
    ...everywhere,
    [`${zeros}.uniform_(-1, 2, **g)`, (g) => fresh().uniform_(-1, 2, g)],
    [`${zeros}.normal_(1, 2, **g)`, (g) => fresh().normal_(1, 2, g)],
    [`${zeros}.exponential_(1.5, **g)`, (g) => fresh().exponential_(1.5, g)],
    [`${zeros}.cauchy_(0, 1, **g)`, (g) => fresh().cauchy_(0, 1, g)],
    [`${zeros}.log_normal_(0, 1, **g)`, (g) => fresh().logNormal_(0, 1, g)],
    [`${zeros}.T.normal_(**g)`, (g) => fresh().T.normal_(g)],
  ];
});

/** Those that take no generator. */
const fromDefault: readonly Case[] = [
  ['torch.rand_like(x)', () => torch.randLike(x())],
  ['torch.randn_like(x, dtype=torch.float64)', () => torch.randnLike(x(), { dtype: 'float64' })],
  ['torch.randint_like(x, 3, 40)', () => torch.randintLike(x(), 3, 40)],
  ['torch.dropout(x, 0.4, True)', () => torch.dropout(x(), 0.4, true)],
  ['torch.native_dropout(x, 0.4, True)[1]', () => torch.nativeDropout(x(), 0.4, true)[1] as Tensor],
  ['torch.alpha_dropout(x, 0.4, True)', () => torch.alphaDropout(x(), 0.4, true)],
  [
    'torch.feature_dropout(x.reshape(1, 2, 2, 2), 0.5, True)',
    () => torch.featureDropout(x().reshape([1, 2, 2, 2]), 0.5, true),
  ],
  ['torch.rrelu(x - 0.5, training=True)', () => torch.rrelu(x().sub(0.5), { training: true })],
];

const x = () =>
  torch.tensor([
    [0.1, 0.6, 0.2, 0.9],
    [0.5, 0.25, 0.75, 0.05],
  ]);

describe('seeds beside Python', () => {
  const python = usePython();

  for (const [theirs, ours] of [...factories, ...inPlace]) {
    it(`${theirs.replace(/(, )?\*\*g/, '')}, from the default stream and a generator`, async () => {
      const { result } = await python.run(
        `torch.manual_seed(20)
g = {}
result = [${theirs}, ${theirs}]
g = {'generator': torch.Generator().manual_seed(21)}
result += [${theirs}, ${theirs}]
del g`,
        { x: x() },
      );
      torch.manualSeed(20);
      const generator = new torch.Generator().manualSeed(21);
      const same = [ours({}), ours({}), ours({ generator }), ours({ generator })];
      expectSameBits(same, result, theirs);
    });
  }

  for (const [theirs, ours] of fromDefault) {
    it(theirs, async () => {
      const { result } = await python.run(`torch.manual_seed(22)\nresult = [${theirs}, ${theirs}]`, { x: x() });
      torch.manualSeed(22);
      expectSameBits([ours({}), ours({})], result, theirs);
    });
  }

  it('draws in one stream, whatever comes after what', async () => {
    const { result } = await python.run(
      `torch.manual_seed(3)
result = [torch.randn(5), torch.rand(3), torch.randint(10, (4,)), torch.randn(1), torch.randperm(6), torch.randn(40)]`,
    );
    torch.manualSeed(3);
    const ours = [
      torch.randn([5]),
      torch.rand([3]),
      torch.randint(10, [4]),
      torch.randn([1]),
      torch.randperm(6),
      torch.randn([40]),
    ];
    expectSameBits(ours, result);
  });

  const seeds: readonly (number | bigint)[] = [
    0,
    1,
    42,
    -1,
    2 ** 32,
    Number.MAX_SAFE_INTEGER,
    2n ** 63n,
    2n ** 64n - 1n,
    -(2n ** 63n),
  ];
  for (const seed of seeds) {
    it(`takes the seed ${seed}`, async () => {
      const { result, initial } = await python.run(
        'torch.manual_seed(seed)\nresult = torch.rand(3)\ninitial = str(torch.initial_seed())',
        { seed: BigInt(seed) },
      );
      torch.manualSeed(seed);
      expect(String(torch.initialSeed())).to.equal(initial);
      expectSameBits(torch.rand([3]), result);
    });
  }

  for (const seed of [2n ** 64n, -(2n ** 63n) - 1n]) {
    it(`refuses the seed ${seed}, as Python does`, async () => {
      const failure = await python.run('torch.manual_seed(seed)', { seed }).then(
        () => undefined,
        (error: Error) => error.name,
      );
      expect(failure).to.equal('PythonError');
      expect(() => torch.manualSeed(seed)).to.throw(RangeError, 'manualSeed: seed must be an integer in');
    });
  }

  describe('states', () => {
    it('go to Python and back, in the middle of a stream', async () => {
      torch.manualSeed(5);
      // An odd count leaves a second normal number in the state.
      torch.randn([3]);
      const state = torch.getRngState();
      const next = torch.randn([4]);
      const { theirs, after } = await python.run(
        'torch.set_rng_state(state)\ntheirs = torch.randn(4)\nafter = torch.get_rng_state()',
        { state },
      );
      expectSameBits(next, theirs);
      expectSameBits(torch.getRngState(), after);
      const continued = await python.run('theirs = torch.randn(7)');
      torch.setRngState(fromWire(after));
      expectSameBits(torch.randn([7]), continued.theirs);
    });

    it('of a generator go to Python and back', async () => {
      const generator = new torch.Generator().manualSeed(6);
      torch.rand([5], { generator });
      const { theirs, after, seed } = await python.run(
        `_g = torch.Generator()
_g.set_state(state)
theirs = torch.rand(4, generator=_g)
after = _g.get_state()
seed = _g.initial_seed()`,
        { state: generator.getState() },
      );
      expectSameBits(torch.rand([4], { generator }), theirs);
      expectSameBits(generator.getState(), after);
      expect(generator.initialSeed()).to.equal(BigInt(seed as number));
    });

    it('taken back repeat the stream', () => {
      const generator = new torch.Generator().manualSeed(8);
      const state = generator.getState();
      const first = torch.randn([20], { generator });
      generator.setState(state);
      expect(torch.equal(torch.randn([20], { generator }), first)).to.equal(true);
      expect(torch.equal(torch.randn([20], { generator }), first)).to.equal(false);
    });

    it('leave the default stream alone when a generator draws', async () => {
      torch.manualSeed(9);
      torch.rand([5], { generator: new torch.Generator().manualSeed(1) });
      const { result } = await python.run('torch.manual_seed(9)\nresult = torch.rand(2)');
      expectSameBits(torch.rand([2]), result);
    });
  });
});
