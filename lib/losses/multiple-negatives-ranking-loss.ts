import { expectOneOf, expectPositive } from '../arguments.ts';
import { CosineSimilarity } from '../distances/cosine-similarity.ts';
import type { Distance } from '../distances/distance.ts';
import { describeValue } from '../errors.ts';
import { cat, eye } from '../generated/torch.ts';
import { Module } from '../nn/module.ts';
import type { Tensor } from '../tensor.ts';
import { expectColumns, namedColumns, similarityMatrix, zeroLoss } from './embedding-columns.ts';

/** Who is compared with whom: anchors are queries; positives and negatives are documents. */
export type RankingDirection = 'query_to_doc' | 'query_to_query' | 'doc_to_query' | 'doc_to_doc';

/** Which negatives count more the harder they are. */
export type HardnessMode = 'in_batch_negatives' | 'hard_negatives' | 'all_negatives';

export interface MultipleNegativesRankingLossOptions {
  /** What similarities are multiplied by, `> 0`: 1 / temperature; 20 by default. */
  scale?: number;
  /** Cosine similarity by default; a distance counts as its negative. */
  similarity?: Distance;
  /** `['query_to_doc']` by default, which must be among them. */
  directions?: readonly RankingDirection[];
  /** One softmax over all directions, or the mean of one for each; `'joint'` by default. */
  partitionMode?: 'joint' | 'per_direction';
  /** None by default. */
  hardnessMode?: HardnessMode | null;
  /**
   * What the similarity of such a negative is multiplied by, and added to its logit without a gradient; 0 by default.
   */
  hardnessStrength?: number;
}

const allDirections: readonly RankingDirection[] = ['query_to_doc', 'query_to_query', 'doc_to_query', 'doc_to_doc'];
const hardnessModes: readonly (HardnessMode | null)[] = [null, 'in_batch_negatives', 'hard_negatives', 'all_negatives'];
const never = Number.NEGATIVE_INFINITY;

/**
 * Cross entropy that finds the positive of each anchor among all documents of the batch: `-log(exp(scale s(q_i, d_i)) /
 * Z_i)`, as the mean over anchors (sentence-transformers' `MultipleNegativesRankingLoss`; van den Oord et al., 2018, as
 * InfoNCE). `Z_i` sums, by direction, over `query_to_doc`: all positives and negatives of the batch; `query_to_query`:
 * other anchors; `doc_to_query`: all anchors for the positive d_i; `doc_to_doc`: documents of other anchors for d_i.
 *
 * All four directions jointly are GTE's loss (Li et al., 2023); `['query_to_doc', 'doc_to_query']` with
 * `'per_direction'` the symmetric InfoNCE. `hardnessMode` adds `hardnessStrength s` to the logits of negatives (Lan et
 * al., 2025, with 9 for `in_batch_negatives`). No two rows should have the same positive: one's would be the other's
 * negative.
 *
 * @returns a scalar; 0 for an empty batch.
 * @throws RangeError for options that are not among those named; ShapeError for columns of different shapes.
 * @example
 * const lossFn = new torch.losses.MultipleNegativesRankingLoss({ scale: 20 });
 * lossFn(model(questions), model(answers)).backward();
 * lossFn(model(questions), model(answers), model(wrongAnswers)).backward();
 */
export class MultipleNegativesRankingLoss extends Module {
  readonly scale: number;
  readonly similarity: Distance;
  readonly directions: readonly RankingDirection[];
  readonly partitionMode: 'joint' | 'per_direction';
  readonly hardnessMode: HardnessMode | null;
  readonly hardnessStrength: number;

  constructor(options: MultipleNegativesRankingLossOptions = {}) {
    super();
    const where = 'MultipleNegativesRankingLoss';
    const { scale = 20, similarity = new CosineSimilarity(), directions = ['query_to_doc'] } = options;
    const { partitionMode = 'joint', hardnessMode = null, hardnessStrength = 0 } = options;
    expectPositive(`${where}: scale`, scale);
    for (const direction of directions) expectOneOf(`${where}: directions`, direction, allDirections);
    if (!directions.includes('query_to_doc')) {
      throw new RangeError(`${where}: directions must include query_to_doc, got ${describeValue(directions)}`);
    }
    expectOneOf(`${where}: partitionMode`, partitionMode, ['joint', 'per_direction']);
    if (partitionMode === 'per_direction' && directions.some((each) => each.slice(0, 3) === each.slice(-3))) {
      throw new RangeError(
        `${where}: per_direction needs directions that hold the positive pair, between query and doc`,
      );
    }
    expectOneOf(`${where}: hardnessMode`, hardnessMode, hardnessModes);
    if (!(hardnessStrength >= 0)) {
      throw new RangeError(`${where}: hardnessStrength must be at least 0, got ${describeValue(hardnessStrength)}`);
    }
    this.scale = scale;
    this.similarity = similarity;
    this.directions = [...directions];
    this.partitionMode = partitionMode;
    this.hardnessMode = hardnessMode;
    this.hardnessStrength = hardnessStrength;
  }

  /** Anchors `[N, D]`, the positive of each, and negatives of each: any number of columns, each `[N, D]`. */
  override forward(anchors: Tensor, positives: Tensor, ...negatives: Tensor[]): Tensor {
    const named = namedColumns([anchors, positives, ...negatives]);
    const [queries, ...documents] = expectColumns('MultipleNegativesRankingLoss', named) as [Tensor, ...Tensor[]];
    const rows = queries.shape[0] as number;
    if (rows === 0) return zeroLoss([queries, ...documents]);
    const own = eye(rows, { dtype: 'bool', device: queries.device });
    const ownDocuments = own.repeat([1, documents.length]);
    const logits = this.directions.map((direction) => {
      const similarities = this.similarities(direction, queries, documents);
      const scaled = similarities.mul(this.scale);
      switch (direction) {
        case 'query_to_doc':
          return scaled.add(this.penalty(similarities.detach(), ownDocuments));
        case 'query_to_query':
          return scaled.maskedFill(own, never);
        case 'doc_to_doc':
          return scaled.maskedFill(ownDocuments, never);
        default:
          return scaled;
      }
    });
    const found = (logits[this.directions.indexOf('query_to_doc')] as Tensor).diagonal();
    const partitions = (this.partitionMode === 'joint' ? [cat(logits, 1)] : logits).map((each) => each.logsumexp(1));
    const total = partitions.reduce((sum, each) => sum.add(each)).div(partitions.length);
    return total.sub(found).mean();
  }

  private similarities(direction: RankingDirection, queries: Tensor, documents: readonly Tensor[]): Tensor {
    const rows = direction.startsWith('query') ? queries : (documents[0] as Tensor);
    return similarityMatrix(this.similarity, rows, direction.endsWith('query') ? queries : cat(documents));
  }

  /** What the hardness of negatives adds to the logits `[N, documents]` of the anchors, or 0. */
  private penalty(similarities: Tensor, ownDocuments: Tensor): Tensor | number {
    const { hardnessMode, hardnessStrength } = this;
    if (hardnessMode === null || hardnessStrength === 0) return 0;
    const rows = similarities.shape[0] as number;
    const isPositive = ownDocuments.clone();
    isPositive.narrow(1, rows, (ownDocuments.shape[1] as number) - rows).fill_(0);
    const penalised = {
      in_batch_negatives: () => ownDocuments.logicalNot(),
      hard_negatives: () => ownDocuments.logicalAnd(isPositive.logicalNot()),
      all_negatives: () => isPositive.logicalNot(),
    }[hardnessMode]();
    return similarities.mul(hardnessStrength).mul(penalised);
  }
}
