import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { expectSameBits, fromWire, isPythonTensor, type PythonValue, usePython } from './oracle.ts';

const { optim } = torch;
const { lrScheduler } = optim;

const count = 300;

type Optimizer = torch.optim.SGD;
type Make = (o: Optimizer) => torch.optim.lrScheduler.LRScheduler;

const schedulers: Record<string, Make> = {
  'LambdaLR(_o, lambda e: 0.95 ** e)': (o) =>
    new lrScheduler.LambdaLR(o, (epoch) => torch.tensor(0.95, { dtype: 'float64' }).pow(epoch).item() as number),
  'LambdaLR(_o, [lambda e: 1 / (e + 1), lambda e: e / 7])': (o) =>
    new lrScheduler.LambdaLR(o, [(epoch) => 1 / (epoch + 1), (epoch) => epoch / 7]),
  'MultiplicativeLR(_o, lambda e: 0.997)': (o) => new lrScheduler.MultiplicativeLR(o, () => 0.997),
  'StepLR(_o, 30)': (o) => new lrScheduler.StepLR(o, 30),
  'StepLR(_o, step_size=7, gamma=0.93)': (o) => new lrScheduler.StepLR(o, 7, { gamma: 0.93 }),
  'MultiStepLR(_o, [30, 80, 80, 200], 0.3)': (o) => new lrScheduler.MultiStepLR(o, [30, 80, 80, 200], 0.3),
  'ConstantLR(_o)': (o) => new lrScheduler.ConstantLR(o),
  'ConstantLR(_o, factor=0.3, total_iters=50)': (o) => new lrScheduler.ConstantLR(o, { factor: 0.3, totalIters: 50 }),
  'LinearLR(_o)': (o) => new lrScheduler.LinearLR(o),
  'LinearLR(_o, 0.07, 0.9, total_iters=170)': (o) => new lrScheduler.LinearLR(o, 0.07, 0.9, { totalIters: 170 }),
  'ExponentialLR(_o, 0.987)': (o) => new lrScheduler.ExponentialLR(o, 0.987),
  'PolynomialLR(_o, 250, 0.9)': (o) => new lrScheduler.PolynomialLR(o, 250, 0.9),
  'PolynomialLR(_o)': (o) => new lrScheduler.PolynomialLR(o),
  'CosineAnnealingLR(_o, 53)': (o) => new lrScheduler.CosineAnnealingLR(o, 53),
  'CosineAnnealingLR(_o, T_max=299, eta_min=1e-3)': (o) => new lrScheduler.CosineAnnealingLR(o, 299, { etaMin: 1e-3 }),
  'CosineAnnealingWarmRestarts(_o, 10)': (o) => new lrScheduler.CosineAnnealingWarmRestarts(o, 10),
  'CosineAnnealingWarmRestarts(_o, 7, 2, 1e-4)': (o) => new lrScheduler.CosineAnnealingWarmRestarts(o, 7, 2, 1e-4),
  'CyclicLR(_o, 0.01, 0.1, step_size_up=20)': (o) => new lrScheduler.CyclicLR(o, 0.01, 0.1, { stepSizeUp: 20 }),
  "CyclicLR(_o, [0.01, 0.02], 0.1, 13, 29, mode='triangular2', cycle_momentum=False)": (o) =>
    new lrScheduler.CyclicLR(o, [0.01, 0.02], 0.1, 13, 29, { mode: 'triangular2', cycleMomentum: false }),
  "CyclicLR(_o, 0.01, 0.1, 17, mode='exp_range', gamma=0.99)": (o) =>
    new lrScheduler.CyclicLR(o, 0.01, 0.1, 17, { mode: 'exp_range', gamma: 0.99 }),
  "CyclicLR(_o, 0.01, 0.1, 17, scale_fn=lambda x: 1 / (5 * x + 3), scale_mode='iterations')": (o) =>
    new lrScheduler.CyclicLR(o, 0.01, 0.1, 17, { scaleFn: (x) => 1 / (5 * x + 3), scaleMode: 'iterations' }),
  'OneCycleLR(_o, 0.3, total_steps=301)': (o) => new lrScheduler.OneCycleLR(o, 0.3, { totalSteps: 301 }),
  "OneCycleLR(_o, [0.3, 0.2], epochs=7, steps_per_epoch=43, anneal_strategy='linear', pct_start=0.17)": (o) =>
    new lrScheduler.OneCycleLR(o, [0.3, 0.2], {
      epochs: 7,
      stepsPerEpoch: 43,
      annealStrategy: 'linear',
      pctStart: 0.17,
    }),
  'OneCycleLR(_o, 0.3, 310, three_phase=True, cycle_momentum=False)': (o) =>
    new lrScheduler.OneCycleLR(o, 0.3, 310, { threePhase: true, cycleMomentum: false }),
  'ChainedScheduler([_S.LinearLR(_o, 0.1, total_iters=20), _S.ExponentialLR(_o, 0.99)])': (o) =>
    new lrScheduler.ChainedScheduler([
      new lrScheduler.LinearLR(o, 0.1, { totalIters: 20 }),
      new lrScheduler.ExponentialLR(o, 0.99),
    ]),
  'SequentialLR(_o, [_S.LinearLR(_o, 0.1, total_iters=20), _S.CosineAnnealingLR(_o, 100), _S.ConstantLR(_o, 0.1, 9)], [20, 150])':
    (o) =>
      new lrScheduler.SequentialLR(
        o,
        [
          new lrScheduler.LinearLR(o, 0.1, { totalIters: 20 }),
          new lrScheduler.CosineAnnealingLR(o, 100),
          new lrScheduler.ConstantLR(o, 0.1, 9),
        ],
        [20, 150],
      ),
  'SequentialLR(_o, [_S.ChainedScheduler([_S.ConstantLR(_o), _S.StepLR(_o, 3)]), _S.CosineAnnealingWarmRestarts(_o, 9)], [11])':
    (o) =>
      new lrScheduler.SequentialLR(
        o,
        [
          new lrScheduler.ChainedScheduler([new lrScheduler.ConstantLR(o), new lrScheduler.StepLR(o, 3)]),
          new lrScheduler.CosineAnnealingWarmRestarts(o, 9),
        ],
        [11],
      ),
  'ReduceLROnPlateau(_o, patience=4, factor=0.7, cooldown=3)': (o) =>
    new lrScheduler.ReduceLROnPlateau(o, { patience: 4, factor: 0.7, cooldown: 3 }),
  "ReduceLROnPlateau(_o, 'max', 0.5, 2, 0.05, 'abs', min_lr=[0.01, 0.02])": (o) =>
    new lrScheduler.ReduceLROnPlateau(o, 'max', 0.5, 2, 0.05, 'abs', { minLr: [0.01, 0.02] }),
  "ReduceLROnPlateau(_o, mode='max', patience=0, threshold=0.01)": (o) =>
    new lrScheduler.ReduceLROnPlateau(o, { mode: 'max', patience: 0, threshold: 0.01 }),
  'SWALR(_o, 0.05)': (o) => new optim.swaUtils.SWALR(o, 0.05),
  "SWALR(_o, [0.05, 0.5], anneal_epochs=30, anneal_strategy='linear')": (o) =>
    new optim.swaUtils.SWALR(o, [0.05, 0.5], { annealEpochs: 30, annealStrategy: 'linear' }),
  'SWALR(_o, 0.05, 0)': (o) => new optim.swaUtils.SWALR(o, 0.05, 0),
};

const python = (source: string, rate = (value: string) => value) => `
import torch.optim.lr_scheduler as _S
from torch.optim.swa_utils import SWALR as _SWALR
_S.SWALR = _SWALR
def _made():
    w = [torch.zeros(1, requires_grad=True) for _ in range(2)]
    _o = torch.optim.SGD([{'params': [w[0]], 'lr': ${rate('0.1')}}, {'params': [w[1]], 'lr': ${rate('0.037')}}], lr=1.0, momentum=0.9)
    return _o, _S.${source}
def _metric(i):
    return ((i * 7919) % 101) / 101 + 1 / (i + 1)
def _run(o, s, first, last):
    rates, momenta = [], []
    for i in range(first, last):
        rates.append([g['lr'].clone() if isinstance(g['lr'], torch.Tensor) else g['lr'] for g in o.param_groups])
        momenta.append([g['momentum'] for g in o.param_groups])
        o.step()
        s.step(_metric(i)) if isinstance(s, _S.ReduceLROnPlateau) else s.step()
    return rates, momenta
def _plain(value):
    if isinstance(value, dict): return {str(k): _plain(v) for k, v in value.items()}
    return [_plain(v) for v in value] if isinstance(value, (list, tuple)) else value
`;

function made(make: Make, rate: (value: number) => number | torch.Tensor = (value) => value) {
  const w = [torch.zeros([1], { requiresGrad: true }), torch.zeros([1], { requiresGrad: true })] as const;
  const groups = [
    { params: [w[0]], lr: rate(0.1) },
    { params: [w[1]], lr: rate(0.037) },
  ];
  const optimizer = new optim.SGD(groups, { lr: 1, momentum: 0.9 });
  return { optimizer, scheduler: make(optimizer) };
}

const metric = (i: number) => ((i * 7919) % 101) / 101 + 1 / (i + 1);

function run({ optimizer, scheduler }: ReturnType<typeof made>, first: number, last: number) {
  const rates: unknown[] = [];
  const momenta: unknown[] = [];
  for (let i = first; i < last; i++) {
    rates.push(optimizer.paramGroups.map(({ lr }) => (typeof lr === 'number' ? lr : lr.clone())));
    momenta.push(optimizer.paramGroups.map(({ momentum }) => momentum));
    optimizer.step();
    if (scheduler instanceof lrScheduler.ReduceLROnPlateau) scheduler.step(metric(i));
    else scheduler.step();
  }
  return { rates, momenta };
}

/** A state dict with maps as objects, so that it can be compared. */
function plain(value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null || value instanceof torch.Tensor) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
}

function received(value: PythonValue): unknown {
  if (isPythonTensor(value)) return fromWire(value);
  if (Array.isArray(value)) return value.map(received);
  if (typeof value !== 'object' || value === null || value instanceof torch.Complex) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, received(each)]));
}

describe('schedulers beside Python', () => {
  const oracle = usePython();

  for (const [source, make] of Object.entries(schedulers)) {
    describe(source, () => {
      it(`has Python's rates and momenta over ${count} steps, and its state`, async () => {
        const theirs = await oracle.run(`${python(source)}
_o, _s = _made()
rates, momenta = _run(_o, _s, 0, ${count})
last, state, keys = _s.get_last_lr(), _plain(_s.state_dict()), list(_s.state_dict())
groups = _plain([{k: v for k, v in g.items() if k != 'params'} for g in _o.param_groups])`);
        const ours = made(make);
        const { rates, momenta } = run(ours, 0, count);
        expect(rates).to.deep.equal(theirs.rates);
        expect(momenta).to.deep.equal(theirs.momenta);
        expect(ours.scheduler.getLastLr()).to.deep.equal(theirs.last);
        const state = ours.scheduler.stateDict();
        expect(plain(state)).to.deep.equal(theirs.state);
        expect(Object.keys(state)).to.have.members(theirs.keys as string[]);
        const groups = ours.optimizer.stateDict().param_groups.map(({ params: _, ...options }) => options);
        expect(groups).to.deep.equal(theirs.groups);
      });

      it('goes on where Python stopped', async () => {
        const theirs = await oracle.run(`${python(source)}
_o, _s = _made()
_run(_o, _s, 0, 97)
state = _plain(_s.state_dict())
groups = _plain([{**g, 'params': [i]} for i, g in enumerate(_o.param_groups)])
rates, momenta = _run(_o, _s, 97, 160)`);
        const ours = made(make);
        ours.scheduler.loadStateDict(received(theirs.state as PythonValue) as Record<string, unknown>);
        ours.optimizer.loadStateDict({
          state: {},
          param_groups: received(theirs.groups as PythonValue),
        } as torch.optim.OptimizerStateDict);
        expect(run(ours, 97, 160)).to.deep.equal({ rates: theirs.rates, momenta: theirs.momenta });
      });

      it('fills rates that are tensors', async () => {
        const theirs = await oracle.run(`${python(source, (value) => `torch.tensor(${value})`)}
_o, _s = _made()
rates, _ = _run(_o, _s, 0, 60)
rates = torch.tensor(rates)`);
        const ours = made(make, (value) => torch.tensor(value));
        const [first] = ours.optimizer.paramGroups;
        const held = first?.lr;
        const { rates } = run(ours, 0, 60);
        expect(first?.lr).to.equal(held);
        expectSameBits(torch.stack((rates as torch.Tensor[][]).map((each) => torch.stack(each))), theirs.rates);
      });
    });
  }

  it('jump to a step by their closed form', async () => {
    const sources = Object.keys(schedulers).filter((source) =>
      /^(Lambda|Step|MultiStep|Constant|Linear|Exponential|Polynomial|CosineA)/.test(source),
    );
    for (const source of sources) {
      const theirs = await oracle.run(`${python(source)}
_o, _s = _made()
rates = []
for _epoch in (0, 3, 17, 99, 100, 41, 243, 250, 299):
    _s.step(_epoch)
    rates.append(_s.get_last_lr())`);
      const { scheduler } = made(schedulers[source] as Make);
      const rates = [0, 3, 17, 99, 100, 41, 243, 250, 299].map((epoch) => {
        scheduler.step(epoch);
        return scheduler.getLastLr();
      });
      expect(rates, source).to.deep.equal(theirs.rates);
    }
  });

  it('take fractions of a step', async () => {
    const source = 'CosineAnnealingWarmRestarts(_o, 5, 3)';
    const theirs = await oracle.run(`${python(source)}
_o, _s = _made()
rates = []
for _i in range(200):
    _s.step(_i / 3)
    rates.append(_s.get_last_lr())`);
    const { scheduler } = made((o) => new lrScheduler.CosineAnnealingWarmRestarts(o, 5, 3));
    const rates = Array.from({ length: 200 }, (_, i) => {
      scheduler.step(i / 3);
      return scheduler.getLastLr();
    });
    expect(rates).to.deep.equal(theirs.rates);
  });

  it('begin again at a later step', async () => {
    const source = 'CosineAnnealingLR(_o, 40, last_epoch=12)';
    const theirs =
      await oracle.run(`${python('StepLR(_o, 5)').replace('return _o', "[g.setdefault('initial_lr', 0.2) for g in _o.param_groups]\n    return _o").replace('_S.StepLR(_o, 5)', `_S.${source}`)}
_o, _s = _made()
rates, _ = _run(_o, _s, 0, 50)`);
    const ours = made((o) => {
      for (const group of o.paramGroups) Object.assign(group, { initialLr: 0.2 });
      return new lrScheduler.CosineAnnealingLR(o, 40, { lastEpoch: 12 });
    });
    expect(run(ours, 0, 50).rates).to.deep.equal(theirs.rates);
  });
});
