import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { allTripletHinge } from '../../lib/losses/all-triplet-hinge.ts';
import { sigmoidRanks } from '../../lib/losses/sigmoid-ranks.ts';
import { tripletTiles } from '../../lib/losses/triplet-tiles.ts';

describe('losses with a gradient of their own', () => {
  const distance = new torch.distances.LpDistance();
  let x: torch.Tensor;
  let matrix: torch.Tensor;
  let relation: torch.Relation;
  let rows: torch.Tensor;
  let columns: torch.Tensor;

  beforeEach(() => {
    torch.manualSeed(1);
    x = torch.randn([8, 3], { dtype: 'float64', requiresGrad: true });
    matrix = torch.rand([8, 8], { dtype: 'float64', requiresGrad: true });
    relation = torch.Relation.ofLabels(torch.tensor([0n, 0n, 1n, 1n, 2n, 2n, 3n, 3n]));
    [rows, columns] = relation.block().positives.nonzero().unbind(1) as [torch.Tensor, torch.Tensor];
  });

  const divisor = (): number => 2;
  const losses: Readonly<Record<string, () => torch.Tensor>> = {
    allTripletHinge: () =>
      allTripletHinge(x, x, relation, { distance, margin: 1, power: 1, activeAtKink: true, divisor }),
    tripletTiles: () =>
      torch.scope(() => {
        const options = { margin: 1, smooth: true, weights: null, divisor };
        return tripletTiles(matrix, null, relation.block(), options);
      }),
    sigmoidRanks: () => torch.scope(() => sigmoidRanks(matrix, rows, columns, 0.1, [relation.block().negatives]).sum()),
  };

  for (const [name, make] of Object.entries(losses)) {
    it(`${name} keeps its gradient in the graph, and lets go of it with the loss`, () => {
      make().dispose();
      const { tensors } = torch.memory();
      const loss = make();
      expect(torch.memory().tensors).to.equal(tensors + 1);
      loss.backward();
      const { grad } = name === 'allTripletHinge' ? x : matrix;
      expect(grad?.abs().sum().item()).to.be.greaterThan(0);
      expect(() => loss.backward()).to.throw(torch.TorchError, 'second time');
    });
  }
});
