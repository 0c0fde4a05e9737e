import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

const { optim } = torch;
const { lrScheduler } = optim;

const leaf = () => torch.zeros([1], { requiresGrad: true });
const made = () => new optim.SGD([leaf()], { lr: 1 });
const rateOf = (optimizer: torch.optim.SGD) => optimizer.paramGroups[0]?.lr;

describe('schedulers', () => {
  it('may be written by users', () => {
    class Halving extends lrScheduler.LRScheduler {
      constructor(optimizer: torch.optim.Optimizer) {
        super(optimizer);
        this.begin();
      }

      getLr() {
        return this.baseLrs.map((lr) => (lr as number) / 2 ** this.lastEpoch);
      }
    }
    const optimizer = made();
    const scheduler = new Halving(optimizer);
    optimizer.step();
    scheduler.step();
    expect(rateOf(optimizer)).to.equal(0.5);
    expect(scheduler.getLastLr()).to.deep.equal([0.5]);
    expect(scheduler.stateDict()).to.include({ last_epoch: 1, _step_count: 2 });
  });

  it('chain where each multiplies', () => {
    const optimizer = made();
    const [one, two] = [new lrScheduler.StepLR(optimizer, 1, 0.5), new lrScheduler.StepLR(optimizer, 2, 0.1)];
    const rates: unknown[] = [];
    for (let i = 0; i < 4; i++) {
      optimizer.step();
      one.step();
      two.step();
      rates.push(rateOf(optimizer));
    }
    expect(rates).to.deep.equal([0.5, 0.25 * 0.1, 0.0125, 0.00625 * 0.1]);
  });

  it('remember the initial rates in the groups, so that state dicts have them', () => {
    const optimizer = made();
    new lrScheduler.ExponentialLR(optimizer, 0.5);
    expect(optimizer.stateDict().param_groups[0]).to.include({ initial_lr: 1 });
    expect(String(optimizer)).to.include('    initial_lr: 1.0\n');
  });

  it('reduce the rate when a metric stays', () => {
    const optimizer = made();
    const scheduler = new lrScheduler.ReduceLROnPlateau(optimizer, { patience: 1, factor: 0.5 });
    for (const metric of [3, 2, 2, torch.tensor(2)]) scheduler.step(metric);
    expect(rateOf(optimizer)).to.equal(0.5);
    expect(scheduler.numBadEpochs).to.equal(0);
  });

  it('leave no tensors behind', () => {
    const optimizer = new optim.SGD([leaf()], { lr: torch.tensor(1) });
    const schedulers = [
      new lrScheduler.CosineAnnealingLR(optimizer, 10),
      new lrScheduler.StepLR(optimizer, 2),
      new lrScheduler.CyclicLR(optimizer, 0.1, 1, { cycleMomentum: false }),
    ];
    optimizer.step();
    const run = () => {
      for (let i = 0; i < 10; i++) for (const each of schedulers) each.step();
      globalThis.gc?.();
    };
    run();
    const before = torch.memory().tensors;
    run();
    expect(torch.memory().tensors).to.equal(before);
  });

  it('warn when they step before the optimizer', async () => {
    const warnings: string[] = [];
    const listen = (warning: Error) => void warnings.push(warning.message);
    process.on('warning', listen);
    try {
      const scheduler = new lrScheduler.StepLR(made(), 3);
      scheduler.step();
      scheduler.step();
      await new Promise((resolve) => setImmediate(resolve));
    } finally {
      process.off('warning', listen);
    }
    expect(warnings).to.deep.equal([
      'StepLR: step was called before optimizer.step, so the first learning rate is passed over',
    ]);
  });

  it('pass over fields of a state dict that are not theirs', () => {
    const optimizer = made();
    const scheduler = new lrScheduler.StepLR(optimizer, 3);
    const state = JSON.parse('{"__proto__": {"step": 1}, "optimizer": 1, "step": 2, "gamma": 0.3, "unknown": 4}');
    scheduler.loadStateDict(state);
    expect(scheduler.optimizer).to.equal(optimizer);
    expect(scheduler.step).to.equal(lrScheduler.StepLR.prototype.step);
    expect(scheduler).to.include({ gamma: 0.3 }).and.not.to.have.property('unknown');
  });

  describe('refuse', () => {
    const sgd = made();
    const other = new lrScheduler.StepLR(made(), 1);
    const own = () => new lrScheduler.StepLR(sgd, 1);
    const plateau = new lrScheduler.ReduceLROnPlateau(sgd);
    const plain = new optim.Adagrad([leaf()]);
    const { swaUtils } = optim;
    const wrong: [string, () => unknown, new (...values: never[]) => Error, string][] = [
      [
        'no optimizer',
        () => new lrScheduler.StepLR(1 as never, 1),
        TypeError,
        'StepLR: optimizer must be an Optimizer',
      ],
      ['a step size of 0', () => new lrScheduler.StepLR(sgd, 0), RangeError, 'stepSize must be at least 1, got 0'],
      ['half a step', () => new lrScheduler.StepLR(sgd, 0.5), TypeError, 'stepSize must be an integer, got 0.5'],
      [
        'a text as gamma',
        () => new lrScheduler.ExponentialLR(sgd, '1' as never),
        TypeError,
        'gamma must be a number, got "1"',
      ],
      [
        'an unknown option',
        () => new lrScheduler.StepLR(sgd, 1, { factor: 1 } as never),
        TypeError,
        'no option factor',
      ],
      [
        'a factor above 1',
        () => new lrScheduler.ConstantLR(sgd, 2),
        RangeError,
        'factor must be between 0 and 1, got 2',
      ],
      ['a start of 0', () => new lrScheduler.LinearLR(sgd, 0), RangeError, 'startFactor must be above 0'],
      ['an end above 1', () => new lrScheduler.LinearLR(sgd, 0.5, 2), RangeError, 'endFactor must be between 0 and 1'],
      ['no milestones', () => new lrScheduler.MultiStepLR(sgd, 3 as never), TypeError, 'milestones must be integers'],
      ['no function', () => new lrScheduler.LambdaLR(sgd, 3 as never), TypeError, 'lrLambda must be a function, got 3'],
      [
        'too many functions',
        () => new lrScheduler.MultiplicativeLR(sgd, [() => 1, () => 1]),
        RangeError,
        'lrLambda must have 1 functions, one a group, got 2',
      ],
      ['a period of 0', () => new lrScheduler.CosineAnnealingLR(sgd, 0), RangeError, 'TMax must be above 0, got 0'],
      [
        'no first period',
        () => new lrScheduler.CosineAnnealingWarmRestarts(sgd, 0),
        RangeError,
        'T0 must be at least 1',
      ],
      [
        'a step back',
        () => new lrScheduler.CosineAnnealingWarmRestarts(sgd, 2).step(-1),
        RangeError,
        'epoch must be at least 0, got -1',
      ],
      [
        'a later start without initial rates',
        () => new lrScheduler.StepLR(made(), 1, { lastEpoch: 3 }),
        RangeError,
        'lastEpoch must be -1 where paramGroups[0] has no initialLr, got 3',
      ],
      ['no schedulers', () => new lrScheduler.ChainedScheduler([]), RangeError, 'schedulers must not be empty'],
      [
        'what is no scheduler',
        () => new lrScheduler.ChainedScheduler([1 as never], sgd),
        TypeError,
        'schedulers[0] must be a scheduler, got 1',
      ],
      [
        'a scheduler of another optimizer',
        () => new lrScheduler.SequentialLR(sgd, [own(), other], [1]),
        RangeError,
        'schedulers[1] must belong to the same optimizer',
      ],
      [
        'a plateau among others',
        () => new lrScheduler.ChainedScheduler([own(), plateau]),
        TypeError,
        'schedulers[1] must not be a ReduceLROnPlateau',
      ],
      [
        'too few milestones',
        () => new lrScheduler.SequentialLR(sgd, [own(), own()], []),
        RangeError,
        'milestones must be one less than schedulers, got 0 and 2',
      ],
      ['a factor of 1', () => new lrScheduler.ReduceLROnPlateau(sgd, 'min', 1), RangeError, 'factor must be below 1'],
      [
        'an unknown mode',
        () => new lrScheduler.ReduceLROnPlateau(sgd, 'up' as never),
        RangeError,
        "must be 'min' or 'max'",
      ],
      ['no metric', () => plateau.step(), TypeError, 'metrics must be a number or a tensor, got undefined'],
      [
        'rates for other groups',
        () => new lrScheduler.CyclicLR(sgd, [1, 2], 3),
        RangeError,
        'baseLr must have 1 values, one a group, got 2',
      ],
      [
        'momentum where there is none',
        () => new lrScheduler.CyclicLR(plain as never, 0.1, 1),
        RangeError,
        'cycleMomentum needs an optimizer with momentum or betas, got Adagrad',
      ],
      [
        'an unknown cycle',
        () => new lrScheduler.CyclicLR(sgd, 0.1, 1, { mode: 'x' as never }),
        RangeError,
        'mode must be',
      ],
      ['no steps', () => new lrScheduler.OneCycleLR(sgd, 1), TypeError, 'totalSteps must be given, or epochs'],
      [
        'a start beyond the end',
        () => new lrScheduler.OneCycleLR(sgd, 1, 10, { pctStart: 2 }),
        RangeError,
        'pctStart must be between 0 and 1, got 2',
      ],
      [
        'steps beyond the end',
        () => {
          const scheduler = new lrScheduler.OneCycleLR(made(), 1, 2);
          for (let i = 0; i < 3; i++) scheduler.step();
        },
        RangeError,
        'step must be called at most 2 times, got 3',
      ],
      [
        'an unknown way to anneal',
        () => new swaUtils.SWALR(sgd, 0.1, 2, 'x' as never),
        RangeError,
        "annealStrategy must be 'cos' or 'linear'",
      ],
      [
        'no state dict',
        () => own().loadStateDict(null as never),
        TypeError,
        "expected a scheduler's state dict, got null",
      ],
      [
        'a state dict of other schedulers',
        () => new lrScheduler.ChainedScheduler([own()]).loadStateDict({ _schedulers: [] }),
        TypeError,
        '_schedulers must have 1 state dicts',
      ],
    ];
    for (const [name, act, type, message] of wrong) {
      it(name, () => {
        expect(act).to.throw(type).with.property('message').that.includes(message);
      });
    }
  });
});
