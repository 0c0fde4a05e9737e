import { expectInteger } from '../arguments.ts';
import { noGrad } from '../autograd/modes.ts';
import { expectEmbeddings, expectLabels, expectTensor } from '../embeddings.ts';
import { DTypeError, ShapeError } from '../errors.ts';
import { cat, zeros } from '../generated/torch.ts';
import { Module } from '../nn/module.ts';
import { allPairs, expectTuples, isPairs, type Tuples, toPairs, toTriplets } from '../pairs.ts';
import { Relation } from '../relation.ts';
import { outsideScopes, scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { type EmbeddingLoss, expectModule, type TupleMiner } from './embedding-loss.ts';

export interface CrossBatchMemoryOptions {
  /** A loss that takes a reference set. */
  loss: EmbeddingLoss;
  /** D */
  embeddingSize: number;
  /** How many rows are remembered; 1024 by default. */
  memorySize?: number;
  /** Chooses tuples of the batch and the memory; all by default. */
  miner?: TupleMiner | null;
}

/** What may follow embeddings and labels. */
export interface CrossBatchCall {
  /** Pairs or triplets of the batch alone, besides those with the memory. */
  tuples?: Tuples;
  /** bool `[N]`: rows that go into the memory and take no other part, while the others go not into it. */
  enqueueMask?: Tensor;
  /** What each row counts, floating `[N]`. */
  weights?: Tensor;
}

function joined(mined: Tuples, given: Tuples, rows: number): Tuples {
  const both = (a: Tensor, b: Tensor) => cat([a, b]);
  if (isPairs(mined)) {
    const others = toPairs(given);
    return {
      positiveAnchor: both(mined.positiveAnchor, others.positiveAnchor),
      positive: both(mined.positive, others.positive),
      negativeAnchor: both(mined.negativeAnchor, others.negativeAnchor),
      negative: both(mined.negative, others.negative),
    };
  }
  const others = toTriplets(given, rows, rows);
  return {
    anchor: both(mined.anchor, others.anchor),
    positive: both(mined.positive, others.positive),
    negative: both(mined.negative, others.negative),
  };
}

/**
 * Compares a batch with the embeddings of earlier ones (pytorch-metric-learning's `CrossBatchMemory`; Wang et al. 2020,
 * "Cross-Batch Memory for Embedding Learning"): many negatives for little memory, because remembered rows have no
 * gradient. The batch enters the memory first, and is compared with all of it, but no row with its own copy.
 *
 * What is remembered, and where the next row goes, are buffers, so that a state dict continues exactly. The memory
 * takes the dtype and device of the embeddings.
 *
 * @throws ShapeError for a batch that is larger than the memory; TypeError for `tuples` beside `enqueueMask`.
 * @example
 * const loss = new torch.losses.TripletMarginLoss({ margin: 0.2 });
 * const lossFn = new torch.losses.CrossBatchMemory({ loss, embeddingSize: 128, memorySize: 4096 });
 * lossFn(embeddings, labels).backward();
 */
export class CrossBatchMemory extends Module {
  readonly loss: EmbeddingLoss;
  readonly miner: TupleMiner | null;
  readonly embeddingSize: number;
  readonly memorySize: number;
  // Their names in the state dict, the first two of them pytorch-metric-learning's.
  embedding_memory: Tensor;
  label_memory: Tensor;
  /** int64: where the next row goes. */
  queue_idx: Tensor;
  /** int64: how many rows are remembered. */
  queue_size: Tensor;

  constructor({ loss, embeddingSize, memorySize = 1024, miner = null }: CrossBatchMemoryOptions) {
    super();
    expectModule('CrossBatchMemory: loss', loss);
    if (miner !== null) expectModule('CrossBatchMemory: miner', miner);
    this.embeddingSize = expectInteger('CrossBatchMemory: embeddingSize', embeddingSize);
    this.memorySize = expectInteger('CrossBatchMemory: memorySize', memorySize);
    this.loss = loss;
    this.miner = miner;
    const make = (size: number[], dtype: 'float32' | 'int64') => outsideScopes(() => zeros(size, { dtype }));
    this.embedding_memory = this.registerBuffer('embedding_memory', make([memorySize, embeddingSize], 'float32'));
    this.label_memory = this.registerBuffer('label_memory', make([memorySize], 'int64'));
    this.queue_idx = this.registerBuffer('queue_idx', make([], 'int64'));
    this.queue_size = this.registerBuffer('queue_size', make([], 'int64'));
  }

  /** Forgets everything. */
  resetQueue(): void {
    noGrad(() => {
      for (const buffer of [this.embedding_memory, this.label_memory, this.queue_idx, this.queue_size]) buffer.zero_();
    });
  }

  override forward(embeddings: Tensor, labels: Tensor, call: CrossBatchCall = {}): Tensor {
    const { tuples, enqueueMask, weights } = call;
    this.#check(embeddings, labels, call);
    if (enqueueMask === undefined) {
      const begin = this.#enqueue(embeddings, labels);
      return this.#compare(embeddings, labels, begin, { tuples, weights }, true);
    }
    const begin = this.#enqueue(embeddings.index([enqueueMask]), labels.index([enqueueMask]));
    const others = enqueueMask.logicalNot();
    const call_ = weights === undefined ? {} : { weights: weights.index([others]) };
    return this.#compare(embeddings.index([others]), labels.index([others]), begin, call_, false);
  }

  #check(embeddings: Tensor, labels: Tensor, { tuples, enqueueMask }: CrossBatchCall): void {
    const where = 'CrossBatchMemory';
    expectEmbeddings(`${where}: embeddings`, embeddings);
    expectLabels(`${where}: labels`, labels, embeddings);
    const [rows, dimensions] = embeddings.shape as [number, number];
    if (dimensions !== this.embeddingSize) {
      throw new ShapeError(`${where}: embeddings must be [N, ${this.embeddingSize}], got [${rows}, ${dimensions}]`);
    }
    let queued = rows;
    if (enqueueMask !== undefined) {
      expectTensor(`${where}: enqueueMask`, enqueueMask);
      if (enqueueMask.dtype !== 'bool') {
        throw new DTypeError(`${where}: enqueueMask must be bool, got ${enqueueMask.dtype}`);
      }
      if (enqueueMask.shape.length !== 1 || enqueueMask.shape[0] !== rows) {
        throw new ShapeError(`${where}: enqueueMask must be [${rows}], got [${enqueueMask.shape.join(', ')}]`);
      }
      if (tuples !== undefined) throw new TypeError(`${where}: takes tuples or enqueueMask, got both`);
      queued = scope(() => enqueueMask.sum().item() as number);
    }
    if (tuples !== undefined) expectTuples(`${where}: tuples`, tuples);
    if (queued > this.memorySize) {
      throw new ShapeError(`${where}: at most memorySize ${this.memorySize} rows can be remembered, got ${queued}`);
    }
  }

  /** Puts rows into the memory; returns where they begin. */
  #enqueue(embeddings: Tensor, labels: Tensor): number {
    return noGrad(() =>
      scope(() => {
        const { dtype, device } = embeddings;
        if (this.embedding_memory.dtype !== dtype || this.embedding_memory.device !== device) {
          this.embedding_memory = this.registerBuffer('embedding_memory', this.embedding_memory.to(device, dtype));
          this.label_memory = this.registerBuffer('label_memory', this.label_memory.to(device));
        }
        const begin = this.queue_idx.item() as number;
        const rows = embeddings.shape[0] as number;
        const first = Math.min(rows, this.memorySize - begin);
        const put = (memory: Tensor, values: Tensor) => {
          memory.narrow(0, begin, first).copy_(values.narrow(0, 0, first));
          memory.narrow(0, 0, rows - first).copy_(values.narrow(0, first, rows - first));
        };
        put(this.embedding_memory, embeddings.detach());
        put(this.label_memory, labels);
        this.queue_idx.fill_((begin + rows) % this.memorySize);
        this.queue_size.add_(rows).clampMax_(this.memorySize);
        return begin;
      }),
    );
  }

  /** The loss of a batch against the memory, turned so that what was put in last comes first. */
  #compare(
    embeddings: Tensor,
    labels: Tensor,
    begin: number,
    { tuples: given, weights }: CrossBatchCall,
    isRemembered: boolean,
  ): Tensor {
    const size = this.queue_size.item() as number;
    // A copy, because the memory changes before a gradient may be asked for. The batch's own rows come first, so that
    // tuples of the batch mean the same in it.
    const turned = (memory: Tensor) =>
      begin < size
        ? cat([memory.narrow(0, begin, size - begin), memory.narrow(0, 0, begin)])
        : memory.narrow(0, 0, size).clone();
    const reference = turned(this.embedding_memory);
    const relation = Relation.ofLabels(labels, turned(this.label_memory), isRemembered ? 0 : null);
    let tuples = this.miner?.(embeddings, relation, { reference });
    if (given !== undefined) tuples = joined(tuples ?? allPairs(relation), given, embeddings.shape[0] as number);
    return this.loss(embeddings, relation, {
      reference,
      ...(tuples === undefined ? {} : { tuples }),
      ...(weights === undefined ? {} : { weights }),
    });
  }

  override extraRepr(): string {
    return `embeddingSize=${this.embeddingSize}, memorySize=${this.memorySize}`;
  }
}
