/** Wrappers of losses beside pytorch-metric-learning's, over several batches: values and gradients. */

import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { expectClose } from './close.ts';
import { fromWire, type PythonTensor, usePython } from './oracle.ts';

const { CrossBatchMemory, MultipleLosses, SelfSupervisedLoss, TripletMarginLoss } = torch.losses;
const { CosineSimilarity } = torch.distances;

const imports = 'from pytorch_metric_learning import losses as _l, miners as _m, distances as _d\n';
const batch = (rows: number) => torch.randn([rows, 4], { dtype: 'float64' });
const labelsOf = (rows: number) => torch.randint(0, 4, [rows], { dtype: 'int64' });

interface Row {
  readonly loss: () => torch.losses.MetricLoss;
  readonly miner?: () => torch.miners.Miner;
  readonly python: string;
}

const rows: Readonly<Record<string, Row>> = {
  'all triplets': { loss: () => new TripletMarginLoss(), python: '_l.TripletMarginLoss(), None' },
  'smooth triplets of a similarity': {
    loss: () => new TripletMarginLoss({ smoothLoss: true, distance: new CosineSimilarity() }),
    python: '_l.TripletMarginLoss(smooth_loss=True, distance=_d.CosineSimilarity()), None',
  },
  'batch-hard triplets': {
    loss: () => new TripletMarginLoss({ margin: 0.4 }),
    miner: () => new torch.miners.BatchHardMiner(),
    python: '_l.TripletMarginLoss(margin=0.4), _m.BatchHardMiner()',
  },
  'triplets by margin': {
    loss: () => new TripletMarginLoss({ margin: 0.4 }),
    miner: () => new torch.miners.TripletMarginMiner({ margin: 0.3 }),
    python: '_l.TripletMarginLoss(margin=0.4), _m.TripletMarginMiner(margin=0.3)',
  },
  'pairs by margin': {
    loss: () => new TripletMarginLoss({ margin: 0.4 }),
    miner: () => new torch.miners.PairMarginMiner({ posMargin: 0.3, negMargin: 1.2 }),
    python: '_l.TripletMarginLoss(margin=0.4), _m.PairMarginMiner(pos_margin=0.3, neg_margin=1.2)',
  },
};

describe('wrappers of losses beside pytorch-metric-learning', () => {
  const python = usePython('pytorch_metric_learning');
  beforeEach(() => torch.manualSeed(51));

  for (const [name, { loss, miner, python: theirs }] of Object.entries(rows)) {
    it(`remembers across batches: ${name}`, async () => {
      // Every class is in every batch more than once, and no batch fills the memory: see what differs below.
      const sizes = [8, 8, 5, 8, 8, 3, 8, 8];
      const labels = sizes.map((size) => torch.arange(size).remainder(4));
      const batches = sizes.map(batch);
      for (const memorySize of [14, 60]) {
        const memory = new CrossBatchMemory({ loss: loss(), embeddingSize: 4, memorySize, miner: miner?.() ?? null });
        const source = `${imports}
_loss, _miner = ${theirs}
_memory = _l.CrossBatchMemory(_loss, 4, memory_size=${memorySize}, miner=_miner)
values, grads = [], []
for _x, _y in zip(batches, labels):
    _x = _x.clone().requires_grad_()
    _value = _memory(_x, _y)
    _value.backward()
    values.append(_value.detach())
    grads.append(_x.grad if _x.grad is not None else torch.zeros_like(_x))`;
        const { values, grads } = await python.run(source, { batches, labels });
        for (const [i, x] of batches.entries()) {
          const leaf = x.clone().requiresGrad_();
          const value = memory(leaf, labels[i] as torch.Tensor);
          value.backward();
          expectClose(value, (values as PythonTensor[])[i], `value ${i}`);
          expectClose(leaf.grad ?? torch.zerosLike(leaf), (grads as PythonTensor[])[i], `gradient ${i}`);
        }
      }
    });
  }

  it('puts rows of a mask into the memory', async () => {
    const sizes = [8, 8, 8, 8];
    const [batches, labels] = [sizes.map(batch), sizes.map(labelsOf)];
    const masks = sizes.map((size) => torch.arange(size).ge(size / 2));
    const source = `${imports}
_memory = _l.CrossBatchMemory(_l.TripletMarginLoss(margin=0.4), 4, memory_size=10)
values, grads = [], []
for _x, _y, _mask in zip(batches, labels, masks):
    _x = _x.clone().requires_grad_()
    _value = _memory(_x, _y, enqueue_mask=_mask)
    _value.backward()
    values.append(_value.detach())
    grads.append(_x.grad)`;
    const { values, grads } = await python.run(source, { batches, labels, masks });
    const memory = new CrossBatchMemory({
      loss: new TripletMarginLoss({ margin: 0.4 }),
      embeddingSize: 4,
      memorySize: 10,
    });
    for (const [i, x] of batches.entries()) {
      const leaf = x.clone().requiresGrad_();
      const value = memory(leaf, labels[i] as torch.Tensor, { enqueueMask: masks[i] as torch.Tensor });
      value.backward();
      expectClose(value, (values as PythonTensor[])[i], `value ${i}`);
      expectClose(leaf.grad, (grads as PythonTensor[])[i], `gradient ${i}`);
    }
  });

  it('adds several losses', async () => {
    const [x, y] = [batch(20), labelsOf(20)];
    const source = `${imports}
_both = _l.MultipleLosses(
    {'a': _l.TripletMarginLoss(margin=0.2), 'b': _l.TripletMarginLoss(smooth_loss=True)},
    miners={'b': _m.BatchHardMiner()}, weights={'a': 0.5, 'b': 2})
_x = x.clone().requires_grad_()
value = _both(_x, y)
value.backward()
grad = _x.grad
value = value.detach()`;
    const { value, grad } = await python.run(source, { x, y });
    const leaf = x.clone().requiresGrad_();
    const both = new MultipleLosses({
      losses: { a: new TripletMarginLoss({ margin: 0.2 }), b: new TripletMarginLoss({ smoothLoss: true }) },
      miners: { b: new torch.miners.BatchHardMiner() },
      weights: { a: 0.5, b: 2 },
    });
    const own = both(leaf, y);
    own.backward();
    expectClose(own, value, 'value');
    expectClose(leaf.grad, grad, 'gradient');
  });

  for (const symmetric of [true, false]) {
    it(`compares two views of the same, ${symmetric ? 'both ways' : 'one way'}`, async () => {
      const [x, other] = [batch(9), batch(9)];
      const source = `${imports}
_x, _other = x.clone().requires_grad_(), other.clone().requires_grad_()
value = _l.SelfSupervisedLoss(_l.TripletMarginLoss(margin=0.3), symmetric=${symmetric ? 'True' : 'False'})(_x, _other)
value.backward()
grad, ofOther, value = _x.grad, _other.grad, value.detach()`;
      const { value, grad, ofOther } = await python.run(source, { x, other });
      const [leaf, otherLeaf] = [x.clone().requiresGrad_(), other.clone().requiresGrad_()];
      const own = new SelfSupervisedLoss({ loss: new TripletMarginLoss({ margin: 0.3 }), symmetric })(leaf, otherLeaf);
      own.backward();
      expectClose(own, value, 'value');
      expectClose(leaf.grad, grad, 'gradient');
      expectClose(otherLeaf.grad, ofOther, 'gradient of the reference');
    });
  }

  it('differs where a miner picks the own copy: theirs drops the anchor, ours never offers it', async () => {
    const [x, y] = [batch(6), torch.tensor([0n, 0n, 1n, 1n, 2n, 2n])];
    const source = `${imports}
_miner = _m.BatchEasyHardMiner(pos_strategy='easy', neg_strategy='hard')
value = _l.CrossBatchMemory(_l.TripletMarginLoss(margin=1), 4, memory_size=12, miner=_miner)(x, y)`;
    const { value } = await python.run(source, { x, y });
    const miner = new torch.miners.BatchEasyHardMiner({ posStrategy: 'easy', negStrategy: 'hard' });
    const loss = new TripletMarginLoss({ margin: 1 });
    const memory = new CrossBatchMemory({ loss, embeddingSize: 4, memorySize: 12, miner });
    expect((fromWire(value as PythonTensor) as torch.Tensor).item(), 'theirs').to.equal(0);
    expect(memory(x, y).item()).to.be.closeTo(loss(x, y, { tuples: miner(x, y) }).item() as number, 1e-12);
  });

  it('differs in tuples of the batch: theirs index whatever stands at the front of the memory', async () => {
    const [first, x] = [batch(6), batch(6)];
    const [before, y] = [torch.full([6], 9n), torch.tensor([0n, 0n, 1n, 1n, 2n, 2n])];
    const tuples = new torch.miners.BatchHardMiner()(x, y);
    const { anchor, positive, negative } = tuples;
    const source = `${imports}
_miner = _m.TripletMarginMiner(margin=-10, type_of_triplets='hard')
_memory = _l.CrossBatchMemory(_l.TripletMarginLoss(margin=1), 4, memory_size=12, miner=_miner)
_memory(first, before)
value = _memory(x, y, indices_tuple=(anchor, positive, negative))`;
    const { value } = await python.run(source, { first, before, x, y, anchor, positive, negative });
    // A miner that picks nothing: only the given tuples count.
    const miner = new torch.miners.TripletMarginMiner({ margin: -10, typeOfTriplets: 'hard' });
    const loss = new TripletMarginLoss({ margin: 1 });
    const memory = new CrossBatchMemory({ loss, embeddingSize: 4, memorySize: 12, miner });
    memory(first, before);
    const own = memory(x, y, { tuples }).item() as number;
    const wrong = loss(x, torch.Relation.ofLabels(y, before), { reference: first, tuples }).item() as number;
    expect((fromWire(value as PythonTensor) as torch.Tensor).item()).to.be.closeTo(wrong, 1e-9);
    expect(own).to.be.closeTo(loss(x, y, { tuples }).item() as number, 1e-12);
    expect(Math.abs(own - wrong)).to.be.above(1e-3);
  });

  it('differs with swap: theirs indexes the distances of rows with columns of the memory (#748)', async () => {
    const source = `${imports}
_memory = _l.CrossBatchMemory(_l.TripletMarginLoss(swap=True), 4, memory_size=40)
for _x, _y in zip(batches, labels):
    _memory(_x, _y)`;
    const [batches, labels] = [
      [batch(8), batch(8)],
      [labelsOf(8), labelsOf(8)],
    ];
    const failure = await python.run(source, { batches, labels }).catch((error: Error) => error);
    expect(failure).to.have.property('type', 'IndexError');
    const memory = new CrossBatchMemory({
      loss: new TripletMarginLoss({ swap: true }),
      embeddingSize: 4,
      memorySize: 40,
    });
    for (const [i, x] of batches.entries()) expect(memory(x, labels[i] as torch.Tensor).item()).to.be.above(0);
  });

  it('differs in a checkpoint: theirs forgets where the queue goes on', async () => {
    const source = `${imports}
_memory = _l.CrossBatchMemory(_l.TripletMarginLoss(), 4, memory_size=12)
_memory(x, y)
keys = sorted(_memory.state_dict())`;
    const { keys } = await python.run(source, { x: batch(8), y: labelsOf(8) });
    expect(keys).to.deep.equal(['embedding_memory', 'label_memory']);
    const memory = new CrossBatchMemory({ loss: new TripletMarginLoss(), embeddingSize: 4, memorySize: 12 });
    expect([...memory.stateDict().keys()]).to.include.members([...(keys as string[]), 'queue_idx', 'queue_size']);
  });
});
