import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

const { ChainDataset, ConcatDataset, Dataset, IterableDataset, StackDataset, Subset, TensorDataset, randomSplit } =
  torch.data;

class Squares extends Dataset<number> {
  readonly length: number;

  constructor(length: number) {
    super();
    this.length = length;
  }

  get(index: number): number {
    return index * index;
  }
}

class Count extends IterableDataset<number> {
  readonly length: number;

  constructor(length: number) {
    super();
    this.length = length;
  }

  override *[Symbol.iterator](): Generator<number, void, undefined> {
    for (let i = 0; i < this.length; i++) yield i;
  }
}

describe('datasets', () => {
  describe('TensorDataset', () => {
    const x = torch.arange(6).reshape([3, 2]);
    const y = torch.tensor([1n, 2n, 3n]);

    it('gives the row of each tensor', () => {
      const dataset = new TensorDataset(x, y);
      expect(dataset.length).to.equal(3);
      expect(dataset.get(1).map((each) => each.tolist())).to.deep.equal([[2, 3], 2]);
      expect(dataset.get(-1).map((each) => each.tolist())).to.deep.equal([[4, 5], 3]);
    });

    it('gives several rows at once', () => {
      const rows = new TensorDataset(x, y).get([2, 0]);
      expect(rows.map((each) => each.tolist())).to.deep.equal([
        [
          [4, 5],
          [0, 1],
        ],
        [3, 1],
      ]);
    });

    it('refuses rows that do not fit, and what is no tensor', () => {
      expect(() => new TensorDataset(x, torch.ones([2]))).to.throw(torch.ShapeError, '3 rows');
      expect(() => new TensorDataset(torch.tensor(1))).to.throw(torch.ShapeError);
      expect(() => new TensorDataset()).to.throw(RangeError);
      expect(() => new TensorDataset([1] as never)).to.throw(TypeError, 'tensors must be Tensors');
      expect(() => new TensorDataset(x).get(3)).to.throw(torch.TorchError);
    });
  });

  describe('ConcatDataset', () => {
    const dataset = new ConcatDataset<unknown>([new Squares(3), ['a', 'b'], new Squares(2)]);

    it('gives one after the other, from the end too', () => {
      expect(Array.from({ length: 7 }, (_, i) => dataset.get(i))).to.deep.equal([0, 1, 4, 'a', 'b', 0, 1]);
      expect([dataset.get(-1), dataset.get(-7), dataset.get(-4)]).to.deep.equal([1, 0, 'a']);
      expect([dataset.length, dataset.cumulativeSizes]).to.deep.equal([7, [3, 5, 7]]);
    });

    it('passes over empty ones, and is what add makes', () => {
      const sum = new Squares(0).add(new Squares(2)).add([7]);
      expect([sum.get(0), sum.get(1), sum.get(2)]).to.deep.equal([0, 1, 7]);
    });

    it('refuses indices out of range, nothing, and what cannot be indexed', () => {
      for (const index of [7, -8, 0.5, Number.NaN]) expect(() => dataset.get(index)).to.throw(RangeError);
      expect(() => new ConcatDataset([])).to.throw(RangeError, 'must not be empty');
      expect(() => new ConcatDataset([new Count(2)] as never)).to.throw(TypeError, 'datasets[0]');
    });
  });

  describe('ChainDataset', () => {
    it('reads one after the other', async () => {
      const seen: number[] = [];
      const chain = new Count(2).add(new Count(3));
      for await (const each of chain) seen.push(each);
      expect(seen).to.deep.equal([0, 1, 0, 1, 2]);
      expect(chain.length).to.equal(5);
    });

    it('refuses what is not iterable-style', async () => {
      const chain = new ChainDataset([new Squares(2)] as never);
      let name = 'nothing';
      try {
        for await (const _ of chain);
      } catch (error) {
        name = (error as Error).name;
      }
      expect(name).to.equal('TypeError');
      expect(() => chain.length).to.throw(TypeError);
    });
  });

  describe('StackDataset', () => {
    it('gives a sample of each, in an array or under names', async () => {
      expect(new StackDataset(new Squares(3), ['a', 'b', 'c']).get(2)).to.deep.equal([4, 'c']);
      const named = new StackDataset({ square: new Squares(3), letter: ['a', 'b', 'c'] });
      expect(named.get(1)).to.deep.equal({ square: 1, letter: 'b' });
      expect(await named.getItems([0, 2])).to.deep.equal([
        { square: 0, letter: 'a' },
        { square: 4, letter: 'c' },
      ]);
    });

    it('waits for promises and uses getItems', async () => {
      const asked: (readonly number[])[] = [];
      const slow = {
        length: 3,
        get: async (index: number) => -index,
        getItems: async (indices: readonly number[]) => {
          asked.push(indices);
          return indices.map((index) => -index);
        },
      };
      const stack = new StackDataset(new Squares(3), slow);
      expect(await stack.get(2)).to.deep.equal([4, -2]);
      expect(await stack.getItems([1, 2])).to.deep.equal([
        [1, -1],
        [4, -2],
      ]);
      expect(asked).to.deep.equal([[1, 2]]);
      const short = { ...slow, getItems: async () => [1] };
      expect(await new StackDataset(short).getItems([1, 2]).catch((error: Error) => error.message)).to.match(
        /must give 2 samples, got 1/,
      );
    });

    it('refuses lengths that differ, and nothing', () => {
      expect(() => new StackDataset(new Squares(3), ['a'])).to.throw(RangeError, 'same length, got [3, 1]');
      expect(() => new StackDataset()).to.throw(RangeError);
      expect(() => new StackDataset(new Squares(3), 4 as never)).to.throw(TypeError);
    });
  });

  describe('Subset and randomSplit', () => {
    it('gives the samples at its indices', async () => {
      const subset = new Subset(new Squares(10), [7, 2]);
      expect([subset.get(0), subset.get(1), subset.get(-1), subset.length]).to.deep.equal([49, 4, 4, 2]);
      expect(await subset.getItems([1, 0])).to.deep.equal([4, 49]);
      for (const index of [2, -3, 0.5]) expect(() => subset.get(index)).to.throw(RangeError);
      expect(() => new Subset(new Squares(3), 4 as never)).to.throw(TypeError);
      expect(() => new Subset([1, 2], [5]).get(0)).to.throw(RangeError, 'out of range');
    });

    it('splits every sample once', () => {
      const parts = randomSplit(new Squares(11), [0.5, 0.25, 0.25]);
      expect(parts.map((part) => part.length)).to.deep.equal([6, 3, 2]);
      expect(parts.flatMap((part) => part.indices).sort((a, b) => a - b)).to.deep.equal([...Array(11).keys()]);
    });

    it('refuses lengths that do not sum up', () => {
      for (const lengths of [
        [5, 5],
        [0.5, 0.4],
        [0.6, 0.6],
        [12, -1],
        [5.5, 5.5],
      ]) {
        expect(() => randomSplit(new Squares(11), lengths), String(lengths)).to.throw(RangeError);
      }
      expect(() => randomSplit(new Squares(1), [1.5, -0.5])).to.throw(RangeError, 'fraction between 0 and 1');
      expect(() => randomSplit(new Squares(1), 'half' as never)).to.throw(TypeError);
      expect(() => randomSplit(new Count(3) as never, [3])).to.throw(TypeError);
      expect(() => randomSplit(new Squares(2), [1, 1], 3 as never)).to.throw(TypeError, 'generator');
    });
  });
});
