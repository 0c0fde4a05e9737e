import { expect } from 'chai';
import { euclideanDistances } from '../../lib/distances/euclidean-distances.ts';
import * as torch from '../../lib/index.ts';

const exactly = (x: torch.Tensor, y: torch.Tensor) => torch.cdist(x.double(), y.double(), 2, 2);

/** The largest error relative to each distance. */
function worst(x: torch.Tensor, y: torch.Tensor): number {
  const expected = exactly(x, y);
  const error = euclideanDistances(x, y).double().sub(expected).abs();
  return error.div(expected.clampMin(1e-300)).maskedFill(error.eq(0), 0).max().item() as number;
}

describe('euclideanDistances', () => {
  beforeEach(() => torch.manualSeed(0));

  it('has all digits of a float32, near and far, for any scale', () => {
    const x = torch.randn([90, 33]);
    const close = torch.cat([x, x.add(torch.randn([90, 33]).mul(1e-4)), x.mul(1 + 2 ** -22)]);
    for (const scale of [1e-15, 1, 1e15]) {
      expect(worst(close.mul(scale), x.mul(scale)), `scale ${scale}`).to.be.below(1.2e-7);
    }
    expect(worst(torch.randn([2000, 7]), torch.randn([130, 7])), 'several blocks').to.be.below(1.2e-7);
  });

  it('is exactly 0 between equal rows, and only there', () => {
    const x = torch.randn([40, 64]);
    const distances = euclideanDistances(torch.cat([x, x]), x);
    expect(distances.narrow(0, 40, 40).diagonal().abs().max().item()).to.equal(0);
    expect(distances.eq(0).sum().item()).to.equal(80);
  });

  it('has the gradients of evaluating each difference, also of rows that are very close', () => {
    const x = torch.randn([30, 8]);
    const y = torch.cat([x.narrow(0, 0, 10), x.narrow(0, 10, 10).add(1e-5), torch.randn([5, 8])]);
    const weights = torch.randn([30, 25]);
    const gradients = (distance: (a: torch.Tensor, b: torch.Tensor) => torch.Tensor, dtype: torch.DType) => {
      const [a, b] = [x.to(dtype).detach().requiresGrad_(), y.to(dtype).detach().requiresGrad_()];
      return torch.autograd.grad(distance(a, b).mul(weights.to(dtype)).sum(), [a, b]) as [torch.Tensor, torch.Tensor];
    };
    const actual = gradients(euclideanDistances, 'float32');
    gradients(exactly, 'float64').forEach((expected, i) => {
      expect((actual[i] as torch.Tensor).double().sub(expected).abs().max().item()).to.be.below(2e-6);
    });
    const self = x.detach().requiresGrad_();
    euclideanDistances(self, self).sum().backward();
    expect(self.grad?.isfinite().all().item()).to.equal(true);
  });

  it('can be differentiated twice', () => {
    const [x, y] = [torch.randn([4, 3], { dtype: 'float64' }), torch.randn([5, 3], { dtype: 'float64' })];
    const inputs: [torch.Tensor, torch.Tensor] = [x.requiresGrad_(), y.requiresGrad_()];
    expect(torch.autograd.gradcheck(euclideanDistances, inputs)).to.equal(true);
    expect(torch.autograd.gradgradcheck(euclideanDistances, inputs)).to.equal(true);
  });

  it('lets infinities and NaN through as they are, and takes no rows', () => {
    const x = torch.tensor([[0], [Number.POSITIVE_INFINITY], [Number.NaN]]);
    expect(
      euclideanDistances(x, torch.tensor([[1]]))
        .flatten()
        .tolist(),
    ).to.deep.equal([1, Infinity, Number.NaN]);
    expect(euclideanDistances(torch.zeros([0, 3]), torch.zeros([2, 3])).shape).to.deep.equal([0, 2]);
    expect(euclideanDistances(torch.zeros([2, 0]), torch.zeros([2, 0])).tolist()).to.deep.equal([
      [0, 0],
      [0, 0],
    ]);
  });

  it('works on the meta device', () => {
    const shape = euclideanDistances(torch.zeros([3, 2], { device: 'meta' }), torch.zeros([4, 2], { device: 'meta' }));
    expect(shape.shape).to.deep.equal([3, 4]);
  });

  it('refuses what does not fit', () => {
    const { TorchError } = torch;
    const x = torch.zeros([3, 2]);
    expect(() => euclideanDistances(x, torch.zeros([3, 3]))).to.throw(TorchError, 'x must be [N, D] and y [M, D]');
    expect(() => euclideanDistances(x, x.double())).to.throw(TorchError, 'of one floating dtype');
    expect(() => euclideanDistances(x.long(), x.long())).to.throw(TorchError, 'of one floating dtype');
  });
});
