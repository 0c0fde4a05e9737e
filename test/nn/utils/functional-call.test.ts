import { expect } from 'chai';
import * as torch from '../../../lib/index.ts';

const { nn } = torch;
const { functionalCall, stackModuleState } = torch.func;

class Tied extends nn.Module {
  a = new nn.Parameter(torch.ones([1]));
  b = this.a;
  count = this.registerBuffer('count', torch.zeros([1]));

  forward(x: torch.Tensor, options: { twice?: boolean } = {}): torch.Tensor {
    this.count = this.count.add(1);
    return x.mul(this.a).mul(options.twice === true ? this.b : 1);
  }
}

describe('torch.func', () => {
  it('calls with other tensors, and puts its own back', () => {
    const model = new Tied();
    const { a, count } = model;
    const state: Record<string, torch.Tensor> = { a: torch.tensor([3]), count: torch.zeros([1]) };
    const output = functionalCall(model, state, [torch.ones([1]), { twice: true }]) as torch.Tensor;
    expect(output.item()).to.equal(9);
    expect([model.a, model.b, model.count]).to.deep.equal([a, a, count]);
    expect(state.count?.item()).to.equal(1);
    expect([...model.stateDict().keys()]).to.deep.equal(['a', 'b', 'count']);
    const untied = functionalCall(model, new Map([['a', torch.tensor([3])]]), [torch.ones([1]), { twice: true }], {
      tieWeights: false,
    }) as torch.Tensor;
    expect(untied.item()).to.equal(3);
  });

  it('puts its own back where the call throws', () => {
    const model = new nn.Linear(2, 2);
    const { weight } = model;
    expect(() => functionalCall(model, { weight: torch.ones([2, 3]) }, torch.ones([2]))).to.throw(torch.TorchError);
    expect(model.weight).to.equal(weight);
  });

  it('takes several dictionaries, and the state of several modules', () => {
    const models = [new nn.BatchNorm1d(2), new nn.BatchNorm1d(2)].map((each) => each.eval());
    const [parameters, buffers] = stackModuleState(models);
    expect([...parameters].map(([name, { shape, requiresGrad }]) => [name, shape, requiresGrad])).to.deep.equal([
      ['weight', [2, 2], true],
      ['bias', [2, 2], true],
    ]);
    expect(buffers.get('running_var')?.shape).to.deep.equal([2, 2]);
    const second = (state: Map<string, torch.Tensor>) =>
      new Map([...state].map(([name, each]) => [name, each.select(0, 1)]));
    const x = torch.randn([3, 2]);
    const output = functionalCall(models[0]!, [second(parameters), second(buffers)], x) as torch.Tensor;
    expect(torch.equal(output, models[1]!(x))).to.equal(true);
  });

  it('refuses what does not fit', () => {
    const model = new Tied();
    const one = torch.ones([1]);
    expect(() => functionalCall(model, { a: one, c: one }, one, { strict: true })).to.throw(
      RangeError,
      "Error(s) in reparametrizing for Tied:\n\tUnexpected key(s): 'c'.\n\tMissing key(s): 'count'.",
    );
    expect(() => functionalCall(model, { a: one, b: torch.ones([1]) }, one)).to.throw(
      RangeError,
      'several tensors for a, b',
    );
    expect(() => functionalCall(model, { a: 3 as never }, one)).to.throw(TypeError, 'a must be a Tensor, got 3');
    expect(() => functionalCall(model, { 'x.y': one }, one)).to.throw(RangeError, 'has no module x');
    expect(() => functionalCall(model, { training: one }, one)).to.throw(
      TypeError,
      'training must be a tensor of the module',
    );
    expect(() => functionalCall(model, [{ a: one }, { a: one }], one)).to.throw(RangeError, 'a is in two dictionaries');
    expect(() => functionalCall(model, one as never, one)).to.throw(TypeError, 'must be a Map or an object');
    expect(() => functionalCall({} as never, {}, one)).to.throw(TypeError, 'module must be a Module');
    expect(() => stackModuleState([])).to.throw(RangeError, 'at least one');
    expect(() => stackModuleState([model, new nn.Linear(1, 1)])).to.throw(RangeError, 'of one class');
    expect(() => stackModuleState([new nn.Linear(1, 1), new nn.Linear(1, 1).requiresGrad_(false)])).to.throw(
      RangeError,
      'weight must have the same requiresGrad',
    );
  });
});
