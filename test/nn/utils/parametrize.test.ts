import { expect } from 'chai';
import * as torch from '../../../lib/index.ts';

const { nn } = torch;
const { parametrizations, parametrize } = nn.utils;
type Tensor = torch.Tensor;

class Scaled extends nn.Module {
  calls = 0;
  forward(x: Tensor): Tensor {
    this.calls++;
    return x.mul(2);
  }
}

describe('nn.utils.parametrize', () => {
  const make = (parametrization: torch.nn.Module = new Scaled()) =>
    parametrize.registerParametrization(new nn.Linear(2, 2), 'weight', parametrization as never);

  it('computes a tensor of another', () => {
    const layer = new nn.Linear(2, 2);
    const original = layer.weight;
    const before = original.detach().clone();
    const parametrized = parametrize.registerParametrization(layer, 'weight', new Scaled());
    expect(torch.equal(layer.weight, before.mul(2))).to.equal(true);
    expect(parametrized.parametrizations.get('weight')?.originals[0]).to.equal(original);
    expect([...layer.namedParameters()].map(([name]) => name)).to.deep.equal([
      'bias',
      'parametrizations.weight.original',
    ]);
    expect(parametrize.isParametrized(layer)).to.equal(true);
    expect(parametrize.isParametrized(layer, 'bias')).to.equal(false);
    expect(parametrize.typeBeforeParametrizations(layer)).to.equal(nn.Linear);
    expect(layer).to.be.an.instanceOf(nn.Linear);
    layer(torch.ones([1, 2]))
      .sum()
      .backward();
    expect(original.grad?.tolist()).to.deep.equal([
      [2, 2],
      [2, 2],
    ]);
  });

  it('comes off again, with or without its value', () => {
    for (const leave of [true, false]) {
      const layer = new nn.Linear(2, 2);
      const original = layer.weight;
      const before = original.detach().clone();
      parametrize.registerParametrization(layer, 'weight', new Scaled());
      parametrize.removeParametrizations(layer, 'weight', leave);
      expect(layer.weight).to.equal(original);
      expect(torch.equal(layer.weight, before.mul(leave ? 2 : 1))).to.equal(true);
      expect([String(layer), layer.constructor]).to.deep.equal([String(new nn.Linear(2, 2)), nn.Linear]);
    }
  });

  it('is computed once while it is cached', () => {
    const scaled = new Scaled();
    const layer = make(scaled);
    scaled.calls = 0;
    const [a, b] = parametrize.cached(() => [torch.scope(() => layer.weight.sum() && layer.weight), layer.weight]);
    expect(a).to.equal(b);
    expect(scaled.calls).to.equal(1);
    expect(a?.isDisposed).to.equal(false);
    expect(layer.weight).to.not.equal(a);
    expect(() => parametrize.cached(async () => 1)).to.throw(TypeError, 'must be synchronous');
    expect(layer.weight).to.not.equal(layer.weight);
  });

  it('goes along with copies', () => {
    const layer = parametrizations.spectralNorm(new nn.Linear(3, 3)).eval();
    const copy = nn.deepcopy(layer);
    expect(String(copy)).to.equal(String(layer));
    expect(torch.equal(copy.weight, layer.weight)).to.equal(true);
    torch.noGrad(() => copy.parametrizations.get('weight')?.originals[0]?.mul_(0));
    expect(layer.weight.abs().sum().item()).to.be.greaterThan(0);
    parametrize.removeParametrizations(copy, 'weight');
    expect(parametrize.isParametrized(layer)).to.equal(true);
    expect(layer.weight.shape).to.deep.equal([3, 3]);
  });

  it('is transferred to another module', () => {
    const from = parametrizations.weightNorm(new nn.Linear(2, 2));
    const to = parametrize.transferParametrizationsAndParams(from, new nn.Linear(2, 2)) as typeof from;
    expect(torch.equal(to.weight, from.weight)).to.equal(true);
    expect(to.parametrizations.get('weight')?.originals).to.deep.equal(from.parametrizations.get('weight')?.originals);
  });

  it('lets its state outlive scopes, and leaves nothing else', () => {
    const layers = [
      () => parametrizations.spectralNorm(new nn.Linear(3, 2)),
      () => parametrizations.orthogonal(new nn.Linear(3, 2)),
      () => parametrizations.weightNorm(new nn.Linear(3, 2)),
      () => nn.utils.spectralNorm(new nn.Linear(3, 2)),
      () => nn.utils.weightNorm(new nn.Linear(3, 2)),
    ];
    for (const make of layers) {
      const layer = torch.scope(make);
      const x = torch.ones([1, 3]);
      expect(layer(x).shape).to.deep.equal([1, 2]);
      expect([...layer.stateDict().values()].every((each) => !each.isDisposed)).to.equal(true);
      torch.scope(() => void layer(x));
      expect(layer.weight.shape).to.deep.equal([2, 3]);
    }
  });

  it('refuses what does not fit', () => {
    class Wrong extends nn.Module {
      how: (x: Tensor) => unknown;
      constructor(how: (x: Tensor) => unknown) {
        super();
        this.how = how;
      }
      forward(x: Tensor): Tensor {
        return this.how(x) as Tensor;
      }
    }
    const register =
      (how: (x: Tensor) => unknown, options = {}) =>
      () =>
        parametrize.registerParametrization(new nn.Linear(2, 2), 'weight', new Wrong(how), options);
    expect(register(() => 3)).to.throw(TypeError, 'must be a Tensor, got 3');
    expect(register((x) => x.double())).to.throw(torch.DTypeError, 'must be float32, got float64');
    expect(register((x) => x.sum())).to.throw(torch.ShapeError, 'must be [2,2], got []');
    expect(register((x) => x.double(), { unsafe: true })).to.not.throw();
    const layer = make();
    const again = (how: (x: Tensor) => unknown) => () =>
      parametrize.registerParametrization(layer, 'weight', new Wrong(how));
    expect(again((x) => x.half())).to.throw(torch.DTypeError, 'must be float32, as the tensor that is parametrised');
    expect(again((x) => x.flatten())).to.throw(torch.ShapeError, 'must be [2,2], as the tensor');
    expect(() => Reflect.set(layer, 'weight', torch.ones([2, 2]))).to.throw(
      torch.TorchError,
      'parametrization Scaled does not implement rightInverse',
    );
    expect(() => parametrize.registerParametrization(layer, 'scale', new Scaled())).to.throw(
      RangeError,
      'has no parameter or buffer "scale"',
    );
    expect(() => parametrize.registerParametrization(layer, 'weight', {} as never)).to.throw(
      TypeError,
      'must be a Module',
    );
    expect(() => parametrize.removeParametrizations(layer, 'bias')).to.throw(
      RangeError,
      'no parametrised tensor "bias"',
    );
    const normed = parametrizations.weightNorm(new nn.Linear(2, 2));
    expect(() => parametrize.removeParametrizations(normed, 'weight', false)).to.throw(
      RangeError,
      'has several originals',
    );
  });

  it('refuses what the ready ones cannot do', () => {
    const linear = () => new nn.Linear(2, 3);
    expect(() => parametrizations.orthogonal(linear(), 'bias')).to.throw(
      torch.ShapeError,
      'at least 2 dimensions, got [3]',
    );
    expect(() => parametrizations.orthogonal(linear(), 'weight', 'qr' as never)).to.throw(RangeError, 'got "qr"');
    expect(() => parametrizations.orthogonal(linear(), 'none')).to.throw(RangeError, 'no parameter or buffer "none"');
    expect(() => parametrizations.spectralNorm(linear(), { nPowerIterations: 0 })).to.throw(
      RangeError,
      'at least 1, got 0',
    );
    expect(() => parametrizations.spectralNorm(linear(), { dim: 2 })).to.throw(
      RangeError,
      'dim must be in [-2, 1], got 2',
    );
    const rotated = parametrizations.orthogonal(linear(), { orthogonalMap: 'cayley', useTrivialization: false });
    expect(() => Reflect.set(rotated, 'weight', torch.eye(3, 2))).to.throw(torch.TorchError, 'does not implement');
    const square = parametrizations.orthogonal(linear());
    expect(() => Reflect.set(square, 'weight', torch.eye(3))).to.throw(torch.ShapeError, 'must be [3,2], got [3,3]');
    const old = nn.utils.weightNorm(linear());
    expect(() => nn.utils.weightNorm(old)).to.throw(RangeError, 'Linear has it on weight already');
    expect(() => nn.utils.removeSpectralNorm(old)).to.throw(RangeError, "Linear has no spectralNorm on 'weight'");
    expect(() => nn.utils.spectralNorm(linear(), 'none')).to.throw(RangeError, 'has no parameter "none"');
    expect(() => nn.deepcopy(old)).to.throw(torch.TorchError, 'only leaves can be copied');
  });
});
