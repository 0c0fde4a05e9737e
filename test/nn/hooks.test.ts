import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

const { nn } = torch;

class Twice extends nn.Module {
  forward(x: torch.Tensor): torch.Tensor {
    return x.mul(2);
  }
}

class Sum extends nn.Module {
  forward(a: torch.Tensor, b: torch.Tensor): torch.Tensor[] {
    return [a.add(b), a.mul(b)];
  }
}

const one = () => torch.ones([1], { requiresGrad: true });

describe('hooks of a module', () => {
  it('run before and after forward, in the order of registration', () => {
    const order: string[] = [];
    const module = new Twice();
    module.registerForwardPreHook(() => void order.push('pre 1'));
    module.registerForwardHook(() => void order.push('post 1'));
    module.registerForwardHook(() => void order.push('post 2'));
    module.registerForwardHook(() => void order.push('post 0'), { prepend: true });
    module.registerForwardPreHook(() => void order.push('pre 0'), { prepend: true });
    module(torch.ones([1]));
    expect(order).to.deep.equal(['pre 0', 'pre 1', 'post 0', 'post 1', 'post 2']);
  });

  it('get the module, its inputs and its output, and may replace both', () => {
    const module = new Twice();
    module.registerForwardPreHook((self, [x]) => {
      expect(self).to.equal(module);
      return x.add(1);
    });
    module.registerForwardHook((_, [x], output) => output.add(x));
    expect(module(torch.ones([1])).item()).to.equal(6);
  });

  it('are gone after remove, one by one', () => {
    const module = new Twice();
    const hook = (_: Twice, __: unknown, output: torch.Tensor) => output.add(1);
    const handles = [module.registerForwardHook(hook), module.registerForwardHook(hook)];
    expect(module(torch.ones([1])).item()).to.equal(4);
    handles[0]?.remove();
    handles[0]?.remove();
    expect(module(torch.ones([1])).item()).to.equal(3);
    handles[1]?.remove();
    expect(module(torch.ones([1])).item()).to.equal(2);
  });

  it('run when a parent calls, and not when forward is called', () => {
    let calls = 0;
    const module = new Twice();
    module.registerForwardHook(() => void calls++);
    new nn.Sequential(module, module)(torch.ones([1]));
    module.forward(torch.ones([1]));
    expect(calls).to.equal(2);
  });

  it('with alwaysCall run also where forward throws, once, and warn of what they throw', async () => {
    class Failing extends nn.Module {
      forward(x: torch.Tensor): torch.Tensor {
        if (x.numel() > 1) throw new RangeError('too long');
        return x;
      }
    }
    const module = new Failing();
    const outputs: unknown[] = [];
    module.registerForwardHook((_, __, output) => void outputs.push(output), { alwaysCall: true });
    module.registerForwardHook(() => void outputs.push('only after success'));
    module.registerForwardHook(
      () => {
        throw new Error('in the hook');
      },
      { alwaysCall: true },
    );
    const warned = new Promise((resolve) => process.once('warning', resolve));
    expect(() => module(torch.ones([2]))).to.throw(RangeError, 'too long');
    expect(outputs).to.deep.equal([undefined]);
    expect(String(await warned))
      .to.include('a forward hook with alwaysCall threw')
      .and.to.include('in the hook');
    const x = torch.ones([1]);
    expect(() => module(x)).to.throw(Error, 'in the hook');
    expect(outputs).to.deep.equal([undefined, x, 'only after success']);
  });

  it('of a state dict leave calls as short as without', () => {
    const module = new Twice();
    let calls = 0;
    const handle = module.registerStateDictPreHook(() => void calls++);
    module(torch.ones([1]));
    expect(calls).to.equal(0);
    module.stateDict();
    handle.remove();
    module.stateDict();
    expect(calls).to.equal(1);
  });

  it('of a state dict must return nothing', () => {
    const module = new Twice();
    module.registerStateDictPostHook(() => 3 as never);
    expect(() => module.stateDict()).to.throw(TypeError, 'registerStateDictPostHook: a hook must return nothing');
    module.registerLoadStateDictPostHook(() => ({}) as never);
    expect(() => module.loadStateDict({})).to.throw(
      TypeError,
      'registerLoadStateDictPostHook: a hook must return nothing',
    );
  });

  it('must be functions', () => {
    expect(() => new Twice().registerForwardHook(3 as never)).to.throw(TypeError, 'hook must be a function, got 3');
  });

  describe('backward', () => {
    it('see and replace gradients of several inputs and outputs', () => {
      const module = new Sum();
      const seen: unknown[] = [];
      module.registerFullBackwardHook((_, gradInput, gradOutput) => {
        seen.push(gradInput.map((each) => each?.tolist()));
        seen.push(gradOutput.map((each) => each?.tolist() ?? null));
        return gradInput.map((each) => each?.mul(10) ?? null);
      });
      const [a, b] = [one(), torch.full([1], 3, { requiresGrad: true })] as const;
      const [sum, product] = module(a, b) as [torch.Tensor, torch.Tensor];
      sum.add(product.mul(2)).sum().backward();
      expect(seen).to.deep.equal([
        [[7], [3]],
        [[1], [2]],
      ]);
      expect([a.grad?.item(), b.grad?.item()]).to.deep.equal([70, 30]);
    });

    it('have null for inputs and outputs without gradient', () => {
      const module = new Sum();
      const seen: unknown[] = [];
      module.registerFullBackwardHook((_, gradInput, gradOutput) => {
        seen.push(
          gradInput.map((each) => each === null),
          gradOutput.map((each) => each === null),
        );
      });
      (module(one(), torch.ones([1]))[0] as torch.Tensor).backward();
      expect(seen).to.deep.equal([
        [false, true],
        [false, true],
      ]);
    });

    it('run when only parameters need gradients', () => {
      const linear = new nn.Linear(2, 1);
      let calls = 0;
      linear.registerFullBackwardHook((_, gradInput) => {
        calls++;
        expect(gradInput).to.deep.equal([null]);
      });
      linear(torch.ones([2])).backward();
      expect(calls).to.equal(1);
      expect(linear.weight.grad?.tolist()).to.deep.equal([[1, 1]]);
    });

    it('pre-hooks replace the gradients of outputs', () => {
      const module = new Twice();
      module.registerFullBackwardPreHook((_, [gradient]) => gradient?.mul(5));
      const x = one();
      module(x).backward();
      expect(x.grad?.item()).to.equal(10);
    });

    it('see the gradient of what a forward hook returned', () => {
      const module = new Twice();
      const seen: unknown[] = [];
      module.registerForwardHook((_, __, output) => output.mul(3));
      module.registerFullBackwardHook((_, gradInput, gradOutput) => {
        seen.push(gradInput[0]?.item(), gradOutput[0]?.item());
      });
      const x = one();
      module(x).mul(5).backward();
      expect(seen).to.deep.equal([30, 5]);
      expect(x.grad?.item()).to.equal(30);
    });

    it('must return one gradient per input', () => {
      const module = new Sum();
      module.registerFullBackwardHook((_, [first]) => first);
      const outputs = module(one(), one());
      expect(() => outputs[0]?.backward()).to.throw(TypeError, 'a hook must return 2 gradients');
    });
  });
});
