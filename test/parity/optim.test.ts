import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { variants, withClosure } from './optimizers.ts';
import { expectSameBits, fromWire, isPythonTensor, type PythonValue, usePython } from './oracle.ts';

const { nn, optim } = torch;

const steps = 50;

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
  optimizer: torch.optim.Optimizer,
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

/** Values with tensors in them, nested. */
function expectSame(actual: unknown, expected: PythonValue, label = 'value'): void {
  if (actual instanceof torch.Tensor) expectSameBits(actual, expected, label);
  else if (typeof actual !== 'object' || actual === null) expect(actual, label).to.equal(expected);
  else {
    expect(Object.keys(actual), label).to.have.members(Object.keys(expected as object));
    for (const [key, value] of Object.entries(actual)) {
      expectSame(value, (expected as Record<string, PythonValue>)[key] as PythonValue, `${label}.${key}`);
    }
  }
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

    for (const [source, make] of Object.entries(withClosure)) {
      it(`${source} with a closure`, async () => {
        const ours = classifier('float64');
        const optimizer = make([...ours.model.parameters()]);
        const evaluate = () => {
          optimizer.zeroGrad();
          const loss = ours.model(ours.x).squeeze(-1).sub(ours.y).pow(2).mean();
          loss.backward();
          return loss;
        };
        const losses = Array.from({ length: 6 }, () => torch.scope(() => optimizer.step(evaluate).detach()));
        const theirs = await python.run(`${pythonClassifier('float64')}
_o = torch.optim.${source}
def _evaluate():
    _o.zero_grad()
    loss = ((_model(_x).squeeze(-1) - _y) ** 2).mean()
    loss.backward()
    return loss
losses = torch.stack([_o.step(_evaluate).detach() for _ in range(6)])
parameters = [p.detach() for p in _p]
state = {str(k): v for k, v in _o.state_dict()['state'].items()}`);
        expectSameBits(torch.stack(losses), theirs.losses);
        expectSameBits(
          [...ours.model.parameters()].map((each) => each.detach()),
          theirs.parameters,
        );
        expectSame(optimizer.stateDict().state, theirs.state as PythonValue);
      });
    }

    it('gradients of several batches, accumulated', async () => {
      const ours = classifier();
      const optimizer = new optim.AdamW(ours.model.parameters(), { lr: 0.01 });
      for (let i = 0; i < 10; i++) {
        optimizer.zeroGrad();
        for (const [x, y] of torch.scope(() =>
          [0, 16, 32, 48].map((at) => [ours.x.narrow(0, at, 16), ours.y.narrow(0, at, 16)]),
        )) {
          ours
            .model(x as torch.Tensor)
            .squeeze(-1)
            .sub(y as torch.Tensor)
            .pow(2)
            .mean()
            .div(4)
            .backward();
        }
        optimizer.step();
      }
      const theirs = await python.run(`${pythonClassifier('float32')}
_o = torch.optim.AdamW(_p, lr=0.01)
for _ in range(10):
    _o.zero_grad()
    for _i in range(0, 64, 16):
        (((_model(_x[_i:_i + 16]).squeeze(-1) - _y[_i:_i + 16]) ** 2).mean() / 4).backward()
    _o.step()
parameters = [p.detach() for p in _p]`);
      expectSameBits(
        [...ours.model.parameters()].map((each) => each.detach()),
        theirs.parameters,
      );
    });

    it('Muon for matrices beside AdamW for the rest', async () => {
      const ours = classifier();
      const matrices = [...ours.model.parameters()].filter((each) => each.ndim === 2);
      const rest = [...ours.model.parameters()].filter((each) => each.ndim !== 2);
      const optimizers = [
        new optim.Muon(matrices, { lr: 0.02, adjustLrFn: 'match_rms_adamw' }),
        new optim.AdamW(rest, { lr: 0.01 }),
      ];
      for (let i = 0; i < 10; i++) {
        for (const each of optimizers) each.zeroGrad();
        ours.model(ours.x).squeeze(-1).sub(ours.y).pow(2).mean().backward();
        for (const each of optimizers) each.step();
      }
      const theirs = await python.run(`${pythonClassifier('float32')}
_os = [torch.optim.Muon([p for p in _p if p.ndim == 2], lr=0.02, adjust_lr_fn='match_rms_adamw'), torch.optim.AdamW([p for p in _p if p.ndim != 2], lr=0.01)]
for _ in range(10):
    for _o in _os: _o.zero_grad()
    ((_model(_x).squeeze(-1) - _y) ** 2).mean().backward()
    for _o in _os: _o.step()
parameters = [p.detach() for p in _p]`);
      expectSameBits(
        [...ours.model.parameters()].map((each) => each.detach()),
        theirs.parameters,
      );
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
    for (const [source, make] of Object.entries({ ...variants, ...withClosure })) {
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
    for (const [source, make] of Object.entries(variants)) {
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
        expectSame(dict.param_groups, groups as PythonValue);
        expect(dict.param_groups.map((group) => Object.keys(group))).to.deep.equal(keys);
        expect(Object.keys(dict.state)).to.deep.equal(Object.keys(state as object));
        for (const [number, kept] of Object.entries(dict.state)) {
          const expected = (state as Record<string, Record<string, PythonValue>>)[number] ?? {};
          expect(Object.keys(kept)).to.deep.equal(Object.keys(expected));
          expectSame(kept, expected, number);
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
          param_groups: received(theirs.groups as PythonValue),
        } as unknown as torch.optim.OptimizerStateDict);
        const parameters: torch.Tensor[] = [];
        train(ours, optimizer, 5, [], parameters);
        expectSameBits(torch.stack(parameters), theirs.parameters);
      });
    }
  });
});
