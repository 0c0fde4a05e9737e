import * as torch from '../../lib/index.ts';
import { expectSameBits, usePython } from './oracle.ts';

const { init } = torch.nn;

describe('nn.init beside Python', () => {
  const python = usePython();
  const fills: [shape: number[], source: string, fill: (w: torch.Tensor) => torch.Tensor][] = [
    [[40, 30], 'trunc_normal_(w)', (w) => init.truncNormal_(w)],
    [[40, 30], 'trunc_normal_(w, 0.5, 2, -1.3, 1)', (w) => init.truncNormal_(w, 0.5, 2, -1.3, 1)],
    [[40, 30], 'trunc_normal_(w, mean=3, std=0.5)', (w) => init.truncNormal_(w, { mean: 3, std: 0.5 })],
    [[40, 30], 'trunc_normal_(w, a=1.7, b=2.5)', (w) => init.truncNormal_(w, { a: 1.7, b: 2.5 })],
    [[400], 'trunc_normal_(w, 0, 1, -0.1, 0.1)', (w) => init.truncNormal_(w, 0, 1, -0.1, 0.1)],
    [[0], 'trunc_normal_(w)', (w) => init.truncNormal_(w)],
    [[4, 6], 'eye_(w)', (w) => init.eye_(w)],
    [[6, 4], 'eye_(w)', (w) => init.eye_(w)],
    [[4, 3, 5], 'dirac_(w)', (w) => init.dirac_(w)],
    [[6, 2, 3, 4], 'dirac_(w, 3)', (w) => init.dirac_(w, 3)],
    [[4, 5, 1, 2, 3], 'dirac_(w, groups=2)', (w) => init.dirac_(w, { groups: 2 })],
    [[5, 5], 'orthogonal_(w)', (w) => init.orthogonal_(w)],
    [[7, 4], 'orthogonal_(w, gain=0.3)', (w) => init.orthogonal_(w, { gain: 0.3 })],
    [[4, 3, 2, 2], 'orthogonal_(w, 2)', (w) => init.orthogonal_(w, 2)],
    [[0, 3], 'orthogonal_(w)', (w) => init.orthogonal_(w)],
    [[10, 6], 'sparse_(w, 0.35)', (w) => init.sparse_(w, 0.35)],
    [[10, 6], 'sparse_(w, sparsity=0.2, std=1)', (w) => init.sparse_(w, 0.2, { std: 1 })],
    [[3, 4], 'ones_(w)', (w) => init.ones_(w)],
    [[3, 4], 'zeros_(w)', (w) => init.zeros_(w)],
  ];
  for (const [shape, source, fill] of fills) {
    for (const dtype of ['float32', 'float64', 'bfloat16'] as const) {
      if (dtype === 'bfloat16' && source.startsWith('orthogonal_')) continue;
      it(`init.${source} of [${shape}] ${dtype}`, async () => {
        torch.manualSeed(5);
        const ours = torch.scope(() => fill(torch.empty(shape, { dtype, requiresGrad: true })));
        const draw = torch.rand([1]);
        const theirs = await python.run(
          `torch.manual_seed(5)
w = torch.empty(${JSON.stringify(shape)}, dtype=torch.${dtype}, requires_grad=True)
nn.init.${source}
draw = torch.rand(1)`,
        );
        expectSameBits(ours, theirs.w);
        expectSameBits(draw, theirs.draw, 'the next random number');
      });
    }
  }

  it('draws from the generator that it is given, as Python does', async () => {
    const generator = new torch.Generator().manualSeed(8);
    const w = () => torch.empty([6, 4]);
    const ours = [
      init.truncNormal_(w(), { generator }),
      init.truncNormal_(w(), { a: 1, generator }),
      init.orthogonal_(w(), { generator }),
      init.normal_(w(), { generator }),
    ];
    const { theirs } = await python.run(`
_g = torch.Generator().manual_seed(8)
_w = lambda: torch.empty(6, 4)
theirs = [nn.init.trunc_normal_(_w(), generator=_g), nn.init.trunc_normal_(_w(), a=1, generator=_g),
          nn.init.orthogonal_(_w(), generator=_g), nn.init.normal_(_w(), generator=_g)]`);
    expectSameBits(ours, theirs);
  });
});
