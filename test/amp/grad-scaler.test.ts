import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

const { GradScaler } = torch.amp;

function setUp() {
  const w = torch.ones([2], { requiresGrad: true });
  return { w, optimizer: new torch.optim.SGD([w], { lr: 0.5 }), scaler: new GradScaler('cpu', { initScale: 8 }) };
}

describe('GradScaler', () => {
  it('scales outputs as they are nested', () => {
    const { scaler } = setUp();
    const one = torch.ones([]);
    expect(scaler.scale(one).item()).to.equal(8);
    const [left, [right]] = scaler.scale([one, [one.mul(2)]] as const);
    expect([left.item(), right.item()]).to.deep.equal([8, 16]);
  });

  it('steps with unscaled gradients, and not at all where one is infinite', () => {
    const { w, optimizer, scaler } = setUp();
    scaler.scale(w.sum()).backward();
    scaler.step(optimizer);
    scaler.update();
    expect(w.tolist()).to.deep.equal([0.5, 0.5]);
    expect(w.grad?.tolist()).to.deep.equal([1, 1]);
    optimizer.zeroGrad();
    scaler.scale(w.sum().mul(Number.POSITIVE_INFINITY)).backward();
    scaler.step(optimizer);
    scaler.update();
    expect(w.tolist()).to.deep.equal([0.5, 0.5]);
    expect(scaler.getScale()).to.equal(4);
  });

  it('has its state outlive the scope in which it was made', () => {
    const { w, optimizer, scaler } = setUp();
    for (let i = 0; i < 3; i++) {
      torch.scope(() => scaler.scale(w.sum()).backward());
      torch.scope(() => scaler.unscale_(optimizer));
      torch.scope(() => scaler.step(optimizer));
      torch.scope(() => scaler.update());
      optimizer.zeroGrad();
    }
    expect(scaler.stateDict()).to.include({ scale: 8, _growth_tracker: 3 });
  });

  it('leaves no tensors behind', () => {
    const { w, optimizer, scaler } = setUp();
    const step = () =>
      torch.scope(() => {
        scaler.scale(w.sum()).backward();
        scaler.step(optimizer);
        scaler.update();
      });
    step();
    const before = torch.memory().tensors;
    for (let i = 0; i < 20; i++) step();
    expect(torch.memory().tensors).to.equal(before);
  });

  it('says which call is out of order', () => {
    const { w, optimizer, scaler } = setUp();
    expect(() => scaler.unscale_(optimizer)).to.throw(torch.TorchError, 'scaler.scale(loss) must come first');
    expect(() => scaler.step(optimizer)).to.throw(torch.TorchError, 'must come first');
    expect(() => scaler.update()).to.throw(torch.TorchError, 'must come first');
    scaler.scale(w.sum()).backward();
    expect(() => scaler.update()).to.throw(torch.TorchError, 'No inf checks');
    scaler.unscale_(optimizer);
    expect(() => scaler.unscale_(optimizer)).to.throw(torch.TorchError, 'already been called');
    scaler.step(optimizer);
    expect(() => scaler.step(optimizer)).to.throw(torch.TorchError, 'already been called');
    expect(() => scaler.unscale_(optimizer)).to.throw(torch.TorchError, 'after step');
    const empty = new torch.optim.SGD([torch.ones([1], { requiresGrad: true })], { lr: 1 });
    expect(() => scaler.step(empty)).to.throw(torch.TorchError, 'No inf checks were recorded for this optimizer');
  });

  it('refuses gradients in float16', () => {
    const w = torch.ones([2], { dtype: 'float16', requiresGrad: true });
    const optimizer = new torch.optim.SGD([w], { lr: 0.5 });
    const scaler = new GradScaler('cpu', { initScale: 2 });
    scaler.scale(w.sum()).backward();
    expect(() => scaler.step(optimizer)).to.throw(torch.DTypeError, 'float16');
  });

  it('takes a new scale', () => {
    const { w, optimizer, scaler } = setUp();
    scaler.scale(w.sum()).backward();
    scaler.step(optimizer);
    scaler.update(32);
    expect(scaler.getScale()).to.equal(32);
    scaler.update(torch.tensor([64]));
    expect(scaler.getScale()).to.equal(64);
    expect(() => scaler.update(torch.ones([2]))).to.throw(RangeError, 'one element');
    expect(() => scaler.update('2' as never)).to.throw(TypeError, 'a number or a Tensor');
  });

  it('does nothing but step where it is not enabled', () => {
    const { w, optimizer } = setUp();
    const scaler = new GradScaler('cpu', { enabled: false });
    const loss = w.sum();
    expect(scaler.scale(loss)).to.equal(loss);
    loss.backward();
    scaler.unscale_(optimizer);
    scaler.step(optimizer);
    scaler.update();
    expect(w.tolist()).to.deep.equal([0.5, 0.5]);
    expect([scaler.getScale(), scaler.isEnabled(), scaler.stateDict()]).to.deep.equal([1, false, {}]);
    scaler.loadStateDict({});
  });

  it('is off, with a warning, where CUDA is asked for and missing', async function () {
    if (torch.cuda.isAvailable()) this.skip();
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
    expect(new GradScaler().isEnabled()).to.equal(false);
    expect(await warned).to.include({ name: 'TorchWarning' });
  });

  it('refuses wrong arguments', () => {
    const make = GradScaler as unknown as new (...values: unknown[]) => unknown;
    expect(() => new make('nowhere')).to.throw(TypeError, 'device must be a device');
    expect(() => new make('cpu', 3)).to.throw(TypeError, 'options must be an object, got 3');
    expect(() => new make('cpu', { growthFactor: 1 })).to.throw(RangeError, 'above 1, got 1');
    expect(() => new make('cpu', { backoffFactor: 1 })).to.throw(RangeError, 'below 1, got 1');
    expect(() => new make('cpu', { initScale: '1' })).to.throw(TypeError, 'initScale must be a number');
    expect(() => new make('cpu', { enabled: 1 })).to.throw(TypeError, 'enabled must be a boolean, got 1');
    const { w, scaler } = setUp();
    expect(() => scaler.scale('x' as never)).to.throw(TypeError, 'a Tensor or an array of them, got "x"');
    scaler.scale(w.sum());
    expect(() => scaler.step(null as never)).to.throw(TypeError, 'must be an Optimizer, got null');
    expect(() => scaler.loadStateDict({})).to.throw(torch.CheckpointError, 'empty');
    expect(() => scaler.loadStateDict({ scale: 1 } as never)).to.throw(torch.CheckpointError, 'growth_factor');
    const disposed = torch.ones([]);
    disposed.dispose();
    expect(() => scaler.scale(disposed)).to.throw(torch.DisposedError);
  });
});
