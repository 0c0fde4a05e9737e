import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

const { nn, optim } = torch;
const { swaUtils } = optim;

class BatchNorm1d extends nn.Module {
  momentum: number | null = 0.1;
  running_mean = this.registerBuffer('running_mean', torch.zeros([2]));
  running_var = this.registerBuffer('running_var', torch.ones([2]));
  batches = 0;

  resetRunningStats(): void {
    torch.noGrad(() => {
      this.running_mean.zero_();
      this.running_var.fill_(1);
    });
    this.batches = 0;
  }

  forward(x: torch.Tensor): torch.Tensor {
    if (this.training) this.batches++;
    const momentum = this.momentum ?? 1 / this.batches;
    return torch.batchNorm(x, null, null, this.running_mean, this.running_var, this.training, momentum, 1e-5, false);
  }
}

class Net extends nn.Module {
  norm = new BatchNorm1d();
  linear = new nn.Linear(2, 1);

  forward(x: torch.Tensor): torch.Tensor {
    return this.linear(this.norm(x));
  }
}

describe('weight averaging', () => {
  it('averages equally, and copies the first', () => {
    const model = new nn.Linear(1, 1);
    const averaged = new swaUtils.AveragedModel(model);
    for (const value of [1, 2, 6]) {
      torch.noGrad(() => model.weight.fill_(value));
      averaged.updateParameters(model);
    }
    expect(averaged.module.weight.item()).to.be.closeTo(3, 1e-6);
    expect(averaged.n_averaged.item()).to.equal(3);
    expect(model.weight.item()).to.equal(6);
  });

  it('averages exponentially', () => {
    const model = new nn.Linear(1, 1);
    const averaged = new swaUtils.AveragedModel(model, { multiAvgFn: swaUtils.getEmaMultiAvgFn(0.75) });
    let expected = 1;
    for (const value of [1, 2, 6]) {
      torch.noGrad(() => model.weight.fill_(value));
      averaged.updateParameters(model);
      expected = 0.75 * expected + 0.25 * value;
    }
    expect(averaged.module.weight.item()).to.be.closeTo(expected, 1e-6);
  });

  it('leaves no tensors behind', () => {
    const model = new nn.Linear(3, 3);
    const averaged = new swaUtils.AveragedModel(model);
    averaged.updateParameters(model);
    const before = torch.memory().tensors;
    for (let i = 0; i < 5; i++) averaged.updateParameters(model);
    expect(torch.memory().tensors).to.equal(before);
  });

  for (const kind of ['sync', 'async'] as const) {
    it(`computes statistics anew, from a loader that is ${kind}`, async () => {
      const model = new Net().eval();
      const batches = [torch.randn([8, 2]), torch.randn([8, 2]).add(3)];
      torch.noGrad(() => model.norm.running_mean.fill_(100));
      const pairs = batches.map((batch) => [batch, 'label'] as const);
      if (kind === 'sync') swaUtils.updateBn(pairs, model);
      else {
        await swaUtils.updateBn(
          (async function* () {
            yield* pairs;
          })(),
          model,
        );
      }
      const expected = torch.stack(batches.map((batch) => batch.mean(0))).mean(0);
      expect(torch.allclose(model.norm.running_mean, expected)).to.equal(true);
      expect(model.norm.momentum).to.equal(0.1);
      expect(model.training).to.equal(false);
    });
  }

  it('sets momentum and mode back when a batch fails', () => {
    const model = new Net().eval();
    expect(() => swaUtils.updateBn(['no tensor'] as never, model)).to.throw(TypeError, 'a batch must be a tensor');
    expect(model.norm.momentum).to.equal(0.1);
    expect(model.training).to.equal(false);
  });

  it('does not read a loader for a model without batch normalisation', () => {
    const model = new nn.Linear(1, 1);
    const read: number[] = [];
    const loader = {
      *[Symbol.iterator]() {
        read.push(1);
        yield torch.ones([1, 1]);
      },
    };
    swaUtils.updateBn(loader, model);
    expect(read).to.deep.equal([]);
  });

  const model = new nn.Linear(1, 1);
  const wrong: [string, () => unknown, new (...values: never[]) => Error, string][] = [
    ['no model', () => new swaUtils.AveragedModel(1 as never), TypeError, 'model must be a Module, got 1'],
    [
      'no function',
      () => new swaUtils.AveragedModel(model, { avgFn: 1 as never }),
      TypeError,
      'avgFn must be a function',
    ],
    [
      'two functions',
      () =>
        new swaUtils.AveragedModel(model, {
          avgFn: swaUtils.getSwaAvgFn(),
          multiAvgFn: swaUtils.getSwaMultiAvgFn(),
        }),
      TypeError,
      'must not both be given',
    ],
    ['a decay above 1', () => swaUtils.getEmaMultiAvgFn(1.5), RangeError, 'decay must be between 0 and 1, got 1.5'],
    ['NaN as decay', () => swaUtils.getEmaAvgFn(Number.NaN), RangeError, 'decay must be between 0 and 1, got NaN'],
    ['no loader', () => swaUtils.updateBn(1 as never, model), TypeError, 'loader must be iterable, got 1'],
    ['nothing to update', () => swaUtils.updateBn([], 1 as never), TypeError, 'model must be a Module, got 1'],
  ];
  for (const [name, act, type, message] of wrong) {
    it(`refuses ${name}`, () => {
      expect(act).to.throw(type).with.property('message').that.includes(message);
    });
  }
});
