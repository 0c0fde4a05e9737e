import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { expectSameBits, type PythonInput, usePython } from './oracle.ts';
import { textbookExamples } from './textbook-examples.ts';

const { nn } = torch;
const F = nn.functional;
const examples = new URL('../../examples/textbook/', import.meta.url);

/** The Python in an example's opening comment. */
function pythonOf(file: string): string {
  const comment = /\/\*([\s\S]*?)\*\//.exec(readFileSync(new URL(file, examples), 'utf8'))?.[1] ?? '';
  const lines = comment.split('\n').filter((line) => line === '' || line.startsWith('    '));
  return `_print = print\nprint = lambda *values: None\n${lines.map((line) => line.slice(4)).join('\n')}`;
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

describe('the textbook beside Python', () => {
  const python = usePython();

  describe('examples', () => {
    it('are all compared', () => {
      const files = readdirSync(examples).filter((name) => name.endsWith('.ts'));
      expect(Object.keys(textbookExamples)).to.have.members(files);
    });

    for (const [file, ours] of Object.entries(textbookExamples)) {
      it(`${file} computes what the Python in its comment computes`, async () => {
        const theirs = await python.run(pythonOf(file));
        const compared = Object.entries(ours).filter(([, value]) => value instanceof torch.Tensor);
        expect(compared.map(([name]) => name)).to.include('loss');
        for (const [name, value] of compared) {
          expectSameBits(value as torch.Tensor, theirs[snakeCase(name)], name);
        }
      });
    }
  });

  interface Formula {
    readonly name: string;
    /** Ends with `loss`; reads `inputs`. */
    readonly python: string;
    readonly inputs: () => Record<string, torch.Tensor>;
    /** Every way to compute it here. */
    readonly ours: Record<string, (inputs: Record<string, torch.Tensor>) => torch.Tensor>;
  }

  const margin = 0.7;
  const signs = (count: number) => torch.randint(0, 2, [count]).float().mul(2).sub(1);
  const leaf = (...size: number[]) => torch.randn(size, { requiresGrad: true });
  const t = (inputs: Record<string, torch.Tensor>, name: string) => inputs[name] as torch.Tensor;

  const formulas: Formula[] = [
    {
      name: 'hinge',
      python: 'loss = torch.clamp(0.7 - targets * scores, min=0.0).mean()',
      inputs: () => ({ scores: leaf(500), targets: signs(500) }),
      ours: {
        'F.hingeLoss': (i) => F.hingeLoss(t(i, 'scores'), t(i, 'targets'), { margin }),
        'nn.HingeLoss': (i) => new nn.HingeLoss({ margin })(t(i, 'scores'), t(i, 'targets')),
        'without validation': (i) => F.hingeLoss(t(i, 'scores'), t(i, 'targets'), margin, { validate: false }),
      },
    },
    {
      name: 'hinge at the kink',
      python: 'loss = torch.clamp(1.0 - targets * scores, min=0.0).sum()',
      inputs: () => ({
        scores: torch.tensor([1, -1, 1, 0.5], { requiresGrad: true }),
        targets: torch.tensor([1, -1, -1, 1]),
      }),
      ours: {
        'F.hingeLoss': (i) => F.hingeLoss(t(i, 'scores'), t(i, 'targets'), { reduction: 'sum' }),
        'nn.HingeLoss': (i) => new nn.HingeLoss({ reduction: 'sum' })(t(i, 'scores'), t(i, 'targets')),
      },
    },
    {
      name: 'squared hinge',
      python: 'loss = (torch.clamp(0.7 - targets * scores, min=0.0) ** 2).mean()',
      inputs: () => ({ scores: leaf(500), targets: signs(500) }),
      ours: {
        'F.squaredHingeLoss': (i) => F.squaredHingeLoss(t(i, 'scores'), t(i, 'targets'), { margin }),
        'nn.SquaredHingeLoss': (i) => new nn.SquaredHingeLoss({ margin })(t(i, 'scores'), t(i, 'targets')),
      },
    },
    {
      name: 'multiclass hinge',
      python: `
correct_scores = scores[torch.arange(64), targets].unsqueeze(1)
margins = scores - correct_scores + 0.7
margins[torch.arange(64), targets] = 0.0
loss = torch.clamp(margins, min=0.0).sum(dim=1).mean()`,
      inputs: () => ({ scores: leaf(64, 10), targets: torch.randint(0, 10, [64]) }),
      ours: {
        'F.multiclassHingeLoss': (i) => F.multiclassHingeLoss(t(i, 'scores'), t(i, 'targets'), { margin }),
        'nn.MulticlassHingeLoss': (i) => new nn.MulticlassHingeLoss({ margin })(t(i, 'scores'), t(i, 'targets')),
      },
    },
    {
      name: 'multiclass hinge with ties',
      python: `
correct_scores = scores[torch.arange(3), targets].unsqueeze(1)
margins = scores - correct_scores + 1.0
margins[torch.arange(3), targets] = 0.0
loss = torch.clamp(margins, min=0.0).sum(dim=1).sum()`,
      inputs: () => ({
        scores: torch.tensor(
          [
            [1, 0, 2],
            [0, 0, 0],
            [3, 1, 1],
          ],
          { requiresGrad: true },
        ),
        targets: torch.tensor([0n, 1n, 0n]),
      }),
      ours: {
        'F.multiclassHingeLoss': (i) => F.multiclassHingeLoss(t(i, 'scores'), t(i, 'targets'), { reduction: 'sum' }),
      },
    },
    {
      name: 'pairwise ranking',
      python: 'loss = torch.clamp(0.7 - positive + negative, min=0.0).mean()',
      inputs: () => ({ positive: leaf(300), negative: leaf(300) }),
      ours: {
        'F.pairwiseRankingLoss': (i) => F.pairwiseRankingLoss(t(i, 'positive'), t(i, 'negative'), { margin }),
        'nn.PairwiseRankingLoss': (i) => new nn.PairwiseRankingLoss({ margin })(t(i, 'positive'), t(i, 'negative')),
      },
    },
    {
      name: 'contrastive',
      python: `
d = torch.norm(z1 - z2, dim=1)
similar = y * d.pow(2)
dissimilar = (1 - y) * torch.clamp(0.7 - d, min=0.0).pow(2)
loss = (similar + dissimilar).mean()`,
      inputs: () => ({ z1: leaf(80, 3), z2: leaf(80, 3), y: torch.randint(0, 2, [80]).float() }),
      ours: {
        'F.contrastiveMarginLoss': (i) => F.contrastiveMarginLoss(t(i, 'z1'), t(i, 'z2'), t(i, 'y'), { margin }),
        'nn.ContrastiveMarginLoss': (i) => new nn.ContrastiveMarginLoss({ margin })(t(i, 'z1'), t(i, 'z2'), t(i, 'y')),
      },
    },
    {
      name: 'contrastive of equal embeddings',
      python: `
d = torch.norm(z1 - z2, dim=1)
loss = (y * d.pow(2) + (1 - y) * torch.clamp(1.0 - d, min=0.0).pow(2)).sum()`,
      inputs: () => ({
        z1: torch.ones([2, 3], { requiresGrad: true }),
        z2: torch.ones([2, 3], { requiresGrad: true }),
        y: torch.tensor([0, 1]),
      }),
      ours: {
        'F.contrastiveMarginLoss': (i) =>
          F.contrastiveMarginLoss(t(i, 'z1'), t(i, 'z2'), t(i, 'y'), { reduction: 'sum' }),
      },
    },
    {
      name: 'triplet',
      python: 'loss = nn.TripletMarginLoss(margin=0.7, p=2, swap=True)(anchor, positive, negative)',
      inputs: () => ({ anchor: leaf(32, 16), positive: leaf(32, 16), negative: leaf(32, 16) }),
      ours: {
        'nn.TripletMarginLoss': (i) =>
          new nn.TripletMarginLoss({ margin, p: 2, swap: true })(t(i, 'anchor'), t(i, 'positive'), t(i, 'negative')),
        'F.tripletMarginLoss': (i) =>
          F.tripletMarginLoss(t(i, 'anchor'), t(i, 'positive'), t(i, 'negative'), margin, { swap: true }),
      },
    },
    {
      name: 'multi margin',
      python: 'loss = nn.MultiMarginLoss(p=2, margin=0.7, weight=weight)(scores, targets)',
      inputs: () => ({ scores: leaf(32, 5), targets: torch.randint(0, 5, [32]), weight: torch.rand([5]) }),
      ours: {
        'nn.MultiMarginLoss': (i) =>
          new nn.MultiMarginLoss({ p: 2, margin, weight: t(i, 'weight') })(t(i, 'scores'), t(i, 'targets')),
        'F.multiMarginLoss': (i) => F.multiMarginLoss(t(i, 'scores'), t(i, 'targets'), 2, margin, t(i, 'weight')),
      },
    },
    {
      name: 'cosine margin of normalised embeddings',
      python: `
a, b, c = F.normalize(z1, dim=1), F.normalize(z2, dim=1), F.normalize(z3, dim=1)
loss = torch.clamp(0.7 - (a * b).sum(dim=1) + (a * c).sum(dim=1), min=0.0).mean()`,
      inputs: () => ({ z1: leaf(32, 8), z2: leaf(32, 8), z3: leaf(32, 8) }),
      ours: {
        'F.normalize and F.pairwiseRankingLoss': (i) => {
          const [a, b, c] = [t(i, 'z1'), t(i, 'z2'), t(i, 'z3')].map((z) => F.normalize(z, { dim: 1 })) as [
            torch.Tensor,
            torch.Tensor,
            torch.Tensor,
          ];
          return F.pairwiseRankingLoss(a.mul(b).sum(1), a.mul(c).sum(1), { margin });
        },
      },
    },
  ];

  describe('losses and their gradients', () => {
    for (const { name, python: source, inputs, ours } of formulas) {
      for (const [way, compute] of Object.entries(ours)) {
        it(`${name}: ${way}`, async () => {
          torch.manualSeed(11);
          const given = inputs();
          const loss = compute(given);
          loss.backward();
          const leaves = Object.keys(given).filter((key) => given[key]?.requiresGrad);
          const grads = leaves.map((key) => `_g['${key}'] = ${key}.grad`).join('\n');
          const code = `${source}\nloss.backward()\n_g = {}\n${grads}\ngradients = dict(_g)`;
          const theirs = await python.run(code, given as Record<string, PythonInput>);
          expectSameBits(loss.detach(), { ...(theirs.loss as object), requiresGrad: false } as never, 'loss');
          expect(leaves).to.have.length.above(0);
          for (const key of leaves) {
            expectSameBits(t(given, key).grad, (theirs.gradients as Record<string, never>)[key], `gradient of ${key}`);
          }
        });
      }
    }
  });

  it('trains the classifier for 50 steps, every loss and parameter the same', async () => {
    torch.manualSeed(5);
    const model = new nn.Sequential(new nn.Linear(10, 32), new nn.ReLU(), new nn.Linear(32, 1));
    const x = torch.randn([64, 10]);
    const y = torch.sub(torch.mul(2, torch.randint(0, 2, [64]).float()), 1);
    const optimizer = new torch.optim.SGD(model.parameters(), { lr: 0.1 });
    const losses: torch.Tensor[] = [];
    const parameters: torch.Tensor[] = [];
    for (let i = 0; i < 50; i++) {
      optimizer.zeroGrad();
      const loss = torch.clamp(torch.sub(1.0, y.mul(model(x).squeeze(-1))), { min: 0.0 }).mean();
      loss.backward();
      optimizer.step();
      losses.push(loss.detach());
      parameters.push(torch.cat([...model.parameters()].map((each) => each.detach().flatten())));
    }
    const theirs = await python.run(`
torch.manual_seed(5)
_model = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 1))
_x = torch.randn(64, 10)
_y = 2 * torch.randint(0, 2, (64,)).float() - 1
_optimizer = torch.optim.SGD(_model.parameters(), lr=0.1)
_losses, _parameters = [], []
for _i in range(50):
    _optimizer.zero_grad()
    _loss = torch.clamp(1.0 - _y * _model(_x).squeeze(-1), min=0.0).mean()
    _loss.backward()
    _optimizer.step()
    _losses.append(_loss.detach())
    _parameters.append(torch.cat([_p.detach().flatten() for _p in _model.parameters()]))
losses, parameters = torch.stack(_losses), torch.stack(_parameters)
`);
    expectSameBits(torch.stack(losses), theirs.losses, 'losses');
    expectSameBits(torch.stack(parameters), theirs.parameters, 'parameters');
    expect(losses.at(-1)?.item()).to.be.below(losses[0]?.item() as number);
  });
});
