import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

const { samplers } = torch;
const { FixedSetOfTriplets, GroupByLabelSampler, HierarchicalSampler, MPerClassSampler } = samplers;
const { NoDuplicatesSampler, TuplesToWeightsSampler } = samplers;

const labels = Array.from({ length: 60 }, (_, i) => (i * i) % 7);
const unique = <T>(values: Iterable<T>) => new Set(values).size;
const countsOf = <T>(values: readonly T[]) => {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
};

function inBatches<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

const x = torch.randn([60, 4]);

const makers: Readonly<Record<string, (generator: torch.Generator | null) => torch.samplers.SeededSampler<unknown>>> = {
  FixedSetOfTriplets: (generator) => new FixedSetOfTriplets({ labels, numTriplets: 20, generator }),
  GroupByLabelSampler: (generator) => new GroupByLabelSampler({ labels, batchSize: 8, generator }),
  HierarchicalSampler: (generator) =>
    new HierarchicalSampler({
      labels: labels.map((label, i) => [label, i % 3]),
      batchSize: 8,
      samplesPerClass: 2,
      generator,
    }),
  MPerClassSampler: (generator) =>
    new MPerClassSampler({ labels, m: 3, batchSize: 9, lengthBeforeNewIter: 90, generator }),
  NoDuplicatesSampler: (generator) => new NoDuplicatesSampler({ keys: labels, batchSize: 3, generator }),
  TuplesToWeightsSampler: (generator) =>
    new TuplesToWeightsSampler({
      labels: torch.tensor(BigInt64Array.from(labels, BigInt)),
      embed: (indices) => x.index([torch.tensor(BigInt64Array.from(indices, BigInt))]),
      miner: new torch.miners.BatchHardMiner(),
      subsetSize: 40,
      generator,
    }),
};

describe('every sampler of torch.samplers', () => {
  beforeEach(() => torch.manualSeed(61));

  it('has a case here', () => {
    const exported = Object.keys(samplers).filter((name) => /^[A-Z]/.test(name) && name !== 'SeededSampler');
    expect(Object.keys(makers).sort()).to.deep.equal(exported.sort());
  });

  for (const [name, make] of Object.entries(makers)) {
    it(`${name} draws the same for the same seed, and another order each time`, () => {
      const orders = () => {
        torch.manualSeed(5);
        const sampler = make(null);
        return [[...sampler], [...sampler]];
      };
      const [first, second] = orders();
      expect([first, second]).to.deep.equal(orders());
      expect(first).to.not.deep.equal(second);
      const seeded = () => [...make(new torch.Generator().manualSeed(9))];
      expect(seeded()).to.deep.equal(seeded());
    });

    it(`${name} goes on in the middle from its state, and after it as it would have`, () => {
      for (const ofItsOwn of [false, true]) {
        const generator = () => (ofItsOwn ? new torch.Generator().manualSeed(3) : null);
        torch.manualSeed(5);
        const sampler = make(generator());
        const given: unknown[] = [];
        let state: torch.data.SamplerState | undefined;
        let rng: torch.Tensor | undefined;
        for (const item of sampler) {
          given.push(item);
          if (given.length !== 7) continue;
          state = sampler.stateDict();
          rng = torch.getRngState();
        }
        const next = [...sampler];
        torch.manualSeed(77);
        const other = make(ofItsOwn ? new torch.Generator().manualSeed(99) : null);
        torch.setRngState(rng as torch.Tensor);
        other.loadStateDict(state as torch.data.SamplerState);
        expect([...other]).to.deep.equal(given.slice(7));
        expect([...other]).to.deep.equal(next);
      }
    });

    it(`${name} gives as many as its length says`, () => {
      const sampler = make(null);
      if (name === 'NoDuplicatesSampler') expect([...sampler].length).to.be.at.least(sampler.length);
      else expect([...sampler].length).to.equal(sampler.length);
    });

    it(`${name} leaves no tensors behind in a scope`, () => {
      const sampler = make(null);
      const step = () => torch.scope(() => [...sampler].length);
      step();
      step();
      global.gc?.();
      const before = torch.memory().tensors;
      for (let i = 0; i < 3; i++) step();
      // Generators of orders, and weights that are state, are for the garbage collector.
      expect(torch.memory().tensors - before).to.be.below(10);
    });
  }

  it('refuses labels that are none', () => {
    expect(() => new MPerClassSampler({ labels: 3 as never, m: 2 })).to.throw(TypeError, 'MPerClassSampler: labels');
    expect(() => new MPerClassSampler({ labels: [], m: 2 })).to.throw(RangeError, 'labels must not be empty');
    expect(() => new MPerClassSampler({ labels: torch.zeros([3]), m: 2 })).to.throw(torch.DTypeError, 'class ids');
    expect(() => new MPerClassSampler({ labels, m: 2, generator: 1 as never })).to.throw(TypeError, 'generator');
  });
});

describe('MPerClassSampler', () => {
  beforeEach(() => torch.manualSeed(62));

  it('gives batches of batchSize / m classes with m samples each', () => {
    const sampler = new MPerClassSampler({ labels, m: 4, batchSize: 12, lengthBeforeNewIter: 250 });
    expect(sampler.length).to.equal(240);
    for (const batch of inBatches([...sampler], 12)) {
      const classes = countsOf(batch.map((i) => labels[i]));
      expect([...classes.values()]).to.deep.equal([4, 4, 4]);
      // A class of four or more gives four different samples.
      expect(unique(batch)).to.equal(12);
    }
  });

  it('gives every class once before any comes again, without a batch size', () => {
    const classes = unique(labels);
    const sampler = new MPerClassSampler({ labels, m: 2, lengthBeforeNewIter: 100 });
    expect(sampler.length).to.equal(100 - (100 % (2 * classes)));
    for (const pass of inBatches([...sampler], 2 * classes)) {
      expect(unique(pass.map((i) => labels[i]))).to.equal(classes);
    }
    const short = new MPerClassSampler({ labels, m: 50, lengthBeforeNewIter: 30 });
    expect([...short].length).to.equal(30);
  });

  it('repeats samples of a class that has too few, and draws evenly', () => {
    const few = new MPerClassSampler({ labels: ['a', 'a', 'b'], m: 3, batchSize: 6, lengthBeforeNewIter: 6000 });
    const drawn = [...few];
    for (const batch of inBatches(drawn, 6)) expect(batch.filter((i) => i === 2).length).to.equal(3);
    const counts = countsOf(drawn);
    expect(counts.get(0)).to.be.closeTo(1500, 120);
    expect(counts.get(1)).to.be.closeTo(1500, 120);
    const many = [...new MPerClassSampler({ labels: new Array(10).fill(0), m: 3, lengthBeforeNewIter: 30_000 })];
    for (const count of countsOf(many).values()) expect(count).to.be.closeTo(3000, 250);
    for (const batch of inBatches(many, 3)) expect(unique(batch)).to.equal(3);
  });

  it('takes labels beyond 2^53 for different ones', () => {
    const ids = torch.tensor([2n ** 60n, 2n ** 60n + 1n, 2n ** 60n, 2n ** 60n + 1n]);
    const sampler = new MPerClassSampler({ labels: ids, m: 2, batchSize: 2, lengthBeforeNewIter: 40 });
    for (const [a, b] of inBatches([...sampler], 2)) expect((a as number) % 2).to.equal((b as number) % 2);
  });

  it('refuses sizes that do not agree', () => {
    expect(() => new MPerClassSampler({ labels, m: 4, batchSize: 10 })).to.throw(RangeError, 'a multiple of m 4');
    expect(() => new MPerClassSampler({ labels, m: 4, batchSize: 400 })).to.throw(RangeError, 'at most m times');
    expect(() => new MPerClassSampler({ labels, m: 4, batchSize: 8, lengthBeforeNewIter: 5 })).to.throw(RangeError);
    expect(() => new MPerClassSampler({ labels, m: 0 })).to.throw(RangeError, 'm must be a positive integer');
  });
});

describe('HierarchicalSampler', () => {
  beforeEach(() => torch.manualSeed(63));

  // Super class s has classes 3 s, 3 s + 1, 3 s + 2 of eight samples each.
  const rows = Array.from({ length: 4 * 3 * 8 }, (_, i) => [Math.floor(i / 8), Math.floor(i / 24)]);

  it('gives each combination of super classes its batches, half of each', () => {
    for (const given of [rows, torch.tensor(BigInt64Array.from(rows.flat(), BigInt)).view([-1, 2])]) {
      const sampler = new HierarchicalSampler({ labels: given, batchSize: 16, samplesPerClass: 4 });
      const batches = [...sampler];
      expect(batches.length).to.equal(6 * 4);
      expect(sampler.length).to.equal(24);
      const combined = countsOf(
        batches.map((batch) => {
          const supers = countsOf(batch.map((i) => rows[i]?.[1]));
          expect([...supers.values()]).to.deep.equal([8, 8]);
          expect([...countsOf(batch.map((i) => rows[i]?.[0])).values()]).to.deep.equal([4, 4, 4, 4]);
          return [...supers.keys()].sort().join();
        }),
      );
      expect([...combined.values()]).to.deep.equal(new Array(6).fill(4));
    }
  });

  it('takes whole classes, other columns and more super classes at a time', () => {
    const turned = rows.map(([inner, outer]) => ['', outer as number, inner as number]);
    const sampler = new HierarchicalSampler({
      labels: turned,
      batchSize: 24,
      samplesPerClass: 'all',
      superClassesPerBatch: 3,
      batchesPerSuperTuple: 2,
      innerLabel: 2,
      outerLabel: 1,
    });
    const batches = [...sampler];
    expect(batches.length).to.equal(4 * 2);
    for (const batch of batches) {
      expect([...countsOf(batch.map((i) => rows[i]?.[0])).values()]).to.deep.equal([8, 8, 8]);
      expect(unique(batch)).to.equal(24);
    }
  });

  it('refuses sizes that do not divide', () => {
    const make = (options: object) => () =>
      new HierarchicalSampler({ labels: rows, batchSize: 16, samplesPerClass: 4, ...options });
    expect(make({ batchSize: 15 })).to.throw(RangeError, 'a multiple of superClassesPerBatch 2');
    expect(make({ samplesPerClass: 3 })).to.throw(RangeError, 'samplesPerClass must divide 8');
    expect(make({ outerLabel: 2 })).to.throw(RangeError, 'got column 2');
    expect(make({ labels: [1, 2] })).to.throw(TypeError, 'an array of arrays');
    expect(make({ labels: torch.zeros([3, 2]) })).to.throw(TypeError, 'labels must be int64');
  });
});

describe('GroupByLabelSampler', () => {
  beforeEach(() => torch.manualSeed(64));

  it('gives batches of two samples or more of each of two classes or more, no sample twice', () => {
    for (const dropLast of [false, true]) {
      const sampler = new GroupByLabelSampler({ labels, batchSize: 10, dropLast });
      const batches = [...sampler];
      expect(unique(batches.flat())).to.equal(batches.flat().length);
      for (const [i, batch] of batches.entries()) {
        if (dropLast || i < batches.length - 1) expect(batch.length).to.equal(10);
        const classes = [...countsOf(batch.map((each) => labels[each])).values()];
        expect(classes.length).to.be.at.least(2);
        for (const count of classes) expect(count).to.be.at.least(2);
      }
    }
  });

  it('leaves out classes of one sample, odd samples, and what the largest class has alone', () => {
    const sampler = new GroupByLabelSampler({
      labels: ['a', 'a', 'a', 'b', 'b', 'c', ...new Array(9).fill('d')],
      batchSize: 4,
    });
    const batches = [...sampler];
    expect(sampler.length).to.equal(1);
    expect(batches.length).to.equal(1);
    expect(batches.flat()).to.not.include(5);
  });

  it('refuses what gives no batch', () => {
    expect(() => new GroupByLabelSampler({ labels, batchSize: 5 })).to.throw(RangeError, 'even and at least 4');
    expect(() => new GroupByLabelSampler({ labels: [1, 1, 2], batchSize: 4 })).to.throw(
      RangeError,
      'two classes of two',
    );
  });
});

describe('NoDuplicatesSampler', () => {
  beforeEach(() => torch.manualSeed(65));

  const keys = Array.from({ length: 40 }, (_, i) => [`question ${i % 25}`, `answer ${i % 9}`]);

  it('gives batches without a key twice, and every sample once', () => {
    const batches = [...new NoDuplicatesSampler({ keys, batchSize: 6 })];
    expect(batches.flat().sort((a, b) => a - b)).to.deep.equal(keys.map((_, i) => i));
    for (const batch of batches) {
      expect(batch.length).to.be.at.most(6);
      const all = batch.flatMap((i) => [...new Set(keys[i])]);
      expect(unique(all)).to.equal(all.length);
    }
  });

  it('draws anew to reach its length with dropLast, at most twice', () => {
    const sampler = new NoDuplicatesSampler({ keys: [1, 1, 1, 1, 1, 1, 2, 3], batchSize: 2, dropLast: true });
    const batches = [...sampler];
    expect(sampler.length).to.equal(4);
    expect(batches.length).to.equal(4);
    expect(batches.every((batch) => batch.length === 2)).to.equal(true);
    expect([...new NoDuplicatesSampler({ keys: [1, 1, 1, 1], batchSize: 2, dropLast: true })]).to.deep.equal([]);
    expect([...new NoDuplicatesSampler({ keys: [], batchSize: 2 })]).to.deep.equal([]);
    expect([...new NoDuplicatesSampler({ keys: [1, 1, 1], batchSize: 2 })].map((batch) => batch.length)).to.deep.equal([
      1, 1, 1,
    ]);
  });

  it('refuses keys that are none', () => {
    expect(() => new NoDuplicatesSampler({ keys: 3 as never, batchSize: 2 })).to.throw(
      TypeError,
      'keys must be an array',
    );
  });
});

describe('FixedSetOfTriplets', () => {
  beforeEach(() => torch.manualSeed(66));

  it('keeps its triplets and changes their order', () => {
    const sampler = new FixedSetOfTriplets({ labels: [...labels, 'alone'], numTriplets: 50 });
    const sorted = (rows: readonly (readonly number[])[]) => rows.map((row) => row.join()).sort();
    const [first, second] = [inBatches([...sampler], 3), inBatches([...sampler], 3)];
    expect(sorted(first)).to.deep.equal(sorted(sampler.triplets));
    expect(sorted(second)).to.deep.equal(sorted(first));
    expect(first).to.not.deep.equal(second);
    for (const [a, p, n] of sampler.triplets) {
      expect(a).to.not.equal(p);
      expect(labels[a]).to.equal(labels[p]);
      expect(labels[n]).to.not.equal(labels[a]);
    }
    expect(unique(sampler.triplets.map(([a]) => labels[a]))).to.equal(unique(labels));
  });

  it('refuses labels without triplets', () => {
    expect(() => new FixedSetOfTriplets({ labels: [1, 2, 3], numTriplets: 3 })).to.throw(RangeError, 'two classes');
    expect(() => new FixedSetOfTriplets({ labels: [1, 1], numTriplets: 3 })).to.throw(RangeError, 'two classes');
    expect(() => new FixedSetOfTriplets({ labels, numTriplets: 0 })).to.throw(RangeError, 'numTriplets');
  });
});

describe('TuplesToWeightsSampler', () => {
  beforeEach(() => torch.manualSeed(67));

  const ids = torch.tensor([0n, 0n, 1n, 1n, 2n]);
  const points = torch.tensor([[0], [1], [2], [3], [9]]);
  const embed = (indices: number[]) => points.index([torch.tensor(BigInt64Array.from(indices, BigInt))]);
  const distance = new torch.distances.LpDistance({ normalizeEmbeddings: false });

  it('draws samples as often as the miner chooses them', () => {
    const miner = new torch.miners.BatchHardMiner({ distance });
    const sampler = new TuplesToWeightsSampler({ labels: ids, embed, miner });
    const drawn: number[] = [];
    for (let i = 0; i < 150; i++) drawn.push(...sampler);
    // Triplets (0 1 2), (1 0 2), (2 3 1), (3 2 1): samples 0 to 3 are in 2, 4, 4 and 2 of them, sample 4 in none.
    const counts = countsOf(drawn);
    for (const [i, share] of [2, 4, 4, 2].entries()) expect((counts.get(i) ?? 0) / 750).to.be.closeTo(share / 12, 0.06);
    expect(counts.has(4)).to.equal(false);
  });

  it('embeds a subset, and again for each order', () => {
    const asked: number[][] = [];
    const sampler = new TuplesToWeightsSampler({
      labels: ids,
      embed: (indices) => {
        asked.push(indices);
        return embed(indices);
      },
      miner: new torch.miners.RandomTripletMiner(),
      subsetSize: 4,
    });
    const orders = [[...sampler], [...sampler]];
    expect(asked.length).to.equal(2);
    for (const [i, order] of orders.entries()) {
      expect(order.length).to.equal(4);
      expect(unique(asked[i] as number[])).to.equal(4);
      for (const each of order) expect(asked[i]).to.include(each);
    }
  });

  it('refuses what it cannot use', () => {
    const miner = new torch.miners.BatchHardMiner();
    const make = (options: object) => new TuplesToWeightsSampler({ labels: ids, embed, miner, ...options });
    expect(() => make({ labels: ids.double() })).to.throw(torch.DTypeError, 'class ids');
    expect(() => make({ embed: 3 })).to.throw(TypeError, 'embed must be a function');
    expect(() => make({ subsetSize: 6 })).to.throw(RangeError, 'subsetSize must be at most 5');
    expect(() => [...make({ embed: () => torch.randn([2, 3]) })]).to.throw(
      torch.ShapeError,
      'embed must return [5, D]',
    );
  });
});

describe('samplers in a loader', () => {
  it('make its batches, and go on from its state', async () => {
    const data = new torch.data.TensorDataset(torch.arange(60));
    const loaders = [
      () =>
        new torch.data.DataLoader(data, {
          batchSize: 9,
          sampler: new MPerClassSampler({ labels, m: 3, batchSize: 9, lengthBeforeNewIter: 90 }),
        }),
      () => new torch.data.DataLoader(data, { batchSampler: new GroupByLabelSampler({ labels, batchSize: 8 }) }),
    ];
    const rowsOf = ([batch]: torch.Tensor[]) => (batch as torch.Tensor).tolist() as number[];
    for (const make of loaders) {
      torch.manualSeed(68);
      const loader = make();
      const batches: number[][] = [];
      let state: torch.data.DataLoaderState | undefined;
      for await (const batch of loader) {
        batches.push(rowsOf(batch as torch.Tensor[]));
        if (batches.length === 2) state = loader.stateDict();
      }
      expect(batches.length).to.equal(loader.length);
      const other = make();
      other.loadStateDict(state as torch.data.DataLoaderState);
      const rest: number[][] = [];
      for await (const batch of other) rest.push(rowsOf(batch as torch.Tensor[]));
      expect(rest).to.deep.equal(batches.slice(2));
    }
  });
});
