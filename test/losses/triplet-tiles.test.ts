import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { tripletTiles } from '../../lib/losses/triplet-tiles.ts';

const sum = { margin: 0.25, smooth: false, weights: null, divisor: () => 1 };
const related = (labels: torch.Tensor) => torch.Relation.ofLabels(labels).block();

describe('tripletTiles', () => {
  beforeEach(() => torch.manualSeed(0));

  it('shares the slope where anchor and positive are as near to the negative', () => {
    const distances = torch
      .tensor([
        [0, 1, 1.5],
        [1, 0, 1.5],
        [1.5, 1.5, 0],
      ])
      .double();
    const own = distances.clone().requiresGrad_();
    const others = distances.clone().requiresGrad_();
    const loss = tripletTiles(own, others, related(torch.tensor([0n, 0n, 1n])), { ...sum, margin: 1 });
    expect(loss.item()).to.equal(1);
    loss.backward();
    expect(own.grad?.tolist()).to.deep.equal([
      [0, 1, -0.5],
      [1, 0, -0.5],
      [0, 0, 0],
    ]);
    expect(others.grad?.tolist()).to.deep.equal([
      [0, 0, -0.5],
      [0, 0, -0.5],
      [0, 0, 0],
    ]);
  });

  it('gives the same with several threads, and a gradient that finite differences confirm', () => {
    const distances = torch.rand([24, 24], { dtype: 'float64' }).requiresGrad_();
    const blocks = related(torch.arange(24).remainder(5));
    const threads = torch.getNumThreads();
    const results = [1, 3].map((count) => {
      torch.setNumThreads(count);
      const loss = tripletTiles(distances, distances, blocks, { ...sum, smooth: true });
      return [loss.item(), (torch.autograd.grad(loss, [distances])[0] as torch.Tensor).tolist()];
    });
    torch.setNumThreads(threads);
    expect(results[1]).to.deep.equal(results[0]);
    const smooth = (d: torch.Tensor) => tripletTiles(d, d, blocks, { ...sum, smooth: true });
    expect(torch.autograd.gradcheck(smooth, [distances])).to.equal(true);
  });

  it('shows NaN', () => {
    const distances = torch.tensor([
      [0, Number.NaN, 1],
      [1, 0, 1],
      [1, 1, 0],
    ]);
    expect(tripletTiles(distances, null, related(torch.tensor([0n, 0n, 1n])), sum).item()).to.be.NaN;
  });

  it('refuses, as an operator, what does not fit', () => {
    const tiles = torch.ops.hinge?.triplet_tiles as (...values: unknown[]) => unknown;
    const { TorchError } = torch;
    const [x, mask] = [torch.zeros([2, 3]), torch.zeros([2, 3], { dtype: 'bool' })];
    expect(() => tiles(torch.zeros([3]), mask, mask, null, null, 1)).to.throw(TorchError, 'distances must be [R, C]');
    expect(() => tiles(x, mask.T, mask, null, null, 1)).to.throw(TorchError, 'positives must be bool [2, 3]');
    expect(() => tiles(x, mask, mask, x, null, 1)).to.throw(TorchError, 'others must be Float [3, 3]');
    expect(() => tiles(x, mask, mask, null, x.double(), 1)).to.throw(TorchError, 'weights must be Float [2, 3]');
    expect(() => tiles(x.half(), mask, mask, null, null, 1)).to.throw(TorchError, 'Half');
  });
});
