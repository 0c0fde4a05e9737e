import { expect } from 'chai';
import { predict, trainSvm } from '../../examples/linear-svm/linear-svm.ts';
import { ontoSimplex, type SvmLoss } from '../../examples/linear-svm/machine.ts';
import * as torch from '../../lib/index.ts';

describe('linear machines', () => {
  // By symmetry there is no intercept: ½ w² + 2 max(0, 1 - w)^power; of Crammer and Singer w is twice ±v, with v = ½.
  const optima: Readonly<Record<SvmLoss, number>> = { hinge: 0.5, 'squared hinge': 0.4, 'crammer-singer': 0.25 };
  for (const [loss, optimum] of Object.entries(optima) as [SvmLoss, number][]) {
    it(`reach the optimum that a pencil finds: ${loss}`, () => {
      const x = torch.tensor([[-1], [1]], { dtype: 'float64' });
      const y = torch.tensor([0, 1], { dtype: 'int64' });
      const rounds: number[] = [];
      const svm = trainSvm(x, y, { loss, tolerance: 1e-10, onRound: ({ round }) => rounds.push(round) });
      expect(svm.objective).to.be.closeTo(optimum, 1e-9);
      expect(svm.bound).to.be.closeTo(optimum, 1e-9);
      expect(predict(svm, x).tolist()).to.deep.equal([0, 1]);
      expect(rounds.at(-1)).to.equal(svm.round);
    });
  }

  it('lie between the bound and the objective after each round, whatever the data', () => {
    torch.manualSeed(0);
    const x = torch.randn([60, 4], { dtype: 'float64' });
    const y = torch.randint(0, 3, [60]);
    for (const loss of ['hinge', 'squared hinge', 'crammer-singer'] as const) {
      const bounds: number[] = [];
      const svm = trainSvm(x, y, { loss, C: 0.3, onRound: ({ bound }) => bounds.push(bound) });
      for (const bound of bounds) expect(bound).to.be.at.most(svm.objective * (1 + 1e-12));
      expect((svm.objective - svm.bound) / svm.objective).to.be.at.most(1e-9);
    }
  });
});

describe('ontoSimplex', () => {
  it('finds the nearest point', () => {
    const rows = torch.tensor(
      [
        [0.5, 0.5, 0],
        [3, 0, -1],
        [1, 1, 1],
        [-5, -5, -4],
      ],
      { dtype: 'float64' },
    );
    const third = 1 / 3;
    const expected = [
      [0.5, 0.5, 0],
      [1, 0, 0],
      [third, third, third],
      [0, 0, 1],
    ];
    for (const [i, row] of (ontoSimplex(rows, 1).tolist() as number[][]).entries()) {
      for (const [j, value] of row.entries()) expect(value).to.be.closeTo(expected[i]![j]!, 1e-12);
    }
  });
});
