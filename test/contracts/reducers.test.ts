/** What every reducer must satisfy. */

import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

type UnreducedLoss = torch.reducers.UnreducedLoss;

const { reducers } = torch;
const weights = torch.tensor([0.5, 2, 1], { dtype: 'float64' });

const cases: Readonly<Record<string, () => torch.reducers.Reducer>> = {
  AvgNonZeroReducer: () => new reducers.AvgNonZeroReducer(),
  ClassWeightedReducer: () => new reducers.ClassWeightedReducer({ weights }),
  DivisorReducer: () => new reducers.DivisorReducer(),
  MeanReducer: () => new reducers.MeanReducer(),
  MultipleReducers: () => new reducers.MultipleReducers({ reducers: { positive: new reducers.SumReducer() } }),
  'MultipleReducers, others': () =>
    new reducers.MultipleReducers({ reducers: {}, defaultReducer: new reducers.SumReducer() }),
  PerAnchorReducer: () => new reducers.PerAnchorReducer(),
  'PerAnchorReducer, of those not 0': () =>
    new reducers.PerAnchorReducer({ reducer: new reducers.AvgNonZeroReducer() }),
  SumReducer: () => new reducers.SumReducer(),
  ThresholdReducer: () => new reducers.ThresholdReducer({ low: 0.1, high: 0.7 }),
};

const ids = (values: readonly number[]) => torch.tensor(BigInt64Array.from(values, BigInt));

/** A part of each kind, with these values, each belonging to a row below 6. */
function partsOf(values: torch.Tensor, divisor: torch.Tensor | number = 4): Record<string, UnreducedLoss> {
  const row = (by: number) => ids(Array.from({ length: values.numel() }, (_, i) => (i * by) % 6));
  const name = 'positive';
  return {
    element: { kind: 'element', name, values, indices: row(1), divisor },
    pair: { kind: 'pair', name, values, indices: { anchor: row(1), other: row(5) }, divisor },
    triplet: {
      kind: 'triplet',
      name,
      values,
      indices: { anchor: row(5), positive: row(1), negative: row(7) },
      divisor,
    },
  };
}

describe('every reducer', () => {
  it('has a case here', () => {
    const named = Object.keys(cases).map((name) => name.replace(/,.*/, ''));
    expect([...new Set([...named, 'Reducer'])].sort()).to.deep.equal(Object.keys(reducers).sort());
  });
});

for (const [name, make] of Object.entries(cases)) {
  describe(`reducer contract: ${name}`, () => {
    const batch = {
      embeddings: torch.ones([6, 2], { dtype: 'float64' }),
      classes: ids([0, 1, 2, 0, 1, 2]),
    };

    it('makes a scalar with a finite gradient of losses of rows, pairs and triplets', () => {
      for (const dtype of ['float64', 'float32'] as const) {
        for (const kind of ['element', 'pair', 'triplet']) {
          for (const of of ['random', 'zeros', 'above every threshold']) {
            torch.manualSeed(1);
            const values = torch
              .rand([9], { dtype })
              .mul(of === 'zeros' ? 0 : 1)
              .add(of === 'random' ? -0.1 : of === 'zeros' ? 0 : 5);
            const leaf = values.detach().requiresGrad_();
            const reduced = make().reduce(partsOf(leaf)[kind] as UnreducedLoss, batch);
            expect(reduced.shape, kind).to.deep.equal([]);
            expect(reduced.dtype).to.equal(dtype);
            expect(Number.isFinite(reduced.item()), `${kind}, ${of}: ${reduced.item()}`).to.equal(true);
            reduced.backward();
            expect(leaf.grad?.isfinite().all().item(), `${kind}, ${of}: gradient`).to.equal(true);
          }
        }
      }
    });

    it('is 0, with a gradient, where there are no losses', () => {
      for (const divisor of [0, torch.tensor(0)]) {
        for (const [kind, part] of Object.entries(partsOf(torch.zeros([0], { requiresGrad: true }), divisor))) {
          const reduced = make().reduce(part, batch);
          expect(reduced.shape, kind).to.deep.equal([]);
          expect(reduced.item(), kind).to.equal(0);
          reduced.backward();
          expect(part.values.grad?.shape).to.deep.equal([0]);
        }
      }
    });

    it('shows broken losses as NaN', () => {
      for (const [kind, part] of Object.entries(partsOf(torch.tensor([0.5, Number.NaN, 0.25])))) {
        expect(make().reduce(part, batch).item(), kind).to.be.NaN;
      }
    });

    it('leaves alone what is reduced', () => {
      const values = torch.tensor(3);
      expect(make().reduce({ kind: 'reduced', values }, batch)).to.equal(values);
    });

    // A threshold is not: twice the losses may be beyond it.
    if (name === 'ThresholdReducer') return;

    it('is linear: twice the losses, twice the number', () => {
      const values = torch.tensor([0.5, 0.25, 0.125, 1], { dtype: 'float64' });
      for (const kind of ['element', 'pair', 'triplet']) {
        const one = make()
          .reduce(partsOf(values)[kind] as UnreducedLoss, batch)
          .item() as number;
        const two = make()
          .reduce(partsOf(values.mul(2))[kind] as UnreducedLoss, batch)
          .item() as number;
        expect(one).to.be.above(0);
        expect(two).to.be.closeTo(2 * one, 1e-12);
      }
    });
  });
}
