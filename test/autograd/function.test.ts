import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

type Context = torch.autograd.FunctionContext;
type Tensor = torch.Tensor;

function leaf(values: torch.NestedArray | number): Tensor {
  return torch.tensor(values, { dtype: 'float64', requiresGrad: true });
}

class Exp extends torch.autograd.Function {
  static forward(ctx: Context, x: Tensor): Tensor {
    const y = x.exp();
    ctx.saveForBackward(y);
    return y;
  }
  static backward(ctx: Context, gradOutput: Tensor): Tensor {
    const [y] = ctx.savedTensors;
    return gradOutput.mul(y);
  }
}

/** `scale * x * y`, with a number among the arguments. */
class ScaledProduct extends torch.autograd.Function {
  static forward(ctx: Context, x: Tensor, scale: number, y: Tensor): Tensor {
    ctx.saveForBackward(x, y);
    ctx.scale = scale;
    return x.mul(y).mul(scale);
  }
  static backward(ctx: Context, gradOutput: Tensor) {
    const [x, y] = ctx.savedTensors;
    const scaled = gradOutput.mul(ctx.scale as number);
    return [scaled.mul(y), null, scaled.mul(x)];
  }
}

/** A function of one argument by its two methods. */
function functionOf(
  forward: (ctx: Context, x: Tensor) => unknown,
  backward: (ctx: Context, ...gradOutputs: Tensor[]) => unknown,
): (x: Tensor) => Tensor {
  class Custom extends torch.autograd.Function {
    static forward = forward as (ctx: Context, x: Tensor) => Tensor;
    static backward = backward as (ctx: Context, ...gradOutputs: Tensor[]) => Tensor;
  }
  return (x) => Custom.apply(x);
}

const double = (_: Context, gradient: Tensor) => gradient.mul(2);

describe('autograd.Function', () => {
  it('computes with its own gradient', () => {
    const x = leaf([0, 1]);
    const y = Exp.apply(x);
    expect(y.tolist()).to.deep.equal([1, Math.E]);
    y.mul(torch.tensor([2, 3], { dtype: 'float64' }))
      .sum()
      .backward();
    expect(x.grad?.tolist()).to.deep.equal([2, 3 * Math.E]);
  });

  it('is a node of the graph under its own name', () => {
    const y = Exp.apply(leaf([0]));
    expect(y.gradFn?.name).to.equal('ExpBackward');
    expect([y.requiresGrad, y.isLeaf]).to.deep.equal([true, false]);
  });

  it('takes several arguments, tensors and others', () => {
    const [x, y] = [leaf([2]), leaf([5])];
    ScaledProduct.apply(x, 3, y).sum().backward();
    expect([x.grad?.item(), y.grad?.item()]).to.deep.equal([15, 6]);
  });

  it('tells which arguments need a gradient', () => {
    let needed: readonly boolean[] = [];
    class Probe extends torch.autograd.Function {
      static forward(_ctx: Context, x: Tensor, _name: string, y: Tensor): Tensor {
        return x.add(y);
      }
      static backward(ctx: Context, gradOutput: Tensor) {
        needed = ctx.needsInputGrad;
        return [gradOutput, null, gradOutput];
      }
    }
    const [x, y] = [leaf([1]), torch.tensor([1], { dtype: 'float64' })];
    Probe.apply(x, 'name', y).sum().backward();
    expect(needed).to.deep.equal([true, false, false]);
    expect(y.grad).to.equal(null);
  });

  it('returns several outputs', () => {
    class Halves extends torch.autograd.Function {
      static forward(_ctx: Context, x: Tensor): Tensor[] {
        return [x.mul(2), x.mul(3)];
      }
      static backward(_ctx: Context, first: Tensor, second: Tensor): Tensor {
        return first.mul(2).add(second.mul(3));
      }
    }
    const x = leaf([1]);
    const [a, b] = Halves.apply(x) as [Tensor, Tensor];
    a.add(b.mul(10)).sum().backward();
    expect(x.grad?.item()).to.equal(32);
    const z = leaf([1]);
    const [, only] = Halves.apply(z) as [Tensor, Tensor];
    only.sum().backward();
    expect(z.grad?.item(), 'the other gradient is zeros').to.equal(3);
  });

  it('gives null for a missing gradient where zeros are not wanted', () => {
    let received: unknown[] = [];
    class Two extends torch.autograd.Function {
      static forward(ctx: Context, x: Tensor): Tensor[] {
        ctx.setMaterializeGrads(false);
        return [x.mul(2), x.mul(3)];
      }
      static backward(_ctx: Context, first: Tensor, second: Tensor): Tensor {
        received = [first, second.item()];
        return second.mul(3);
      }
    }
    const x = leaf([1]);
    Two.apply(x)[1]?.sum().backward();
    expect(received).to.deep.equal([null, 1]);
  });

  it('passes on outputs that are no tensors', () => {
    class Counted extends torch.autograd.Function {
      static forward(_ctx: Context, x: Tensor): [Tensor, number, Tensor] {
        return [x.mul(2), 7, x.mul(3)];
      }
      static backward(_ctx: Context, ...gradOutputs: (Tensor | null)[]) {
        expect(gradOutputs).to.have.lengthOf(3);
        expect(gradOutputs[1]).to.equal(null);
        return (gradOutputs[0] as Tensor).mul(2).add((gradOutputs[2] as Tensor).mul(3));
      }
    }
    const x = leaf([1]);
    const [a, count, b] = Counted.apply(x);
    expect(count).to.equal(7);
    a.add(b).sum().backward();
    expect(x.grad?.item()).to.equal(5);
  });

  it('runs forward without recording, and backward with it only for createGraph', () => {
    const modes: boolean[] = [];
    const probe = functionOf(
      (_, x) => {
        modes.push(torch.isGradEnabled());
        return x.mul(2);
      },
      (_, gradient) => {
        modes.push(torch.isGradEnabled());
        return gradient.mul(2);
      },
    );
    const x = leaf([1]);
    probe(x).sum().backward();
    probe(x).sum().backward(null, { createGraph: true });
    expect(modes).to.deep.equal([false, false, false, true]);
  });

  it('is differentiated twice through what backward computes', () => {
    const x = leaf([0.5]);
    const [first] = torch.autograd.grad(Exp.apply(x), x, { createGraph: true });
    const [second] = torch.autograd.grad(first as Tensor, x);
    expect(second?.item()).to.be.closeTo(Math.exp(0.5), 1e-15);
    expect(
      torch.autograd.gradgradcheck(
        (a, b) => ScaledProduct.apply(a as Tensor, 3, b as Tensor),
        [leaf([1, 2]), leaf([3, 4])],
      ),
    ).to.equal(true);
  });

  it('records nothing where nothing requires a gradient', () => {
    expect(Exp.apply(torch.tensor([0])).requiresGrad).to.equal(false);
    expect(torch.noGrad(() => Exp.apply(leaf([0]))).requiresGrad).to.equal(false);
  });

  it('returns the same object for an input that it changed in place', () => {
    const inPlace = functionOf((ctx, x) => {
      x.mul_(2);
      ctx.markDirty(x);
      return x;
    }, double);
    const x = leaf([3]);
    const y = x.add(0);
    const version = y.version;
    const z = inPlace(y);
    expect(z).to.equal(y);
    expect(y.gradFn?.name).to.equal('CustomBackward');
    expect(y.version).to.be.greaterThan(version);
    z.sum().backward();
    expect(x.grad?.item()).to.equal(2);
    expect(() => inPlace(leaf([1]))).to.throw(torch.TorchError, /leaf/);
  });

  it('returns a view for an input that it returns as it is', () => {
    const identity = functionOf((_, x) => x, double);
    const x = leaf([3]);
    const y = identity(x);
    expect(y).to.not.equal(x);
    expect(y.dataPtr()).to.equal(x.dataPtr());
    y.sum().backward();
    expect(x.grad?.item()).to.equal(2);
    expect(x.isLeaf).to.equal(true);
  });

  it('returns views of its input', () => {
    const firstRow = functionOf(
      (_, x) => x.select(0, 0),
      (_, gradient) => torch.stack([gradient, gradient.mul(0)]),
    );
    const x = leaf([
      [1, 2],
      [3, 4],
    ]);
    firstRow(x).sum().backward();
    expect(x.grad?.tolist()).to.deep.equal([
      [1, 1],
      [0, 0],
    ]);
  });

  it('can mark outputs as not differentiable', () => {
    class Sorted extends torch.autograd.Function {
      static forward(ctx: Context, x: Tensor): [Tensor, Tensor] {
        const [values, order] = x.sort() as unknown as [Tensor, Tensor];
        ctx.markNonDifferentiable(order);
        ctx.saveForBackward(order);
        return [values, order];
      }
      static backward(ctx: Context, gradOutput: Tensor) {
        const [order] = ctx.savedTensors;
        return torch.zerosLike(gradOutput).scatter_(0, order, gradOutput);
      }
    }
    const x = leaf([3, 1, 2]);
    const [values, order] = Sorted.apply(x);
    expect([values.requiresGrad, order.requiresGrad]).to.deep.equal([true, false]);
    values
      .mul(torch.tensor([1, 10, 100], { dtype: 'float64' }))
      .sum()
      .backward();
    expect(x.grad?.tolist()).to.deep.equal([100, 1, 10]);
  });

  it('finds a saved tensor that was changed in place', () => {
    const y = Exp.apply(leaf([0]));
    y.detach().mul_(2);
    expect(() => y.sum().backward()).to.throw(torch.TorchError, /modified by an inplace operation/);
  });

  it('frees what it saved after one pass', () => {
    const y = Exp.apply(leaf([0])).sum();
    y.backward();
    expect(() => y.backward()).to.throw(torch.TorchError, /second time/);
    const again = Exp.apply(leaf([0])).sum();
    again.backward(null, { retainGraph: true });
    again.backward();
  });

  it('keeps saved tensors and fields beyond the scope in which it ran', () => {
    const withField = functionOf(
      (ctx, x) => {
        ctx.saveForBackward(x, null);
        ctx.parts = { factors: [x.mul(0).add(4)] };
        return x.mul(4);
      },
      (ctx, gradient) => {
        const [x, nothing] = ctx.savedTensors;
        expect(nothing).to.equal(null);
        return gradient.mul((ctx.parts as { factors: Tensor[] }).factors[0] as Tensor).add(x.mul(0));
      },
    );
    const x = leaf([3]);
    const y = torch.scope(() => torch.scope(() => withField(x.mul(1)).sum()));
    y.backward();
    expect(x.grad?.item()).to.equal(4);
  });

  it('keeps a field that belongs to a scope further out', () => {
    const x = leaf([3]);
    const y = torch.scope(() => {
      const factor = torch.tensor([5], { dtype: 'float64' });
      const withFactor = functionOf(
        (ctx, input) => {
          ctx.factor = factor;
          return input.mul(factor);
        },
        (ctx, gradient) => gradient.mul(ctx.factor as Tensor),
      );
      return torch.scope(() => withFactor(x));
    });
    y.backward(torch.ones([1], { dtype: 'float64' }));
    expect(x.grad?.item()).to.equal(5);
  });

  it('throws through apply and backward: the very same object arrives', () => {
    const error = new Error('from a Function');
    const fail = () => {
      throw error;
    };
    const caught: unknown[] = [];
    for (const body of [
      () => functionOf(fail, double)(leaf([1])),
      () =>
        functionOf(
          (_, x) => x.mul(2),
          fail,
        )(leaf([1]))
          .sum()
          .backward(),
    ]) {
      try {
        body();
      } catch (each) {
        caught.push(each);
      }
    }
    expect(caught).to.have.lengthOf(2);
    expect(caught.every((each) => each === error)).to.equal(true);
    expect(torch.isGradEnabled()).to.equal(true);
  });

  it('may run a backward pass inside backward', () => {
    const nested = functionOf(
      (ctx, x) => {
        ctx.saveForBackward(x);
        return x.mul(x);
      },
      (ctx, gradient) =>
        torch.enableGrad(() => {
          const inner = ctx.savedTensors[0].detach().requiresGrad_();
          inner.mul(inner).backward(gradient);
          return inner.grad;
        }),
    );
    const x = leaf([3]);
    nested(x).sum().backward();
    expect(x.grad?.item()).to.equal(6);
  });

  it('refuses a wrong number of gradients', () => {
    const none = functionOf(
      (_, x) => x.mul(2),
      () => [],
    );
    expect(() =>
      none(leaf([1]))
        .sum()
        .backward(),
    ).to.throw(TypeError, 'Custom.backward: must return one gradient per argument of forward: 1, got 0');
    const two = functionOf(
      (_, x) => x.mul(2),
      (_, gradient) => [gradient, gradient],
    );
    expect(() =>
      two(leaf([1]))
        .sum()
        .backward(),
    ).to.throw(TypeError, 'forward: 1, got 2');
    const padded = functionOf(
      (_, x) => x.mul(2),
      (_, gradient) => [gradient, null],
    );
    expect(() =>
      padded(leaf([1]))
        .sum()
        .backward(),
    ).not.to.throw();
  });

  it('refuses gradients of wrong types', () => {
    const number = functionOf(
      (_, x) => x.mul(2),
      () => 3,
    );
    expect(() =>
      number(leaf([1]))
        .sum()
        .backward(),
    ).to.throw(TypeError, 'gradient 0 must be a Tensor or null, got 3');
    const promise = functionOf(
      (_, x) => x.mul(2),
      async (_, gradient) => gradient,
    );
    expect(() =>
      promise(leaf([1]))
        .sum()
        .backward(),
    ).to.throw(TypeError, 'must be a Tensor or null, got a Promise');
    class ForNumber extends torch.autograd.Function {
      static forward(_ctx: Context, x: Tensor, factor: number): Tensor {
        return x.mul(factor);
      }
      static backward(_ctx: Context, gradient: Tensor) {
        return [gradient, gradient];
      }
    }
    expect(() =>
      ForNumber.apply(leaf([1]), 2)
        .sum()
        .backward(),
    ).to.throw(TypeError, 'ForNumber.backward: gradient 1 must be null, because argument 1 of forward is no tensor');
  });

  it('refuses gradients of wrong shapes, and reduces those that were broadcast', () => {
    const wrong = functionOf(
      (_, x) => x.mul(2),
      () => torch.ones([3], { dtype: 'float64' }),
    );
    expect(() =>
      wrong(leaf([1, 2]))
        .sum()
        .backward(),
    ).to.throw(torch.TorchError, /CustomBackward.*shape/s);
    const broadcast = functionOf(
      (_, x) => x.sum(),
      () => torch.ones([2, 3], { dtype: 'float64' }),
    );
    const x = leaf([1, 2, 3]);
    broadcast(x).backward();
    expect(x.grad?.tolist()).to.deep.equal([2, 2, 2]);
  });

  it('a null gradient for a tensor leaves it without', () => {
    const x = leaf([1]);
    functionOf(
      (_, each) => each.mul(2),
      () => null,
    )(x)
      .sum()
      .backward();
    expect(x.grad).to.equal(null);
  });

  it('says what is wrong with the class', () => {
    const apply = (owner: unknown, ...inputs: unknown[]) =>
      (torch.autograd.Function.apply as (...values: unknown[]) => unknown).call(owner, ...inputs);
    expect(() => apply(class Empty extends torch.autograd.Function {}, leaf([1]))).to.throw(
      TypeError,
      'Empty: must have a static method forward',
    );
    expect(() => functionOf(() => 3, double)(leaf([1]))).to.throw(
      TypeError,
      'Custom.forward: must return a Tensor or a list with tensors, got 3',
    );
    expect(() => functionOf(async (_, x) => x, double)(leaf([1]))).to.throw(
      TypeError,
      /^Custom.forward: .*synchronous/,
    );
    expect(() =>
      functionOf((ctx, x) => {
        ctx.saveForBackward(3 as unknown as Tensor);
        return x.mul(2);
      }, double)(leaf([1])),
    ).to.throw(TypeError, 'Custom: saveForBackward takes tensors, got 3');
    expect(() =>
      functionOf((ctx, x) => {
        ctx.markDirty(torch.ones([1]));
        return x.mul(2);
      }, double)(leaf([1])),
    ).to.throw(TypeError, 'markDirty takes arguments of forward');
    expect(() =>
      functionOf((ctx, x) => {
        ctx.markNonDifferentiable(x);
        return x.mul(2);
      }, double)(leaf([1])),
    ).to.throw(TypeError, 'markNonDifferentiable takes outputs of forward');
    expect(() =>
      functionOf((ctx, x) => {
        expect(ctx.savedTensors).to.equal(undefined);
        return x.mul(2);
      }, double)(leaf([1])),
    ).to.throw(TypeError, 'savedTensors can be read inside backward only');
  });
});
