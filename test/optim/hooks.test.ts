import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

const { optim } = torch;

function made() {
  const w = torch.tensor([1], { dtype: 'float64', requiresGrad: true });
  const optimizer = new optim.SGD([w], { lr: 1, momentum: 0.5 });
  w.sum().backward();
  return { w, optimizer };
}

describe('hooks of optimizers', () => {
  it('run around every step of any optimizer, outside of its own', () => {
    const { optimizer } = made();
    const seen: string[] = [];
    const handles = [
      optim.registerOptimizerStepPreHook(() => void seen.push('all before')),
      optim.registerOptimizerStepPostHook(() => void seen.push('all after')),
      optimizer.registerStepPreHook(() => void seen.push('before')),
      optimizer.registerStepPostHook(() => void seen.push('after')),
    ];
    try {
      optimizer.step();
      expect(seen).to.deep.equal(['all before', 'before', 'after', 'all after']);
    } finally {
      for (const handle of handles) handle.remove();
    }
    made().optimizer.step();
    expect(seen).to.have.length(4);
  });

  it('may replace the closure', () => {
    const { optimizer } = made();
    optimizer.registerStepPreHook(() => [() => 'replaced']);
    const given: unknown[] = [];
    optimizer.registerStepPostHook((_, args) => void given.push(...args));
    expect(optimizer.step(() => 'given')).to.equal('replaced');
    expect(given).to.have.length(1);
  });

  it('must return nothing or a list before a step', () => {
    const { optimizer } = made();
    optimizer.registerStepPreHook((() => 1) as never);
    expect(() => optimizer.step()).to.throw(TypeError, 'a hook must return nothing or a list of arguments, got 1');
  });

  it('see and replace state dicts', () => {
    const { optimizer } = made();
    const seen: string[] = [];
    optimizer.registerStateDictPreHook((self) => {
      expect(self).to.equal(optimizer);
      seen.push('save');
    });
    optimizer.registerStateDictPostHook((_, state) => ({ ...state, extra: 'second' }));
    const first = optimizer.registerStateDictPostHook(
      (_, state) => {
        seen.push(String(Object.keys(state)));
      },
      { prepend: true },
    );
    const state = optimizer.stateDict();
    expect(state).to.have.property('extra', 'second');
    expect(seen).to.deep.equal(['save', 'state,param_groups']);
    first.remove();
    optimizer.stateDict();
    expect(seen).to.have.length(3);
  });

  it('see and replace what is loaded', () => {
    const { optimizer } = made();
    optimizer.step();
    const state = optimizer.stateDict();
    const loaded: number[] = [];
    optimizer.registerLoadStateDictPreHook((_, given) => {
      given.param_groups = given.param_groups.map((group) => ({ ...group, lr: 0.25 }));
    });
    optimizer.registerLoadStateDictPostHook((self) => void loaded.push(self.paramGroups[0]?.lr as number));
    optimizer.loadStateDict(state);
    expect(loaded).to.deep.equal([0.25]);
    expect(state.param_groups[0]?.lr).to.equal(1);
  });

  it('must be functions', () => {
    const { optimizer } = made();
    for (const name of [
      'registerStepPreHook',
      'registerStepPostHook',
      'registerStateDictPreHook',
      'registerStateDictPostHook',
      'registerLoadStateDictPreHook',
      'registerLoadStateDictPostHook',
    ] as const) {
      expect(() => optimizer[name](1 as never)).to.throw(TypeError, `${name}: hook must be a function, got 1`);
    }
    expect(() => optim.registerOptimizerStepPreHook(null as never)).to.throw(TypeError, 'hook must be a function');
  });
});
