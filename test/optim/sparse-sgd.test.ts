import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

const { SGD, SparseSGD } = torch.optim;
const ids = (rows: readonly number[]) => torch.tensor(BigInt64Array.from(rows, BigInt));

function weights(): torch.nn.Parameter {
  torch.manualSeed(4);
  return new torch.nn.Parameter(torch.randn([6, 3], { dtype: 'float64' }));
}

/** A gradient in some rows, in which a row may come twice. */
function differentiate(param: torch.Tensor, rows: readonly number[]): void {
  torch.nn.functional.embedding(ids(rows), param, { sparse: true }).pow(2).sum().backward();
}

const steps = [
  [0, 2],
  [2, 2, 5],
  [5, 1],
  [0, 2],
];

describe('optim.SparseSGD', () => {
  it('is SGD without momentum, ascending or descending', () => {
    for (const maximize of [false, true]) {
      const [ours, theirs] = [weights(), weights()];
      const optimizers = [new SparseSGD([ours], { lr: 0.1, maximize }), new SGD([theirs], { lr: 0.1, maximize })];
      for (const rows of steps) {
        for (const [i, param] of [ours, theirs].entries()) {
          optimizers[i]!.zeroGrad();
          differentiate(param, rows);
          optimizers[i]!.step();
        }
      }
      expect(ours.sub(theirs).abs().max().item()).to.be.below(1e-15);
    }
  });

  for (const nesterov of [false, true]) {
    it(`moves momentum in the rows of a step alone${nesterov ? ', and looks ahead' : ''}`, () => {
      const param = weights();
      const optimizer = new SparseSGD([param], { lr: 0.1, momentum: 0.9, weightDecay: 0.01, nesterov });
      const expected = param.tolist() as number[][];
      const momentum = expected.map((row) => row.map(() => 0));
      for (const rows of steps) {
        optimizer.zeroGrad();
        differentiate(param, rows);
        optimizer.step();
        for (const row of new Set(rows)) {
          const times = rows.filter((each) => each === row).length;
          expected[row] = expected[row]!.map((value, d) => {
            const direction = 2 * value * times + 0.01 * value;
            momentum[row]![d] = 0.9 * momentum[row]![d]! + direction;
            return value - 0.1 * (nesterov ? direction + 0.9 * momentum[row]![d]! : momentum[row]![d]!);
          });
        }
      }
      const wanted = torch.tensor(expected, { dtype: 'float64' });
      expect(param.sub(wanted).abs().max().item()).to.be.below(1e-14);
      const { momentumBuffer } = optimizer.state.get(param) as { momentumBuffer: torch.Tensor };
      expect(
        momentumBuffer
          .sub(torch.tensor(momentum, { dtype: 'float64' }))
          .abs()
          .max()
          .item(),
      ).to.be.below(1e-14);
    });
  }

  it('refuses dense gradients, gradients sparse within rows, and options that mean nothing', () => {
    const param = weights();
    const optimizer = new SparseSGD([param], { lr: 0.1 });
    param.grad = torch.ones([6, 3], { dtype: 'float64' });
    expect(() => optimizer.step()).to.throw(TypeError, 'SparseSGD: gradients must be sparse, got a dense one');
    param.grad = torch.ones([6, 3], { dtype: 'float64' }).toSparse(2);
    expect(() => optimizer.step()).to.throw(TypeError, 'got one of 2 sparse dims');
    expect(() => new SparseSGD([param], { momentum: -1 })).to.throw(RangeError, 'SparseSGD: momentum');
    expect(() => new SparseSGD([param], { nesterov: true })).to.throw(RangeError, 'nesterov needs momentum above 0');
  });
});
