import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { expectSameBits, fromWire, isPythonTensor, type PythonValue, usePython } from './oracle.ts';

const { nn, optim } = torch;

const steps = 50;

type Make = (params: Iterable<torch.Tensor>) => torch.optim.SGD | torch.optim.Adam;

const variants: Record<string, Make> = {
  'SGD(_p, lr=0.1)': (p) => new optim.SGD(p, { lr: 0.1 }),
  'SGD(_p)': (p) => new optim.SGD(p),
  'SGD(_p, 0.05, 0.9)': (p) => new optim.SGD(p, 0.05, 0.9),
  'SGD(_p, lr=0.05, momentum=0.9, dampening=0.3)': (p) => new optim.SGD(p, { lr: 0.05, momentum: 0.9, dampening: 0.3 }),
  'SGD(_p, lr=0.05, momentum=0.9, nesterov=True, weight_decay=0.01)': (p) =>
    new optim.SGD(p, { lr: 0.05, momentum: 0.9, nesterov: true, weightDecay: 0.01 }),
  'SGD(_p, lr=0.05, momentum=0.9, nesterov=True)': (p) => new optim.SGD(p, { lr: 0.05, momentum: 0.9, nesterov: true }),
  'SGD(_p, lr=0.01, momentum=0.5, weight_decay=0.1, maximize=True)': (p) =>
    new optim.SGD(p, { lr: 0.01, momentum: 0.5, weightDecay: 0.1, maximize: true }),
  'SGD(_p, lr=0.05, momentum=0.9, foreach=True)': (p) => new optim.SGD(p, { lr: 0.05, momentum: 0.9, foreach: true }),
  'SGD(_p, lr=0.05, momentum=0.9, foreach=False)': (p) => new optim.SGD(p, { lr: 0.05, momentum: 0.9, foreach: false }),
  'SGD(_p, lr=0.05, fused=True)': (p) => new optim.SGD(p, { lr: 0.05, fused: true }),
  'SGD(_p, lr=0.05, momentum=0.9, dampening=0.2, weight_decay=0.01, fused=True)': (p) =>
    new optim.SGD(p, { lr: 0.05, momentum: 0.9, dampening: 0.2, weightDecay: 0.01, fused: true }),
  'SGD(_p, lr=1.0)': (p) => new optim.SGD(p, { lr: 1 }),
  'Adam(_p)': (p) => new optim.Adam(p),
  'Adam(_p, lr=0.01)': (p) => new optim.Adam(p, { lr: 0.01 }),
  'Adam(_p, 0.01, (0.8, 0.95), 1e-6)': (p) => new optim.Adam(p, 0.01, [0.8, 0.95], 1e-6),
  'Adam(_p, lr=0.01, weight_decay=0.05)': (p) => new optim.Adam(p, { lr: 0.01, weightDecay: 0.05 }),
  'Adam(_p, lr=0.01, amsgrad=True, betas=(0.5, 0.6))': (p) =>
    new optim.Adam(p, { lr: 0.01, amsgrad: true, betas: [0.5, 0.6] }),
  'Adam(_p, lr=0.01, maximize=True)': (p) => new optim.Adam(p, { lr: 0.01, maximize: true }),
  'Adam(_p, lr=0.01, weight_decay=0.1, decoupled_weight_decay=True)': (p) =>
    new optim.Adam(p, { lr: 0.01, weightDecay: 0.1, decoupledWeightDecay: true }),
  'Adam(_p, lr=0.01, foreach=True)': (p) => new optim.Adam(p, { lr: 0.01, foreach: true }),
  'Adam(_p, lr=0.01, foreach=False)': (p) => new optim.Adam(p, { lr: 0.01, foreach: false }),
  'Adam(_p, lr=0.01, amsgrad=True, fused=True)': (p) => new optim.Adam(p, { lr: 0.01, amsgrad: true, fused: true }),
  'Adam(_p, lr=0.01, betas=(0.0, 0.99))': (p) => new optim.Adam(p, { lr: 0.01, betas: [0, 0.99] }),
};

function classifier(dtype: torch.DType = 'float32') {
  torch.manualSeed(5);
  const model = new nn.Sequential(new nn.Linear(10, 32), new nn.ReLU(), new nn.Linear(32, 1)).to(dtype);
  const x = torch.randn([64, 10]).to(dtype);
  const y = torch.sub(torch.mul(2, torch.randint(0, 2, [64]).to(dtype)), 1);
  return { model, x, y };
}

const pythonClassifier = (dtype: string) => `
torch.manual_seed(5)
_model = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 1)).to(torch.${dtype})
_x = torch.randn(64, 10).to(torch.${dtype})
_y = 2 * torch.randint(0, 2, (64,)).to(torch.${dtype}) - 1
_p = list(_model.parameters())
_losses, _parameters = [], []
def _train(optimizer, steps):
    for _ in range(steps):
        optimizer.zero_grad()
        loss = torch.clamp(1.0 - _y * _model(_x).squeeze(-1), min=0.0).mean()
        loss.backward()
        optimizer.step()
        _losses.append(loss.detach())
        _parameters.append(torch.cat([p.detach().flatten() for p in _p]))
`;

function train(
  { model, x, y }: ReturnType<typeof classifier>,
  optimizer: torch.optim.Optimizer | ReturnType<Make>,
  count: number,
  losses: torch.Tensor[],
  parameters: torch.Tensor[],
): void {
  for (let i = 0; i < count; i++) {
    torch.scope(() => {
      optimizer.zeroGrad();
      const loss = torch.clamp(torch.sub(1.0, y.mul(model(x).squeeze(-1))), { min: 0.0 }).mean();
      loss.backward();
      optimizer.step();
      losses.push(torch.keep(loss.detach()));
      parameters.push(torch.keep(torch.cat([...model.parameters()].map((each) => each.detach().flatten()))));
    });
  }
}

/** Python's state dict with tensors as ours. */
function received(value: PythonValue): unknown {
  if (isPythonTensor(value)) return fromWire(value);
  if (Array.isArray(value)) return value.map(received);
  if (typeof value !== 'object' || value === null || value instanceof torch.Complex) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, received(each)]));
}

describe('optim beside Python', () => {
  const python = usePython();

  describe(`${steps} steps of the textbook's classifier`, () => {
    for (const [source, make] of Object.entries(variants)) {
      for (const dtype of ['float32', 'float64'] as const) {
        it(`${source}, ${dtype}`, async () => {
          const ours = classifier(dtype);
          const losses: torch.Tensor[] = [];
          const parameters: torch.Tensor[] = [];
          train(ours, make([...ours.model.parameters()]), steps, losses, parameters);
          const theirs = await python.run(`${pythonClassifier(dtype)}
_train(torch.optim.${source}, ${steps})
losses, parameters = torch.stack(_losses), torch.stack(_parameters)`);
          expectSameBits(torch.stack(losses), theirs.losses, 'losses');
          expectSameBits(torch.stack(parameters), theirs.parameters, 'parameters');
        });
      }
    }

    it('Adam with 2000 steps of a tiny model, bias corrections and all', async () => {
      torch.manualSeed(1);
      const w = torch.randn([7], { dtype: 'float64', requiresGrad: true });
      const optimizer = new optim.Adam([w], { lr: 0.01, betas: [0.93, 0.9991] });
      for (let i = 0; i < 2000; i++) {
        torch.scope(() => {
          optimizer.zeroGrad();
          w.sub(3).pow(2).sum().backward();
          optimizer.step();
        });
      }
      const { end } = await python.run(`
torch.manual_seed(1)
_w = torch.randn(7, dtype=torch.float64, requires_grad=True)
_o = torch.optim.Adam([_w], lr=0.01, betas=(0.93, 0.9991))
for _i in range(2000):
    _o.zero_grad()
    ((_w - 3) ** 2).sum().backward()
    _o.step()
end = _w.detach()`);
      expectSameBits(w.detach(), end);
    });

    it('Adam of complex parameters', async () => {
      torch.manualSeed(2);
      const w = torch.randn([5], { dtype: 'complex64', requiresGrad: true });
      const optimizer = new optim.Adam([w], { lr: 0.1, amsgrad: true, weightDecay: 0.1 });
      for (let i = 0; i < 10; i++) {
        optimizer.zeroGrad();
        w.abs().pow(2).sum().backward();
        optimizer.step();
      }
      const { end } = await python.run(`
torch.manual_seed(2)
_w = torch.randn(5, dtype=torch.complex64, requires_grad=True)
_o = torch.optim.Adam([_w], lr=0.1, amsgrad=True, weight_decay=0.1)
for _i in range(10):
    _o.zero_grad()
    (_w.abs() ** 2).sum().backward()
    _o.step()
end = _w.detach()`);
      expectSameBits(w.detach(), end);
    });

    it('groups with options of their own, and a parameter without gradient', async () => {
      torch.manualSeed(3);
      const [a, b, c] = [0, 1, 2].map(() => torch.randn([4], { requiresGrad: true })) as [
        torch.Tensor,
        torch.Tensor,
        torch.Tensor,
      ];
      const optimizer = new optim.SGD(
        [
          { params: [a, c], lr: 0.5 },
          { params: b, momentum: 0.9 },
        ],
        { lr: 0.1 },
      );
      for (let i = 0; i < 5; i++) {
        optimizer.zeroGrad(false);
        a.mul(b).pow(2).sum().backward();
        optimizer.step();
      }
      const { end } = await python.run(`
torch.manual_seed(3)
_a, _b, _c = [torch.randn(4, requires_grad=True) for _ in range(3)]
_o = torch.optim.SGD([{'params': [_a, _c], 'lr': 0.5}, {'params': _b, 'momentum': 0.9}], lr=0.1)
for _i in range(5):
    _o.zero_grad(set_to_none=False)
    ((_a * _b) ** 2).sum().backward()
    _o.step()
end = [_a.detach(), _b.detach(), _c.detach()]`);
      expectSameBits(
        [a, b, c].map((each) => each.detach()),
        end,
      );
    });
  });

  describe('printed forms', () => {
    for (const [source, make] of Object.entries(variants)) {
      it(source, async () => {
        const { text } = await python.run(
          `_p = [torch.zeros(1, requires_grad=True)]\ntext = repr(torch.optim.${source})`,
        );
        const ours = String(make([torch.zeros([1], { requiresGrad: true })]));
        // Python shows whether 0 was written as an int or as a float, which JavaScript cannot know.
        const integral = (printed: unknown) => String(printed).replace(/: (\d+)\.0$/gm, ': $1');
        expect(integral(ours)).to.equal(integral(text));
      });
    }
  });

  describe('state dicts', () => {
    for (const source of [
      'SGD(_p, lr=0.05, momentum=0.9, nesterov=True)',
      'SGD(_p, lr=0.1)',
      'Adam(_p, lr=0.01, weight_decay=0.05)',
      'Adam(_p, lr=0.01, amsgrad=True, fused=True)',
    ]) {
      const make = variants[source] as Make;

      it(`${source}: has Python's keys, options and bits`, async () => {
        const ours = classifier();
        const optimizer = make(ours.model.parameters());
        train(ours, optimizer, 3, [], []);
        const { groups, state, keys } = await python.run(`${pythonClassifier('float32')}
_o = torch.optim.${source}
_train(_o, 3)
groups = _o.state_dict()['param_groups']
state = {str(k): v for k, v in _o.state_dict()['state'].items()}
keys = [list(g.keys()) for g in groups]`);
        const dict = optimizer.stateDict();
        expect(dict.param_groups).to.deep.equal(groups);
        expect(dict.param_groups.map((group) => Object.keys(group))).to.deep.equal(keys);
        expect(Object.keys(dict.state)).to.deep.equal(Object.keys(state as object));
        for (const [number, kept] of Object.entries(dict.state)) {
          const expected = (state as Record<string, Record<string, PythonValue>>)[number] ?? {};
          expect(Object.keys(kept)).to.deep.equal(Object.keys(expected));
          for (const [key, value] of Object.entries(kept)) {
            expectSameBits(value as torch.Tensor, expected[key], `${number}.${key}`);
          }
        }
      });

      it(`${source}: goes on where Python stopped`, async () => {
        const theirs = await python.run(`${pythonClassifier('float32')}
_o = torch.optim.${source}
_train(_o, 7)
model = {k: v.clone() for k, v in _model.state_dict().items()}
_s = _o.state_dict()
state = {str(k): {n: t.clone() for n, t in v.items()} for k, v in _s['state'].items()}
groups = [dict(g) for g in _s['param_groups']]
_losses.clear(); _parameters.clear()
_train(_o, 5)
parameters = torch.stack(_parameters)`);
        const ours = classifier();
        ours.model.loadStateDict(received(theirs.model as PythonValue) as Record<string, torch.Tensor>);
        const optimizer = make(ours.model.parameters());
        optimizer.loadStateDict({
          state: received(theirs.state as PythonValue),
          param_groups: theirs.groups,
        } as unknown as torch.optim.OptimizerStateDict);
        const parameters: torch.Tensor[] = [];
        train(ours, optimizer, 5, [], parameters);
        expectSameBits(torch.stack(parameters), theirs.parameters);
      });
    }
  });
});
