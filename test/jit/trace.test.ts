import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

const { nn, jit } = torch;
const x = torch.arange(6, { dtype: 'float32' }).reshape([2, 3]);

class Twice extends nn.Module {
  layer = new nn.Linear(3, 3);
  same = this.layer;
  forward(input: torch.Tensor): torch.Tensor {
    return this.same(this.layer(input));
  }
}

describe('jit.trace', () => {
  it('records a function, which then takes inputs of other sizes', () => {
    const traced = jit.trace((input: torch.Tensor) => input.mul(2).add(1).sum(1), x);
    expect(traced(torch.ones([4, 5])).tolist()).to.deep.equal([15, 15, 15, 15]);
    expect(traced.originalName).to.equal('PlaceholderModule');
    expect(traced.graph()).to.include('aten::sum');
  });

  it('shares parameters and their gradients with the traced module', () => {
    const model = new Twice();
    const traced = jit.trace(model, x);
    traced(x).sum().backward();
    expect([...traced.parameters()]).to.deep.equal([...model.parameters()]);
    expect(model.layer.weight.grad).to.not.equal(null);
    expect(traced.getSubmodule('layer')).to.equal(traced.getSubmodule('same'));
    expect([...traced.stateDict().keys()]).to.deep.equal([...model.stateDict().keys()]);
    torch.noGrad(() => model.layer.weight.zero_());
    expect(traced(x).select(0, 0).tolist()).to.deep.equal(model(x).select(0, 0).tolist());
  });

  it('gives submodules a forward of their own', () => {
    const traced = jit.trace(new nn.Sequential(new nn.Linear(3, 3), new nn.ReLU()), x);
    const relu = traced.getSubmodule('1') as torch.jit.ScriptModule;
    expect(relu(x.neg()).sum().item()).to.equal(0);
    expect(traced.graph()).to.include('prim::CallMethod[name="forward"]');
  });

  it('prints as Python prints what it traced', () => {
    const model = new nn.Sequential(new nn.Linear(3, 3), new nn.ReLU());
    expect(String(jit.trace(model, x))).to.equal(
      'Sequential(\n  original_name=Sequential\n  (0): Linear(original_name=Linear)\n  (1): ReLU(original_name=ReLU)\n)',
    );
  });

  it('leaves no hooks and no trace behind when the function throws', () => {
    class Fails extends nn.Module {
      inner = new nn.Sequential(new nn.Linear(3, 3));
      fail = true;
      forward(input: torch.Tensor): torch.Tensor {
        expect(jit.isTracing()).to.equal(true);
        if (this.fail) this.inner.registerForwardHook(() => expect.fail('mine')).remove();
        const output = this.inner(input);
        if (this.fail) throw new RangeError('mine');
        return output;
      }
    }
    const model = new Fails();
    expect(() => jit.trace(model, x)).to.throw(RangeError, 'mine');
    expect(jit.isTracing()).to.equal(false);
    model.fail = false;
    expect(jit.trace(model, x)(x).tolist()).to.deep.equal(torch.noGrad(() => model.inner(x)).tolist());
  });

  it('records inside of scopes and modes', () => {
    const traced = jit.trace(
      (input: torch.Tensor) => torch.scope(() => torch.autocast('cpu', () => torch.mm(input, input.t()).add(1))),
      x,
    );
    expect(traced(x).dtype).to.equal('bfloat16');
    const double = jit.trace((input: torch.Tensor) => torch.noGrad(() => input.mul(2)), x);
    expect(double(torch.ones([1])).item()).to.equal(2);
  });

  it('refuses what cannot be traced', () => {
    const trace = jit.trace as unknown as (...values: unknown[]) => unknown;
    expect(() => trace(3, x)).to.throw(TypeError, 'trace: expected a function or a module, got 3');
    expect(() => trace(() => x)).to.throw(TypeError, 'example input 0 must be made of tensors, got undefined');
    expect(() => trace(() => x, [x, Symbol('x')])).to.throw(TypeError, 'example input 1');
    expect(() => trace(async () => x, x)).to.throw(TypeError, 'must be synchronous');
    expect(() => trace(() => 'text', x)).to.throw(TypeError, 'must return a Tensor, or arrays of them, got "text"');
    expect(() => trace(() => undefined, x)).to.throw(TypeError, 'got undefined');
    expect(() => trace(() => 3, x)).to.throw(torch.TorchError, 'Only tensors');
    expect(() => trace(() => trace(() => x, x), x)).to.throw(torch.TorchError, 'do not nest');
    const parameter = torch.ones([3], { requiresGrad: true });
    expect(() => trace((input: torch.Tensor) => input.mul(parameter), x)).to.throw(torch.TorchError, 'requires grad');
    const disposed = torch.ones([1]);
    disposed.dispose();
    expect(() => trace(() => x, disposed)).to.throw(torch.DisposedError);
    const inner = jit.trace(new nn.Linear(3, 3), x) as unknown as torch.nn.Layer;
    expect(() => trace(new nn.Sequential(inner), x)).to.throw(TypeError, 'cannot be traced again');
    expect(trace(inner, x)).to.equal(inner);
    expect(jit.isTracing()).to.equal(false);
  });

  it('has script say what to do instead', () => {
    expect(() => jit.script(new nn.ReLU())).to.throw(TypeError, 'jit.trace');
  });
});
