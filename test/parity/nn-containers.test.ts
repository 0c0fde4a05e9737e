import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { expectSameBits, usePython } from './oracle.ts';

const { nn } = torch;
const linear = (inputs: number, outputs = inputs) => new nn.Linear(inputs, outputs);

/** Statements that make `m`, on both sides. */
const rows: readonly (readonly [source: string, make: () => torch.nn.Module])[] = [
  ['m = nn.ModuleList()', () => new nn.ModuleList()],
  [
    'm = nn.ModuleList([nn.Linear(2, 2) for _ in range(3)] + [nn.ReLU(), nn.Linear(2, 2)])',
    () => new nn.ModuleList([linear(2), linear(2), linear(2), new nn.ReLU(), linear(2)]),
  ],
  [
    'm = nn.Sequential(nn.ModuleList([nn.Sequential(nn.ReLU(), nn.Linear(1, 2)) for _ in range(2)]), nn.ModuleList())',
    () => {
      const list = new nn.ModuleList([1, 2].map(() => new nn.Sequential(new nn.ReLU(), linear(1, 2))));
      return new nn.Sequential(list as never, new nn.ModuleList() as never);
    },
  ],
  [
    'm = nn.ModuleList([nn.Linear(i, i) for i in range(1, 13)]); m.insert(1, nn.ReLU()); m.append(nn.Linear(7, 8))',
    () => {
      const list = new nn.ModuleList<torch.nn.Module>(Array.from({ length: 12 }, (_, i) => linear(i + 1)));
      return list.insert(1, new nn.ReLU()).append(linear(7, 8));
    },
  ],
  [
    'm = nn.ModuleList([nn.Linear(i, i) for i in range(1, 5)]); m.pop(1); m[-1] = nn.ReLU(); m = m + [nn.Identity()]',
    () => {
      const list = new nn.ModuleList<torch.nn.Module>([1, 2, 3, 4].map((size) => linear(size)));
      list.pop(1);
      list.set(-1, new nn.ReLU());
      return list.add([new nn.Identity()]);
    },
  ],
  [
    'm = nn.ModuleList([nn.Linear(i, i) for i in range(1, 5)])[1:3]',
    () => new nn.ModuleList([1, 2, 3, 4].map((size) => linear(size))).slice(1, 3),
  ],
  [
    'm = nn.Sequential(nn.Linear(1, 2), nn.ReLU()); m.insert(-1, nn.Linear(2, 2)); m.extend(nn.Sequential(nn.Linear(2, 3)))',
    () => new nn.Sequential(linear(1, 2), new nn.ReLU()).insert(-1, linear(2)).extend(new nn.Sequential(linear(2, 3))),
  ],
  [
    'm = nn.Sequential(nn.Linear(1, 2), nn.ReLU()) + nn.Sequential(nn.Linear(2, 3))',
    () => new nn.Sequential(linear(1, 2), new nn.ReLU()).add(new nn.Sequential(linear(2, 3))),
  ],
  ['m = nn.Sequential(nn.Linear(2, 2), nn.ReLU()) * 3', () => new nn.Sequential(linear(2), new nn.ReLU()).mul(3)],
  [
    'm = nn.Sequential(OrderedDict(a=nn.Linear(1, 2), b=nn.ReLU(), c=nn.Linear(2, 1))); m.pop(0); m.append(nn.ReLU())',
    () => {
      const model = new nn.Sequential({ a: linear(1, 2), b: new nn.ReLU(), c: linear(2, 1) });
      model.pop(0);
      return model.append(new nn.ReLU());
    },
  ],
  [
    'm = nn.Sequential(OrderedDict(a=nn.Linear(1, 2), b=nn.ReLU(), c=nn.Linear(2, 1)))[1:]',
    () => new nn.Sequential({ a: linear(1, 2), b: new nn.ReLU(), c: linear(2, 1) }).slice(1),
  ],
  [
    'm = nn.ModuleDict({"z": nn.Linear(1, 2), "a": nn.ReLU()}); m["b"] = nn.Linear(2, 3); m["z"] = nn.Linear(4, 5)',
    () =>
      new nn.ModuleDict<torch.nn.Module>({ z: linear(1, 2), a: new nn.ReLU() })
        .set('b', linear(2, 3))
        .set('z', linear(4, 5)),
  ],
  [
    'm = nn.ModuleDict([["10", nn.Linear(1, 2)], ["2", nn.Linear(2, 3)]]); m["10"] = m.pop("10"); m.update({"x": nn.ReLU()})',
    () => {
      const dict = new nn.ModuleDict<torch.nn.Module>([
        ['10', linear(1, 2)],
        ['2', linear(2, 3)],
      ]);
      dict.set('10', dict.pop('10'));
      dict.update(new nn.ModuleDict({ x: new nn.ReLU() }));
      return dict;
    },
  ],
  [
    'm = nn.ModuleDict({"a": nn.ReLU()}); m.clear()',
    () => {
      const dict = new nn.ModuleDict({ a: new nn.ReLU() });
      dict.clear();
      return dict;
    },
  ],
  [
    'm = nn.ParameterList([torch.zeros(2, 3), nn.Parameter(torch.ones(4), requires_grad=False)]); m.append(torch.ones(()))',
    () => new nn.ParameterList([torch.zeros([2, 3]), new nn.Parameter(torch.ones([4]), false)]).append(torch.ones([])),
  ],
  [
    'm = nn.ParameterList([torch.full((1,), float(i)) for i in range(12)]); m[-2] = torch.ones(2); m = m[1:]',
    () => {
      const list = new nn.ParameterList(Array.from({ length: 12 }, (_, i) => torch.full([1], i)));
      list.set(-2, torch.ones([2]));
      return list.slice(1);
    },
  ],
  ['m = nn.ParameterList([torch.zeros(1)])', () => new nn.ParameterList([torch.zeros([1])])],
  ['m = nn.ParameterList()', () => new nn.ParameterList()],
  [
    'm = nn.ParameterDict({"right": torch.zeros(2, 3), "left": torch.ones(4, dtype=torch.float64)})',
    () => new nn.ParameterDict({ right: torch.zeros([2, 3]), left: torch.ones([4], { dtype: 'float64' }) }),
  ],
  [
    'm = nn.ParameterDict(OrderedDict(right=torch.zeros(2), left=torch.ones(1).bfloat16())); m.setdefault("z"); m.pop("right")',
    () => {
      const dict = new nn.ParameterDict(
        new Map([
          ['right', torch.zeros([2])],
          ['left', torch.ones([1]).bfloat16()],
        ]),
      );
      dict.setdefault('z');
      dict.pop('right');
      return dict;
    },
  ],
  [
    'm = nn.ParameterDict([("b", torch.zeros(2)), ("a", torch.ones(1))]); m.popitem(); m["c"] = torch.ones(3); m = m.copy()',
    () => {
      const dict = new nn.ParameterDict([
        ['b', torch.zeros([2])],
        ['a', torch.ones([1])],
      ]);
      dict.popitem();
      return dict.set('c', torch.ones([3])).copy();
    },
  ],
  [
    'm = nn.ParameterDict().fromkeys(["y", "x"], torch.ones(1))',
    () => new nn.ParameterDict().fromkeys(['y', 'x'], torch.ones([1])),
  ],
];

describe('containers beside Python', () => {
  const python = usePython();

  for (const [source, make] of rows) {
    it(source, async () => {
      torch.manualSeed(2);
      const ours = make();
      const theirs = await python.run(`from collections import OrderedDict
torch.manual_seed(2)
${source}
text, keys, state = repr(m), list(m.state_dict().keys()), list(m.state_dict().values())
names = [n for n, _ in m.named_modules()] + [n for n, _ in m.named_parameters()]`);
      expect(String(ours)).to.equal(theirs.text);
      expect([...ours.stateDict().keys()]).to.deep.equal(theirs.keys);
      expectSameBits([...ours.stateDict().values()], theirs.state);
      const names = [...ours.namedModules(), ...ours.namedParameters()].map(([name]) => name);
      expect(names).to.deep.equal(theirs.names);
    });
  }

  it('print modules that are registered and not there', async () => {
    class Holder extends nn.Module {
      forward(x: torch.Tensor): torch.Tensor {
        return x;
      }
    }
    const holder = new Holder();
    holder.registerModule('first', null);
    holder.registerModule('second', new nn.ReLU());
    const { text } = await python.run(`
class Holder(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_module('first', None)
        self.register_module('second', nn.ReLU())
text = repr(Holder())`);
    expect(String(holder)).to.equal(text);
  });
});

describe('state dicts with hooks and extra state beside Python', () => {
  const python = usePython();

  class Counter extends nn.Module {
    weight = new nn.Parameter(torch.ones([2]));
    count = torch.tensor([1n]);

    override getExtraState(): torch.Tensor {
      return this.count;
    }

    override setExtraState(state: torch.Tensor): void {
      this.count = state;
    }

    forward(x: torch.Tensor): torch.Tensor {
      return x.mul(this.weight);
    }
  }

  class Net extends nn.Module {
    first = new Counter();
    second = new nn.Linear(2, 2);

    forward(x: torch.Tensor): torch.Tensor {
      return this.second(this.first(x));
    }
  }

  const pythonNet = `
class Counter(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(2))
        self.count = torch.tensor([1])
    def get_extra_state(self):
        return self.count
    def set_extra_state(self, state):
        self.count = state

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = Counter()
        self.second = nn.Linear(2, 2)

def attempt(act):
    try:
        keys = act()
        return [list(keys.missing_keys), list(keys.unexpected_keys)]
    except RuntimeError as error:
        return str(error)
`;

  function attempt(act: () => torch.nn.IncompatibleKeys): unknown {
    try {
      const { missingKeys, unexpectedKeys } = act();
      return [missingKeys, unexpectedKeys];
    } catch (error) {
      if (error instanceof torch.CheckpointError) return error.message;
      throw error;
    }
  }

  it('have the extra state among their keys, in order, and load it', async () => {
    const [one, two] = [new Net(), new Net()];
    one.first.count = torch.tensor([7n]);
    const { keys } = await python.run(`${pythonNet}\nkeys = list(Net().state_dict().keys())`);
    const state = one.stateDict();
    expect([...state.keys()]).to.deep.equal(keys);
    two.loadStateDict(state);
    expect(two.first.count.tolist()).to.deep.equal([7]);
  });

  it('say what is missing or too many, extra state included', async () => {
    const cases = {
      all: { 'first.weight': torch.ones([2]), 'second.weight': torch.ones([2, 2]), 'second.bias': torch.ones([2]) },
      none: {},
      many: { 'second._extra_state': torch.ones([1]), _extra_state: torch.ones([1]), 'first.x': torch.ones([1]) },
    };
    for (const [name, state] of Object.entries(cases)) {
      const { strict, lenient } = await python.run(
        `${pythonNet}
strict = attempt(lambda: Net().load_state_dict(state))
lenient = attempt(lambda: Net().load_state_dict(state, strict=False))`,
        { state },
      );
      expect(
        attempt(() => new Net().loadStateDict(state)),
        name,
      ).to.deep.equal(strict);
      expect(
        attempt(() => new Net().loadStateDict(state, { strict: false })),
        name,
      ).to.deep.equal(lenient);
    }
  });

  it('run hooks in the order and with the arguments that Python gives them', async () => {
    const seen: unknown[] = [];
    const net = new Net();
    net.registerStateDictPreHook((_, prefix, keepVars) => void seen.push(['pre', prefix, keepVars]));
    net.second.registerStateDictPreHook((_, prefix, keepVars) => void seen.push(['pre', prefix, keepVars]));
    for (const module of [net, net.first]) {
      module.registerStateDictPostHook((_, state, prefix) => void seen.push(['post', [...state.keys()], prefix]));
    }
    net.first.registerStateDictPostHook((_, state) => void state.delete('m.first._extra_state'));
    const state = net.stateDict({ prefix: 'm.', keepVars: true });
    for (const module of [net, net.first, net.second]) {
      module.registerLoadStateDictPreHook((_, given, prefix, __, strict, missing, unexpected, errors) => {
        seen.push(['load', [...given.keys()], prefix, strict, [...missing], [...unexpected], [...errors]]);
      });
      module.registerLoadStateDictPostHook((_, keys) => {
        seen.push(['loaded', [...keys.missingKeys], [...keys.unexpectedKeys]]);
      });
    }
    net.first.registerLoadStateDictPreHook((_, given, prefix) => {
      given.set(`${prefix}weight`, given.get(`${prefix}gain`));
      given.delete(`${prefix}gain`);
    });
    net.registerLoadStateDictPostHook((_, keys) => void keys.missingKeys.splice(0));
    const given = { 'first.gain': torch.full([2], 3), 'second.weight': torch.ones([2, 2]), top: torch.ones([1]) };
    const result = attempt(() => net.loadStateDict(given, { strict: false }));
    const theirs = await python.run(
      `${pythonNet}
net = Net()
_seen = []
for _m in [net, net.second]:
    _m.register_state_dict_pre_hook(lambda m, prefix, keep: _seen.append(['pre', prefix, keep]))
for _m in [net, net.first]:
    _m.register_state_dict_post_hook(
        lambda m, state, prefix, meta: _seen.append(['post', list(state.keys()), prefix]))
net.first.register_state_dict_post_hook(lambda m, state, prefix, meta: (state.pop('m.first._extra_state'), None)[1])
keys = list(net.state_dict(prefix='m.', keep_vars=True).keys())
for _m in [net, net.first, net.second]:
    _m.register_load_state_dict_pre_hook(
        lambda m, given, prefix, meta, strict, missing, unexpected, errors: _seen.append(
            ['load', list(given.keys()), prefix, strict, list(missing), list(unexpected), list(errors)]))
    _m.register_load_state_dict_post_hook(
        lambda m, keys: _seen.append(['loaded', list(keys.missing_keys), list(keys.unexpected_keys)]))
def _rename(m, given, prefix, *rest):
    given[prefix + 'weight'] = given.pop(prefix + 'gain')
net.first.register_load_state_dict_pre_hook(_rename)
net.register_load_state_dict_post_hook(lambda m, keys: keys.missing_keys.clear())
result = attempt(lambda: net.load_state_dict(given, strict=False))
weight = net.first.weight.detach()
seen = list(_seen)`,
      { given },
    );
    expect([...state.keys()]).to.deep.equal(theirs.keys);
    expect(result).to.deep.equal(theirs.result);
    expect(seen).to.deep.equal(theirs.seen);
    expectSameBits(net.first.weight.detach(), theirs.weight);
  });
});
