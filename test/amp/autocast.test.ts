import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

const x = torch.ones([2, 2]);
const dtypeInside = () => torch.mm(x, x).dtype;

describe('autocast', () => {
  it('casts matrix products inside, and nothing after', () => {
    expect(torch.autocast('cpu', dtypeInside)).to.equal('bfloat16');
    expect(torch.autocast('cpu', { dtype: 'float16' }, dtypeInside)).to.equal('float16');
    expect(torch.amp.autocast('cpu', { enabled: false }, dtypeInside)).to.equal('float32');
    expect(dtypeInside()).to.equal('float32');
    expect(torch.isAutocastEnabled('cpu')).to.equal(false);
  });

  it('restores the state when the function throws', () => {
    const fail = () => {
      expect(torch.isAutocastCacheEnabled()).to.equal(false);
      throw new Error('mine');
    };
    expect(() => torch.autocast('cpu', { dtype: 'float16', cacheEnabled: false }, fail)).to.throw('mine');
    expect(torch.isAutocastEnabled('cpu')).to.equal(false);
    expect(torch.getAutocastDtype('cpu')).to.equal('bfloat16');
    expect(torch.isAutocastCacheEnabled()).to.equal(true);
  });

  it('refuses an async function, and says what to do', () => {
    const later = async () => dtypeInside();
    expect(() => torch.autocast('cpu', later)).to.throw(TypeError, /synchronous.*Await first/);
    expect(torch.isAutocastEnabled('cpu')).to.equal(false);
  });

  it('refuses what is no device type, dtype, option or function', () => {
    const call = torch.autocast as (...values: unknown[]) => unknown;
    expect(() => call('cpu')).to.throw(TypeError, 'autocast: options must be an object, got undefined');
    expect(() => call('cpu', {})).to.throw(TypeError, 'autocast: expected a function, got undefined');
    expect(() => call('nowhere', dtypeInside)).to.throw(TypeError, 'deviceType must be a device');
    expect(() => call('cuda:0', dtypeInside)).to.throw(RangeError, 'deviceType must be a type');
    expect(() => call('meta', dtypeInside)).to.throw(RangeError, 'one that autocast supports');
    expect(() => call('cpu', { dtype: 'int64' }, dtypeInside)).to.throw(RangeError, "floating-point, got 'int64'");
    expect(() => call('cpu', { dtype: 'no' }, dtypeInside)).to.throw(TypeError, 'must be a dtype');
    expect(() => call('cpu', { enabled: 1 }, dtypeInside)).to.throw(TypeError, 'enabled must be a boolean, got 1');
    expect(() => torch.setAutocastDtype('cpu', 'int8')).to.throw(RangeError, 'floating-point');
    expect(() => torch.setAutocastEnabled('cpu', 1 as never)).to.throw(TypeError, 'must be a boolean');
  });

  it('warns and stays off for a dtype that it does not cast to', async () => {
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
    expect(torch.autocast('cpu', { dtype: 'float64' }, dtypeInside)).to.equal('float32');
    expect(await warned).to.include({ name: 'TorchWarning' });
  });

  it('can be set for the thread', () => {
    torch.setAutocastEnabled('cpu', true);
    torch.setAutocastDtype('cpu', 'float16');
    try {
      expect(dtypeInside()).to.equal('float16');
    } finally {
      torch.setAutocastEnabled('cpu', false);
      torch.setAutocastDtype('cpu', 'bfloat16');
    }
  });

  it('keeps casts of parameters until the outermost scope ends, and nothing after it', () => {
    const w = torch.ones([64, 64], { requiresGrad: true });
    const step = () => torch.scope(() => torch.autocast('cpu', () => torch.mm(torch.mm(w, w), w).sum().item()));
    step();
    const before = torch.memory();
    for (let i = 0; i < 20; i++) step();
    expect(torch.memory().tensors).to.equal(before.tensors);
    // In place, so that a cast that was kept would be out of date.
    torch.noGrad(() => w.fill_(2));
    expect(torch.scope(() => torch.autocast('cpu', () => torch.mm(w, w).select(0, 0).select(0, 0).item()))).to.equal(
      256,
    );
  });

  it('knows which devices it supports', () => {
    expect(torch.amp.isAutocastAvailable('cpu')).to.equal(true);
    expect(torch.amp.isAutocastAvailable('cuda')).to.equal(true);
    expect(torch.amp.isAutocastAvailable('meta')).to.equal(false);
  });
});
