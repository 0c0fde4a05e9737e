import { expect } from 'chai';
import * as torch from '../../../lib/index.ts';

const { nn } = torch;
const { utils } = nn;

describe('nn.utils: fusing, vectors and bare modules', () => {
  it('fuses layers that compute the same', () => {
    const conv = new nn.Conv2d(2, 3, 3);
    const bn = new nn.BatchNorm2d(3);
    const x = torch.randn([4, 2, 6, 6]);
    bn(conv(x));
    conv.eval();
    bn.eval();
    const { tensors } = torch.memory();
    const fused = torch.scope(() => utils.fuseConvBnEval(conv, bn));
    expect(torch.memory().tensors).to.be.at.most(tensors + 2);
    expect(torch.allclose(fused(x), bn(conv(x)), { atol: 1e-5 })).to.equal(true);
    expect(fused).to.be.an.instanceOf(nn.Conv2d);
  });

  it('refuses layers that cannot be fused', () => {
    const linear = new nn.Linear(3, 4);
    const bn = new nn.BatchNorm1d(3);
    expect(() => utils.fuseLinearBnEval(linear, bn)).to.throw(
      torch.TorchError,
      'both modules must be in evaluation mode',
    );
    expect(() => utils.fuseLinearBnEval(linear.eval(), bn.eval())).to.throw(
      RangeError,
      '1 feature or the 4 that linear',
    );
    const bare = new nn.BatchNorm1d(4, { trackRunningStats: false }).eval();
    expect(() => utils.fuseLinearBnEval(linear, bare)).to.throw(torch.TorchError, 'bn must have running statistics');
    const plain = new nn.BatchNorm1d(4, { affine: false }).eval();
    expect(() => utils.fuseLinearBnEval(linear, plain)).to.throw(torch.TorchError, 'bn must have a weight and a bias');
  });

  it('makes modules without drawing', () => {
    torch.manualSeed(1);
    const expected = torch.rand([2]);
    torch.manualSeed(1);
    const layer = utils.skipInit(nn.Linear, 3, 4, { bias: false });
    expect(torch.equal(torch.rand([2]), expected)).to.equal(true);
    expect([layer.weight.device, layer.weight.shape, layer.bias]).to.deep.equal(['cpu', [4, 3], null]);
    expect(utils.skipInit(nn.Linear, 3, 4, { device: 'meta' }).weight.device).to.equal('meta');
    expect(() => utils.skipInit(nn.ReLU)).to.throw(TypeError, 'there is no option device');
    expect(() => utils.skipInit(Map as never)).to.throw(TypeError, 'moduleClass must be a class of modules');
  });

  it('refuses vectors that do not fit', () => {
    const list = [torch.zeros([2]), torch.zeros([3])];
    expect(() => utils.vectorToParameters(torch.zeros([4]), list)).to.throw(torch.TorchError);
    expect(() => utils.vectorToParameters([1] as never, list)).to.throw(TypeError, 'vec must be a Tensor, got [1]');
    expect(() => utils.parametersToVector([3 as never])).to.throw(TypeError, 'parameters[0] must be a Tensor, got 3');
    const meta = torch.zeros([1], { device: 'meta' });
    expect(() => utils.parametersToVector([list[0]!, meta])).to.throw(
      torch.DeviceError,
      'on one device, got cpu and meta',
    );
  });
});
