import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { expectSameBits, type PythonValue, usePython } from './oracle.ts';

const { nn } = torch;
const F = nn.functional;

class Block extends nn.Module {
  conv = new nn.Conv2d(1, 4, 3, { padding: 1 });
  scale = new nn.Parameter(torch.ones([1]));
  steps = this.registerBuffer('steps', torch.zeros([2]));
  cache = this.registerBuffer('cache', torch.zeros([2]), false);
  head = new nn.Sequential(new nn.Flatten(), new nn.Linear(4 * 5 * 5, 3));
  shared = this.head;

  forward(x: torch.Tensor): torch.Tensor {
    return this.head(torch.relu(this.conv(x)).mul(this.scale));
  }
}

const pythonBlock = `
class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3, padding=1)
        self.scale = nn.Parameter(torch.ones(1))
        self.register_buffer('steps', torch.zeros(2))
        self.register_buffer('cache', torch.zeros(2), persistent=False)
        self.head = nn.Sequential(nn.Flatten(), nn.Linear(4 * 5 * 5, 3))
        self.shared = self.head

    def forward(self, x):
        return self.head(torch.relu(self.conv(x)) * self.scale)
`;

function values(module: torch.nn.Module): torch.Tensor[] {
  return [...module.parameters()].map((each) => each.detach());
}

function plain(list: PythonValue | undefined): PythonValue {
  return (list as PythonValue[]).map((each) => ({ ...(each as object), requiresGrad: false })) as PythonValue;
}

describe('nn beside Python', () => {
  const python = usePython();

  describe('initial values of the same seed', () => {
    const modules: Record<string, () => torch.nn.Module> = {
      'nn.Linear(10, 32)': () => new nn.Linear(10, 32),
      'nn.Linear(7, 3, bias=False)': () => new nn.Linear(7, 3, { bias: false }),
      'nn.Linear(5, 4, dtype=torch.float64)': () => new nn.Linear(5, 4, { dtype: 'float64' }),
      'nn.Linear(5, 4, dtype=torch.bfloat16)': () => new nn.Linear(5, 4, { dtype: 'bfloat16' }),
      'nn.Conv2d(1, 32, 3)': () => new nn.Conv2d(1, 32, 3),
      'nn.Conv2d(4, 6, (3, 5), stride=2, groups=2)': () => new nn.Conv2d(4, 6, [3, 5], { stride: 2, groups: 2 }),
      'nn.Conv2d(3, 8, 3, 1, "same", bias=False)': () => new nn.Conv2d(3, 8, 3, 1, 'same', { bias: false }),
      'nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 1))': () =>
        new nn.Sequential(new nn.Linear(10, 32), new nn.ReLU(), new nn.Linear(32, 1)),
    };
    for (const [source, make] of Object.entries(modules)) {
      it(source, async () => {
        torch.manualSeed(3);
        const ours = make();
        const code = `torch.manual_seed(3)\n_m = ${source}\nparameters = list(_m.parameters())`;
        const { parameters } = await python.run(code);
        expectSameBits(values(ours), plain(parameters));
      });
    }

    const fills: Record<string, (w: torch.Tensor) => torch.Tensor> = {
      'uniform_(w, -2, 3)': (w) => nn.init.uniform_(w, -2, 3),
      'normal_(w, 1, 0.5)': (w) => nn.init.normal_(w, { mean: 1, std: 0.5 }),
      'constant_(w, 0.3)': (w) => nn.init.constant_(w, 0.3),
      'xavier_uniform_(w, gain=2)': (w) => nn.init.xavierUniform_(w, { gain: 2 }),
      'xavier_normal_(w)': (w) => nn.init.xavierNormal_(w),
      'kaiming_uniform_(w, nonlinearity="relu")': (w) => nn.init.kaimingUniform_(w, { nonlinearity: 'relu' }),
      'kaiming_uniform_(w, 0.3, "fan_out")': (w) => nn.init.kaimingUniform_(w, 0.3, 'fan_out'),
      'kaiming_normal_(w, a=0.1, mode="fan_out")': (w) => nn.init.kaimingNormal_(w, { a: 0.1, mode: 'fan_out' }),
      'kaiming_normal_(w, nonlinearity="tanh")': (w) => nn.init.kaimingNormal_(w, { nonlinearity: 'tanh' }),
    };
    for (const [source, fill] of Object.entries(fills)) {
      it(`init.${source}`, async () => {
        torch.manualSeed(4);
        const ours = fill(torch.empty([6, 5, 3, 3]));
        const { w } = await python.run(`torch.manual_seed(4)\nw = torch.empty(6, 5, 3, 3)\nnn.init.${source}`);
        expectSameBits(ours, w);
      });
    }
  });

  describe('printed forms', () => {
    const printed: Record<string, () => unknown> = {
      'nn.Linear(10, 32)': () => new nn.Linear(10, 32),
      'nn.Linear(10, 32, bias=False)': () => new nn.Linear(10, 32, { bias: false }),
      'nn.Conv2d(1, 32, 3)': () => new nn.Conv2d(1, 32, 3),
      'nn.Conv2d(2, 4, (3, 5), 2, 1, 3, 2, False, "circular")': () =>
        new nn.Conv2d(2, 4, [3, 5], 2, 1, 3, 2, false, 'circular'),
      'nn.Conv2d(2, 4, 3, padding="same")': () => new nn.Conv2d(2, 4, 3, { padding: 'same' }),
      'nn.ReLU()': () => new nn.ReLU(),
      'nn.ReLU(inplace=True)': () => new nn.ReLU({ inplace: true }),
      'nn.Flatten()': () => new nn.Flatten(),
      'nn.Flatten(0, 2)': () => new nn.Flatten(0, 2),
      'nn.Identity()': () => new nn.Identity(),
      'nn.Dropout()': () => new nn.Dropout(),
      'nn.Dropout(1.0, True)': () => new nn.Dropout(1.0, true),
      'nn.MaxPool2d(2)': () => new nn.MaxPool2d(2),
      'nn.MaxPool2d((3, 2), stride=1, padding=(1, 0), ceil_mode=True)': () =>
        new nn.MaxPool2d([3, 2], { stride: 1, padding: [1, 0], ceilMode: true }),
      'nn.TripletMarginLoss(margin=0.5)': () => new nn.TripletMarginLoss({ margin: 0.5 }),
      'nn.MultiMarginLoss()': () => new nn.MultiMarginLoss(),
      'nn.Sequential()': () => new nn.Sequential(),
      'nn.Sequential(nn.Linear(1, 2), nn.Sequential(nn.ReLU(), nn.Flatten()))': () =>
        new nn.Sequential(new nn.Linear(1, 2), new nn.Sequential(new nn.ReLU(), new nn.Flatten())),
      'Block()': () => new Block(),
      'nn.Parameter(torch.ones(2))': () => new nn.Parameter(torch.ones([2])),
      'nn.Parameter(torch.ones(2), requires_grad=False)': () => new nn.Parameter(torch.ones([2]), false),
    };
    for (const [source, make] of Object.entries(printed)) {
      it(source, async () => {
        const { text } = await python.run(`${pythonBlock}\ntext = repr(${source})`);
        expect(String(make())).to.equal(text);
      });
    }
  });

  describe('a module with parameters, buffers and a shared child', () => {
    it('has the same names in the same order', async () => {
      const ours = new Block();
      const theirs = await python.run(`${pythonBlock}
m = Block()
state = list(m.state_dict().keys())
parameters = [n for n, _ in m.named_parameters()]
all_parameters = [n for n, _ in m.named_parameters(prefix='x', remove_duplicate=False)]
own = [n for n, _ in m.named_parameters(recurse=False)]
buffers = [n for n, _ in m.named_buffers()]
children = [n for n, _ in m.named_children()]
modules = [n for n, _ in m.named_modules()]
`);
      const names = (entries: Iterable<[string, unknown]>) => [...entries].map(([name]) => name);
      expect(names(ours.stateDict())).to.deep.equal(theirs.state);
      expect(names(ours.namedParameters())).to.deep.equal(theirs.parameters);
      expect(names(ours.namedParameters('x', true, false))).to.deep.equal(theirs.all_parameters);
      expect(names(ours.namedParameters('', false))).to.deep.equal(theirs.own);
      expect(names(ours.namedBuffers())).to.deep.equal(theirs.buffers);
      expect(names(ours.namedChildren())).to.deep.equal(theirs.children);
      expect(names(ours.namedModules())).to.deep.equal(theirs.modules);
    });

    it('computes the same, and the same gradients, from the same state', async () => {
      torch.manualSeed(8);
      const ours = new Block();
      const x = torch.randn([6, 1, 5, 5], { requiresGrad: true });
      const out = ours(x);
      out.sum().backward();
      const theirs = await python.run(
        `${pythonBlock}
m = Block()
m.load_state_dict(state)
_out = m(x)
_out.sum().backward()
out, dx, gradients = _out.detach(), x.grad, [p.grad for p in m.parameters()]`,
        { x, state: Object.fromEntries(ours.stateDict()) },
      );
      expectSameBits(out.detach(), theirs.out);
      expectSameBits(x.grad, theirs.dx);
      expectSameBits(
        [...ours.parameters()].map((each) => each.grad),
        theirs.gradients,
      );
    });
  });

  describe('loadStateDict', () => {
    const cases: Record<string, Record<string, readonly number[]>> = {
      'a key is missing': { '0.weight': [32, 10], '0.bias': [32], '2.weight': [1, 32] },
      'a key is too many': {
        '0.weight': [32, 10],
        '0.bias': [32],
        '2.weight': [1, 32],
        '2.bias': [1],
        '1.weight': [2],
        'x.y': [1],
        top: [1],
      },
      'shapes differ': { '0.weight': [3, 2], '0.bias': [], '2.weight': [1, 32], '2.bias': [1] },
      'everything is wrong': { '0.weight': [3, 2], other: [1], '2.gain': [1] },
      'it is empty': {},
    };
    for (const [name, shapes] of Object.entries(cases)) {
      it(`says what Python says when ${name}`, async () => {
        const state = Object.fromEntries(Object.entries(shapes).map(([key, shape]) => [key, torch.zeros(shape)]));
        const model = new nn.Sequential(new nn.Linear(10, 32), new nn.ReLU(), new nn.Linear(32, 1));
        const before = values(model).map((each) => each.clone());
        const { message } = await python.run(
          `
_model = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 1))
message = None
try:
    _model.load_state_dict(state)
except RuntimeError as _error:
    message = str(_error)
`,
          { state },
        );
        expect(message).to.be.a('string');
        expect(() => model.loadStateDict(state))
          .to.throw(torch.CheckpointError)
          .with.property('message', message);
        for (const [i, value] of values(model).entries()) {
          expect(torch.equal(value, before[i] as torch.Tensor), 'nothing was copied').to.equal(true);
        }
      });
    }

    it('returns what Python returns where it is not strict', async () => {
      const state = { '0.weight': torch.ones([3, 2]), more: torch.ones([1]) };
      const model = new nn.Sequential(new nn.Linear(2, 3));
      const { missing, unexpected } = await python.run(
        `
_keys = nn.Sequential(nn.Linear(2, 3)).load_state_dict(state, strict=False)
missing, unexpected = _keys.missing_keys, _keys.unexpected_keys`,
        { state },
      );
      expect(model.loadStateDict(state, { strict: false })).to.deep.equal({
        missingKeys: missing,
        unexpectedKeys: unexpected,
      });
      expect(model[0]?.stateDict().get('weight')?.sum().item()).to.equal(6);
    });
  });

  describe('Conv2d and its gradients', () => {
    const cases: Record<string, () => torch.nn.Conv2d> = {
      'nn.Conv2d(2, 4, 3)': () => new nn.Conv2d(2, 4, 3),
      'nn.Conv2d(2, 4, 3, 2, 1)': () => new nn.Conv2d(2, 4, 3, 2, 1),
      'nn.Conv2d(2, 4, (3, 2), padding="same", dilation=(1, 2))': () =>
        new nn.Conv2d(2, 4, [3, 2], { padding: 'same', dilation: [1, 2] }),
      'nn.Conv2d(2, 4, 3, padding="valid")': () => new nn.Conv2d(2, 4, 3, { padding: 'valid' }),
      'nn.Conv2d(2, 4, 3, padding=(1, 2), padding_mode="circular")': () =>
        new nn.Conv2d(2, 4, 3, { padding: [1, 2], paddingMode: 'circular' }),
      'nn.Conv2d(2, 4, 3, padding=(2, 1), padding_mode="reflect")': () =>
        new nn.Conv2d(2, 4, 3, { padding: [2, 1], paddingMode: 'reflect' }),
      'nn.Conv2d(2, 4, (4, 3), padding="same", padding_mode="replicate")': () =>
        new nn.Conv2d(2, 4, [4, 3], { padding: 'same', paddingMode: 'replicate' }),
      'nn.Conv2d(2, 4, 3, groups=2, bias=False)': () => new nn.Conv2d(2, 4, 3, { groups: 2, bias: false }),
    };
    for (const [source, make] of Object.entries(cases)) {
      it(source, async () => {
        torch.manualSeed(9);
        const conv = make();
        const x = torch.randn([3, 2, 8, 7], { requiresGrad: true });
        const y = conv(x);
        y.pow(2).sum().backward();
        const theirs = await python.run(
          `torch.manual_seed(9)
_m = ${source}
_y = _m(x)
_y.pow(2).sum().backward()
y, dx, dw = _y.detach(), x.grad, _m.weight.grad`,
          { x },
        );
        expectSameBits(y.detach(), theirs.y);
        expectSameBits(x.grad, theirs.dx);
        expectSameBits(conv.weight.grad, theirs.dw);
      });
    }
  });

  describe('nn.functional', () => {
    const a = () => torch.randn([6, 4], { requiresGrad: true });
    const signs = () => torch.randint(0, 2, [6]).float().mul(2).sub(1);
    const calls: [string, () => torch.Tensor[], (...inputs: torch.Tensor[]) => torch.Tensor][] = [
      ['F.normalize(a)', () => [a()], (x) => F.normalize(x as torch.Tensor)],
      ['F.normalize(a, p=1, dim=0, eps=0.1)', () => [a()], (x) => F.normalize(x as torch.Tensor, 1, 0, 0.1)],
      ['F.mse_loss(a, b, reduction="sum")', () => [a(), a()], (x, y) => F.mseLoss(x!, y!, { reduction: 'sum' })],
      ['F.l1_loss(a, b)', () => [a(), a()], (x, y) => F.l1Loss(x!, y!)],
      ['F.cosine_similarity(a, b, dim=1)', () => [a(), a()], (x, y) => F.cosineSimilarity(x!, y!, { dim: 1 })],
      ['F.pairwise_distance(a, b, p=1)', () => [a(), a()], (x, y) => F.pairwiseDistance(x!, y!, { p: 1 })],
      ['F.softmax(a, dim=1)', () => [a()], (x) => F.softmax(x!, 1)],
      ['F.log_softmax(a, dim=0)', () => [a()], (x) => F.logSoftmax(x!, { dim: 0 })],
      ['F.logsigmoid(a)', () => [a()], (x) => F.logsigmoid(x!)],
      ['F.linear(a, b)', () => [a(), a()], (x, y) => F.linear(x!, y!)],
      ['F.dropout(a, 0.3)', () => [a()], (x) => F.dropout(x!, 0.3)],
      ['F.dropout(a, training=False)', () => [a()], (x) => F.dropout(x!, { training: false })],
      ['F.max_pool2d(a[None], 2, 1)', () => [a()], (x) => F.maxPool2d(x!.unsqueeze(0), 2, 1)],
      [
        'F.cross_entropy(a, b, label_smoothing=0.1)',
        () => [a(), torch.randint(0, 4, [6])],
        (x, y) => F.crossEntropy(x!, y!, { labelSmoothing: 0.1 }),
      ],
      [
        'F.nll_loss(F.log_softmax(a, 1), b, reduction="none", ignore_index=1)',
        () => [a(), torch.randint(0, 4, [6])],
        (x, y) => F.nllLoss(F.logSoftmax(x!, 1), y!, { reduction: 'none', ignoreIndex: 1 }),
      ],
      [
        'F.multi_margin_loss(a, b, p=2, margin=0.4, reduction="sum")',
        () => [a(), torch.randint(0, 4, [6])],
        (x, y) => F.multiMarginLoss(x!, y!, { p: 2, margin: 0.4, reduction: 'sum' }),
      ],
      [
        'F.hinge_embedding_loss(a[:, 0], b, margin=0.5)',
        () => [a(), signs()],
        (x, y) => F.hingeEmbeddingLoss(x!.select(1, 0), y!, { margin: 0.5 }),
      ],
      [
        'F.margin_ranking_loss(a[:, 0], a[:, 1], b, margin=0.5)',
        () => [a(), signs()],
        (x, y) => F.marginRankingLoss(x!.select(1, 0), x!.select(1, 1), y!, 0.5),
      ],
      [
        'F.soft_margin_loss(a[:, 0], b, reduction="none")',
        () => [a(), signs()],
        (x, y) => F.softMarginLoss(x!.select(1, 0), y!, { reduction: 'none' }),
      ],
      [
        'F.cosine_embedding_loss(a, b, c, margin=0.2)',
        () => [a(), a(), signs()],
        (x, y, z) => F.cosineEmbeddingLoss(x!, y!, z!, { margin: 0.2 }),
      ],
      [
        'F.triplet_margin_loss(a, b, c, p=1, eps=1e-3, reduction="none")',
        () => [a(), a(), a()],
        (x, y, z) => F.tripletMarginLoss(x!, y!, z!, { p: 1, eps: 1e-3, reduction: 'none' }),
      ],
    ];
    for (const [source, make, call] of calls) {
      it(source, async () => {
        torch.manualSeed(12);
        const inputs = make();
        torch.manualSeed(13);
        const y = call(...inputs);
        y.sum().backward();
        const [first, second, third] = inputs;
        const { out, gradient } = await python.run(
          `torch.manual_seed(13)\n_y = ${source}\n_y.sum().backward()\nout, gradient = _y.detach(), a.grad`,
          { a: first!, b: second ?? null, c: third ?? null },
        );
        expectSameBits(y.detach(), out);
        expectSameBits(first!.grad, gradient);
      });
    }
  });

  it('runs backward hooks with the gradients that Python gives them', async () => {
    torch.manualSeed(14);
    const model = new nn.Sequential(new nn.Linear(4, 3), new nn.ReLU());
    const seen: (torch.Tensor | null)[] = [];
    model[0]?.registerFullBackwardHook((_, gradInput, gradOutput) => {
      seen.push(torch.keep(gradInput[0] as torch.Tensor), torch.keep(gradOutput[0] as torch.Tensor));
      return [(gradInput[0] as torch.Tensor).mul(2)];
    });
    const x = torch.randn([5, 4], { requiresGrad: true });
    model(x).sum().backward();
    const theirs = await python.run(
      `torch.manual_seed(14)
_m = nn.Sequential(nn.Linear(4, 3), nn.ReLU())
_seen = []
def _hook(m, gi, go):
    _seen.extend([gi[0], go[0]])
    return (gi[0] * 2,)
_m[0].register_full_backward_hook(_hook)
_m(x).sum().backward()
seen, dx, dw = list(_seen), x.grad, _m[0].weight.grad`,
      { x },
    );
    expectSameBits(seen, theirs.seen, 'what the hook saw');
    expectSameBits(x.grad, theirs.dx, 'the replaced gradient');
    expectSameBits((model[0] as torch.nn.Linear).weight.grad, theirs.dw);
  });
});
