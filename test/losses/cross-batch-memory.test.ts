import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

const { CrossBatchMemory, TripletMarginLoss } = torch.losses;
const { CosineSimilarity } = torch.distances;
const { BatchHardMiner, MultiSimilarityMiner, TripletMarginMiner } = torch.miners;

const embeddingSize = 5;
const batch = (rows: number) => torch.randn([rows, embeddingSize], { dtype: 'float64' });
const labelsOf = (rows: number) => torch.randint(0, 4, [rows], { dtype: 'int64' });

/** A loss with its gradient for the embeddings. */
function run(lossFn: (x: torch.Tensor) => torch.Tensor, x: torch.Tensor): { loss: number; gradient: torch.Tensor } {
  const leaf = x.detach().clone().requiresGrad_();
  const loss = lossFn(leaf);
  loss.backward();
  return { loss: loss.item() as number, gradient: leaf.grad ?? torch.zerosLike(leaf) };
}

function expectNear(actual: torch.Tensor, expected: torch.Tensor, label: string): void {
  expect(actual.shape).to.deep.equal(expected.shape);
  expect(actual.sub(expected).abs().max().item(), label).to.be.below(1e-12);
}

/** The memory as the last rows of all that were put in, by plain slices. */
function lastRows(all: torch.Tensor[], count: number): torch.Tensor {
  const joined = torch.cat(all);
  return joined.narrow(0, Math.max(0, joined.size(0) - count), Math.min(count, joined.size(0)));
}

const losses: Record<string, () => torch.losses.MetricLoss> = {
  'all triplets': () => new TripletMarginLoss({ margin: 0.3 }),
  'swapped triplets': () => new TripletMarginLoss({ margin: 0.3, swap: true }),
  'smooth triplets of a similarity': () =>
    new TripletMarginLoss({ smoothLoss: true, distance: new CosineSimilarity() }),
};

describe('CrossBatchMemory', () => {
  beforeEach(() => torch.manualSeed(31));

  for (const [kind, make] of Object.entries(losses)) {
    for (const miner of [null, new BatchHardMiner(), new MultiSimilarityMiner(), new TripletMarginMiner()]) {
      const with_ = miner === null ? 'without a miner' : `with ${miner.constructor.name}`;
      it(`is the plain loss where the memory is the batch: ${kind} ${with_}`, () => {
        const [x, y, plain] = [batch(14), labelsOf(14), make()];
        const memory = new CrossBatchMemory({ loss: plain, embeddingSize, memorySize: 20, miner });
        const { loss, gradient } = run((leaf) => memory(leaf, y), x);
        const tuples = miner?.(x, y);
        const expected = run((leaf) => plain(leaf, y, tuples === undefined ? {} : { tuples }), x);
        expect(loss).to.be.closeTo(expected.loss, 1e-12);
        // The remembered side has no gradient: that of a loss against a constant copy, without the row itself.
        const relation = torch.Relation.ofLabels(y, y, 0);
        const detached = run(
          (leaf) => plain(leaf, relation, { reference: x, ...(tuples === undefined ? {} : { tuples }) }),
          x,
        );
        expectNear(gradient, detached.gradient, 'gradient');
        expect(gradient.abs().max().item()).to.be.above(0);
      });
    }
  }

  for (const memorySize of [6, 10, 16, 64]) {
    it(`compares with the last ${memorySize} rows, and no row with its own copy`, () => {
      const plain = new TripletMarginLoss({ margin: 0.3, swap: true });
      const memory = new CrossBatchMemory({ loss: plain, embeddingSize, memorySize });
      const [seen, seenLabels]: [torch.Tensor[], torch.Tensor[]] = [[], []];
      for (const rows of [4, 6, 1, 6, 5, 2, 6]) {
        const [x, y] = [batch(rows), labelsOf(rows)];
        seen.push(x);
        seenLabels.push(y);
        const { loss, gradient } = run((leaf) => memory(leaf, y), x);
        const reference = lastRows(seen, memorySize);
        const relation = torch.Relation.ofLabels(y, lastRows(seenLabels, memorySize), reference.size(0) - rows);
        const expected = run((leaf) => plain(leaf, relation, { reference }), x);
        expect(loss).to.be.closeTo(expected.loss, 1e-12);
        expectNear(gradient, expected.gradient, 'gradient');
      }
    });
  }

  it('continues exactly from a state dict, position included', () => {
    const make = () => new CrossBatchMemory({ loss: new TripletMarginLoss(), embeddingSize, memorySize: 10 }).double();
    const [one, other] = [make(), make()];
    for (const rows of [4, 4, 4]) one(batch(rows), labelsOf(rows));
    const state = new Map([...one.stateDict()].map(([name, tensor]) => [name, tensor.clone()]));
    expect([...state.keys()]).to.deep.equal(['embedding_memory', 'label_memory', 'queue_idx', 'queue_size']);
    other.loadStateDict(state);
    for (const rows of [5, 3, 7]) {
      const [x, y] = [batch(rows), labelsOf(rows)];
      expect(other(x, y).item()).to.equal(one(x, y).item());
    }
    expect(other.embedding_memory.equal(one.embedding_memory)).to.equal(true);
  });

  it('puts the rows of a mask into the memory, and compares the others with it', () => {
    const plain = new TripletMarginLoss({ margin: 0.5 });
    const memory = new CrossBatchMemory({ loss: plain, embeddingSize, memorySize: 12 });
    const seen: torch.Tensor[] = [];
    const seenLabels: torch.Tensor[] = [];
    for (let step = 0; step < 5; step++) {
      const [x, y] = [batch(8), labelsOf(8)];
      const enqueueMask = torch.rand([8]).gt(0.5);
      const others = enqueueMask.logicalNot();
      seen.push(x.index([enqueueMask]));
      seenLabels.push(y.index([enqueueMask]));
      const { loss, gradient } = run((leaf) => memory(leaf, y, { enqueueMask }), x);
      const [reference, referenceLabels] = [lastRows(seen, 12), lastRows(seenLabels, 12)];
      const expected = run((leaf) => plain(leaf.index([others]), y.index([others]), { reference, referenceLabels }), x);
      expect(loss).to.be.closeTo(expected.loss, 1e-12);
      expectNear(gradient, expected.gradient, 'gradient');
    }
  });

  it('takes tuples of the batch besides, wherever the batch lies in the memory', () => {
    const plain = new TripletMarginLoss({ margin: 1, reducer: new torch.reducers.SumReducer() });
    const memory = new CrossBatchMemory({ loss: plain, embeddingSize, memorySize: 9, miner: new BatchHardMiner() });
    for (const rows of [6, 6, 6]) {
      const [x, y] = [batch(rows), torch.tensor([0n, 0n, 1n, 1n, 2n, 2n])];
      const tuples = new TripletMarginMiner({ margin: 1 })(x, y);
      const alone = new CrossBatchMemory({ loss: plain, embeddingSize, memorySize: 9, miner: new BatchHardMiner() });
      alone.double().loadStateDict(memory.double().stateDict());
      const expected = (alone(x, y).item() as number) + (plain(x, y, { tuples }).item() as number);
      expect(memory(x, y, { tuples }).item()).to.be.closeTo(expected, 1e-9);
    }
  });

  it('leaves a graph alone when the memory changes', () => {
    const memory = new CrossBatchMemory({ loss: new TripletMarginLoss({ margin: 0.5 }), embeddingSize, memorySize: 8 });
    const x = batch(6).requiresGrad_();
    const first = memory(x, labelsOf(6));
    const second = memory(x.mul(2), labelsOf(6));
    first.add(second).backward();
    expect(x.grad?.isfinite().all().item()).to.equal(true);
  });

  it('forgets', () => {
    const memory = new CrossBatchMemory({ loss: new TripletMarginLoss(), embeddingSize, memorySize: 8 });
    memory(batch(6), labelsOf(6));
    memory.resetQueue();
    expect(memory.queue_size.item()).to.equal(0);
    const [x, y] = [batch(5), labelsOf(5)];
    expect(memory(x, y).item()).to.be.closeTo(new TripletMarginLoss()(x, y).item() as number, 1e-12);
  });

  it('takes empty batches, half precision and batches as large as itself', () => {
    const memory = new CrossBatchMemory({ loss: new TripletMarginLoss({ margin: 1 }), embeddingSize, memorySize: 6 });
    expect(memory(batch(0), labelsOf(0)).item()).to.equal(0);
    for (const dtype of ['float16', 'bfloat16', 'float64', 'float32'] as const) {
      const x = batch(6).to(dtype).requiresGrad_();
      const loss = memory(x, torch.tensor([0n, 0n, 1n, 1n, 2n, 2n]));
      loss.backward();
      expect(Number.isFinite(loss.item()), dtype).to.equal(true);
      expect(memory.embedding_memory.dtype).to.equal(dtype);
      expect(x.grad?.isfinite().all().item(), dtype).to.equal(true);
    }
  });

  it('leaves no tensors behind in a scope', () => {
    const memory = new CrossBatchMemory({ loss: new TripletMarginLoss(), embeddingSize, memorySize: 9 }).double();
    const [x, y] = [batch(6), labelsOf(6)];
    const step = () => torch.scope(() => memory(x, y).item());
    step();
    const before = torch.memory().tensors;
    step();
    step();
    expect(torch.memory().tensors).to.equal(before);
  });

  it('refuses what it cannot take, before it remembers any of it', () => {
    const memory = new CrossBatchMemory({ loss: new TripletMarginLoss(), embeddingSize, memorySize: 6 });
    const [x, y] = [batch(4), torch.tensor([0n, 0n, 1n, 1n])];
    expect(() => memory(batch(7), labelsOf(7))).to.throw(torch.ShapeError, 'at most memorySize 6 rows');
    expect(() => memory(x, labelsOf(3))).to.throw(torch.ShapeError, 'CrossBatchMemory: labels must be [4]');
    expect(() => memory(torch.randn([4, 6]), y)).to.throw(torch.ShapeError, 'embeddings must be [N, 5]');
    const enqueueMask = torch.ones([4], { dtype: 'bool' });
    const tuples = new BatchHardMiner()(x, y);
    expect(() => memory(x, y, { enqueueMask, tuples })).to.throw(TypeError, 'tuples or enqueueMask');
    expect(() => memory(x, y, { enqueueMask: enqueueMask.long() })).to.throw(
      torch.DTypeError,
      'enqueueMask must be bool',
    );
    expect(() => memory(x, torch.Relation.ofLabels(y) as never)).to.throw(TypeError, 'labels must be a Tensor');
    expect(memory.queue_size.item()).to.equal(0);
    const loss = new TripletMarginLoss();
    expect(() => new CrossBatchMemory({ loss, embeddingSize: 0 })).to.throw(RangeError, 'embeddingSize');
    expect(() => new CrossBatchMemory({ loss: 1 as never, embeddingSize })).to.throw(
      TypeError,
      'loss must be a Module',
    );
  });
});
