import { inspect } from 'node:util';
import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

const { nn } = torch;

class Net extends nn.Module {
  hidden = new nn.Linear(3, 4);
  out = new nn.Linear(4, 2, { bias: false });
  note = 'not a parameter';
  list = [new nn.Linear(1, 1)];

  forward(x: torch.Tensor): torch.Tensor {
    return this.out(torch.relu(this.hidden(x)));
  }
}

class Pair extends nn.Module {
  forward(a: torch.Tensor, b: torch.Tensor, scale = 1): [torch.Tensor, number] {
    return [a.add(b), scale];
  }
}

/** A module whose children are registered, not declared. */
class Container extends nn.Module {
  forward(x: torch.Tensor): torch.Tensor {
    return x;
  }
}

const names = (entries: Iterable<[string, unknown]>) => [...entries].map(([name]) => name);

describe('Module', () => {
  it('is called like a function, with the arguments of forward', () => {
    const net = new Net();
    const x = torch.randn([5, 3]);
    expect(net(x).shape).to.deep.equal([5, 2]);
    expect(torch.equal(net(x), net.forward(x))).to.equal(true);
    const [sum, scale] = new Pair()(torch.ones([2]), torch.ones([2]), 3);
    expect([sum.tolist(), scale]).to.deep.equal([[2, 2], 3]);
  });

  it('is an instance of its class and of its bases, and nothing of a function', () => {
    const net = new Net();
    expect(net).to.be.an.instanceOf(Net);
    expect(net).to.be.an.instanceOf(nn.Module);
    expect(net).not.to.be.an.instanceOf(Function);
    expect(net.constructor).to.equal(Net);
    expect('name' in net, 'name').to.equal(false);
    expect('length' in net, 'length').to.equal(false);
    expect(Object.keys(net)).to.deep.equal(['training', 'hidden', 'out', 'note', 'list']);
  });

  it('may have fields called name and length, and private ones', () => {
    class Named extends nn.Module {
      override name = 'first';
      override length = 7;
      readonly #secret = 3;
      forward(x: torch.Tensor): torch.Tensor {
        return x.mul(this.#secret);
      }
    }
    const named = new Named();
    expect([named.name, named.length]).to.deep.equal(['first', 7]);
    expect(named(torch.ones([1])).item()).to.equal(3);
  });

  it('finds parameters and children among its fields, in their order', () => {
    const net = new Net();
    expect(names(net.namedParameters())).to.deep.equal(['hidden.weight', 'hidden.bias', 'out.weight']);
    expect(names(net.namedChildren())).to.deep.equal(['hidden', 'out']);
    expect(names(net.namedModules())).to.deep.equal(['', 'hidden', 'out']);
    expect([...net.stateDict().keys()]).to.deep.equal(['hidden.weight', 'hidden.bias', 'out.weight']);
  });

  it('sees fields that change', () => {
    const net = new Net();
    net.out = new nn.Linear(4, 9);
    expect(net(torch.ones([3])).shape).to.deep.equal([9]);
    expect(names(net.namedParameters())).to.include('out.bias');
  });

  it('keeps the order in which children were registered, also of names that are numbers', () => {
    const container = new Container();
    for (const name of ['10', '2', 'x']) container.registerModule(name, new nn.Linear(1, 1));
    expect(names(container.namedChildren())).to.deep.equal(['10', '2', 'x']);
    expect(names(container.namedParameters())[0]).to.equal('10.weight');
    expect(String(container)).to.match(/\(10\)[\s\S]*\(2\)[\s\S]*\(x\)/);
  });

  it('lists what two fields share once', () => {
    const container = new Container();
    const linear = new nn.Linear(1, 1);
    container.registerModule('a', linear);
    container.registerModule('b', linear);
    expect(names(container.namedParameters())).to.deep.equal(['a.weight', 'a.bias']);
    expect([...container.stateDict().keys()]).to.deep.equal(['a.weight', 'a.bias', 'b.weight', 'b.bias']);
    expect([...container.modules()]).to.have.lengthOf(2);
  });

  describe('registration', () => {
    it('adds buffers, of which only persistent ones are in the state dict', () => {
      const container = new Container();
      const mean = container.registerBuffer('mean', torch.zeros([2]));
      container.registerBuffer('cache', torch.zeros([2]), false);
      container.registerBuffer('later', null);
      expect(mean).to.equal(container.getBuffer('mean'));
      expect(names(container.namedBuffers())).to.deep.equal(['mean', 'cache']);
      expect([...container.stateDict().keys()]).to.deep.equal(['mean']);
    });

    it('keeps buffers and parameters alive when a scope ends', () => {
      const container = torch.scope(() => {
        const made = new Container();
        made.registerBuffer('mean', torch.ones([2]));
        made.registerParameter('gain', new nn.Parameter(torch.ones([2])));
        return made;
      });
      expect(container.getBuffer('mean').tolist()).to.deep.equal([1, 1]);
      expect(container.getParameter('gain').tolist()).to.deep.equal([1, 1]);
    });

    it('refuses what does not fit', () => {
      const container = new Container();
      container.registerParameter('absent', null);
      expect([...container.parameters()]).to.deep.equal([]);
      const wrong: [() => unknown, RegExp][] = [
        [() => container.registerModule('a.b', new nn.Identity()), /name must be a string without dots, got "a.b"/],
        [() => container.registerModule('', new nn.Identity()), /name must be a string without dots/],
        [() => container.registerModule('forward', new nn.Identity()), /already has a field or method 'forward'/],
        [() => container.registerBuffer('training', torch.ones([1])), /already has a field or method 'training'/],
        [() => container.registerBuffer('b', 3 as never), /b must be a Tensor or null, got 3/],
        [
          () => container.registerParameter('p', torch.ones([1]) as never),
          /p must be a Parameter or null, got a Tensor/,
        ],
        [() => container.registerModule('m', {} as never), /m must be a Module or null, got an object/],
      ];
      for (const [act, message] of wrong) expect(act).to.throw(TypeError, message);
    });

    it('finds by dotted name, and says what is not there', () => {
      const model = new nn.Sequential(new Net());
      expect(model.getSubmodule('0.hidden')).to.be.an.instanceOf(nn.Linear);
      expect(model.getSubmodule('')).to.equal(model);
      expect(model.getParameter('0.hidden.bias').shape).to.deep.equal([4]);
      expect(() => model.getSubmodule('0.nothing')).to.throw(RangeError, "Net has no module nothing, got '0.nothing'");
      expect(() => model.getParameter('0.note')).to.throw(RangeError, "no parameter '0.note'");
      expect(() => model.getBuffer('0.hidden.bias')).to.throw(RangeError, "no buffer '0.hidden.bias'");
    });
  });

  it('sets training mode below, and refuses other values', () => {
    const model = new nn.Sequential(new nn.Dropout(0.5), new Net());
    expect(model.eval()).to.equal(model);
    expect([...model.modules()].map((module) => module.training)).to.deep.equal(new Array(5).fill(false));
    expect(model(torch.ones([2, 3])).shape).to.deep.equal([2, 2]);
    model.train();
    expect(model[0]?.training).to.equal(true);
    expect(() => model.train(1 as never)).to.throw(TypeError, 'train: mode must be a boolean, got 1');
  });

  it('applies a function to children first', () => {
    const seen: string[] = [];
    new nn.Sequential(new Net(), new nn.ReLU()).apply((module) => seen.push(module.constructor.name));
    expect(seen).to.deep.equal(['Linear', 'Linear', 'Net', 'ReLU', 'Sequential']);
  });

  it('changes dtype in place: the same parameters, their gradients and floating buffers too', () => {
    const net = new Net();
    net.registerBuffer('count', torch.tensor([1n]));
    net.registerBuffer('mean', torch.ones([1]));
    net(torch.ones([3]))
      .sum()
      .backward();
    const before = [...net.parameters()];
    expect(net.to('float64')).to.equal(net);
    expect([...net.parameters()]).to.deep.equal(before);
    expect(before.map((each) => [each.dtype, each.grad?.dtype])).to.deep.equal(
      new Array(3).fill(['float64', 'float64']),
    );
    expect([...net.buffers()].map((each) => each.dtype)).to.deep.equal(['int64', 'float64']);
    expect(net(torch.ones([3], { dtype: 'float64' })).dtype).to.equal('float64');
    net.half();
    expect(before[0]?.dtype).to.equal('float16');
    expect(() => net.to('int64')).to.throw(TypeError, 'to: dtype must be floating or complex for a module, got int64');
    expect(() => net.to('nowhere' as never)).to.throw(TypeError);
  });

  it('moves to a device without data, with new parameters, since those there share no memory', () => {
    const net = new Net().to('meta');
    expect([...net.parameters()].map((each) => each.device)).to.deep.equal(['meta', 'meta', 'meta']);
    expect(net.out.weight.requiresGrad).to.equal(true);
    expect(net.hidden(torch.ones([5, 3], { device: 'meta' })).shape).to.deep.equal([5, 4]);
  });

  it('keeps shared parameters shared wherever it moves', () => {
    for (const move of [
      (module: torch.nn.Module) => module.to('float64'),
      (module: torch.nn.Module) => module.to('meta'),
      (module: torch.nn.Module) => module.toEmpty({ device: 'meta' }),
    ]) {
      const net = new Net();
      const tied = new nn.Linear(3, 4);
      tied.weight = net.hidden.weight;
      const both = move(new nn.Sequential(net, tied)) as torch.nn.Sequential;
      expect((both[1] as torch.nn.Linear).weight).to.equal((both[0] as Net).hidden.weight);
    }
  });

  it('casts everything to a type, and lies in a memory format', () => {
    const conv = new nn.Conv2d(2, 3, 2);
    conv.registerBuffer('count', torch.tensor([1n]));
    conv.type('float64');
    expect([conv.weight.dtype, conv.getBuffer('count').dtype]).to.deep.equal(['float64', 'float64']);
    conv.to({ memoryFormat: 'channels_last', dtype: 'float32' });
    expect([conv.weight.strides, conv.weight.dtype]).to.deep.equal([[8, 1, 4, 2], 'float32']);
    expect(() => conv.type('nothing' as never)).to.throw(TypeError, 'type: dtype');
  });

  it('takes new memory elsewhere without values', () => {
    const net = new Net().to('meta');
    net.registerBuffer('mean', torch.ones([2], { device: 'meta' }));
    expect(net.toEmpty({ device: 'cpu', recurse: false })).to.equal(net);
    expect([net.getBuffer('mean').device, net.out.weight.device]).to.deep.equal(['cpu', 'meta']);
    net.toEmpty({ device: 'cpu' });
    expect(net.out.weight).to.be.an.instanceOf(nn.Parameter);
    expect(net(torch.ones([3])).shape).to.deep.equal([2]);
    expect(() => net.toEmpty({ devise: 'cpu' } as never)).to.throw(TypeError, 'toEmpty: there is no option devise');
  });

  it('replaces submodules by dotted name', () => {
    const model = new nn.Sequential(new Net());
    model.setSubmodule('0.hidden', new nn.Linear(3, 9));
    expect(model.getParameter('0.hidden.weight').shape).to.deep.equal([9, 3]);
    model.setSubmodule('0.extra', new nn.ReLU());
    expect(model.getSubmodule('0.extra')).to.be.an.instanceOf(nn.ReLU);
    const wrong: [() => unknown, typeof TypeError | typeof RangeError, string][] = [
      [() => model.setSubmodule('', new nn.ReLU()), RangeError, 'target must name a submodule'],
      [() => model.setSubmodule('0', 3 as never), TypeError, 'module must be a Module, got 3'],
      [() => model.setSubmodule('0.note', new nn.ReLU()), RangeError, "Net has no module note, got '0.note'"],
      [() => model.setSubmodule('0.new', new nn.ReLU(), true), RangeError, "Net has no module new, got '0.new'"],
      [() => model.setSubmodule('7.new', new nn.ReLU()), RangeError, 'has no module 7'],
    ];
    for (const [act, kind, message] of wrong) expect(act, message).to.throw(kind, message);
  });

  it('forgets gradients, or sets them to zero', () => {
    const net = new Net();
    net(torch.ones([3]))
      .sum()
      .backward();
    net.zeroGrad(false);
    expect(net.out.weight.grad?.abs().sum().item()).to.equal(0);
    net.zeroGrad();
    expect(net.out.weight.grad).to.equal(null);
  });

  it('freezes its parameters', () => {
    const net = new Net().requiresGrad_(false);
    expect(net(torch.ones([3])).requiresGrad).to.equal(false);
  });

  it('shares memory with its state dict, which loads into another of its kind', () => {
    const [one, two] = [new Net(), new Net()];
    const state = one.stateDict();
    expect(state.get('out.weight')?.requiresGrad).to.equal(false);
    expect(two.loadStateDict(state)).to.deep.equal({ missingKeys: [], unexpectedKeys: [] });
    torch.noGrad(() => one.out.weight.zero_());
    expect(state.get('out.weight')?.abs().sum().item(), 'shared').to.equal(0);
    expect(two.out.weight.abs().sum().item(), 'copied').to.be.above(0);
    expect(torch.equal(two.hidden.weight, one.hidden.weight)).to.equal(true);
    expect(() => one.loadStateDict([] as never)).to.throw(TypeError, 'expected a Map or an object of tensors');
  });

  it('loads a state dict by assignment', () => {
    const net = new Net();
    const state = new Map([...net.stateDict()].map(([key, value]) => [key, value.to('float64').add(1)]));
    net.loadStateDict(state, { assign: true });
    expect(net.hidden.weight).to.be.an.instanceOf(nn.Parameter);
    expect(net.hidden.weight.dtype).to.equal('float64');
    expect(net.hidden.weight.requiresGrad).to.equal(true);
  });

  it('takes the parameters themselves where they are assigned', () => {
    const [one, two] = [new Net(), new Net().requiresGrad_(false)];
    two.loadStateDict(one.stateDict({ keepVars: true }), { assign: true });
    expect(two.out.weight).to.equal(one.out.weight);
    expect(one.out.weight.requiresGrad).to.equal(false);
  });

  it('adds to a state dict that is given, through the methods of its children', () => {
    class Renamed extends nn.Linear {
      override stateDict(options: torch.nn.StateDictOptions = {}): torch.nn.StateDict {
        return super.stateDict({ ...options, prefix: `${options.prefix}renamed.` });
      }
    }
    const destination: torch.nn.StateDict = new Map([['first', torch.ones([1])]]);
    const model = new nn.Sequential(new Renamed(1, 1, false));
    expect(model.stateDict({ destination, prefix: 'm.' })).to.equal(destination);
    expect([...destination.keys()]).to.deep.equal(['first', 'm.0.renamed.weight']);
  });

  it('prints in the console as it prints in text', () => {
    const net = new Net();
    expect(inspect(net)).to.equal(String(net));
    expect(inspect({ net })).to.include('(hidden): Linear(in_features=3, out_features=4, bias=True)');
  });

  it('says that forward is missing, to those who write JavaScript', () => {
    const Base = nn.Module as unknown as new () => torch.nn.Layer;
    class Empty extends Base {}
    expect(() => new Empty()(torch.ones([1]))).to.throw(
      torch.TorchError,
      'Module [Empty] is missing the required "forward" function',
    );
  });
});
