import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { composedTripletHinge, type TripletHingeOptions, tripletHinge } from '../../lib/losses/triplet-hinge.ts';

/** Losses, gradient and counts by three loops; `round` rounds as the dtype does. */
function everyTriplet(
  distances: number[][],
  positives: boolean[][],
  negatives: boolean[][],
  { margin, power, activeAtKink }: TripletHingeOptions,
  round: (value: number) => number,
) {
  const gradient = distances.map((row) => row.map(() => 0));
  const counts = distances.map(() => [0, 0, 0]);
  const losses = distances.map((row, a) => {
    let loss = 0;
    row.forEach((positive, p) => {
      row.forEach((negative, n) => {
        if (!positives[a]![p] || !negatives[a]![n]) return;
        const gap = round(negative - positive);
        const value = round(round(margin) - gap);
        counts[a]![0]!++;
        counts[a]![1]! += gap > 0 ? 0 : 1;
        counts[a]![2]! += value > 0 ? 1 : 0;
        if (activeAtKink ? !(value >= 0) : !(value > 0)) return;
        loss += value ** power;
        const slope = power === 1 ? 1 : 2 * value;
        gradient[a]![p]! += slope;
        gradient[a]![n]! -= slope;
      });
    });
    return loss;
  });
  return { losses, gradient, counts };
}

interface Masks {
  distances: torch.Tensor;
  positives: torch.Tensor;
  negatives: torch.Tensor;
}

function masksOf(rows: number, columns: number, classes: number, distances: torch.Tensor): Masks {
  const labels = torch.randint(0, classes, [columns]);
  const negatives = labels.narrow(0, 0, rows).unsqueeze(1).ne(labels);
  const positives = negatives.logicalNot();
  positives.diagonal().fill_(0);
  return { distances, positives, negatives };
}

function expectClose(actual: number, expected: number, tolerance: number, where: string): void {
  expect(Math.abs(actual - expected), where).to.be.at.most(tolerance * Math.max(1, Math.abs(expected)));
}

const dtypes = [
  ['float32', Math.fround],
  ['float64', (value: number) => value],
] as const;

describe('tripletHinge', () => {
  beforeEach(() => torch.manualSeed(0));

  for (const [dtype, round] of dtypes) {
    for (const power of [1, 2] as const) {
      for (const activeAtKink of [false, true]) {
        it(`is the sum over all triplets: ${dtype}, power ${power}, ${activeAtKink ? 'active' : 'not active'} at the kink`, () => {
          const cases: [string, torch.Tensor][] = [
            ['random', torch.rand([17, 23], { dtype })],
            // Eighths: gaps meet margins of eighths exactly.
            ['ties', torch.randint(0, 9, [17, 23]).to(dtype).div(8)],
            ['one value', torch.full([17, 23], 0.3, { dtype })],
          ];
          for (const [name, distances] of cases) {
            for (const margin of [0, 0.125, 0.2, 1.5, -0.25]) {
              const { positives, negatives } = masksOf(17, 23, 4, distances);
              const options = { margin, power, activeAtKink, withGradient: true };
              const expected = everyTriplet(
                distances.tolist() as number[][],
                positives.tolist() as boolean[][],
                negatives.tolist() as boolean[][],
                options,
                round,
              );
              const where = `${name}, margin ${margin}`;
              const actual = tripletHinge(distances, positives, negatives, options);
              expect(actual.counts.tolist(), where).to.deep.equal(expected.counts);
              (actual.losses.tolist() as number[]).forEach((loss, a) => {
                expectClose(loss, expected.losses[a]!, dtype === 'float32' ? 1e-6 : 1e-12, `${where}, loss ${a}`);
              });
              (actual.gradient.tolist() as number[][]).forEach((row, a) => {
                row.forEach((slope, j) => {
                  const wanted = expected.gradient[a]![j]!;
                  if (power === 1) expect(slope === wanted, `${where}, ${slope} for ${wanted}`).to.equal(true);
                  else expectClose(slope, wanted, dtype === 'float32' ? 1e-5 : 1e-12, `${where}, [${a}, ${j}]`);
                });
              });
              // Elsewhere the search compares with a rounded threshold, so float64 alone agrees at every tie.
              if (dtype === 'float64' && name !== 'one value') {
                const composed = composedTripletHinge(distances, positives, negatives, options);
                expect(composed.counts.tolist(), where).to.deep.equal(expected.counts);
                expect(composed.gradient.allclose(actual.gradient, { rtol: 1e-10 }), where).to.equal(true);
                expect(composed.losses.allclose(actual.losses, { rtol: 1e-10 }), where).to.equal(true);
              }
            }
          }
        });
      }
    }
  }

  it('needs no gradient', () => {
    const { distances, positives, negatives } = masksOf(5, 8, 2, torch.rand([5, 8]));
    const options = { margin: 0.2, power: 1, activeAtKink: false } as const;
    const without = tripletHinge(distances, positives, negatives, { ...options, withGradient: false });
    const with_ = tripletHinge(distances, positives, negatives, { ...options, withGradient: true });
    expect(without.gradient.shape).to.deep.equal([0]);
    expect(without.losses.tolist()).to.deep.equal(with_.losses.tolist());
  });

  it('shows NaN, and keeps infinities from making any', () => {
    const positives = torch.tensor([[true, false, false]]);
    const negatives = positives.logicalNot();
    const run = (row: number[]) =>
      tripletHinge(torch.tensor([row]), positives, negatives, {
        margin: 0.5,
        power: 1,
        activeAtKink: false,
        withGradient: true,
      });
    expect((run([Number.NaN, 1, 2]).losses.item() as number).toString()).to.equal('NaN');
    const far = run([1, Number.POSITIVE_INFINITY, 1.25]);
    expect(far.losses.item()).to.equal(0.25);
    expect(far.gradient.tolist()).to.deep.equal([[1, 0, -1]]);
    expect(run([Number.POSITIVE_INFINITY, 1, 2]).losses.item()).to.equal(Number.POSITIVE_INFINITY);
    expect(run([Number.POSITIVE_INFINITY, 1, 2]).gradient.tolist()).to.deep.equal([[2, -1, -1]]);
  });

  it('refuses, as an operator, what does not fit', () => {
    const hinge = torch.ops.hinge?.triplet_hinge as (...values: unknown[]) => unknown;
    const [distances, mask] = [torch.zeros([2, 3]), torch.zeros([2, 3], { dtype: 'bool' })];
    const { TorchError } = torch;
    expect(() => hinge(torch.zeros([3]), mask, mask, 0.1)).to.throw(TorchError, 'distances must be [R, C], got [3]');
    expect(() => hinge(distances, distances, mask, 0.1)).to.throw(TorchError, 'positives must be bool [2, 3]');
    expect(() => hinge(distances, mask, mask.T, 0.1)).to.throw(TorchError, 'negatives must be bool [2, 3]');
    expect(() => hinge(distances, mask, mask, 0.1, 3)).to.throw(TorchError, 'power must be 1 or 2, got 3');
    expect(() => hinge(distances, mask, mask, Number.NaN)).to.throw(TorchError, 'margin must be finite');
    expect(() => hinge(distances.half(), mask, mask, 0.1)).to.throw(TorchError, 'Half');
  });
});
