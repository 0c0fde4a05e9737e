/** How a matrix that is too large to be held is computed: some of its rows at a time. */

// 16 MB of float32.
const blockElements = 1 << 22;

/** How many rows of `columns` elements a block of at most `elements` holds, but at least one. */
export function rowsPerBlock(columns: number, elements = blockElements): number {
  return Math.max(1, Math.floor(elements / Math.max(1, columns)));
}

/** Where each block of at most `size` of `rows` rows begins, and how many rows it has. */
export function rowBlocks(rows: number, size: number): [begin: number, length: number][] {
  return Array.from({ length: Math.ceil(rows / size) }, (_, i) => [i * size, Math.min(size, rows - i * size)]);
}
