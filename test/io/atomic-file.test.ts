import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { partialPattern, replaceFile, writeAll } from '../../lib/io/atomic-file.ts';

describe('files that appear whole', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'atomic-file-'));
    path = join(folder, 'x');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('replace the file before once they are written', () => {
    writeFileSync(path, 'old');
    replaceFile(path, (file) => {
      writeAll(file, Buffer.from('ne'));
      expect(readFileSync(path, 'utf8')).to.equal('old');
      const partial = readdirSync(folder).filter((name) => partialPattern.test(name));
      expect(partial).to.have.lengthOf(1);
      writeAll(file, Buffer.from('w'));
    });
    expect(readFileSync(path, 'utf8')).to.equal('new');
    expect(readdirSync(folder)).to.deep.equal(['x']);
  });

  it('leave nothing when writing throws', () => {
    writeFileSync(path, 'old');
    const fail = () => {
      throw new RangeError('no');
    };
    expect(() => replaceFile(path, fail)).to.throw(RangeError, 'no');
    expect(readFileSync(path, 'utf8')).to.equal('old');
    expect(readdirSync(folder)).to.deep.equal(['x']);
  });

  it('say when there is no such folder', () => {
    expect(() => replaceFile(join(folder, 'none', 'x'), () => {})).to.throw('ENOENT');
  });
});
