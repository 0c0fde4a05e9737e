import * as torch from '../../lib/index.ts';
import { expectBeside } from './module-beside.ts';
import { expectSameBits, usePython } from './oracle.ts';

const { nn } = torch;
type Module = torch.nn.Module;
type Attention = torch.nn.MultiheadAttention;

const leaf = (...shape: number[]) => torch.randn(shape, { requiresGrad: true });
const masked = (rows: number, columns: number) => torch.ones([rows, columns]).triu(1).bool();

describe('MultiheadAttention beside Python', () => {
  const python = usePython();
  const base = 'nn.MultiheadAttention(6, 2';

  const modules: Record<string, () => Attention> = {
    [`${base})`]: () => new nn.MultiheadAttention(6, 2),
    [`${base}, 0.25)`]: () => new nn.MultiheadAttention(6, 2, 0.25),
    [`${base}, bias=False, add_bias_kv=True)`]: () => new nn.MultiheadAttention(6, 2, { bias: false, addBiasKv: true }),
    [`${base}, add_zero_attn=True, add_bias_kv=True)`]: () =>
      new nn.MultiheadAttention(6, 2, { addZeroAttn: true, addBiasKv: true }),
    [`${base}, kdim=6, vdim=6, dtype=torch.float32)`]: () =>
      new nn.MultiheadAttention(6, 2, { kdim: 6, vdim: 6, dtype: 'float32' }),
  };
  const calls: [string, (module: Attention, x: torch.Tensor, y: torch.Tensor) => unknown][] = [
    ['_m(x, x, x)', (m, x) => m(x, x, x)],
    ['_m(x, y, y)', (m, x, y) => m(x, y, y)],
    ['_m(x, y, y.clone())', (m, x, y) => m(x, y, y.clone())],
    ['_m(x, x, x, need_weights=False)', (m, x) => m(x, x, x, { needWeights: false })],
    ['_m(x, x, x, None, True, None, False)', (m, x) => m(x, x, x, null, true, null, false)],
    ['_m(x, x, x, attn_mask=torch.ones(4, 4).triu(1).bool())', (m, x) => m(x, x, x, { attnMask: masked(4, 4) })],
    [
      '_m(x, x, x, need_weights=False, is_causal=True, attn_mask=torch.ones(4, 4).triu(1).bool())',
      (m, x) => m(x, x, x, { needWeights: false, isCausal: true, attnMask: masked(4, 4) }),
    ],
    [
      '_m(x, y, y, need_weights=False, attn_mask=torch.ones(4, 5).triu(1) * -2)',
      (m, x, y) => m(x, y, y, { needWeights: false, attnMask: torch.ones([4, 5]).triu(1).mul(-2) }),
    ],
    [
      '_m(x, x, x, attn_mask=torch.ones(6, 4, 4).triu(2).bool())',
      (m, x) => m(x, x, x, { attnMask: torch.ones([6, 4, 4]).triu(2).bool() }),
    ],
    [
      '_m(x, x, x, key_padding_mask=torch.ones(3, 4).triu(2).bool())',
      (m, x) => m(x, x, x, { keyPaddingMask: torch.ones([3, 4]).triu(2).bool() }),
    ],
    [
      '_m(x, y, y, torch.ones(3, 5).triu(3).bool(), False, torch.ones(4, 5).triu(3).bool())',
      (m, x, y) => m(x, y, y, torch.ones([3, 5]).triu(3).bool(), false, torch.ones([4, 5]).triu(3).bool()),
    ],
  ];

  for (const [source, make] of Object.entries(modules)) {
    for (const [call, run] of calls) {
      for (const evaluating of [false, true]) {
        it(`${source} ${call}${evaluating ? ' evaluating' : ''}`, async () => {
          const x = leaf(4, 3, 6);
          const y = leaf(5, 3, 6);
          const runThis = (module: Module) => run(module as Attention, x, y);
          await expectBeside(python, { module: source, call, make, run: runThis, inputs: { x, y }, evaluating });
        });
      }
    }
  }

  for (const [heads, options, text] of [
    [2, {}, ''],
    [3, {}, ''],
    [2, { bias: false }, ', bias=False'],
    [2, { addZeroAttn: true }, ', add_zero_attn=True'],
  ] as const) {
    const source = `nn.MultiheadAttention(6, ${heads}, batch_first=True${text})`;
    const make = () => new nn.MultiheadAttention(6, heads, { batchFirst: true, ...options });
    for (const [call, run] of calls.map(
      ([call, run]) => [call.replaceAll('6, 4, 4', `${3 * heads}, 4, 4`), run] as const,
    )) {
      if (call.includes(', 4, 4') && heads !== 2) continue;
      for (const [evaluating, noGrad] of [
        [true, true],
        [true, false],
        [false, true],
      ] as const) {
        it(`${source} ${call}${evaluating ? ' evaluating' : ''}${noGrad ? ' without gradients' : ''}`, async () => {
          const x = leaf(3, 4, 6);
          const y = leaf(3, 5, 6);
          const runThis = (module: Module) => run(module as Attention, x, y);
          await expectBeside(python, {
            module: source,
            call,
            make,
            run: runThis,
            inputs: { x, y },
            evaluating,
            noGrad,
          });
        });
      }
    }
  }

  for (const batchFirst of [false, true]) {
    const source = `nn.MultiheadAttention(6, 2, 0, True, False, False, 3, 5, ${batchFirst ? 'True' : 'False'})`;
    const make = () => new nn.MultiheadAttention(6, 2, 0, true, false, false, 3, 5, batchFirst);
    it(`${source}, with and without batch dimension`, async () => {
      const q = leaf(4, 4, 6);
      const k = leaf(4, 4, 3);
      const v = leaf(4, 4, 5);
      const run = (module: Module) => (module as Attention)(q, k, v);
      await expectBeside(python, { module: source, call: '_m(q, k, v)', make, run, inputs: { q, k, v } });
      const q2 = leaf(4, 6);
      const k2 = leaf(5, 3);
      const v2 = leaf(5, 5);
      const padding = torch.tensor([false, true, false, false, true]);
      const run2 = (module: Module) => (module as Attention)(q2, k2, v2, padding);
      const call = '_m(q2, k2, v2, torch.tensor([False, True, False, False, True]))';
      await expectBeside(python, { module: source, call, make, run: run2, inputs: { q2, k2, v2 } });
    });
  }

  it('takes an input without batch dimension', async () => {
    const x = leaf(4, 6);
    for (const call of ['_m(x, x, x)', '_m(x, x, x, need_weights=False, attn_mask=torch.ones(2, 4, 4).triu(1))']) {
      await expectBeside(python, {
        module: `${base}, batch_first=True)`,
        call,
        make: () => new nn.MultiheadAttention(6, 2, { batchFirst: true }),
        run: (module) =>
          call === '_m(x, x, x)'
            ? (module as Attention)(x, x, x)
            : (module as Attention)(x, x, x, { needWeights: false, attnMask: torch.ones([2, 4, 4]).triu(1) }),
        inputs: { x },
      });
      x.grad = null;
    }
  });

  it('takes nested tensors where Python does', async () => {
    torch.manualSeed(21);
    const module = new nn.MultiheadAttention(6, 2, { batchFirst: true }).eval();
    const x = torch.randn([3, 4, 6]);
    const seen = torch.tensor([
      [true, true, false, false],
      [true, true, true, true],
      [true, false, false, false],
    ]);
    const nested = torch.ops.aten!._nested_tensor_from_mask!(x, seen) as torch.Tensor;
    const [output] = torch.noGrad(() => module(nested, nested, nested, { needWeights: false }));
    const padded = torch.ops.aten!.to_padded_tensor!(output, 0) as torch.Tensor;
    const theirs = await python.run(
      `torch.manual_seed(21)
_m = nn.MultiheadAttention(6, 2, batch_first=True).eval()
_n = torch._nested_tensor_from_mask(x, seen)
with torch.no_grad(): padded = torch.nested.to_padded_tensor(_m(_n, _n, _n, need_weights=False)[0], 0)`,
      { x, seen },
    );
    expectSameBits(padded, theirs.padded);
  });

  it('multiHeadAttentionForward takes static keys and values', async () => {
    torch.manualSeed(3);
    const [q, kv, w, b, o] = [leaf(4, 3, 6), leaf(6, 5, 3), leaf(18, 6), leaf(18), leaf(6, 6)];
    const x = [q, q, q, 6, 2, w, b, null, null, true, 0.5, o, null] as const;
    torch.manualSeed(4);
    const [output, weights] = nn.functional.multiHeadAttentionForward(...x, { staticK: kv, staticV: kv });
    torch.autograd.backward([output.pow(2).sum(), weights!.pow(2).sum()]);
    const theirs = await python.run(
      `torch.manual_seed(4)
_o, _w = F.multi_head_attention_forward(q, q, q, 6, 2, w, b, None, None, True, 0.5, o, None, static_k=kv, static_v=kv)
torch.autograd.backward([_o.pow(2).sum(), _w.pow(2).sum()])
outputs, gradients = [_o.detach(), _w.detach()], [q.grad, kv.grad, w.grad, o.grad]`,
      { q, kv, w, b, o },
    );
    expectSameBits([output.detach(), weights!.detach()], theirs.outputs);
    expectSameBits([q.grad, kv.grad, w.grad, o.grad], theirs.gradients);
  });
});
