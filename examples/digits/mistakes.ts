import * as torch from '../../lib/index.ts';

/** A query whose nearest neighbour shows another digit. Rows are those of the held-out images. */
export interface Mistake {
  readonly query: Neighbor;
  readonly wrong: Neighbor & { readonly distance: number };
  /** The nearest image of the query's own digit. */
  readonly right: Neighbor & { readonly distance: number };
}

interface Neighbor {
  readonly row: number;
  readonly label: number;
}

/** The mistakes whose wrong neighbour is nearer than the right one by most, the worst first. */
export function hardestMistakes(embeddings: torch.Tensor, labels: torch.Tensor, count: number): Mistake[] {
  const { distances, indices } = torch.evaluation.nearestNeighbors(embeddings, embeddings, { refIncludesQuery: true });
  return torch.scope(() => {
    const matches = labels.index([indices]).eq(labels.unsqueeze(1));
    const isMistake = matches.select(1, 0).logicalNot().logicalAnd(matches.any(1));
    const rows = isMistake.nonzero().squeeze(1);
    // argmax of a mask is the place of its first true.
    const firstRight = matches.index([rows]).to('uint8').argmax(1);
    const gap = distances.index([rows, firstRight]).sub(distances.index([rows, 0]));
    const worst = torch.argsort(gap, { stable: true, descending: true }).narrow(0, 0, Math.min(count, rows.numel()));
    const number = (tensor: torch.Tensor, ...at: number[]) => tensor.index(at).item() as number;
    return (worst.tolist() as number[]).map((place) => {
      const row = number(rows, place);
      const neighbor = (rank: number) => {
        const found = number(indices, row, rank);
        return { row: found, label: number(labels, found), distance: number(distances, row, rank) };
      };
      return {
        query: { row, label: number(labels, row) },
        wrong: neighbor(0),
        right: neighbor(number(firstRight, place)),
      };
    });
  });
}
