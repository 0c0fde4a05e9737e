import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

function leaf(values: torch.NestedArray | number): torch.Tensor {
  return torch.tensor(values, { dtype: 'float64', requiresGrad: true });
}

/** What `body` throws. */
function thrownBy(body: () => void): unknown {
  try {
    body();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('hooks on tensors', () => {
  it('see the gradient of a leaf', () => {
    const x = leaf([1, 2]);
    const seen: unknown[] = [];
    x.registerHook((gradient) => {
      seen.push(gradient.tolist());
    });
    x.mul(3).sum().backward();
    expect(seen).to.deep.equal([[3, 3]]);
    expect(x.grad?.tolist()).to.deep.equal([3, 3]);
  });

  it('see the gradient of a result', () => {
    const x = leaf([1, 2]);
    const y = x.mul(x);
    const seen: unknown[] = [];
    y.registerHook((gradient) => {
      seen.push(gradient.tolist());
    });
    y.mul(5).sum().backward();
    expect(seen).to.deep.equal([[5, 5]]);
  });

  it('replace the gradient, one after the other', () => {
    const x = leaf([1]);
    const y = x.mul(2);
    y.registerHook((gradient) => gradient.mul(10));
    y.registerHook((gradient) => gradient.add(1));
    y.sum().backward();
    expect(x.grad?.tolist()).to.deep.equal([22]);
  });

  it('can be removed, more than once', () => {
    const x = leaf([1]);
    let calls = 0;
    const hook = x.registerHook(() => {
      calls++;
    });
    x.sum().backward();
    hook.remove();
    hook.remove();
    x.sum().backward();
    expect(calls).to.equal(1);
  });

  it('can be removed when their tensor is disposed', () => {
    const x = leaf([1]);
    const y = x.mul(2);
    const z = y.mul(3).sum();
    let calls = 0;
    const hook = y.registerHook(() => {
      calls++;
    });
    y.dispose();
    hook.remove();
    z.backward();
    expect([calls, x.grad?.item()]).to.deep.equal([0, 6]);
  });

  it('are told apart after a change in place', () => {
    const x = leaf([1]);
    const y = x.mul(2);
    const seen: string[] = [];
    const first = y.registerHook(() => {
      seen.push('before');
    });
    y.mul_(3);
    y.registerHook(() => {
      seen.push('after');
    });
    first.remove();
    y.sum().backward();
    expect(seen).to.deep.equal(['after']);
  });

  it('can remove themselves', () => {
    const x = leaf([1]);
    let calls = 0;
    const hook = x.registerHook(() => {
      calls++;
      hook.remove();
    });
    x.sum().backward();
    x.sum().backward();
    expect(calls).to.equal(1);
  });

  it('throw through backward: the very same object arrives', () => {
    const x = leaf([1]);
    const error = new RangeError('from a hook');
    const hook = x.registerHook(() => {
      throw error;
    });
    expect(thrownBy(() => x.sum().backward())).to.equal(error);
    expect(thrownBy(() => torch.autograd.grad(x.mul(2).sum(), [x]))).to.equal(error);
    hook.remove();
    x.grad = null;
    x.mul(2).sum().backward();
    expect(x.grad).to.have.property('tolist');
  });

  it('may throw values that are no objects', () => {
    const x = leaf([1]);
    x.registerHook(() => {
      throw 'only text';
    });
    // The stable Node-API can only carry objects, so there it is an Error with this message.
    expect(String(thrownBy(() => x.sum().backward()))).to.match(/^(Error: )?only text$/);
  });

  it('must return a tensor of the same shape, or nothing', () => {
    const x = leaf([1, 2]);
    const hook = x.registerHook((() => 3) as unknown as () => torch.Tensor);
    expect(() => x.sum().backward()).to.throw(TypeError, 'registerHook: a hook must return a Tensor or nothing, got 3');
    hook.remove();
    x.registerHook(() => torch.ones([3], { dtype: 'float64' }));
    expect(() => x.sum().backward()).to.throw(torch.TorchError, /size/);
    expect(() => x.registerHook(null as unknown as () => void)).to.throw(TypeError, 'hook must be a function');
  });

  it('cannot be put on a tensor without gradient', () => {
    expect(() => torch.tensor(1).registerHook(() => {})).to.throw(torch.TorchError, /require/);
  });

  it('may run a backward pass of their own', () => {
    const [x, w] = [leaf([1]), leaf([5])];
    x.registerHook((gradient) => {
      torch.enableGrad(() => w.mul(w).mul(gradient).sum().backward());
      return gradient.mul(2);
    });
    x.mul(3).sum().backward();
    expect([x.grad?.item(), w.grad?.item()]).to.deep.equal([6, 30]);
  });

  it('an error in a backward pass inside a hook arrives as itself', () => {
    const [x, w] = [leaf([1]), leaf([5])];
    const error = new Error('inner');
    w.registerHook(() => {
      throw error;
    });
    x.registerHook(() => {
      torch.enableGrad(() => w.mul(2).sum().backward());
    });
    expect(thrownBy(() => x.sum().backward())).to.equal(error);
  });

  it('may nest backward passes deeper than the engine has room for on one thread', () => {
    const depth = 80;
    const leaves = Array.from({ length: depth }, () => leaf([1]));
    for (let i = 0; i + 1 < depth; i++) {
      leaves[i]?.registerHook(() => {
        torch.enableGrad(() => leaves[i + 1]?.mul(2).sum().backward());
      });
    }
    leaves[0]?.mul(2).sum().backward();
    expect(leaves.map((each) => each.grad?.item())).to.deep.equal(new Array(depth).fill(2));
  });

  it('belong to the scope and the mode of the pass', () => {
    const x = leaf([1]);
    let inside: torch.Tensor | undefined;
    let recording: boolean | undefined;
    x.registerHook((gradient) => {
      inside = gradient;
      recording = torch.isGradEnabled();
    });
    torch.scope(() => x.mul(2).sum().backward());
    expect(inside?.isDisposed).to.equal(true);
    expect(recording).to.equal(false);
    x.mul(2).sum().backward(null, { createGraph: true });
    expect(inside?.isDisposed).to.equal(false);
    expect(recording).to.equal(true);
  });

  it('a scope or a mode inside a hook ends with the hook', () => {
    const x = leaf([2]);
    x.registerHook((gradient) => torch.scope(() => torch.noGrad(() => gradient.mul(2).add(1))));
    x.mul(3).sum().backward();
    expect(x.grad?.item()).to.equal(7);
    expect(torch.isGradEnabled()).to.equal(true);
  });
});
