import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

const { MarginLoss } = torch.losses;
const { CosineSimilarity, LpDistance } = torch.distances;
const plain = new LpDistance({ normalizeEmbeddings: false });

interface Naive {
  readonly margin: number;
  readonly beta: (label: number) => number;
  readonly nu: number;
  readonly perClass: boolean;
}

/** The loss from its formula, over every triplet. */
function everyTriplet(x: number[][], labels: readonly number[], { margin, beta, nu, perClass }: Naive): number {
  const distance = (a: number, b: number) => Math.hypot(...x[a]!.map((value, i) => value - x[b]![i]!));
  let [total, active, regularization] = [0, 0, 0];
  for (const [a, label] of labels.entries())
    for (const [p, positive] of labels.entries())
      for (const [n, negative] of labels.entries()) {
        if (a === p || label !== positive || label === negative) continue;
        const near = Math.max(0, distance(a, p) - beta(label) + margin);
        const far = Math.max(0, beta(label) - distance(a, n) + margin);
        total += near + far;
        active += Number(near > 0) + Number(far > 0);
        regularization += nu * beta(label);
      }
  return total / active + (perClass ? regularization / active : nu * beta(0));
}

describe('losses.MarginLoss', () => {
  const labels = [0, 1, 2, 0, 1, 2, 0, 0, 1];
  const y = torch.tensor(BigInt64Array.from(labels, BigInt));
  let x: torch.Tensor;

  beforeEach(() => {
    torch.manualSeed(2);
    x = torch.randn([labels.length, 3], { dtype: 'float64' }).requiresGrad_();
  });

  it('is the formula over every triplet', () => {
    const loss = new MarginLoss({ margin: 0.3, beta: 1.5, distance: plain })(x, y);
    const expected = everyTriplet(x.tolist() as number[][], labels, {
      margin: 0.3,
      beta: () => 1.5,
      nu: 0,
      perClass: false,
    });
    expect(loss.item()).to.be.closeTo(expected, 1e-12);
  });

  for (const perClass of [false, true]) {
    it(`learns ${perClass ? 'a boundary for each class' : 'one boundary'}, with a penalty`, () => {
      const lossFn = new MarginLoss({
        distance: plain,
        learnBeta: true,
        nu: 0.2,
        ...(perClass ? { numClasses: 3 } : {}),
      }).double();
      const beta = lossFn.beta as torch.nn.Parameter;
      const values = perClass ? [1, 1.5, 2] : [1.5];
      torch.noGrad(() => beta.copy_(torch.tensor(values)));
      const options = { margin: 0.2, nu: 0.2, perClass };
      const at = (moved: readonly number[]) =>
        everyTriplet(x.tolist() as number[][], labels, { ...options, beta: (label) => moved[perClass ? label : 0]! });
      const loss = lossFn(x, y);
      expect(loss.item()).to.be.closeTo(at(values), 1e-12);
      loss.backward();
      const step = 1e-6;
      for (const [i, slope] of ((beta.grad as torch.Tensor).tolist() as number[]).entries()) {
        const moved = (by: number) => at(values.map((value, j) => (i === j ? value + by : value)));
        expect(slope, `beta ${i}`).to.be.closeTo((moved(step) - moved(-step)) / (2 * step), 1e-7);
      }
    });
  }

  it('gives the same whether triplets are listed or not, gradients included', () => {
    const tuples = new torch.miners.TripletMarginMiner({ margin: 1e9 })(x, torch.Relation.ofLabels(y));
    for (const distance of [new LpDistance(), new CosineSimilarity()]) {
      for (const numClasses of [1, 3]) {
        const lossFn = new MarginLoss({ distance, beta: 0.9, learnBeta: true, nu: 0.1, numClasses }).double();
        const inputs: [torch.Tensor, torch.Tensor] = [x, lossFn.beta as torch.nn.Parameter];
        const [all, listed] = [lossFn(x, y), lossFn(x, y, { tuples })];
        expect(listed.item()).to.be.closeTo(all.item() as number, 1e-12);
        const gradients = torch.autograd.grad(all, inputs) as torch.Tensor[];
        for (const [i, each] of (torch.autograd.grad(listed, inputs) as torch.Tensor[]).entries()) {
          expect(each.allclose(gradients[i] as torch.Tensor, { rtol: 1e-10, atol: 1e-13 }), `${i}`).to.equal(true);
        }
      }
    }
  });

  it('does not list all triplets', () => {
    // 600 rows of 2 classes have 54 million triplets, 1.3 GB of indices.
    const large = torch.randn([600, 4]).requiresGrad_();
    const before = torch.memory().bytes;
    const loss = new MarginLoss()(large, torch.arange(600).remainder(2));
    expect(torch.memory().bytes - before).to.be.below(200e6);
    loss.backward();
  });

  it('by hand: terms on the boundary do not count', () => {
    const points = torch.tensor([[0], [1], [1.5]], { dtype: 'float64' });
    const tuples = { anchor: torch.tensor([0n]), positive: torch.tensor([1n]), negative: torch.tensor([2n]) };
    const loss = (margin: number) =>
      new MarginLoss({ margin, beta: 1.25, distance: plain })(points, torch.tensor([0n, 0n, 1n]), { tuples }).item();
    expect(loss(0.25)).to.equal(0);
    expect(loss(0.5)).to.equal(0.25);
  });

  it('is 0 where there is no triplet, whatever beta costs', () => {
    const lossFn = new MarginLoss({ learnBeta: true, nu: 1 });
    expect(lossFn(x.detach().float(), torch.zeros([9], { dtype: 'int64' })).item()).to.equal(0);
  });

  it('weighs triplets, and not what one learnt beta costs', () => {
    const weights = torch.linspace(0.5, 2, labels.length, { dtype: 'float64' });
    const relation = torch.Relation.ofMatrix(y.unsqueeze(1).eq(y).double().mul(3).sub(1));
    const loss = (nu: number, y_: torch.Tensor | torch.Relation, call: torch.losses.LossCall) =>
      new MarginLoss({ distance: plain, learnBeta: true, beta: 1.5, nu }).double()(x, y_, call).item() as number;
    for (const [y_, call] of [
      [y, { weights }],
      [relation, {}],
    ] as const) {
      expect(loss(0.2, y_, call) - loss(0, y_, call)).to.be.closeTo(0.2 * 1.5, 1e-12);
      expect(loss(0, y_, call)).to.not.be.closeTo(loss(0, y, {}), 1e-3);
    }
  });

  it('keeps a learnt beta in its state, and a given one as it is', () => {
    expect([...new MarginLoss({ learnBeta: true, numClasses: 3 }).stateDict().keys()]).to.deep.equal(['beta']);
    const fixed = new MarginLoss({ beta: 1.2 });
    expect([...fixed.parameters()]).to.deep.equal([]);
    expect(fixed.beta).to.equal(1.2);
  });

  it('refuses class ids that have no beta, and counts that are none', () => {
    const lossFn = new MarginLoss({ learnBeta: true, numClasses: 2 });
    expect(() => lossFn(x, y)).to.throw(RangeError, 'MarginLoss: labels must be from 0 to 1, got 2');
    expect(() => lossFn(x, torch.Relation.ofMatrix(y.unsqueeze(1).eq(y)))).to.throw(
      TypeError,
      'MarginLoss: labels must be class ids, int64 [9], got a Relation',
    );
    expect(() => new MarginLoss({ numClasses: 0 })).to.throw(
      RangeError,
      'numClasses must be a positive integer, got 0',
    );
    expect(() => new MarginLoss({ tripletsPerAnchor: 1.5 })).to.throw(RangeError, 'tripletsPerAnchor must be');
    expect(() => new MarginLoss({ nu: null as never })).to.throw(TypeError, 'MarginLoss: nu must be a number');
  });
});
