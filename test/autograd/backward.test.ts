import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

/** A leaf of float64 values. */
function leaf(values: torch.NestedArray | number): torch.Tensor {
  return torch.tensor(values, { dtype: 'float64', requiresGrad: true });
}

describe('backward', () => {
  it('gives leaves their gradients', () => {
    const x = leaf([1, 2, 3]);
    x.mul(x).sum().backward();
    expect(x.grad?.tolist()).to.deep.equal([2, 4, 6]);
  });

  it('adds to the gradients that are there', () => {
    const x = leaf([1, 2]);
    x.mul(3).sum().backward();
    x.mul(5).sum().backward();
    expect(x.grad?.tolist()).to.deep.equal([8, 8]);
  });

  it('takes the gradient of a result that is no scalar, by position or by name', () => {
    const x = leaf([1, 2]);
    x.mul(x).backward(torch.tensor([1, 10], { dtype: 'float64' }));
    x.mul(x).backward({ gradient: torch.tensor([10, 1], { dtype: 'float64' }) });
    expect(x.grad?.tolist()).to.deep.equal([2 + 20, 40 + 4]);
  });

  it('needs a gradient where the result is no scalar', () => {
    const x = leaf([1, 2]);
    expect(() => x.mul(2).backward()).to.throw(torch.TorchError, /scalar/);
  });

  it('refuses a gradient of another shape', () => {
    const x = leaf([1, 2]);
    const wrong = torch.ones([3], { dtype: 'float64' });
    expect(() => x.mul(2).backward(wrong)).to.throw(torch.TorchError, /shape|Mismatch/i);
  });

  it('refuses a gradient that is no tensor', () => {
    const x = leaf([1, 2]);
    expect(() => x.sum().backward(1 as unknown as torch.Tensor)).to.throw(TypeError, 'backward: gradient must be');
  });

  it('frees the graph, so a second pass is an error', () => {
    const y = leaf([1, 2]).exp().sum();
    y.backward();
    expect(() => y.backward()).to.throw(torch.TorchError, /second time/);
  });

  it('keeps the graph with retainGraph', () => {
    const x = leaf([1, 2]);
    const y = x.mul(x).sum();
    y.backward(null, { retainGraph: true });
    y.backward();
    expect(x.grad?.tolist()).to.deep.equal([4, 8]);
  });

  it('records itself with createGraph', () => {
    const x = leaf(3);
    x.pow(3).backward(null, { createGraph: true });
    const first = x.grad as torch.Tensor;
    expect(first.item()).to.equal(27);
    const [second] = torch.autograd.grad(first, x);
    expect(second?.item()).to.equal(18);
    x.grad = null;
  });

  it('gives only the inputs that are named their gradients', () => {
    const [a, b] = [leaf(2), leaf(5)];
    a.mul(b).backward({ inputs: [b] });
    expect(a.grad).to.equal(null);
    expect(b.grad?.item()).to.equal(2);
    expect(() => a.mul(b).backward({ inputs: [] })).to.throw(RangeError, 'inputs must not be empty');
  });

  it('refuses a tensor without a graph', () => {
    expect(() => torch.tensor(1).backward()).to.throw(torch.TorchError, /does not require grad/);
  });

  it('goes back from several tensors at once', () => {
    const x = leaf([1, 2]);
    const gradient = torch.tensor([1, 1], { dtype: 'float64' });
    torch.autograd.backward([x.mul(2).sum(), x.mul(x)], [null, gradient]);
    expect(x.grad?.tolist()).to.deep.equal([4, 6]);
    expect(() => torch.autograd.backward([x.sum()], [null, null])).to.throw(RangeError, 'one gradient per tensor');
  });

  it('finds a saved tensor that was changed in place', () => {
    const x = leaf([1, 2]);
    const y = x.exp();
    y.mul_(2);
    expect(() => y.sum().backward()).to.throw(torch.TorchError, /modified by an inplace operation/);
  });

  it('leaves detached parts alone', () => {
    const x = leaf([2]);
    const y = x.mul(x);
    y.detach().mul(x).sum().backward();
    expect(x.grad?.tolist()).to.deep.equal([4]);
    expect(y.detach().requiresGrad).to.equal(false);
    expect(y.detach().isLeaf).to.equal(true);
  });

  it('refuses to change a leaf in place while recording', () => {
    const x = leaf([1]);
    expect(() => x.add_(1)).to.throw(torch.TorchError, /leaf Variable/);
    torch.noGrad(() => x.add_(1));
    expect(x.tolist()).to.deep.equal([2]);
  });

  it('lets only floating-point and complex tensors require gradients', () => {
    expect(() => torch.tensor([1n], { requiresGrad: true })).to.throw(torch.TorchError, /floating point/);
    expect(() => torch.tensor([true]).requiresGrad_()).to.throw(torch.TorchError, /floating point/);
    expect(torch.zeros([1], { dtype: 'complex64', requiresGrad: true }).requiresGrad).to.equal(true);
  });

  it('cannot stop recording in the middle of a graph', () => {
    const y = leaf([1]).mul(2);
    expect(() => {
      y.requiresGrad = false;
    }).to.throw(torch.TorchError, /leaf/);
  });
});

describe('grad of a tensor', () => {
  it('is one object as long as it is one gradient', () => {
    const x = leaf([1]);
    expect(x.grad).to.equal(null);
    x.mul(2).sum().backward();
    const first = x.grad;
    expect(x.grad).to.equal(first);
    x.mul(2).sum().backward();
    expect(x.grad).to.equal(first);
    expect(first?.tolist()).to.deep.equal([4]);
  });

  it('is the object that was assigned', () => {
    const x = leaf([1]);
    const gradient = torch.tensor([7], { dtype: 'float64' });
    x.grad = gradient;
    expect(x.grad).to.equal(gradient);
    x.grad = null;
    expect(x.grad).to.equal(null);
  });

  it('outlives the scope in which it is read', () => {
    const x = leaf([1]);
    torch.scope(() => {
      x.mul(2).sum().backward();
      expect(x.grad?.isDisposed).to.equal(false);
    });
    expect(x.grad?.tolist()).to.deep.equal([2]);
  });

  it('comes back after its object was disposed', () => {
    const x = leaf([1]);
    x.mul(2).sum().backward();
    x.grad?.dispose();
    expect(x.grad?.tolist()).to.deep.equal([2]);
  });

  it('must fit its tensor', () => {
    const x = leaf([1, 2]);
    const assign = (gradient: unknown) => () => {
      x.grad = gradient as torch.Tensor;
    };
    expect(assign(torch.ones([3], { dtype: 'float64' }))).to.throw(torch.TorchError, /shape/);
    expect(assign(torch.ones([2], { dtype: 'float32' }))).to.throw(torch.TorchError, /dtype/);
    expect(assign(torch.ones([2], { dtype: 'float64', device: 'meta' }))).to.throw(torch.TorchError, /meta/);
    expect(assign(x)).to.throw(torch.TorchError, /own gradient/);
    expect(assign([1, 2])).to.throw(TypeError, 'grad: must be a Tensor or null');
    expect(x.grad).to.equal(null);
  });

  it('is kept for results only after retainGrad', () => {
    const x = leaf([3]);
    const y = x.mul(2);
    const z = x.mul(2);
    y.retainGrad();
    expect([y.retainsGrad, z.retainsGrad]).to.deep.equal([true, false]);
    y.mul(y).add(z).sum().backward();
    expect(y.grad?.tolist()).to.deep.equal([12]);
    expect(z.grad).to.equal(null);
  });
});

describe('torch.autograd.grad', () => {
  it('returns gradients and leaves `grad` alone', () => {
    const x = leaf([1, 2]);
    const [dx] = torch.autograd.grad(x.mul(x).sum(), [x]);
    expect(dx?.tolist()).to.deep.equal([2, 4]);
    expect(x.grad).to.equal(null);
  });

  it('goes to any order', () => {
    const x = leaf(2);
    let y: torch.Tensor = x.pow(5);
    const derivatives: unknown[] = [];
    for (let order = 0; order < 5; order++) {
      const [next] = torch.autograd.grad(y, x, { createGraph: true });
      y = next as torch.Tensor;
      derivatives.push(y.item());
    }
    expect(derivatives).to.deep.equal([80, 160, 240, 240, 120]);
  });

  it('takes the gradients of outputs', () => {
    const x = leaf([1, 2]);
    const gradOutputs = torch.tensor([3, 5], { dtype: 'float64' });
    const [dx] = torch.autograd.grad(x.mul(x), x, { gradOutputs });
    expect(dx?.tolist()).to.deep.equal([6, 20]);
  });

  it('gives null for an unused input where that is allowed', () => {
    const [x, unused] = [leaf(2), leaf(3)];
    const y = x.mul(x);
    expect(() => torch.autograd.grad(y, [x, unused], { retainGraph: true })).to.throw(
      torch.TorchError,
      /not have been used/,
    );
    const [dx, nothing] = torch.autograd.grad(y, [x, unused], { allowUnused: true });
    expect(dx?.item()).to.equal(4);
    expect(nothing).to.equal(null);
  });

  it('reaches tensors in the middle of the graph', () => {
    const x = leaf(2);
    const y = x.mul(3);
    const [dy] = torch.autograd.grad(y.mul(y), y);
    expect(dy?.item()).to.equal(12);
  });

  it('gives results to the scope that is open', () => {
    const x = leaf(2);
    const dx = torch.scope(() => torch.autograd.grad(x.mul(x), x)[0]) as torch.Tensor;
    expect(dx.item()).to.equal(4);
    let lost: torch.Tensor | undefined;
    torch.scope(() => {
      lost = torch.autograd.grad(x.mul(x), x)[0] as torch.Tensor;
    });
    expect(lost?.isDisposed).to.equal(true);
  });

  it('names what is wrong with its arguments', () => {
    const x = leaf(2);
    const grad = torch.autograd.grad as (...values: unknown[]) => unknown;
    expect(() => grad(x, [])).to.throw(RangeError, 'grad: inputs must not be empty');
    expect(() => grad(x, 3)).to.throw(TypeError, 'grad: inputs must be a Tensor or a list of them, got 3');
    expect(() => grad([x, null], x)).to.throw(TypeError, 'grad: outputs must be');
    expect(() => grad(x, x, { gradOutputs: 'one' })).to.throw(TypeError, 'grad: gradOutputs must be');
  });
});
