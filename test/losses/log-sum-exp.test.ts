import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { logOnePlusExp, logSumExpWhere } from '../../lib/losses/log-sum-exp.ts';

describe('logSumExpWhere', () => {
  it('is the logarithm of the sum of exponentials that the mask lets through', () => {
    const values = torch.tensor([
      [0, 1000, 2],
      [3, 4, 5],
    ]);
    const mask = torch.tensor([
      [true, false, true],
      [false, true, false],
    ]);
    const [first, second] = logSumExpWhere(values, mask).tolist() as number[];
    expect(first).to.be.closeTo(Math.log(1 + Math.exp(2)), 1e-6);
    expect(second).to.equal(4);
  });

  it('of nothing has exponential 0 and gradient 0, in rows and in whole matrices', () => {
    for (const dtype of ['float32', 'float64'] as const) {
      const values = torch.randn([3, 4], { dtype, requiresGrad: true });
      const mask = torch.zeros([3, 4], { dtype: 'bool' });
      const none = logSumExpWhere(values, mask);
      expect(none.exp().tolist()).to.deep.equal([0, 0, 0]);
      // What losses do with it: differences, sums of two, and what follows them.
      const used = [
        logOnePlusExp(none.add(none)),
        logOnePlusExp(none.sub(values.select(1, 0))),
        none.logaddexp(none).relu(),
      ];
      torch.stack(used).sum().backward();
      expect(values.grad?.tolist()).to.deep.equal(torch.zeros([3, 4]).tolist());
      expect(used.map((each) => each.tolist())).to.deep.equal(used.map(() => [0, 0, 0]));
    }
    expect(
      logSumExpWhere(torch.zeros([2, 0]), torch.zeros([2, 0], { dtype: 'bool' }))
        .exp()
        .tolist(),
    ).to.deep.equal([0, 0]);
    expect(logSumExpWhere(torch.zeros([0, 0]), torch.zeros([0, 0], { dtype: 'bool' })).shape).to.deep.equal([0]);
  });
});

describe('logOnePlusExp', () => {
  it('is exact where softplus by default takes the argument for the value', () => {
    const values = torch.tensor([-800, -1, 0, 21, 39, 41, 800], { dtype: 'float64' });
    const got = logOnePlusExp(values).tolist() as number[];
    for (const [i, value] of (values.tolist() as number[]).entries()) {
      const expected = Math.max(0, value) + Math.log1p(Math.exp(-Math.abs(value)));
      expect(got[i], `of ${value}`).to.be.closeTo(expected, 1e-14 * Math.max(1, value));
    }
  });
});
