import { expect } from 'chai';
import * as torch from '../lib/index.ts';

const dtypes = [
  'uint8',
  'int8',
  'int16',
  'int32',
  'int64',
  'uint16',
  'uint32',
  'uint64',
  'float16',
  'bfloat16',
  'float32',
  'float64',
  'complex32',
  'complex64',
  'complex128',
  'bool',
  'float8_e5m2',
  'float8_e4m3fn',
  'float8_e5m2fnuz',
  'float8_e4m3fnuz',
] as const;

describe('dtypes', () => {
  it("are strings, under PyTorch's names and aliases", () => {
    expect([torch.float32, torch.float, torch.half, torch.long, torch.cdouble, torch.bool]).to.deep.equal([
      'float32',
      'float32',
      'float16',
      'int64',
      'complex128',
      'bool',
    ]);
    expect(torch.zeros([1], { dtype: torch.double }).dtype).to.equal('float64');
    expect(torch.zeros([1], { dtype: 'long' as torch.DType }).dtype).to.equal('int64');
  });

  for (const dtype of dtypes) {
    it(`${dtype} makes tensors of its own size`, () => {
      const x = torch.empty([3], { dtype });
      expect(x.dtype).to.equal(dtype);
      const bits = Number(/\d+/.exec(dtype)?.[0] ?? 8);
      expect(x.itemsize).to.equal(bits / 8);
      expect(x.toTypedArray().byteLength).to.equal(x.nbytes);
    });
  }

  it('promote as in PyTorch', () => {
    expect(torch.promoteTypes('int32', 'float16')).to.equal('float16');
    expect(torch.promoteTypes('float16', 'bfloat16')).to.equal('float32');
    expect(torch.promoteTypes('uint8', 'int8')).to.equal('int16');
    expect(torch.resultType(torch.ones([1], { dtype: 'int64' }), 1.5)).to.equal('float32');
    expect(torch.canCast('float64', 'int32')).to.equal(false);
  });
});

describe('devices', () => {
  it('are strings', () => {
    expect(torch.zeros([1]).device).to.equal('cpu');
    expect(torch.zeros([1], { device: 'meta' }).device).to.equal('meta');
    expect(torch.device('cuda', 1)).to.equal('cuda:1');
    expect(torch.device('cpu')).to.equal('cpu');
  });

  it('are refused where the string names none', () => {
    for (const device of ['gpu', 'cuda:', 'cuda:x', 'cuda:-1', 'cuda:1000', '', 'CPU', 0, null]) {
      expect(() => torch.device(device as never), String(device)).to.throw(TypeError, 'must be a device');
    }
  });

  it('that are not there are refused by libtorch', function () {
    if (torch.cuda.isAvailable()) this.skip();
    expect(() => torch.zeros([1], { device: 'cuda' })).to.throw(torch.TorchError);
    expect(torch.cuda.deviceCount()).to.equal(0);
  });

  it('do not mix', () => {
    expect(() => torch.add(torch.ones([2]), torch.ones([2], { device: 'meta' }))).to.throw(torch.TorchError, 'device');
  });
});
