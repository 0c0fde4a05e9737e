import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { expectSameBits, type PythonValue, usePython } from './oracle.ts';

const { nn, optim } = torch;
const { swaUtils } = optim;

/** A module with a parameter, a floating buffer and an integer one. */
class Counting extends nn.Module {
  linear = new nn.Linear(4, 3);
  scale = this.registerBuffer('scale', torch.ones([3]));
  count = this.registerBuffer('count', torch.tensor(0n, { dtype: 'int64' }));

  forward(x: torch.Tensor): torch.Tensor {
    return this.linear(x).mul(this.scale);
  }
}

const python = `
from torch.optim.swa_utils import *
class _Counting(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(4, 3)
        self.register_buffer('scale', torch.ones(3))
        self.register_buffer('count', torch.tensor(0))
    def forward(self, x):
        return self.linear(x) * self.scale
torch.manual_seed(4)
_model = _Counting()
def _run(averaged, steps=7):
    o = torch.optim.SGD(_model.parameters(), lr=0.1)
    for _ in range(steps):
        o.zero_grad()
        (_model(torch.randn(8, 4)) ** 2).mean().backward()
        o.step()
        with torch.no_grad():
            _model.scale.mul_(1.1)
            _model.count.add_(5)
        averaged.update_parameters(_model)
    return averaged
`;

function run(averaged: torch.optim.swaUtils.AveragedModel, model: Counting, steps = 7): void {
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
  for (let i = 0; i < steps; i++) {
    torch.scope(() => {
      optimizer.zeroGrad();
      model(torch.randn([8, 4]))
        .pow(2)
        .mean()
        .backward();
      optimizer.step();
      torch.noGrad(() => {
        model.scale.mul_(1.1);
        model.count.add_(5);
      });
      averaged.updateParameters(model);
    });
  }
}

const averages: Record<string, (model: Counting) => torch.optim.swaUtils.AveragedModel> = {
  'AveragedModel(_model)': (m) => new swaUtils.AveragedModel(m),
  'AveragedModel(_model, use_buffers=True)': (m) => new swaUtils.AveragedModel(m, { useBuffers: true }),
  "AveragedModel(_model, 'cpu', multi_avg_fn=get_ema_multi_avg_fn(0.9))": (m) =>
    new swaUtils.AveragedModel(m, 'cpu', { multiAvgFn: swaUtils.getEmaMultiAvgFn(0.9) }),
  'AveragedModel(_model, multi_avg_fn=get_ema_multi_avg_fn(), use_buffers=True)': (m) =>
    new swaUtils.AveragedModel(m, { multiAvgFn: swaUtils.getEmaMultiAvgFn(), useBuffers: true }),
  'AveragedModel(_model, multi_avg_fn=get_swa_multi_avg_fn())': (m) =>
    new swaUtils.AveragedModel(m, { multiAvgFn: swaUtils.getSwaMultiAvgFn() }),
  'AveragedModel(_model, avg_fn=get_ema_avg_fn(0.97))': (m) =>
    new swaUtils.AveragedModel(m, { avgFn: swaUtils.getEmaAvgFn(0.97) }),
  'AveragedModel(_model, avg_fn=get_swa_avg_fn(), use_buffers=True)': (m) =>
    new swaUtils.AveragedModel(m, { avgFn: swaUtils.getSwaAvgFn(), useBuffers: true }),
};

describe('weight averaging beside Python', () => {
  const oracle = usePython();

  for (const [source, make] of Object.entries(averages)) {
    it(source, async () => {
      const theirs = await oracle.run(`${python}
_averaged = _run(${source})
state, text, out = dict(_averaged.state_dict()), repr(_averaged), _averaged(torch.ones(2, 4)).detach()`);
      torch.manualSeed(4);
      const model = new Counting();
      const averaged = make(model);
      run(averaged, model);
      const state = averaged.stateDict();
      const expected = theirs.state as Record<string, PythonValue>;
      expect([...state.keys()]).to.deep.equal(Object.keys(expected));
      for (const [key, value] of state) expectSameBits(value, expected[key], key);
      expect(String(averaged)).to.equal((theirs.text as string).replace('_Counting', 'Counting'));
      expectSameBits((averaged(torch.ones([2, 4]) as never) as torch.Tensor).detach(), theirs.out);
    });
  }

  it('float64 weights', async () => {
    const theirs = await oracle.run(`${python}
_model = _model.double()
_averaged = AveragedModel(_model)
for _i in range(5):
    with torch.no_grad():
        _model.linear.weight.mul_(1.3)
    _averaged.update_parameters(_model)
weight = _averaged.module.linear.weight.detach()`);
    torch.manualSeed(4);
    const model = new Counting().double();
    const averaged = new swaUtils.AveragedModel(model);
    for (let i = 0; i < 5; i++) {
      torch.noGrad(() => model.linear.weight.mul_(1.3));
      averaged.updateParameters(model);
    }
    expectSameBits(averaged.module.linear.weight.detach(), theirs.weight);
  });
});
