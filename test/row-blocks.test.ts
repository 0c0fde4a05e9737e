import { expect } from 'chai';
import { rowBlocks, rowsPerBlock } from '../lib/row-blocks.ts';

describe('row blocks', () => {
  it('hold as many rows as fit, but at least one', () => {
    expect(rowsPerBlock(10, 35)).to.equal(3);
    expect(rowsPerBlock(100, 35)).to.equal(1);
    expect(rowsPerBlock(0, 35)).to.equal(35);
  });

  it('cover every row once', () => {
    const blocks = [
      [0, 3],
      [3, 3],
      [6, 1],
    ];
    expect(rowBlocks(7, 3)).to.deep.equal(blocks);
    expect(rowBlocks(0, 3)).to.deep.equal([]);
  });
});
