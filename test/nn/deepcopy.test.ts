import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

const { nn } = torch;
type Tensor = torch.Tensor;

class Net extends nn.Module {
  hidden = new nn.Linear(3, 3);
  tied = this.hidden;
  scales = new nn.ParameterList([torch.ones([1]), torch.zeros([1])]);
  named = new nn.ParameterDict({ shift: torch.ones([1]) });
  blocks = new nn.Sequential(new Map([['first', new nn.Linear(3, 3)]]));
  list = new nn.ModuleList(Array.from({ length: 11 }, () => new nn.ReLU()));
  heads = new nn.ModuleDict({ b: new nn.Linear(3, 1), a: new nn.Linear(3, 2) });
  steps = this.registerBuffer('steps', torch.zeros([1]));
  cache = this.registerBuffer('cache', torch.zeros([1]), false);
  activation = torch.relu;
  sizes = { shapes: [[3], [4]], byName: new Map([['w', this.hidden.weight]]), marks: new Set([1]) };

  forward(x: Tensor): Tensor {
    return this.activation(this.blocks(this.hidden(x)).mul(this.scales[0]!));
  }
}

describe('deepcopy', () => {
  it('has the same state, names, order, printed form and results, in other memory', () => {
    const net = new Net().eval();
    net.hidden.bias!.requiresGrad = false;
    const copy = nn.deepcopy(net);
    expect(copy).to.be.an.instanceOf(Net);
    expect(String(copy)).to.equal(String(net));
    const names = (module: Net) =>
      [[...module.namedModules()], [...module.namedParameters()]].map((list) => list.map(([name]) => name));
    expect(names(copy)).to.deep.equal(names(net));
    const [ours, theirs] = [copy.stateDict(), net.stateDict()];
    expect([...ours.keys()]).to.deep.equal([...theirs.keys()]);
    for (const [name, tensor] of ours) {
      const original = theirs.get(name) as Tensor;
      expect(torch.equal(tensor, original), name).to.equal(true);
      expect(tensor.dataPtr(), name).to.not.equal(original.dataPtr());
    }
    const x = torch.randn([2, 3]);
    expect(torch.equal(copy(x), net(x))).to.equal(true);
    expect([copy.training, copy.hidden.training, copy.hidden.bias?.requiresGrad]).to.deep.equal([false, false, false]);
    expect([...copy.namedBuffers()].map(([name]) => name)).to.deep.equal(['steps', 'cache']);
  });

  it('shares what is shared, and copies what fields hold', () => {
    const net = new Net();
    const copy = nn.deepcopy(net);
    expect(copy.tied).to.equal(copy.hidden);
    expect(copy.hidden).to.not.equal(net.hidden);
    expect(copy.sizes.byName.get('w')).to.equal(copy.hidden.weight);
    expect(copy.sizes).to.deep.include({ shapes: [[3], [4]], marks: new Set([1]) });
    expect(copy.sizes.shapes).to.not.equal(net.sizes.shapes);
    expect(copy.activation).to.equal(net.activation);
  });

  it('can be changed and extended as the original', () => {
    const copy = nn.deepcopy(new Net());
    copy.blocks.append(new nn.ReLU());
    copy.scales.append(torch.ones([1]));
    copy.named.set('more', torch.ones([1]));
    copy.registerBuffer('later', torch.ones([1]));
    expect([copy.blocks.length, copy.list.length, copy.scales.length, copy.named.length]).to.deep.equal([2, 11, 3, 2]);
    expect(copy.stateDict().has('later')).to.equal(true);
    copy.double();
    expect(copy.steps.dtype).to.equal('float64');
  });

  it('runs the hooks', () => {
    const net = new Net();
    net.registerForwardHook((_, __, output) => output.mul(0));
    expect(
      nn
        .deepcopy(net)(torch.ones([3]))
        .abs()
        .sum()
        .item(),
    ).to.equal(0);
  });

  it('outlives the scope that it was made in, and leaves nothing else', () => {
    const net = new Net();
    const { tensors } = torch.memory();
    const copy = torch.scope(() => nn.deepcopy(net));
    const copied = torch.memory().tensors - tensors;
    expect(copied).to.equal([...copy.parameters(), ...copy.buffers()].length);
    expect(copy(torch.ones([3])).shape).to.deep.equal([3]);
  });

  it('has been thought of by every module: none has private members that a copy would lack', () => {
    const bases = [nn.ParameterList, nn.ParameterDict, nn.Sequential, nn.ModuleList, nn.Module];
    for (const [name, value] of Object.entries(nn)) {
      if (typeof value !== 'function' || !(value.prototype instanceof nn.Module)) continue;
      for (let each = value; each !== Function.prototype; each = Object.getPrototypeOf(each)) {
        if (bases.includes(each as never) || each.name === 'ModuleSequence') break;
        expect(/^\s*(?:static )?(?:get |set )?#\w/m.test(String(each)), `${name}, ${each.name}`).to.equal(false);
      }
    }
  });

  it('refuses tensors that belong to a graph, and what is no module', () => {
    const net = new nn.Linear(2, 2) as torch.nn.Linear & { extra: Tensor };
    net.extra = net.weight.mul(2);
    expect(() => nn.deepcopy(net)).to.throw(torch.TorchError, 'only leaves can be copied');
    expect(() => nn.deepcopy({} as never)).to.throw(TypeError, 'module must be a Module');
  });
});
