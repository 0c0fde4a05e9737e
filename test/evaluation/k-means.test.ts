import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

const { kMeans } = torch.evaluation;

describe('kMeans', () => {
  beforeEach(() => torch.manualSeed(0));

  const blobs = (each: number) => {
    const centers = torch.tensor([
      [0, 0],
      [20, 0],
      [0, 20],
      [20, 20],
    ]);
    const of = torch.arange(4 * each).remainder(4);
    return { points: centers.index([of]).add(torch.randn([4 * each, 2])), of };
  };

  it('finds clusters that are apart', () => {
    const { points, of } = blobs(50);
    const { assignments, centers, inertia } = kMeans(points, 4);
    expect(torch.evaluation.adjustedMutualInformation(of, assignments)).to.be.closeTo(1, 1e-12);
    expect(assignments.dtype).to.equal('int64');
    expect(centers.shape).to.deep.equal([4, 2]);
    const [x, at, middle] = [points.tolist(), assignments.tolist(), centers.tolist()] as [
      number[][],
      number[],
      number[][],
    ];
    const squares = x.map((row, i) => row.reduce((sum, value, d) => sum + (value - middle[at[i]!]![d]!) ** 2, 0));
    expect(inertia).to.be.closeTo(
      squares.reduce((sum, each) => sum + each),
      1e-3,
    );
    for (const [cluster, center] of middle.entries()) {
      const members = x.filter((_, i) => at[i] === cluster);
      const average = members.reduce((sum, row) => sum + row[0]!, 0) / members.length;
      expect(center[0]).to.be.closeTo(average, 1e-4);
    }
  });

  it('begins in each of many clusters that are apart', () => {
    // Rows drawn alike, or by their distance from one centre alone, would nearly always leave some out.
    const of = torch.arange(240).remainder(12);
    const points = of
      .mul(100)
      .unsqueeze(1)
      .float()
      .add(torch.randn([240, 2]));
    for (let seed = 0; seed < 10; seed++) {
      torch.manualSeed(seed);
      const { assignments } = kMeans(points, 12, { iterations: 1 });
      expect(torch.evaluation.adjustedMutualInformation(of, assignments), `seed ${seed}`).to.be.closeTo(1, 1e-9);
    }
  });

  it('gives the same for the same seed, and does better with restarts', () => {
    const points = torch.rand([200, 3]);
    const run = (seed: number, restarts: number) => {
      torch.manualSeed(seed);
      return kMeans(points, 9, { restarts });
    };
    expect(run(3, 1).assignments.equal(run(3, 1).assignments)).to.equal(true);
    expect(run(4, 1).assignments.equal(run(3, 1).assignments)).to.equal(false);
    expect(run(3, 8).inertia).to.be.at.most(run(3, 1).inertia);
    const generator = new torch.Generator().manualSeed(3);
    expect(kMeans(points, 9, { generator }).assignments.equal(run(3, 1).assignments)).to.equal(true);
  });

  it('makes do with fewer distinct points than clusters, and with one cluster', () => {
    const points = torch.tensor([[1], [1], [1], [5]]);
    const { assignments, inertia } = kMeans(points, 3);
    expect(inertia).to.equal(0);
    expect(assignments.select(0, 3).item()).to.not.equal(assignments.select(0, 0).item());
    expect(kMeans(points, 1).centers.tolist()).to.deep.equal([[2]]);
    expect(kMeans(points, 4).inertia).to.equal(0);
  });

  it('leaves no tensors behind, and refuses numbers that are none', () => {
    const points = torch.randn([30, 2]);
    globalThis.gc?.(); // what earlier tests left
    const before = torch.memory().tensors;
    torch.scope(() => {
      kMeans(points, 5, { restarts: 2 });
    });
    expect(torch.memory().tensors).to.equal(before);
    expect(() => kMeans(points, 31)).to.throw(RangeError, 'kMeans: clusters must be an integer from 1 to 30, got 31');
    expect(() => kMeans(points, 3, { restarts: 0 })).to.throw(RangeError, 'kMeans: restarts must be a positive');
  });
});
