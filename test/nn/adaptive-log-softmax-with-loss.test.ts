import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

const { nn } = torch;

describe('AdaptiveLogSoftmaxWithLoss', () => {
  const make = () => new nn.AdaptiveLogSoftmaxWithLoss(8, 12, [3, 7], { divValue: 2 });

  it('gives probabilities that sum to 1, of which it picks those of the targets', () => {
    const module = make();
    const x = torch.randn([5, 8]);
    const target = torch.tensor([0n, 2n, 3n, 8n, 11n]);
    const all = module.logProb(x);
    expect(torch.allclose(all.exp().sum(1), torch.ones([5]), { atol: 1e-5 })).to.equal(true);
    const { output, loss } = module(x, target);
    expect(torch.allclose(output, all.gather(1, target.unsqueeze(1)).squeeze(1), { atol: 1e-5 })).to.equal(true);
    expect(loss.item()).to.be.closeTo(-(output.mean().item() as number), 1e-6);
    expect(torch.equal(module.predict(x), all.argmax(1))).to.equal(true);
  });

  it('draws anew', () => {
    const module = make();
    const before = module.head.weight.detach().clone();
    module.resetParameters();
    expect(torch.equal(before, module.head.weight)).to.equal(false);
  });

  it('refuses what does not fit', () => {
    const cutoffs =
      (...list: number[]) =>
      () =>
        new nn.AdaptiveLogSoftmaxWithLoss(8, 12, list);
    for (const list of [[], [0, 3], [3, 3], [5, 3], [12], [2.5]]) {
      expect(cutoffs(...list), String(list)).to.throw(RangeError, 'cutoffs must be integers from 1 to nClasses - 1');
    }
    const module = make();
    const x = torch.randn([5, 8]);
    expect(() => module(x, torch.tensor([0n, 1n]))).to.throw(torch.ShapeError, 'input must be [2, inFeatures]');
    expect(() => module(x, torch.tensor(1n))).to.throw(torch.ShapeError, 'input must be [inFeatures]');
    expect(() => module(x, torch.zeros([5, 1]).long())).to.throw(
      torch.ShapeError,
      'target must be [N] or [], got [5,1]',
    );
    expect(() => module(x, torch.tensor([0n, 1n, 2n, 3n, 12n]))).to.throw(
      RangeError,
      'targets must be in [0, 11], got values in [0, 12]',
    );
    expect(() => module([1] as never, torch.tensor([1n]))).to.throw(TypeError, 'input must be a Tensor, got [1]');
  });
});
