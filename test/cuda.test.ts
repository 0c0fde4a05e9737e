import { expect } from 'chai';
import * as torch from '../lib/index.ts';

describe('CUDA', () => {
  before(function () {
    if (torch.cuda.isAvailable()) return;
    console.log('    skipped: this libtorch finds no CUDA device (torch.cuda.isAvailable() is false)');
    this.skip();
  });

  it('counts devices', () => {
    expect(torch.cuda.deviceCount()).to.be.greaterThan(0);
  });

  it('computes what the CPU computes', () => {
    const x = torch.arange(12, { dtype: 'float32' }).view([3, 4]);
    const y = x.cuda();
    expect([y.device, y.isCuda]).to.deep.equal(['cuda:0', true]);
    expect(y.mul(2).add(1).sum(1).cpu().tolist()).to.deep.equal(x.mul(2).add(1).sum(1).tolist());
    expect(y.matmul(y.t()).tolist()).to.deep.equal(x.matmul(x.t()).tolist());
  });

  it('makes tensors where it is told to', () => {
    expect(torch.zeros([2], { device: 'cuda' }).device).to.equal('cuda:0');
    expect(torch.tensor([1, 2], { device: 'cuda:0' }).tolist()).to.deep.equal([1, 2]);
    torch.setDefaultDevice('cuda');
    try {
      expect(torch.randn([2]).device).to.equal('cuda:0');
    } finally {
      torch.setDefaultDevice(null);
    }
  });

  it('repeats a seed', () => {
    torch.manualSeed(3);
    const first = torch.randn([4], { device: 'cuda' }).tolist();
    torch.manualSeed(3);
    expect(torch.randn([4], { device: 'cuda' }).tolist()).to.deep.equal(first);
    const generator = new torch.Generator('cuda').manualSeed(3);
    expect(torch.randn([4], { device: 'cuda', generator }).tolist()).to.deep.equal(first);
  });

  it('takes gradients', () => {
    const w = torch.ones([3], { device: 'cuda', requiresGrad: true });
    w.mul(w).sum().backward();
    expect(w.grad?.device).to.equal('cuda:0');
    expect(w.grad?.tolist()).to.deep.equal([2, 2, 2]);
  });

  it('does not mix with the CPU', () => {
    expect(() => torch.add(torch.ones([2]), torch.ones([2], { device: 'cuda' }))).to.throw(torch.TorchError, 'device');
  });

  it('synchronizes and gives memory back', () => {
    torch.scope(() => torch.ones([1024], { device: 'cuda' }).add(1));
    torch.cuda.synchronize();
    torch.cuda.emptyCache();
  });
});
