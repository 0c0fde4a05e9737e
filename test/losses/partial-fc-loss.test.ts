import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { runNode } from '../hazards/program.ts';

const { CombinedMarginLoss, PartialFCLoss } = torch.losses;
const margins = { m1: 1, m2: 0.4, m3: 0.1, scale: 16 };
const [numClasses, embeddingSize] = [40, 6];
const size = { numClasses, embeddingSize };
const ids = (labels: readonly number[]) => torch.tensor(BigInt64Array.from(labels, BigInt));
const labels = ids([3, 17, 3, 39, 0, 21, 17, 8]);
const numbers = (tensor: torch.Tensor) => (tensor.tolist() as (number | bigint)[]).map(Number);

function made(options: object = {}): torch.losses.PartialFCLoss {
  torch.manualSeed(5);
  return new PartialFCLoss({ ...size, ...margins, ...options }).double();
}

/** The loss, and the gradients of embeddings and rows, dense. */
function run(loss: torch.losses.ClassLoss, x: torch.Tensor, y: torch.Tensor) {
  const leaf = x.clone().requiresGrad_();
  const [weights] = [...loss.parameters()] as [torch.Tensor];
  weights.grad = null;
  const value = loss(leaf, y);
  value.backward();
  const grad = weights.grad as torch.Tensor | null;
  if (grad === null) throw new Error('no gradient');
  return {
    value: value.item() as number,
    x: leaf.grad as torch.Tensor,
    weights: grad.isSparse ? grad.toDense() : grad,
    grad,
  };
}

describe('losses.PartialFCLoss', () => {
  const x = () => torch.randn([labels.numel(), embeddingSize], { dtype: 'float64' });

  it('is CombinedMarginLoss, bit for bit, with sampleRate 1, and when evaluated', () => {
    for (const loss of [made(), made({ sampleRate: 0.3 }).eval()]) {
      const full = new CombinedMarginLoss({ ...size, ...margins }).double();
      full.W.data = loss.weight.detach().T;
      const at = x();
      const [ours, whole] = [run(loss, at, labels), run(full, at, labels)];
      expect(ours.value).to.equal(whole.value);
      expect(ours.x.equal(whole.x)).to.equal(true);
      expect(ours.weights.equal(whole.weights.T)).to.equal(true);
      expect(loss.getLogits(at).equal(full.getLogits(at))).to.equal(true);
    }
  });

  it('is the full head over the classes that it sampled', () => {
    const loss = made({ sampleRate: 0.5 });
    const at = x();
    torch.manualSeed(77);
    const sampled = loss.sampleClasses(labels);
    torch.manualSeed(77);
    const ours = run(loss, at, labels);
    const small = new CombinedMarginLoss({ numClasses: 20, embeddingSize, ...margins }).double();
    small.W.data = loss.weight.detach().index([sampled]).T;
    const whole = run(small, at, torch.searchsorted(sampled, labels));
    expect(ours.value).to.be.closeTo(whole.value, 1e-12);
    expect(ours.x.sub(whole.x).abs().max().item()).to.be.below(1e-12);
    expect(ours.weights.index([sampled]).sub(whole.weights.T).abs().max().item()).to.be.below(1e-12);
    expect(ours.grad.isSparse).to.equal(true);
    expect(ours.weights.ne(0).any(1).sum().item(), 'rows with a gradient').to.equal(20);
    const dense = made({ sampleRate: 0.5, sparse: false });
    torch.manualSeed(77);
    const same = run(dense, at, labels);
    expect(same.grad.isSparse).to.equal(false);
    expect(same.grad.equal(ours.weights)).to.equal(true);
  });

  it('samples the batch’s classes and as many others as fit, each alike often', () => {
    const loss = made({ sampleRate: 0.5 });
    const own = [0, 3, 8, 17, 21, 39];
    const counts = new Array<number>(numClasses).fill(0);
    torch.manualSeed(1);
    for (let i = 0; i < 300; i++) {
      const sampled = numbers(loss.sampleClasses(labels));
      expect(sampled).to.deep.equal([...new Set(sampled)].sort((a, b) => a - b));
      expect(sampled.length).to.equal(20);
      expect(sampled).to.include.members(own);
      for (const each of sampled) counts[each]!++;
    }
    // 14 of 34 others: 123.5 expected, with a deviation of 8.5.
    counts.forEach((count, each) => {
      if (!own.includes(each)) expect(count, `class ${each}`).to.be.within(80, 170);
    });
    const few = made({ sampleRate: 0.1 });
    expect(numbers(few.sampleClasses(labels)), 'more own classes than the sample has').to.deep.equal(own);
    const all = made({ sampleRate: 0.999 });
    expect(all.sampleClasses(labels).numel()).to.equal(39);
  });

  it('draws the same classes from the same seed, others next time', () => {
    const at = x();
    const losses = [1, 2].map(() => {
      const loss = made({ sampleRate: 0.3 });
      torch.manualSeed(8);
      return [loss(at, labels).item(), loss(at, labels).item()];
    });
    expect(losses[0]).to.deep.equal(losses[1]);
    expect(losses[0]![0]).to.not.equal(losses[0]![1]);
  });

  it('changes sampled rows alone, with momentum of their own', () => {
    const loss = made({ sampleRate: 0.3 });
    const optimizer = new torch.optim.SparseSGD(loss.parameters(), { lr: 0.5, momentum: 0.9 });
    let weights = loss.weight.detach().clone();
    const momentum = torch.zerosLike(weights);
    for (let step = 0; step < 5; step++) {
      torch.manualSeed(step);
      const at = x();
      torch.manualSeed(100 + step);
      const sampled = loss.sampleClasses(labels);
      torch.manualSeed(100 + step);
      const { weights: gradient } = run(loss, at, labels);
      optimizer.step();
      for (const row of numbers(sampled)) {
        momentum
          .index([row])
          .mul_(0.9)
          .add_(gradient.index([row]));
        weights.index([row]).sub_(momentum.index([row]).mul(0.5));
      }
      expect(loss.weight.detach().sub(weights).abs().max().item(), `step ${step}`).to.be.below(1e-13);
      const unsampled = torch.ones([numClasses], { dtype: 'bool' }).indexFill_(0, sampled, false);
      expect(gradient.index([unsampled]).abs().max().item()).to.equal(0);
      weights = loss.weight.detach().clone();
    }
  });

  it('trains with SGD, SparseSGD, SparseAdam and Adagrad', () => {
    const makes: ((params: Iterable<torch.Tensor>) => torch.optim.Optimizer)[] = [
      (params) => new torch.optim.SGD(params, { lr: 0.5 }) as never,
      (params) => new torch.optim.SparseSGD(params, { lr: 0.1, momentum: 0.9 }) as never,
      (params) => new torch.optim.SparseAdam(params, { lr: 0.01 }) as never,
      (params) => new torch.optim.Adagrad(params, { lr: 0.1 }) as never,
    ];
    for (const make of makes) {
      const loss = made({ sampleRate: 0.4 });
      const at = x();
      const optimizer = make(loss.parameters());
      const before = loss.eval()(at, labels).item() as number;
      loss.train();
      for (let step = 0; step < 30; step++) {
        torch.scope(() => {
          optimizer.zeroGrad();
          loss(at, labels).backward();
          optimizer.step();
        });
      }
      const after = loss.eval()(at, labels).item();
      expect(after, optimizer.constructor.name).to.be.below(before - 1);
    }
  });

  it('draws initial weights as insightface does', () => {
    torch.manualSeed(2);
    const { weight } = new PartialFCLoss({ numClasses: 300, embeddingSize: 50 });
    torch.manualSeed(2);
    expect(weight.detach().equal(torch.empty([300, 50]).normal_(0, 0.01))).to.equal(true);
  });

  it('refuses what it cannot take', () => {
    const refusals: [() => unknown, typeof RangeError, string][] = [
      [() => made({ sampleRate: 0 }), RangeError, 'sampleRate must be above 0 and at most 1, got 0'],
      [() => made({ sampleRate: 1.5 }), RangeError, 'got 1.5'],
      [() => made({ m2: 4 }), RangeError, 'PartialFCLoss: m2 must be from 0 to below pi'],
      [() => made({ gradient: 'other' }), RangeError, 'gradient must be one of exact, straight-through'],
      [() => made({ sampleRate: 0.5 })(x(), ids([0, 0, 0, 0, 0, 0, 0, 40])), RangeError, 'from 0 to 39, got 40'],
    ];
    for (const [act, kind, message] of refusals) expect(act, message).to.throw(kind, message);
  });

  it('needs memory for the sampled rows alone', async function () {
    this.timeout(120_000);
    const args = ['bench/partial-fc.ts', '--classes', '100000', '--size', '128', '--steps', '3', '--momentum', '0.9'];
    const { code, stdout, stderr } = await runNode(args, { limit: 110_000 });
    expect(code, stderr).to.equal(0);
    const { peak, before, weights } = JSON.parse(stdout) as Record<string, number>;
    // Weights and momentum are 51 MB each, a dense gradient would be as much, logits over all classes five times that.
    expect(weights).to.be.closeTo(51.2, 0.1);
    expect(peak! - before!).to.be.below(290);
  });
});
