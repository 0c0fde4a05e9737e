import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

const { nn } = torch;

describe('Parameter', () => {
  it('shares memory with its data, requires gradients and survives scopes', () => {
    const data = torch.zeros([2]);
    const parameter = torch.noGrad(() => torch.scope(() => new nn.Parameter(data)));
    expect(parameter.requiresGrad).to.equal(true);
    expect(parameter.isLeaf).to.equal(true);
    expect(data.requiresGrad).to.equal(false);
    data.fill_(4);
    expect(parameter.tolist()).to.deep.equal([4, 4]);
    expect(parameter).to.be.an.instanceOf(torch.Tensor);
    expect(new nn.Parameter(data, false).requiresGrad).to.equal(false);
  });

  it('outlives the tensor that it was made of', () => {
    const data = torch.ones([3]);
    const parameter = new nn.Parameter(data);
    data.dispose();
    expect(parameter.sum().item()).to.equal(3);
  });

  it('leaves nothing behind that a scope would have to free', () => {
    globalThis.gc?.(); // what earlier tests left
    const before = torch.memory().tensors;
    torch.scope(() => new nn.Parameter(torch.ones([1])));
    expect(torch.memory().tensors).to.equal(before + 1);
  });

  it('is of a tensor', () => {
    expect(() => new nn.Parameter([1, 2] as never)).to.throw(TypeError, 'Parameter: data must be a Tensor, got [1, 2]');
  });
});

describe('Sequential', () => {
  const layers = () => [new nn.Linear(4, 3), new nn.ReLU(), new nn.Linear(3, 2)] as const;

  it('feeds each output to the next layer', () => {
    const [first, second, third] = layers();
    const model = new nn.Sequential(first, second, third);
    const x = torch.randn([5, 4]);
    expect(torch.equal(model(x), third(torch.relu(first(x))))).to.equal(true);
    expect(model.length).to.equal(3);
    expect([...model]).to.deep.equal([first, second, third]);
    expect([model[0], model.at(-1), model.at(9)]).to.deep.equal([first, third, undefined]);
    expect(new nn.Sequential()(x)).to.equal(x);
  });

  it('takes names, in any order', () => {
    const [first, second, third] = layers();
    const byObject = new nn.Sequential({ hidden: first, act: second, out: third });
    expect([...byObject.stateDict().keys()]).to.deep.equal(['hidden.weight', 'hidden.bias', 'out.weight', 'out.bias']);
    const byMap = new nn.Sequential(
      new Map<string, torch.nn.Layer>([
        ['1', first],
        ['0', third],
      ]),
    );
    expect(byMap(torch.ones([4])).shape).to.deep.equal([2]);
    expect(byMap.stateDict().keys().next().value).to.equal('1.weight');
  });

  it('grows, is cut, and takes replacements', () => {
    const model = new nn.Sequential(...layers());
    model.append(new nn.Linear(2, 7));
    expect(model(torch.ones([4])).shape).to.deep.equal([7]);
    model[3] = new nn.Linear(2, 8);
    expect(model(torch.ones([4])).shape).to.deep.equal([8]);
    const tail = model.slice(2);
    expect([...tail.namedChildren()].map(([name]) => name)).to.deep.equal(['2', '3']);
    expect(tail(torch.ones([3])).shape).to.deep.equal([8]);
  });

  it('takes modules only', () => {
    expect(() => new nn.Sequential(new nn.ReLU(), torch.relu as never)).to.throw(
      TypeError,
      'Sequential: layer 1 must be a Module',
    );
  });
});

describe('layers', () => {
  it('begin within the bounds of their fan-in', () => {
    const linear = new nn.Linear(16, 500);
    expect(linear.weight.abs().max().item()).to.be.within(0.24, 0.25);
    expect(linear.bias?.abs().max().item()).to.be.within(0.24, 0.25);
    const conv = new nn.Conv2d(4, 100, 5);
    expect(conv.weight.abs().max().item()).to.be.within(0.099, 0.1);
  });

  it('are made where and as what they are told', () => {
    const linear = new nn.Linear(2, 3, { device: 'meta', dtype: 'float64' });
    expect([linear.weight.device, linear.bias?.dtype]).to.deep.equal(['meta', 'float64']);
    expect(new nn.Linear(2, 3, false).bias).to.equal(null);
  });

  it('compute what their definitions say', () => {
    const linear = new nn.Linear(2, 1);
    torch.noGrad(() => {
      linear.weight.copy_(torch.tensor([[2, 3]]));
      linear.bias?.fill_(1);
    });
    expect(linear(torch.tensor([10, 100])).tolist()).to.deep.equal([321]);
    const conv = new nn.Conv2d(1, 1, 2, { bias: false });
    torch.noGrad(() => conv.weight.fill_(1));
    const image = torch.arange(9).float().reshape([1, 3, 3]);
    expect(conv(image).tolist()).to.deep.equal([
      [
        [8, 12],
        [20, 24],
      ],
    ]);
    expect(new nn.MaxPool2d(2, { stride: 1 })(image).tolist()).to.deep.equal([
      [
        [4, 5],
        [7, 8],
      ],
    ]);
    expect(new nn.Flatten()(torch.ones([2, 3, 4])).shape).to.deep.equal([2, 12]);
    const x = torch.tensor([-1, 2]);
    expect(new nn.ReLU({ inplace: true })(x)).to.equal(x);
    expect(x.tolist()).to.deep.equal([0, 2]);
    expect(new nn.Identity()(x)).to.equal(x);
  });

  it('drop out in training mode only, and keep the mean', () => {
    torch.manualSeed(0);
    const dropout = new nn.Dropout({ p: 0.25 });
    const x = torch.ones([10_000]);
    const dropped = dropout(x);
    expect(new Set(dropped.tolist() as number[])).to.deep.equal(new Set([0, Math.fround(1 / 0.75)]));
    expect(dropped.mean().item()).to.be.closeTo(1, 0.05);
    expect(dropout.eval()(x).mean().item()).to.equal(1);
  });

  it('say what is wrong with their arguments', () => {
    const wrong: [() => unknown, RegExp][] = [
      [() => new nn.Linear(2.5, 1), /Linear: inFeatures must be an integer, got 2.5/],
      [() => new nn.Linear(-1, 1), /Linear: inFeatures must be at least 0, got -1/],
      [() => new nn.Linear(1, 1, { biass: 1 } as never), /Linear: there is no option biass; options are bias, device/],
      [() => new nn.Linear(1, 1, true, false as never), /Linear: too many arguments, got false/],
      [() => new nn.Linear(1, 1, true, { bias: false } as never), /Linear: bias is given twice/],
      [() => new nn.Conv2d(3, 4, 3, { groups: 2 }), /must be divisible by groups 2, got 3 and 4/],
      [
        () => new nn.Conv2d(3, 4, [1, 2, 3] as never),
        /Conv2d: kernelSize must be an integer or an array of 2, got \[1, 2, 3\]/,
      ],
      [() => new nn.Conv2d(1, 1, 3, 2, 'same'), /padding 'same' needs stride 1/],
      [
        () => new nn.Conv2d(1, 1, 3, { padding: 'full' as never }),
        /Conv2d: padding must be an integer or an array of 2, got "full"/,
      ],
      [() => new nn.Conv2d(1, 1, 3, { paddingMode: 'mirror' as never }), /paddingMode must be one of 'zeros'/],
      [() => new nn.Dropout(1.5), /Dropout: p must be between 0 and 1, got 1.5/],
    ];
    for (const [make, message] of wrong) expect(make).to.throw(Error, message);
  });
});
