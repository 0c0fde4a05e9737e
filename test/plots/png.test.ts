import { crc32, inflateSync } from 'node:zlib';
import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { pictureUrl } from '../../lib/plots/index.ts';

/** The header's numbers and the rows of pixels. */
function read(url: string) {
  const file = Buffer.from(url.replace('data:image/png;base64,', ''), 'base64');
  expect(file.subarray(0, 8).toString('latin1')).to.equal('\x89PNG\r\n\x1a\n');
  const chunks = new Map<string, Buffer>();
  for (let at = 8; at < file.length; ) {
    const length = file.readUInt32BE(at);
    const body = file.subarray(at + 4, at + 8 + length);
    expect(file.readUInt32BE(at + 8 + length)).to.equal(crc32(body));
    chunks.set(body.toString('latin1', 0, 4), body.subarray(4));
    at += 12 + length;
  }
  expect([...chunks.keys()]).to.deep.equal(['IHDR', 'IDAT', 'IEND']);
  return { header: [...chunks.get('IHDR')!], rows: [...inflateSync(chunks.get('IDAT')!)] };
}

describe('pictureUrl', () => {
  it('writes a grey image, row by row', () => {
    const images = torch.arange(30).mul(8).to('uint8').view([2, 3, 5]);
    const { header, rows } = read(pictureUrl(images, 1));
    expect(header).to.deep.equal([0, 0, 0, 5, 0, 0, 0, 3, 8, 0, 0, 0, 0]);
    const levels = images.select(0, 1).tolist() as number[][];
    expect(rows).to.deep.equal(levels.flatMap((row) => [0, ...row]));
  });

  it('writes red, green and blue of each pixel, from 0 to 1', () => {
    const image = torch.tensor([[[[0, 1]], [[0.5, 2]], [[1, -1]]]]);
    const { header, rows } = read(pictureUrl(image, 0));
    expect(header).to.deep.equal([0, 0, 0, 2, 0, 0, 0, 1, 8, 2, 0, 0, 0]);
    expect(rows).to.deep.equal([0, 0, 128, 255, 255, 255, 0]);
  });
});
