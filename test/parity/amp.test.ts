import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { expectSameBits, type PythonValue, usePython } from './oracle.ts';

const { nn } = torch;
const F = nn.functional;

interface Operator {
  readonly python: string;
  readonly run: (a: torch.Tensor, b: torch.Tensor) => torch.Tensor;
}

/** Operators that autocast casts down, casts to float32, or promotes. */
const operators: readonly Operator[] = [
  { python: 'torch.matmul(a, b)', run: (a, b) => torch.matmul(a, b) },
  { python: 'torch.mm(a, b)', run: (a, b) => torch.mm(a, b) },
  { python: 'torch.bmm(a[None], b[None])', run: (a, b) => torch.bmm(a.unsqueeze(0), b.unsqueeze(0)) },
  { python: 'torch.addmm(a, a, b)', run: (a, b) => torch.addmm(a, a, b) },
  {
    python: 'torch.baddbmm(a[None], a[None], b[None])',
    run: (a, b) => torch.baddbmm(a.unsqueeze(0), a.unsqueeze(0), b.unsqueeze(0)),
  },
  { python: 'F.linear(a, b)', run: (a, b) => F.linear(a, b) },
  { python: 'F.linear(a, b, a[0])', run: (a, b) => F.linear(a, b, a.select(0, 0)) },
  { python: 'F.conv1d(a[None], b[:, :, None])', run: (a, b) => F.conv1d(a.unsqueeze(0), b.unsqueeze(2)) },
  {
    python: 'F.conv2d(a[None, None], b[None, None, :3, :3])',
    run: (a, b) => F.conv2d(a.reshape([1, 1, 6, 6]), b.narrow(0, 0, 3).narrow(1, 0, 3).reshape([1, 1, 3, 3])),
  },
  {
    python: 'F.scaled_dot_product_attention(a[None, None], b[None, None], a[None, None])',
    run: (a, b) => {
      const [q, k] = [a.reshape([1, 1, 6, 6]), b.reshape([1, 1, 6, 6])];
      return F.scaledDotProductAttention(q, k, q);
    },
  },
  { python: 'torch.softmax(torch.mm(a, b), 1)', run: (a, b) => torch.softmax(torch.mm(a, b), 1) },
  { python: 'torch.log_softmax(torch.mm(a, b), 1)', run: (a, b) => torch.logSoftmax(torch.mm(a, b), 1) },
  { python: 'F.mse_loss(torch.mm(a, b), b)', run: (a, b) => F.mseLoss(torch.mm(a, b), b) },
  { python: 'torch.cdist(torch.mm(a, b), b)', run: (a, b) => torch.cdist(torch.mm(a, b), b) },
  { python: 'torch.trace(torch.mm(a, b))', run: (a, b) => torch.trace(torch.mm(a, b)) },
  { python: 'torch.cat([torch.mm(a, b), b])', run: (a, b) => torch.cat([torch.mm(a, b), b]) },
  { python: 'torch.stack([torch.mm(a, b), b])', run: (a, b) => torch.stack([torch.mm(a, b), b]) },
  { python: 'torch.mm(a, b) + b', run: (a, b) => torch.mm(a, b).add(b) },
  { python: 'torch.mm(a, b).sum()', run: (a, b) => torch.mm(a, b).sum() },
  { python: 'torch.mm(a, b).exp()', run: (a, b) => torch.mm(a, b).exp() },
  { python: 'torch.relu(torch.mm(a, b))', run: (a, b) => torch.relu(torch.mm(a, b)) },
  { python: 'F.gelu(torch.mm(a, b))', run: (a, b) => F.gelu(torch.mm(a, b)) },
  { python: 'torch.linalg.norm(torch.mm(a, b))', run: (a, b) => torch.linalg.norm(torch.mm(a, b)) },
  { python: 'torch.linalg.inv(torch.mm(a, b))', run: (a, b) => torch.linalg.inv(torch.mm(a, b)) },
  { python: 'torch.fft.rfft(torch.mm(a, b)).abs()', run: (a, b) => torch.fft.rfft(torch.mm(a, b)).abs() },
];

class Net extends nn.Module {
  conv = new nn.Conv2d(1, 4, 3, { padding: 1 });
  head = new nn.Sequential(new nn.Flatten(), new nn.Linear(4 * 6 * 6, 16), new nn.ReLU(), new nn.Linear(16, 3));
  forward(x: torch.Tensor): torch.Tensor {
    return this.head(torch.relu(this.conv(x)));
  }
}

const pythonNet = `
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3, padding=1)
        self.head = nn.Sequential(nn.Flatten(), nn.Linear(4 * 6 * 6, 16), nn.ReLU(), nn.Linear(16, 3))
    def forward(self, x):
        return self.head(torch.relu(self.conv(x)))
`;

describe('amp beside Python', () => {
  const python = usePython();

  for (const dtype of ['bfloat16', 'float16'] as const) {
    describe(`autocast to ${dtype}`, () => {
      for (const { python: source, run } of operators) {
        it(`${source}, with gradients`, async () => {
          torch.manualSeed(1);
          const [a, b] = [torch.randn([6, 6], { requiresGrad: true }), torch.randn([6, 6], { requiresGrad: true })];
          const result = torch.autocast('cpu', { dtype }, () => run(a, b));
          result.float().sum().backward();
          const theirs = await python.run(
            `with torch.autocast('cpu', dtype=torch.${dtype}):
    result = ${source}
result.float().sum().backward()
grads = [a.grad, b.grad]`,
            { a, b },
          );
          expectSameBits(result, theirs.result, 'result');
          expectSameBits([a.grad, b.grad], theirs.grads, 'gradients');
        });
      }

      it('trains a network to the same bits', async () => {
        torch.manualSeed(2);
        const model = new Net();
        const [x, y] = [torch.randn([8, 1, 6, 6]), torch.tensor([0n, 1n, 2n, 0n, 1n, 2n, 0n, 1n])];
        const optimizer = new torch.optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });
        const scaler = new torch.amp.GradScaler('cpu', { growthInterval: 2 });
        const losses: torch.Tensor[] = [];
        for (let step = 0; step < 5; step++) {
          const loss = torch.autocast('cpu', { dtype }, () => F.crossEntropy(model(x), y));
          optimizer.zeroGrad();
          scaler.scale(loss).backward();
          scaler.step(optimizer);
          scaler.update();
          losses.push(loss.detach());
        }
        const theirs = await python.run(
          `${pythonNet}
torch.manual_seed(2)
_model = Net()
_x = torch.randn(8, 1, 6, 6)
_optimizer = torch.optim.SGD(_model.parameters(), lr=0.1, momentum=0.9)
_scaler = torch.amp.GradScaler('cpu', growth_interval=2)
losses = []
for _ in range(5):
    with torch.autocast('cpu', dtype=torch.${dtype}):
        _loss = F.cross_entropy(_model(_x), y)
    _optimizer.zero_grad()
    _scaler.scale(_loss).backward()
    _scaler.step(_optimizer)
    _scaler.update()
    losses.append(_loss.detach())
parameters = [each.detach() for each in _model.parameters()]
state = _scaler.state_dict()`,
          { y },
        );
        expectSameBits(losses, theirs.losses, 'losses');
        const parameters = [...model.parameters()].map((each) => each.detach());
        expectSameBits(parameters, theirs.parameters, 'parameters');
        expect(scaler.stateDict()).to.deep.equal(theirs.state);
      });
    });
  }

  it('starts and nests as Python does', async () => {
    const x = torch.ones([2, 2]);
    const dtypes = [torch.getAutocastDtype('cpu'), torch.getAutocastDtype('cuda')];
    torch.autocast('cpu', { dtype: 'float16' }, () => {
      dtypes.push(torch.mm(x, x).dtype, torch.getAutocastDtype('cpu'));
      torch.autocast('cpu', { enabled: false }, () => dtypes.push(torch.mm(x, x).dtype));
      torch.autocast('cpu', { dtype: 'bfloat16' }, () => dtypes.push(torch.mm(x, x).dtype));
      dtypes.push(torch.mm(x, x).dtype);
    });
    dtypes.push(torch.mm(x, x).dtype, torch.getAutocastDtype('cpu'));
    const theirs = await python.run(
      `dtypes = [torch.get_autocast_dtype('cpu'), torch.get_autocast_dtype('cuda')]
with torch.autocast('cpu', torch.float16):
    dtypes += [torch.mm(x, x).dtype, torch.get_autocast_dtype('cpu')]
    with torch.autocast('cpu', enabled=False):
        dtypes.append(torch.mm(x, x).dtype)
    with torch.autocast('cpu', torch.bfloat16):
        dtypes.append(torch.mm(x, x).dtype)
    dtypes.append(torch.mm(x, x).dtype)
dtypes += [torch.mm(x, x).dtype, torch.get_autocast_dtype('cpu')]`,
      { x },
    );
    expect(dtypes).to.deep.equal(theirs.dtypes);
  });

  it('scales through infinite gradients, growth and backoff', async () => {
    const factors = [1, Number.POSITIVE_INFINITY, 1, Number.NaN, 1, 1, 1, 1];
    const options = { initScale: 1000, growthFactor: 3, backoffFactor: 0.3, growthInterval: 2 };
    const [w, v] = [torch.ones([3], { requiresGrad: true }), torch.ones([2], { requiresGrad: true })];
    const [first, second] = [new torch.optim.SGD([w], { lr: 0.1 }), new torch.optim.Adam([v], { lr: 0.1 })];
    const scaler = new torch.amp.GradScaler('cpu', options);
    const scales: number[] = [];
    const values: torch.Tensor[] = [];
    for (const factor of factors) {
      const [left, right] = scaler.scale([w.mul(factor).sum(), v.mul(v).sum()]);
      (left as torch.Tensor).add(right as torch.Tensor).backward();
      scaler.unscale_(first);
      scaler.step(first);
      scaler.step(second);
      scaler.update();
      first.zeroGrad();
      second.zeroGrad();
      scales.push(scaler.getScale());
      values.push(w.detach().clone(), v.detach().clone());
    }
    const theirs = await python.run(
      `_w, _v = torch.ones(3, requires_grad=True), torch.ones(2, requires_grad=True)
_first, _second = torch.optim.SGD([_w], lr=0.1), torch.optim.Adam([_v], lr=0.1)
_scaler = torch.amp.GradScaler('cpu', init_scale=1000.0, growth_factor=3.0, backoff_factor=0.3, growth_interval=2)
scales, values = [], []
for _factor in factors:
    _left, _right = _scaler.scale([(_w * _factor).sum(), (_v * _v).sum()])
    (_left + _right).backward()
    _scaler.unscale_(_first)
    _scaler.step(_first)
    _scaler.step(_second)
    _scaler.update()
    _first.zero_grad()
    _second.zero_grad()
    scales.append(_scaler.get_scale())
    values += [_w.detach().clone(), _v.detach().clone()]
state = _scaler.state_dict()`,
      { factors },
    );
    expect(scales).to.deep.equal(theirs.scales);
    expectSameBits(values, theirs.values, 'values');
    expect(scaler.stateDict()).to.deep.equal(theirs.state);
  });

  it('exchanges the state of a scaler', async () => {
    const scaler = new torch.amp.GradScaler('cpu', { initScale: 128, growthInterval: 3 });
    const w = torch.ones([1], { requiresGrad: true });
    const optimizer = new torch.optim.SGD([w], { lr: 0.1 });
    scaler.scale(w.sum()).backward();
    scaler.step(optimizer);
    scaler.update();
    const state = scaler.stateDict();
    const theirs = await python.run(
      `_scaler = torch.amp.GradScaler('cpu')
_scaler.load_state_dict(state)
loaded = _scaler.state_dict()
_w = torch.ones(1, requires_grad=True)
_optimizer = torch.optim.SGD([_w], lr=0.1)
for _ in range(2):
    _scaler.scale(_w.sum()).backward()
    _scaler.step(_optimizer)
    _scaler.update()
after = _scaler.state_dict()`,
      { state: state as unknown as Record<string, number> },
    );
    expect(theirs.loaded).to.deep.equal(state);
    expect(theirs.after as Record<string, PythonValue>).to.include({ scale: 256, _growth_tracker: 0 });
    scaler.loadStateDict(theirs.after as unknown as torch.amp.GradScalerStateDict);
    expect(scaler.stateDict()).to.deep.equal(theirs.after);
  });
});
