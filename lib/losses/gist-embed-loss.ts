import { expectNumber, expectOneOf, expectPositive } from '../arguments.ts';
import { CosineSimilarity } from '../distances/cosine-similarity.ts';
import { describeValue, ShapeError } from '../errors.ts';
import { cat, eye } from '../generated/torch.ts';
import { Module } from '../nn/module.ts';
import type { Tensor } from '../tensor.ts';
import { expectColumns, namedColumns, zeroLoss } from './embedding-columns.ts';

export interface GISTEmbedLossOptions {
  /** What similarities are divided by, `> 0`; 0.01 by default. */
  temperature?: number;
  /**
   * Whether `margin` is subtracted from the guide's similarity of the pair, or is a share of it; `'absolute'` by
   * default.
   */
  marginStrategy?: 'absolute' | 'relative';
  /** How much less similar than the pair a negative must be in the eyes of the guide; 0 by default. */
  margin?: number;
  /** Whether other anchors are negatives; true by default. */
  contrastAnchors?: boolean;
  /** Whether other positives are negatives of a positive; true by default. */
  contrastPositives?: boolean;
}

/** What follows the columns in a call. */
export interface GISTEmbedCall {
  /** The same columns in the same order, embedded by the guide: each `[N, G]`. They get no gradient. */
  guide: readonly Tensor[];
}

const cosine = new CosineSimilarity();

/**
 * `MultipleNegativesRankingLoss` without negatives that another model, the guide, takes for positives: those with `g(i,
 * j) > g(a_i, p_i) - margin`, or with `'relative'` `> g(a_i, p_i) - |g(a_i, p_i)| margin`, `g` being the guide's cosine
 * similarity. Negatives are the other positives, and by options the other anchors, the other positives as seen from the
 * own one, and explicit negatives of all rows (sentence-transformers' `GISTEmbedLoss`; Solatorio, 2024). Mean over
 * anchors. A row is never a negative of itself.
 *
 * @returns a scalar; 0 for an empty batch.
 * @throws TypeError without the guide's columns; ShapeError for columns of different lengths.
 * @example
 * const lossFn = new torch.losses.GISTEmbedLoss({ margin: 0.05, marginStrategy: 'relative' });
 * const guided = torch.noGrad(() => [guide(questions), guide(answers)]);
 * lossFn(model(questions), model(answers), { guide: guided }).backward();
 */
export class GISTEmbedLoss extends Module {
  readonly temperature: number;
  readonly marginStrategy: 'absolute' | 'relative';
  readonly margin: number;
  readonly contrastAnchors: boolean;
  readonly contrastPositives: boolean;

  constructor(options: GISTEmbedLossOptions = {}) {
    super();
    const { temperature = 0.01, marginStrategy = 'absolute', margin = 0 } = options;
    expectPositive('GISTEmbedLoss: temperature', temperature);
    expectOneOf('GISTEmbedLoss: marginStrategy', marginStrategy, ['absolute', 'relative']);
    expectNumber('GISTEmbedLoss: margin', margin);
    this.temperature = temperature;
    this.marginStrategy = marginStrategy;
    this.margin = margin;
    this.contrastAnchors = options.contrastAnchors ?? true;
    this.contrastPositives = options.contrastPositives ?? true;
  }

  /** Anchors `[N, D]`, the positive of each, any number of columns of negatives, and `{ guide }`. */
  override forward(
    ...inputs: [anchors: Tensor, positives: Tensor, ...negatives: Tensor[], call: GISTEmbedCall]
  ): Tensor {
    const columns = inputs.slice(0, -1) as Tensor[];
    const guide = (inputs.at(-1) as GISTEmbedCall | undefined)?.guide;
    if (!Array.isArray(guide) || guide.length !== columns.length || columns.length < 2) {
      const expected = `after the columns comes { guide: [anchors, positives, ...] } with as many`;
      throw new TypeError(`GISTEmbedLoss: ${expected}, got ${describeValue(guide)} after ${columns.length}`);
    }
    const embedded = expectColumns('GISTEmbedLoss', namedColumns(columns));
    const guided = expectColumns('GISTEmbedLoss: guide', namedColumns(guide)).map((each) => each.detach());
    const [rows, guidedRows] = [embedded[0]?.shape[0] as number, guided[0]?.shape[0] as number];
    if (rows !== guidedRows) {
      throw new ShapeError(`GISTEmbedLoss: guide: anchors must be [${rows}, G], got ${guidedRows} rows`);
    }
    if (rows === 0) return zeroLoss(embedded);
    const own = eye(rows, { dtype: 'bool', device: (embedded[0] as Tensor).device });
    const limits = this.limits(cosine.pairwise(guided[0] as Tensor, guided[1] as Tensor)).unsqueeze(1);
    // Which column is compared with which: the first pair holds the positives on its diagonal.
    const pairs = [[0, 1], ...(this.contrastAnchors ? [[0, 0]] : []), ...(this.contrastPositives ? [[1, 1]] : [])];
    for (let negative = 2; negative < columns.length; negative++) pairs.push([0, negative]);
    const logits = pairs.map(([from, to]) => {
      const matrix = (set: readonly Tensor[]) => cosine.matrix(set[from as number] as Tensor, set[to as number]);
      let dropped = matrix(guided).gt(limits);
      if (from === to) dropped = dropped.logicalOr(own);
      else if (to === 1) dropped = dropped.logicalAnd(own.logicalNot());
      return matrix(embedded).div(this.temperature).maskedFill(dropped, Number.NEGATIVE_INFINITY);
    });
    return cat(logits, 1)
      .logsumexp(1)
      .sub((logits[0] as Tensor).diagonal())
      .mean();
  }

  /** The guide's similarity from which on a negative is dropped, by that of the pair. */
  private limits(similarities: Tensor): Tensor {
    const slack = this.marginStrategy === 'relative' ? similarities.abs() : similarities.mul(0).add(1);
    return similarities.sub(slack.mul(this.margin));
  }
}
