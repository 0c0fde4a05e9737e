import { expect } from 'chai';
import type { SamplerState } from '../../lib/data/sampler.ts';
import * as torch from '../../lib/index.ts';

const { BatchSampler, RandomSampler, SequentialSampler, SubsetRandomSampler, WeightedRandomSampler } = torch.data;

interface Saved extends Iterable<unknown> {
  stateDict(): SamplerState;
  loadStateDict(state: SamplerState): void;
}

const ten = { length: 10 };
type Make = (generator: torch.Generator | null) => Saved;
const samplers: Readonly<Record<string, Make>> = {
  sequential: () => new SequentialSampler(ten),
  random: (generator) => new RandomSampler(ten, { generator }),
  'random, 25 of 10': (generator) => new RandomSampler(ten, { generator, numSamples: 25 }),
  'random with replacement': (g) => new RandomSampler(ten, true, 70, g),
  subset: (g) => new SubsetRandomSampler([9, 7, 5, 3, 1, 0], g),
  weighted: (g) => new WeightedRandomSampler([1, 2, 3, 4], 8, true, g),
  batches: (generator) => new BatchSampler(new RandomSampler(ten, { generator }), 3, false),
  'batches, the last one dropped': (g) => new BatchSampler(new SubsetRandomSampler([4, 3, 2, 1, 0], g), 2, true),
  'batches of an array': () => new BatchSampler([5, 4, 3, 2, 1], 2, false),
};

/** Takes `count` items of a new order, and leaves the iterator where it is. */
function take(sampler: Iterable<unknown>, count: number): { taken: unknown[]; rest: () => unknown[] } {
  const iterator = sampler[Symbol.iterator]();
  const taken: unknown[] = [];
  for (let i = 0; i < count; i++) {
    const next = iterator.next();
    if (next.done === true) break;
    taken.push(next.value);
  }
  return { taken, rest: () => [...{ [Symbol.iterator]: () => iterator }] };
}

describe('samplers', () => {
  for (const [name, make] of Object.entries(samplers)) {
    for (const seeded of [false, true]) {
      for (const count of [0, 1, 3, 1000]) {
        it(`${name}, ${seeded ? 'with a generator' : 'from the default one'}: goes on after ${count}`, () => {
          torch.manualSeed(3);
          const generator = seeded ? new torch.Generator().manualSeed(4) : null;
          const sampler = make(generator);
          const first = take(sampler, 2);
          first.rest();
          const { taken, rest } = take(sampler, count);
          const state = sampler.stateDict();
          const global = torch.getRngState();
          const left = rest();
          const next = [...sampler];
          const after = [torch.rand([2]).tolist(), seeded ? torch.rand([2], { generator }).tolist() : null];

          // A process that knows the states alone.
          torch.setRngState(global);
          const draws = state.generator != null || state.sampler?.generator != null;
          const anew = seeded ? new torch.Generator().manualSeed(draws ? 99 : 4) : null;
          const restored = make(anew);
          restored.loadStateDict(state);
          expect(restored.stateDict().position).to.equal(state.position);
          const ended = taken.length > 0 && state.position === 0;
          expect(ended ? [] : [...restored]).to.deep.equal(left);
          expect([...restored]).to.deep.equal(next);
          expect([
            torch.rand([2]).tolist(),
            seeded ? torch.rand([2], { generator: anew }).tolist() : null,
          ]).to.deep.equal(after);
        });
      }
    }
  }

  it('count for the iterator that began last', () => {
    const sampler = new SequentialSampler(ten);
    const old = take(sampler, 5);
    const latest = take(sampler, 2);
    expect(old.rest()).to.deep.equal([5, 6, 7, 8, 9]);
    expect(sampler.stateDict().position).to.equal(2);
    latest.rest();
    expect(sampler.stateDict().position).to.equal(0);
  });

  it('have lengths', () => {
    const sampler = new RandomSampler(ten, { numSamples: 7 });
    expect(sampler.length).to.equal(7);
    expect(new BatchSampler(sampler, 3, false).length).to.equal(3);
    expect(new BatchSampler(sampler, 3, true).length).to.equal(2);
    expect(() => new BatchSampler(new Set([1]), 3, true).length).to.throw(TypeError, 'has no length');
  });

  it('survive the scope in which they began', () => {
    const sampler = new RandomSampler(ten, { generator: new torch.Generator().manualSeed(1) });
    const { taken, rest } = torch.scope(() => take(sampler, 3));
    const state = sampler.stateDict();
    const left = rest();
    expect(taken.concat(left).sort()).to.deep.equal([...Array(10).keys()]);
    sampler.loadStateDict(state);
    expect([...sampler]).to.deep.equal(left);
  });

  it('refuse wrong arguments', () => {
    expect(() => new RandomSampler({ length: 0 })).to.throw(RangeError, 'numSamples');
    expect(() => new RandomSampler(ten, { numSamples: 2.5 })).to.throw(RangeError);
    expect(() => new RandomSampler(ten, 1 as never)).to.throw(TypeError, 'replacement must be a boolean');
    expect(() => new RandomSampler(3 as never)).to.throw(TypeError, 'dataSource must have a length');
    expect(() => new RandomSampler(ten, { generator: 3 as never })).to.throw(TypeError, 'must be a Generator');
    expect(() => new RandomSampler(ten, { seed: 3 } as never)).to.throw(TypeError, 'no option seed');
    expect(() => new WeightedRandomSampler([[1, 2]], 3)).to.throw(torch.ShapeError, '[1, 2]');
    expect(() => new WeightedRandomSampler([1, 2], 0)).to.throw(RangeError);
    expect(() => [...new WeightedRandomSampler([1, 2], 3, false)]).to.throw(torch.TorchError);
    expect(() => new SubsetRandomSampler(4 as never)).to.throw(TypeError);
    expect(() => new BatchSampler([1], 0, false)).to.throw(RangeError);
    expect(() => new BatchSampler(5 as never, 1, false)).to.throw(TypeError, 'must be iterable');
    expect(() => new BatchSampler([1], 1, 'no' as never)).to.throw(TypeError, 'boolean');
    for (const state of [null, 3, {}, { position: -1 }, { position: 0, generator: 7 }]) {
      expect(() => new SequentialSampler(ten).loadStateDict(state as never), JSON.stringify(state)).to.throw(TypeError);
    }
  });
});
