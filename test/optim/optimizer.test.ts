import { inspect } from 'node:util';
import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

const { optim } = torch;

const leaf = (...values: number[]) => torch.tensor(values, { dtype: 'float64', requiresGrad: true });
const list = (tensor: torch.Tensor | null | undefined) => tensor?.tolist() as number[];

/** Steps on the loss Σ w²/2, whose gradient is w. */
function descend(optimizer: torch.optim.SGD | torch.optim.Adam, w: torch.Tensor, steps: number): void {
  for (let i = 0; i < steps; i++) {
    optimizer.zeroGrad();
    w.pow(2).sum().div(2).backward();
    optimizer.step();
  }
}

describe('optimizers', () => {
  it('SGD takes the steps of its formula', () => {
    const w = leaf(1, -2);
    descend(new optim.SGD([w], { lr: 0.1, weightDecay: 0.5 }), w, 2);
    const factor = (1 - 0.1 * 1.5) ** 2;
    expect(list(w)[0]).to.be.closeTo(factor, 1e-12);
    expect(list(w)[1]).to.be.closeTo(-2 * factor, 1e-12);
  });

  it('SGD with momentum takes the steps of its formula', () => {
    const w = leaf(1);
    descend(new optim.SGD([w], { lr: 0.1, momentum: 0.9 }), w, 3);
    let [x, buffer] = [1, 0];
    for (let i = 0; i < 3; i++) {
      buffer = 0.9 * buffer + x;
      x -= 0.1 * buffer;
    }
    expect(list(w)[0]).to.be.closeTo(x, 1e-12);
  });

  it('Adam takes the steps of its formula', () => {
    const w = leaf(1);
    descend(new optim.Adam([w], { lr: 0.1, betas: [0.8, 0.9], eps: 1e-3 }), w, 4);
    let [x, m, v] = [1, 0, 0];
    for (let t = 1; t <= 4; t++) {
      m = 0.8 * m + 0.2 * x;
      v = 0.9 * v + 0.1 * x * x;
      x -= (0.1 * (m / (1 - 0.8 ** t))) / (Math.sqrt(v / (1 - 0.9 ** t)) + 1e-3);
    }
    expect(list(w)[0]).to.be.closeTo(x, 1e-12);
  });

  it('keep their state through scopes, and leave no tensors behind', () => {
    for (const make of [
      (w: torch.Tensor) => new optim.SGD([w], { lr: 0.1, momentum: 0.9 }),
      (w: torch.Tensor) => new optim.Adam([w], { amsgrad: true }),
      (w: torch.Tensor) => new optim.Adam([w], { fused: true }),
    ]) {
      const w = leaf(1, 2, 3);
      const optimizer = make(w);
      torch.scope(() => descend(optimizer, w, 2));
      globalThis.gc?.(); // what earlier tests left
      const before = torch.memory().tensors;
      torch.scope(() => descend(optimizer, w, 20));
      expect(torch.memory().tensors).to.equal(before);
    }
  });

  it('make no tensors in a step of SGD', () => {
    const params = Array.from({ length: 4 }, () => leaf(1));
    const optimizer = new optim.SGD(params, { lr: 0.1 });
    for (const param of params) param.sum().backward();
    const before = torch.memory().made;
    optimizer.step();
    expect(torch.memory().made - before).to.equal(0);
  });

  it('run a closure with gradients recorded, and return what it returns', () => {
    const w = leaf(2);
    const optimizer = new optim.SGD([w], { lr: 0.5 });
    const loss = torch.noGrad(() =>
      optimizer.step(() => {
        optimizer.zeroGrad();
        const value = w.pow(2).sum();
        value.backward();
        return value.item();
      }),
    );
    expect(loss).to.equal(4);
    expect(list(w)).to.deep.equal([0]);
    expect(optimizer.step()).to.equal(undefined);
  });

  it('pass over parameters without gradient', () => {
    const [a, b] = [leaf(1), leaf(1)];
    const optimizer = new optim.Adam([a, b]);
    a.sum().backward();
    optimizer.step();
    expect(list(b)).to.deep.equal([1]);
    expect(optimizer.state.size).to.equal(1);
  });

  it('forget gradients, or set them to zero in place', () => {
    const w = leaf(3);
    const optimizer = new optim.SGD([w]);
    w.sum().backward();
    const held = w.grad;
    optimizer.zeroGrad(false);
    expect(list(held)).to.deep.equal([0]);
    optimizer.zeroGrad();
    expect(w.grad).to.equal(null);
  });

  it('have groups with options that may change between steps', () => {
    const [a, b] = [leaf(1), leaf(1)];
    const optimizer = new optim.SGD([{ params: a, lr: 1 }, { params: [b] }], { lr: 0.5 });
    a.add(b).sum().backward();
    optimizer.step();
    expect([list(a), list(b)]).to.deep.equal([[0], [0.5]]);
    (optimizer.paramGroups[0] as { lr: number }).lr = 0;
    optimizer.step();
    expect([list(a), list(b)]).to.deep.equal([[0], [0]]);
    const c = leaf(1);
    optimizer.addParamGroup({ params: c, momentum: 0.9 });
    expect(optimizer.paramGroups[2]).to.include({ lr: 0.5, momentum: 0.9 });
  });

  it('take the named parameters of a module', () => {
    const model = new torch.nn.Linear(2, 1);
    const optimizer = new optim.SGD(model.namedParameters(), { lr: 0.1 });
    expect(optimizer.paramGroups[0]?.paramNames).to.deep.equal(['weight', 'bias']);
    expect(optimizer.stateDict().param_groups[0]?.param_names).to.deep.equal(['weight', 'bias']);
  });

  it('run hooks before and after a step', () => {
    const w = leaf(1);
    const optimizer = new optim.SGD([w], { lr: 1 });
    w.sum().backward();
    const seen: number[] = [];
    const before = optimizer.registerStepPreHook((self) => {
      expect(self).to.equal(optimizer);
      seen.push(...list(w));
    });
    optimizer.registerStepPostHook(() => void seen.push(...list(w)));
    optimizer.step();
    before.remove();
    optimizer.step();
    expect(seen).to.deep.equal([1, 0, -1]);
  });

  it('load a state dict as a copy', () => {
    const [a, b] = [leaf(1), leaf(1)];
    const one = new optim.SGD([a], { lr: 0.1, momentum: 0.9 });
    descend(one, a, 2);
    const two = new optim.SGD([b], { lr: 0.7 });
    two.loadStateDict(one.stateDict());
    expect(two.paramGroups[0]).to.include({ lr: 0.1, momentum: 0.9 });
    const copied = two.state.get(b)?.momentumBuffer;
    expect(list(copied)).to.deep.equal(list(one.state.get(a)?.momentumBuffer));
    one.state.get(a)?.momentumBuffer?.zero_();
    expect(list(copied)).not.to.deep.equal([0]);
  });

  it('print their options', () => {
    const optimizer = new optim.Adam([leaf(1)], { lr: 1 });
    expect(inspect(optimizer)).to.equal(String(optimizer));
    expect(String(optimizer)).to.include('    betas: (0.9, 0.999)\n').and.to.include('    eps: 1e-08\n');
  });

  describe('refuse', () => {
    const w = leaf(1);
    const wrong: [string, () => unknown, new (...values: never[]) => Error, string][] = [
      ['a single tensor', () => new optim.SGD(w as never), TypeError, 'SGD: params must be an iterable'],
      ['nothing', () => new optim.SGD([]), RangeError, 'SGD: params must not be empty'],
      ['no tensor', () => new optim.SGD([1 as never]), TypeError, 'SGD: params must be tensors, got 1'],
      ['what was computed', () => new optim.Adam([w.mul(2)]), RangeError, 'Adam: params must be leaves'],
      ['one tensor in two groups', () => new optim.SGD([{ params: w }, { params: [w] }]), RangeError, 'one group'],
      ['some names', () => new optim.SGD([['w', w] as const, leaf(1)]), TypeError, 'must all have names, or none'],
      ['a negative rate', () => new optim.SGD([w], { lr: -1 }), RangeError, 'SGD: lr must be at least 0, got -1'],
      ['NaN as rate', () => new optim.Adam([w], Number.NaN), RangeError, 'Adam: lr must be at least 0, got NaN'],
      ['a text as rate', () => new optim.SGD([w], { lr: '1' as never }), TypeError, 'lr must be a number, got "1"'],
      ['nesterov alone', () => new optim.SGD([w], { nesterov: true }), RangeError, 'nesterov needs momentum above 0'],
      [
        'a beta of 1',
        () => new optim.Adam([w], { betas: [0.9, 1] }),
        RangeError,
        'betas[1] must be at least 0 and below 1',
      ],
      ['one beta', () => new optim.Adam([w], { betas: [0.9] as never }), TypeError, 'betas must be two numbers'],
      [
        'foreach and fused',
        () => new optim.SGD([w], { foreach: true, fused: true }),
        RangeError,
        'must not both be true',
      ],
      ['a rate of two elements', () => new optim.SGD([w], { lr: torch.ones([2]) }), torch.ShapeError, 'one element'],
      [
        'a rate of integers',
        () => new optim.SGD([w], { lr: torch.ones([], { dtype: 'int64' }) }),
        torch.DTypeError,
        'lr must be floating-point, got int64',
      ],
      ['a negative rate in a tensor', () => new optim.SGD([w], { lr: torch.tensor(-1) }), RangeError, 'got -1'],
      [
        'lists with a rate that is a tensor',
        () => new optim.Adam([w], { lr: torch.tensor(1), foreach: true }),
        RangeError,
        'lr must be a number with foreach',
      ],
      [
        'recorded steps',
        () => new optim.SGD([w], { differentiable: true }),
        RangeError,
        'differentiable must be false',
      ],
      ['graphs', () => new optim.Adam([w], { capturable: true }), RangeError, 'capturable must be false'],
      ['rho above 1', () => new optim.Adadelta([w], { rho: 1.5 }), RangeError, 'rho must be at most 1, got 1.5'],
      ['d below 1', () => new optim.Adafactor([w], { d: 0.5 }), RangeError, 'd must be at least 1, got 0.5'],
      ['a rising decay', () => new optim.Adafactor([w], { beta2Decay: 1 }), RangeError, 'beta2Decay must be at most 0'],
      [
        'etas the wrong way',
        () => new optim.Rprop([w], { etas: [1.2, 0.5] }),
        RangeError,
        'etas must be between 0 and 1',
      ],
      ['one eta', () => new optim.Rprop([w], { etas: [0.5] as never }), TypeError, 'etas must be two numbers'],
      ['a vector', () => new optim.Muon([w]), torch.ShapeError, 'params must be matrices, got the shape [1]'],
      [
        '100 steps',
        () => new optim.Muon([leaf(1).reshape([1, 1]).detach()], { nsSteps: 100 }),
        RangeError,
        'below 100',
      ],
      ['two groups', () => new optim.LBFGS([{ params: w }, { params: leaf(1) }]), RangeError, 'must be in one group'],
      [
        'another search',
        () => new optim.LBFGS([w], { lineSearchFn: 'x' as never }),
        RangeError,
        "'strong_wolfe' or null",
      ],
      ['no closure', () => new optim.LBFGS([w]).step(), TypeError, 'step must be given a closure, got undefined'],
      ['a rate of 0', () => new optim.SparseAdam([w], { lr: 0 }), RangeError, 'lr must be above 0, got 0'],
      [
        'sparse parameters',
        () => new optim.SparseAdam([torch.eye(2).toSparse(1)]),
        TypeError,
        'params must be dense, got a sparse one',
      ],
      [
        'dense gradients',
        () => {
          const param = leaf(1);
          param.grad = torch.ones([1], { dtype: 'float64' });
          new optim.SparseAdam([param]).step();
        },
        TypeError,
        'gradients must be sparse, got a dense one',
      ],
      [
        'sparse gradients',
        () => {
          const param = leaf(1);
          param.grad = torch.ones([1], { dtype: 'float64' }).toSparse(1);
          new optim.NAdam([param]).step();
        },
        TypeError,
        'NAdam: gradients must be dense, got one of layout sparse_coo',
      ],
      [
        'complex parameters for fused kernels',
        () => {
          const param = torch.ones([1], { dtype: 'complex64', requiresGrad: true });
          param.grad = torch.ones([1], { dtype: 'complex64' });
          new optim.AdamW([param], { fused: true }).step();
        },
        torch.DTypeError,
        'AdamW: fused needs floating-point parameters, got complex64',
      ],
      [
        'an unknown option',
        () => new optim.SGD([w], { learningRate: 1 } as never),
        TypeError,
        'no option learningRate',
      ],
      [
        'a state dict of other groups',
        () => new optim.SGD([w]).loadStateDict({ state: {}, param_groups: [] }),
        torch.CheckpointError,
        'different number of parameter groups',
      ],
      [
        'a state dict of other parameters',
        () => new optim.SGD([w]).loadStateDict({ state: {}, param_groups: [{ params: [0, 1] }] }),
        torch.CheckpointError,
        "doesn't match the size of optimizer's group",
      ],
      [
        'no state dict',
        () => new optim.SGD([w]).loadStateDict([] as never),
        TypeError,
        'expected { state, param_groups }',
      ],
    ];
    for (const [name, act, type, message] of wrong) {
      it(name, () => {
        expect(act).to.throw(type).with.property('message').that.includes(message);
      });
    }
  });
});
