import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

const { nn } = torch;
const relu = () => new nn.ReLU();

describe('ModuleList', () => {
  it('gives its modules by position and in order, and has them found', () => {
    const [a, b, c] = [new nn.Linear(1, 2), relu(), new nn.Linear(2, 3)] as const;
    const list = new nn.ModuleList<torch.nn.Module>([a, b]);
    list.append(c);
    expect([list.length, list[0], list.at(-1), list.at(5)]).to.deep.equal([3, a, c, undefined]);
    expect([...list]).to.deep.equal([a, b, c]);
    list[1] = c;
    expect([...list]).to.deep.equal([a, c, c]);
    expect([...list.parameters()]).to.have.lengthOf(4);
    expect(list.pop(0)).to.equal(a);
    expect([...list.namedChildren()].map(([name]) => name)).to.deep.equal(['0']);
  });

  it('takes any iterable, itself included', () => {
    const list = new nn.ModuleList(new Set([relu(), relu()]));
    list.extend(list);
    expect(list.length).to.equal(4);
  });

  it('is trained, moved and named by its owner', () => {
    class Net extends nn.Module {
      layers = new nn.ModuleList([new nn.Linear(2, 2), new nn.Linear(2, 2)]);
      forward(x: torch.Tensor): torch.Tensor {
        let out = x;
        for (const layer of this.layers) out = layer(out);
        return out;
      }
    }
    const net = new Net().eval().double();
    expect(net.layers[1]?.training).to.equal(false);
    expect(net(torch.ones([2], { dtype: 'float64' })).dtype).to.equal('float64');
    expect([...net.stateDict().keys()]).to.include('layers.1.weight');
  });

  it('refuses what is no module and positions beyond', () => {
    const list = new nn.ModuleList([relu()]);
    const wrong: [() => unknown, typeof TypeError | typeof RangeError, string][] = [
      [() => new nn.ModuleList([torch.relu as never]), TypeError, 'ModuleList: layer 0 must be a Module'],
      [() => new nn.ModuleList(3 as never), TypeError, 'ModuleList.extend: modules must be iterable, got 3'],
      [() => list.extend(null as never), TypeError, 'modules must be iterable, got null'],
      [() => list.append(undefined as never), TypeError, 'layer 1 must be a Module, got undefined'],
      [() => list.set(1, relu()), RangeError, 'ModuleList.set: position must be in [-1, 1), got 1'],
      [() => list.pop(-2), RangeError, 'ModuleList.pop: position must be in [-1, 1), got -2'],
      [() => list.pop('0' as never), RangeError, 'position must be in [-1, 1), got "0"'],
      [() => list.insert(3, relu()), RangeError, 'ModuleList.insert: position must be from -1 to 1, got 3'],
      [() => list.insert(0.5, relu()), RangeError, 'position must be from -1 to 1, got 0.5'],
      [() => list.insert(0, null as never), TypeError, 'layer 0 must be a Module, got null'],
    ];
    for (const [act, kind, message] of wrong) expect(act, message).to.throw(kind, message);
    expect(list.length).to.equal(1);
    expect(() => (list as unknown as () => void)()).to.throw(
      torch.TorchError,
      'Module [ModuleList] is missing the required "forward" function',
    );
  });
});

describe('Sequential', () => {
  it('is computed again after every change', () => {
    const double = new nn.Linear(1, 1, false);
    torch.noGrad(() => double.weight.fill_(2));
    const one = torch.ones([1]);
    const model = new nn.Sequential(double, new nn.Identity());
    expect(model.insert(0, double).extend([double])(one).item()).to.equal(8);
    model.pop(-1);
    expect(model(one).item()).to.equal(4);
    expect(model.mul(2)(one).item()).to.equal(16);
    expect([...model.mul(2).parameters()]).to.have.lengthOf(1);
    expect(model.add(model)(one).item()).to.equal(16);
    model.set(-1, double);
    expect(model(one).item()).to.equal(8);
  });

  it('refuses to insert between names, and to be taken no times', () => {
    const named = new nn.Sequential({ a: relu() });
    expect(() => named.insert(0, relu())).to.throw(RangeError, 'must be named by position, got [a]');
    expect(() => named.mul(0)).to.throw(RangeError, 'Sequential.mul: times must be at least 1, got 0');
  });
});

describe('ModuleDict', () => {
  it('gives, replaces and takes out by name, in the order in which names came', () => {
    const [a, b] = [relu(), new nn.Linear(1, 1)];
    const dict = new nn.ModuleDict<torch.nn.Module>(new Map<string, torch.nn.Module>([['b', b]]));
    dict.set('a', a);
    expect([dict.length, dict.get('a'), dict.has('b'), dict.get('c')]).to.deep.equal([2, a, true, undefined]);
    expect([...dict]).to.deep.equal(['b', 'a']);
    expect([...dict.values()]).to.deep.equal([b, a]);
    expect(Object.fromEntries(dict.items())).to.deep.equal({ a, b });
    expect([dict.delete('b'), dict.delete('b')]).to.deep.equal([true, false]);
    expect(dict.set('b', b).pop('a')).to.equal(a);
    expect([...dict.keys()]).to.deep.equal(['b']);
    dict.clear();
    expect([...dict.parameters()]).to.deep.equal([]);
  });

  it('refuses what is no module and names that are taken', () => {
    const dict = new nn.ModuleDict();
    const wrong: [() => unknown, typeof TypeError | typeof RangeError, string][] = [
      [() => new nn.ModuleDict({ a: 3 as never }), TypeError, 'ModuleDict: a must be a Module, got 3'],
      [() => dict.set('a', null as never), TypeError, 'ModuleDict: a must be a Module, got null'],
      [() => dict.set('keys', relu()), TypeError, "already has a field or method 'keys'"],
      [() => dict.set('a.b', relu()), TypeError, 'name must be a string without dots'],
      [() => dict.update(['ab'] as never), TypeError, 'entry 0 must be a pair of name and value, got "ab"'],
      [() => dict.update('ab' as never), TypeError, 'expected an object, a Map or pairs, got "ab"'],
      [() => dict.pop('keys'), RangeError, 'there is no module "keys"'],
    ];
    for (const [act, kind, message] of wrong) expect(act, message).to.throw(kind, message);
    expect(dict.length).to.equal(0);
  });
});

describe('ParameterList and ParameterDict', () => {
  it('make parameters of tensors and keep those that are', () => {
    const parameter = new nn.Parameter(torch.ones([1]), false);
    const list = new nn.ParameterList([parameter, torch.zeros([2])]);
    expect([list.length, list[0], list.at(-2)]).to.deep.equal([2, parameter, parameter]);
    expect(list.at(1)).to.be.an.instanceOf(nn.Parameter);
    expect(list.at(2)).to.equal(undefined);
    expect([...list.parameters()]).to.deep.equal([...list]);
    const dict = new nn.ParameterDict({ b: parameter });
    dict.set('a', torch.zeros([2])).set('none', null);
    expect([dict.get('b'), dict.get('none'), dict.get('c'), dict.length]).to.deep.equal([parameter, null, null, 3]);
    expect(dict.get('c', parameter)).to.equal(parameter);
    expect(dict.setdefault('b', torch.zeros([9]))).to.equal(parameter);
    expect([...dict.namedParameters()].map(([name]) => name)).to.deep.equal(['b', 'a']);
    expect([dict.has('none'), dict.delete('none'), dict.has('none')]).to.deep.equal([true, true, false]);
    expect(dict.popitem()[0]).to.equal('a');
    dict.clear();
    expect([...dict.keys(), ...dict.values()]).to.deep.equal([]);
  });

  it('outlive the scope in which they were made', () => {
    const [list, dict] = torch.scope(() => [
      new nn.ParameterList([torch.ones([2])]),
      new nn.ParameterDict({ a: torch.ones([2]) }),
    ]);
    expect(list?.stateDict().get('0')?.tolist()).to.deep.equal([1, 1]);
    expect(dict?.stateDict().get('a')?.tolist()).to.deep.equal([1, 1]);
  });

  it('refuse what is no tensor, and to be called', () => {
    const list = new nn.ParameterList();
    const dict = new nn.ParameterDict();
    const wrong: [() => unknown, typeof TypeError | typeof RangeError | typeof torch.TorchError, string][] = [
      [() => new nn.ParameterList([1] as never), TypeError, 'ParameterList: parameter 0 must be a Tensor, got 1'],
      [() => list.extend(torch.ones([2]) as never), TypeError, 'parameters must be iterable and no Tensor'],
      [() => list.set(0, torch.ones([2])), RangeError, 'ParameterList.set: position must be in [0, 0), got 0'],
      [() => list.append(torch.tensor([1n])), torch.TorchError, 'floating point'],
      [() => dict.set('a', 'b' as never), TypeError, 'ParameterDict: a must be a Tensor, got "b"'],
      [() => dict.set('copy', torch.ones([1])), TypeError, "already has a field or method 'copy'"],
      [() => dict.pop('a'), RangeError, 'ParameterDict.pop: there is no parameter "a"'],
      [() => dict.popitem(), RangeError, 'ParameterDict.popitem: there is no parameter'],
      [() => (list as unknown as () => void)(), torch.TorchError, 'ParameterList should not be called.'],
      [() => (dict as unknown as () => void)(), torch.TorchError, 'ParameterDict should not be called.'],
    ];
    for (const [act, kind, message] of wrong) expect(act, message).to.throw(kind, message);
    expect([list.length, dict.length]).to.deep.equal([0, 0]);
  });
});
