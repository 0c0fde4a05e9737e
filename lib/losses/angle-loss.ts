import { AngleSimilarity } from '../distances/angle-similarity.ts';
import { cat, ones } from '../generated/torch.ts';
import type { Tensor } from '../tensor.ts';
import { CoSENTLoss } from './cosent-loss.ts';
import { expectColumns, expectScores, namedColumns } from './embedding-columns.ts';

export interface AnglELossOptions {
  /** What similarities are multiplied by, `> 0`; 20 by default. */
  scale?: number;
}

/**
 * `CoSENTLoss` of `AngleSimilarity`, whose gradient does not vanish where the cosine is near 1 or -1
 * (sentence-transformers' `AnglELoss`; Li and Li, AnglE-optimized Text Embeddings, 2023).
 *
 * It is called with pairs and labels; or with anchors, positives and any number of negatives, which stand for pairs of
 * label 1, or of `labels`, and pairs of label 0, or `1 - labels`.
 *
 * @returns a scalar; 0 where all labels are equal.
 * @throws ShapeError for labels that are not `[N]`; TypeError for pairs without labels.
 * @example
 * const lossFn = new torch.losses.AnglELoss();
 * lossFn(model(first), model(second), torch.tensor([0.1, 0.9, 0.5])).backward();
 * lossFn(model(questions), model(answers), model(wrongAnswers)).backward();
 */
export class AnglELoss extends CoSENTLoss {
  constructor({ scale = 20 }: AnglELossOptions = {}) {
    super({ scale, similarity: new AngleSimilarity() });
  }

  /**
   * Embeddings `[N, D]`, their partners `[N, D]`, then labels `[N]`, or negatives, each `[N, D]`, and perhaps labels
   * `[N]`.
   */
  override forward(first: Tensor, second: Tensor, ...rest: Tensor[]): Tensor {
    const last = rest.at(-1);
    const labels = last?.shape?.length === 1 ? last : undefined;
    const negatives = labels === undefined ? rest : rest.slice(0, -1);
    if (negatives.length === 0) {
      if (labels === undefined) throw new TypeError('AnglELoss: pairs need labels [N], got none');
      return super.forward(first, second, labels);
    }
    const columns = expectColumns('AnglELoss', namedColumns([first, second, ...negatives]));
    const [anchors, ...others] = columns as [Tensor, ...Tensor[]];
    const rows = anchors.shape[0] as number;
    if (labels !== undefined) expectScores('AnglELoss: labels', labels, rows);
    const ofPositives = labels ?? ones([rows], { device: anchors.device });
    const ofNegatives = ofPositives.neg().add(1);
    return super.forward(
      anchors.repeat([others.length, 1]),
      cat(others),
      cat([ofPositives, ofNegatives.repeat([negatives.length])]),
    );
  }
}
