import * as torch from '../../lib/index.ts';
import { expectBeside } from './module-beside.ts';
import { usePython } from './oracle.ts';

const { nn } = torch;
type Adaptive = torch.nn.AdaptiveLogSoftmaxWithLoss;

describe('AdaptiveLogSoftmaxWithLoss beside Python', () => {
  const python = usePython();
  const modules: Record<string, () => Adaptive> = {
    'nn.AdaptiveLogSoftmaxWithLoss(16, 20, [4, 10, 15], div_value=2.)': () =>
      new nn.AdaptiveLogSoftmaxWithLoss(16, 20, [4, 10, 15], { divValue: 2 }),
    'nn.AdaptiveLogSoftmaxWithLoss(16, 20, [5], 1.5, True)': () =>
      new nn.AdaptiveLogSoftmaxWithLoss(16, 20, [5], 1.5, true),
    'nn.AdaptiveLogSoftmaxWithLoss(16, 20, [4, 19], dtype=torch.float64)': () =>
      new nn.AdaptiveLogSoftmaxWithLoss(16, 20, [4, 19], { dtype: 'float64' }),
  };
  const targets: Record<string, bigint[]> = {
    all: [0n, 3n, 19n, 12n, 4n, 10n],
    shortlist: [0n, 1n, 2n, 3n, 0n, 1n],
    one: [17n],
  };
  for (const [source, make] of Object.entries(modules)) {
    const dtype: torch.DType = source.includes('float64') ? 'float64' : 'float32';
    for (const [name, values] of Object.entries(targets)) {
      it(`${source} of targets: ${name}`, async () => {
        const x = torch.randn([values.length, 16], { dtype, requiresGrad: true });
        const y = torch.tensor(values);
        await expectBeside(python, {
          module: source,
          call: '_m(x, y)',
          make,
          run: (m) => [...(m as Adaptive)(x, y)],
          inputs: { x, y },
        });
      });
    }

    it(`${source} of a target without batch dimension`, async () => {
      const x = torch.randn([16], { dtype, requiresGrad: true });
      const y = torch.tensor(18n);
      const run = (m: torch.nn.Module) => [...(m as Adaptive)(x, y)];
      await expectBeside(python, { module: source, call: '_m(x, y)', make, run, inputs: { x, y } });
    });

    it(`${source} logProb and predict`, async () => {
      torch.manualSeed(1);
      const x = torch.randn([30, 16], { dtype, requiresGrad: true });
      const run = (m: torch.nn.Module) => {
        const module = m as Adaptive;
        return [module.logProb(x), module.predict(x), module.predict(x.narrow(0, 0, 1))];
      };
      const call = '[_m.log_prob(x), _m.predict(x), _m.predict(x[:1])]';
      await expectBeside(python, { module: source, call, make, run, inputs: { x } });
    });
  }
});
