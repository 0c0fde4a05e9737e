/** Who belongs together: which rows of a batch are positives of which candidates, and which are negatives. */

import { noGrad } from './autograd/modes.ts';
import { isFloatingDType } from './dtype.ts';
import { expectClassIds, expectLabels, expectTensor } from './embeddings.ts';
import { DTypeError, ShapeError } from './errors.ts';
import { scope } from './scope.ts';
import type { Tensor } from './tensor.ts';

/** Which candidates of some rows are positives and negatives. One that is neither takes no part. */
export interface PairMasks {
  /** bool `[R, M]` */
  readonly positives: Tensor;
  /** bool `[R, M]` */
  readonly negatives: Tensor;
}

/** Some rows of a relation. */
export interface RelationBlock extends PairMasks {
  /** `[R, M]`: what each pair counts, or null where all count 1. */
  readonly weights: Tensor | null;
}

/** Class ids int64 `[N]`, or how rows belong together. */
export type Labels = Tensor | Relation;

type MakeBlock = (begin: number, length: number) => RelationBlock;

interface RelationOptions {
  rows: number;
  columns: number;
  /** The column that is row 0 itself, row 1 being the next one; null where no column is a row. */
  self: number | null;
  weighted: boolean;
  classes?: { labels: Tensor; reference: Tensor } | undefined;
  labels?: Tensor | undefined;
}

export interface RelationOfMatrixOptions {
  /**
   * The column that is row 0 itself, row 1 being the next one, and so on: a row is no candidate of itself. 0 by default
   * for a square matrix, null, that is none, for others.
   */
  self?: number | null;
}

function expectLabelSets(where: string, sets: Tensor): number {
  expectTensor(where, sets);
  if (sets.dtype !== 'bool') throw new DTypeError(`${where} must be bool, one column a label, got ${sets.dtype}`);
  const shape = sets.shape;
  if (shape.length !== 2) throw new ShapeError(`${where} must be [N, C], got [${shape.join(', ')}]`);
  return shape[0] as number;
}

/**
 * How the rows of a batch relate to their candidates: the rows themselves, or a reference set. Every loss and miner takes
 * one in place of labels. It is computed a block of rows at a time, so that a large one is never held whole.
 *
 * @example
 * const relation = torch.Relation.ofLabelSets(tags); // positives share a tag
 * lossFn(embeddings, relation);
 */
export class Relation {
  readonly rows: number;
  readonly columns: number;
  /** The column that is row 0 itself, row 1 being the next one; null where no column is a row. */
  readonly self: number | null;
  /** Whether pairs have weights other than 1. */
  readonly weighted: boolean;
  /** The class ids of the rows int64 `[N]`, where the relation was made of such, masked or not. */
  readonly labels: Tensor | undefined;
  readonly #make: MakeBlock;
  readonly #classes: { labels: Tensor; reference: Tensor } | undefined;

  private constructor({ rows, columns, self, weighted, classes, labels }: RelationOptions, make: MakeBlock) {
    this.rows = rows;
    this.columns = columns;
    this.self = self;
    this.weighted = weighted;
    this.labels = labels ?? classes?.labels;
    this.#classes = classes;
    this.#make = make;
  }

  /**
   * Rows of one class are positives, others negatives.
   *
   * @param labels int64 `[N]`
   * @param reference int64 `[M]`: the labels of the candidates; the rows themselves by default.
   * @param self the column that is row 0 itself, where the reference begins with, or holds, the rows.
   */
  static ofLabels(labels: Tensor, reference?: Tensor, self: number | null = null): Relation {
    const rows = expectClassIds('Relation.ofLabels: labels', labels);
    const columns = reference === undefined ? rows : expectClassIds('Relation.ofLabels: reference', reference);
    const classes = { labels, reference: reference ?? labels };
    const options = { rows, columns, self: reference === undefined ? 0 : self, weighted: false, classes };
    return new Relation(options, (begin, length) => {
      const negatives = labels.narrow(0, begin, length).unsqueeze(1).ne(classes.reference);
      return { positives: negatives.logicalNot(), negatives, weights: null };
    });
  }

  /**
   * Rows that share a label are positives, others negatives; with `weighted`, positives count as much as their sets
   * overlap: `|A ∩ B| / |A ∪ B|`.
   *
   * @param sets bool `[N, C]`: which of C labels each row has.
   * @param reference bool `[M, C]`: the candidates' sets; the rows themselves by default.
   */
  static ofLabelSets(sets: Tensor, reference?: Tensor, { weighted = false }: { weighted?: boolean } = {}): Relation {
    const rows = expectLabelSets('Relation.ofLabelSets: sets', sets);
    const columns = reference === undefined ? rows : expectLabelSets('Relation.ofLabelSets: reference', reference);
    const candidates = reference ?? sets;
    if (candidates.shape[1] !== sets.shape[1]) {
      const expected = `[M, ${sets.shape[1]}]`;
      throw new ShapeError(`Relation.ofLabelSets: reference must be ${expected}, got [${candidates.shape.join(', ')}]`);
    }
    const options = { rows, columns, self: reference === undefined ? 0 : null, weighted };
    return new Relation(options, (begin, length) => {
      const [own, others] = [sets.narrow(0, begin, length).float(), candidates.float()];
      const shared = own.matmul(others.T);
      const positives = shared.gt(0);
      const negatives = positives.logicalNot();
      if (!weighted) return { positives, negatives, weights: null };
      const union = own.sum(1, { keepdim: true }).add(others.sum(1)).sub(shared);
      return { positives, negatives, weights: shared.div(union.clampMin(1)).maskedFill(negatives, 1) };
    });
  }

  /**
   * A relation as it stands.
   *
   * @param matrix `[N, M]`: bool, true being a positive; or floating, where a value above 0 is a positive that counts so
   * much, one below 0 a negative that counts its absolute value, and 0 neither.
   * @throws DTypeError for another dtype, ShapeError for a matrix that is not `[N, M]`.
   */
  static ofMatrix(matrix: Tensor, { self }: RelationOfMatrixOptions = {}): Relation {
    expectTensor('Relation.ofMatrix: matrix', matrix);
    const weighted = isFloatingDType(matrix.dtype);
    if (!weighted && matrix.dtype !== 'bool') {
      throw new DTypeError(`Relation.ofMatrix: matrix must be bool or floating, got ${matrix.dtype}`);
    }
    const shape = matrix.shape;
    if (shape.length !== 2) {
      throw new ShapeError(`Relation.ofMatrix: matrix must be [N, M], got [${shape.join(', ')}]`);
    }
    const [rows, columns] = shape as [number, number];
    const ownColumn = self === undefined ? (rows === columns ? 0 : null) : self;
    return new Relation({ rows, columns, self: ownColumn, weighted }, (begin, length) => {
      const block = matrix.narrow(0, begin, length);
      if (!weighted) return { positives: block.clone(), negatives: block.logicalNot(), weights: null };
      return { positives: block.gt(0), negatives: block.lt(0), weights: block.abs() };
    });
  }

  /** The class ids that say all of the relation, of rows and of candidates; undefined for other relations. */
  get classes(): { readonly labels: Tensor; readonly reference: Tensor } | undefined {
    return this.#classes;
  }

  /** The same relation among what a mask lets through. @param mask bool `[N, M]`, or `[N]`: rows, their columns included. */
  where(mask: Tensor): Relation {
    expectTensor('Relation.where: mask', mask);
    if (mask.dtype !== 'bool') throw new DTypeError(`Relation.where: mask must be bool, got ${mask.dtype}`);
    const shape = mask.shape;
    const ofRows = shape.length === 1 && shape[0] === this.rows;
    if (!ofRows && !(shape.length === 2 && shape[0] === this.rows && shape[1] === this.columns)) {
      const expected = `[${this.rows}] or [${this.rows}, ${this.columns}]`;
      throw new ShapeError(`Relation.where: mask must be ${expected}, got [${shape.join(', ')}]`);
    }
    const alsoColumns = ofRows && this.self === 0 && this.columns === this.rows;
    return new Relation({ ...this, classes: undefined }, (begin, length) => {
      const { positives, negatives, weights } = this.#make(begin, length);
      let allowed = mask.narrow(0, begin, length);
      if (ofRows) allowed = allowed.unsqueeze(1);
      if (alsoColumns) allowed = allowed.logicalAnd(mask);
      return { positives: positives.logicalAnd(allowed), negatives: negatives.logicalAnd(allowed), weights };
    });
  }

  /** The relation of `length` rows from `begin`, all by default. No row is its own candidate. */
  block(begin = 0, length = this.rows - begin): RelationBlock {
    return noGrad(() =>
      scope(() => {
        const block = this.#make(begin, length);
        if (this.self !== null && length > 0) {
          const first = this.self + begin;
          for (const mask of [block.positives, block.negatives]) mask.diagonal(first).fill_(0);
        }
        return block;
      }),
    );
  }
}

/** The relation that labels mean: checked against the embeddings `[N, D]` and the reference `[M, D]` that they are of. */
export function relationOf(
  where: string,
  labels: Labels,
  embeddings: Tensor,
  reference: Tensor = embeddings,
  referenceLabels?: Tensor,
): Relation {
  if (labels instanceof Relation) {
    const [rows, columns] = [embeddings.shape[0], reference.shape[0]];
    if (labels.rows === rows && labels.columns === columns) return labels;
    throw new ShapeError(
      `${where}: labels must relate ${rows} rows to ${columns}, got a relation of ${labels.rows} to ${labels.columns}`,
    );
  }
  expectLabels(`${where}: labels`, labels, embeddings);
  if (reference === embeddings && referenceLabels === undefined) return Relation.ofLabels(labels);
  if (referenceLabels === undefined) throw new TypeError(`${where}: a reference needs referenceLabels, got undefined`);
  expectLabels(`${where}: referenceLabels`, referenceLabels, reference);
  return Relation.ofLabels(labels, referenceLabels);
}
