import { expect } from 'chai';
import * as torch from '../lib/index.ts';

const x = torch.ones([2, 2]);

describe('factories', () => {
  afterEach(() => {
    torch.setDefaultDtype('float32');
    torch.setDefaultDevice('cpu');
  });

  it('use the default dtype', () => {
    torch.setDefaultDtype('float64');
    expect(torch.zeros([2]).dtype).to.equal('float64');
    expect(torch.tensor([1, 2]).dtype).to.equal('float64');
    expect(torch.arange(0, 1, 0.5).dtype).to.equal('float64');
    expect(torch.full([2], 1).dtype).to.equal('float64');
    expect(torch.zeros([2], { dtype: 'int32' }).dtype).to.equal('int32');
    expect(() => torch.setDefaultDtype('int64')).to.throw(TypeError, 'floating-point');
    expect(torch.getDefaultDtype()).to.equal('float64');
  });

  it('use the default device', () => {
    torch.setDefaultDevice('meta');
    expect(torch.getDefaultDevice()).to.equal('meta');
    expect(torch.zeros([2]).device).to.equal('meta');
    expect(torch.tensor([1]).device).to.equal('meta');
    expect(torch.arange(3).device).to.equal('meta');
    expect(torch.zeros([2], { device: 'cpu' }).device).to.equal('cpu');
    expect(torch.zerosLike(x).device).to.equal('cpu');
    torch.setDefaultDevice(null);
    expect(torch.zeros([2]).device).to.equal('cpu');
    expect(() => torch.setDefaultDevice('gpu' as never)).to.throw(TypeError, 'got "gpu"');
  });

  it('make leaves that require grad', () => {
    expect(torch.zeros([2], { requiresGrad: true }).requiresGrad).to.equal(true);
    expect(torch.randn([2], { requiresGrad: true }).isLeaf).to.equal(true);
    expect(torch.onesLike(x, { requiresGrad: true }).requiresGrad).to.equal(true);
    expect(torch.zeros([2], { requiresGrad: false }).requiresGrad).to.equal(false);
    expect(() => torch.zeros([2], { dtype: 'int64', requiresGrad: true })).to.throw(torch.TorchError, 'floating point');
  });
});
