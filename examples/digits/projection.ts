import * as torch from '../../lib/index.ts';

/** Points on the plane of largest variance. */
export interface Projection {
  readonly points: readonly { readonly x: number; readonly y: number; readonly digit: number }[];
  /** The share of the variance that each of the two axes holds. */
  readonly explained: readonly [number, number];
}

/** Principal components 1 and 2 of embeddings `[N, D]`. */
export function project(embeddings: torch.Tensor, labels: torch.Tensor): Projection {
  return torch.scope(() => {
    const centred = embeddings.sub(embeddings.mean(0, { keepdim: true }));
    const [, singular, axes] = torch.linalg.svd(centred, false);
    const plane = centred.matmul(axes.narrow(0, 0, 2).T).tolist() as [number, number][];
    const digits = labels.tolist() as number[];
    const variance = singular.square();
    const [first, second] = variance.div(variance.sum()).narrow(0, 0, 2).tolist() as [number, number];
    return {
      points: plane.map(([x, y], i) => ({ x, y, digit: digits[i] as number })),
      explained: [first, second],
    };
  });
}
