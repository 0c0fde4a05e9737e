import { expectInteger, expectNumber } from '../arguments.ts';
import { noGrad } from '../autograd/modes.ts';
import { normalizeRows } from '../distances/normalize.ts';
import { isFloatingDType } from '../dtype.ts';
import { widened } from '../embeddings.ts';
import { describeValue } from '../errors.ts';
import { randperm } from '../generated/torch.ts';
import { Module } from '../nn/module.ts';
import { scope } from '../scope.ts';
import { Tensor } from '../tensor.ts';

/**
 * A loss that is called with embeddings first. `embeddingArguments` says with how many, where not all that look so are.
 */
export interface TruncatedLoss extends Module {
  readonly embeddingArguments?: number;
  forward(embeddings: Tensor, ...rest: never[]): Tensor;
}

export interface MatryoshkaLossOptions<Loss extends TruncatedLoss> {
  loss: Loss;
  /** The sizes that embeddings are cut to, such as `[768, 256, 64]`; the whole size should be among them. */
  matryoshkaDims: readonly number[];
  /** What the loss of each size counts; 1 by default. */
  matryoshkaWeights?: readonly number[];
  /** How many of the sizes, drawn at random, are looked at in a call; -1, the default, for all. */
  nDimsPerStep?: number;
  /** Whether cut embeddings are normalised; true by default. */
  normalize?: boolean;
}

/**
 * Another loss of embeddings cut to several sizes, `sum of w_d L(x[:, :d])`, so that the first dimensions can serve
 * alone (sentence-transformers' `MatryoshkaLoss`; Kusupati et al., Matryoshka Representation Learning, NeurIPS 2022).
 * It is called like the loss it wraps. What is cut: the leading arguments that are embeddings `[N, D]` or lists of
 * them, and the `reference` among options. A loss whose own weights are of the whole size, such as `ArcFaceLoss`,
 * cannot be wrapped.
 *
 * @returns a scalar.
 * @throws RangeError for no sizes, or ones beyond that of the embeddings.
 * @example
 * const loss = new torch.losses.MultipleNegativesRankingLoss();
 * const lossFn = new torch.losses.MatryoshkaLoss({ loss, matryoshkaDims: [768, 256, 64] });
 * lossFn(model(questions), model(answers)).backward();
 */
export class MatryoshkaLoss<Loss extends TruncatedLoss = TruncatedLoss> extends Module {
  readonly loss: Loss;
  /** Largest first. */
  readonly matryoshkaDims: readonly number[];
  readonly matryoshkaWeights: readonly number[];
  readonly nDimsPerStep: number;
  readonly normalize: boolean;

  constructor(options: MatryoshkaLossOptions<Loss>) {
    super();
    const { loss, matryoshkaDims, matryoshkaWeights, nDimsPerStep = -1, normalize = true } = options ?? {};
    if (!(loss instanceof Module)) {
      throw new TypeError(`MatryoshkaLoss: loss must be a loss, got ${describeValue(loss)}`);
    }
    if (!Array.isArray(matryoshkaDims) || matryoshkaDims.length === 0) {
      throw new RangeError(`MatryoshkaLoss: matryoshkaDims must list sizes, got ${describeValue(matryoshkaDims)}`);
    }
    for (const size of matryoshkaDims) expectInteger('MatryoshkaLoss: matryoshkaDims', size);
    const weights = matryoshkaWeights ?? matryoshkaDims.map(() => 1);
    if (weights.length !== matryoshkaDims.length) {
      throw new RangeError(
        `MatryoshkaLoss: matryoshkaWeights must be ${matryoshkaDims.length} like matryoshkaDims, got ${weights.length}`,
      );
    }
    for (const weight of weights) expectNumber('MatryoshkaLoss: matryoshkaWeights', weight);
    if (nDimsPerStep !== -1) expectInteger('MatryoshkaLoss: nDimsPerStep', nDimsPerStep);
    const order = matryoshkaDims.map((_, i) => i).sort((a, b) => (matryoshkaDims[b] ?? 0) - (matryoshkaDims[a] ?? 0));
    this.loss = loss;
    this.matryoshkaDims = order.map((i) => matryoshkaDims[i] as number);
    this.matryoshkaWeights = order.map((i) => weights[i] as number);
    this.nDimsPerStep = nDimsPerStep;
    this.normalize = normalize;
  }

  override forward(...inputs: Parameters<Loss['forward']>): Tensor {
    const [embeddings] = inputs as unknown as [unknown];
    const size = embeddings instanceof Tensor ? embeddings.shape[1] : undefined;
    const [largest] = this.matryoshkaDims as [number];
    if (size === undefined || largest > size) {
      const got = embeddings instanceof Tensor ? `[${embeddings.shape.join(', ')}]` : describeValue(embeddings);
      throw new RangeError(`MatryoshkaLoss: embeddings must be [N, D] with D of at least ${largest}, got ${got}`);
    }
    const parts = this.chosen().map((i) => {
      const dim = this.matryoshkaDims[i] as number;
      const loss = this.loss as unknown as (...inputs: unknown[]) => Tensor;
      return loss(...this.cut(inputs, size, dim)).mul(this.matryoshkaWeights[i] as number);
    });
    return parts.reduce((sum, part) => sum.add(part));
  }

  /** Which of the sizes this call looks at. */
  private chosen(): number[] {
    const all = this.matryoshkaDims.map((_, i) => i);
    if (this.nDimsPerStep === -1 || this.nDimsPerStep >= all.length) return all;
    const drawn = noGrad(() => scope(() => randperm(all.length).narrow(0, 0, this.nDimsPerStep).tolist())) as number[];
    return drawn.map(Number).sort((a, b) => a - b);
  }

  private cut(inputs: readonly unknown[], size: number, dim: number): unknown[] {
    const shorten = (x: Tensor) => {
      const part = widened(x).narrow(1, 0, dim);
      return this.normalize ? normalizeRows(part, 2) : part;
    };
    const isColumn = (x: unknown): x is Tensor =>
      x instanceof Tensor && isFloatingDType(x.dtype) && x.shape.length === 2 && x.shape[1] === size;
    // A reference that is the embeddings themselves stays so.
    const cutOnce = new Map<Tensor, Tensor>();
    const column = (x: Tensor) => {
      const made = cutOnce.get(x) ?? shorten(x);
      cutOnce.set(x, made);
      return made;
    };
    const limit = this.loss.embeddingArguments ?? inputs.length;
    let leading = true;
    return inputs.map((input, i) => {
      leading &&= i < limit && (isColumn(input) || (Array.isArray(input) && input.every(isColumn)));
      if (leading) return Array.isArray(input) ? input.map(column) : column(input as Tensor);
      if (typeof input !== 'object' || input === null || !('reference' in input)) return input;
      return isColumn(input.reference) ? { ...input, reference: column(input.reference) } : input;
    });
  }
}
