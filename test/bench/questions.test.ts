import { readdirSync } from 'node:fs';
import { expect } from 'chai';
import { questions } from '../../bench/questions.ts';

const files = readdirSync(new URL('../../bench/', import.meta.url));
const endings = { python: '.py', cpp: '.cc', tfjs: '.tfjs.ts' } as const;

describe('bench: the table of questions', () => {
  for (const { name, rivals, comparisons } of questions) {
    it(`${name} has a program for each contestant, and compares only with those`, () => {
      expect(files).to.include.members([`${name}.ts`, ...rivals.map((rival) => `${name}${endings[rival]}`)]);
      for (const comparison of comparisons) expect(rivals).to.include.members(Object.keys(comparison.rivals));
    });
  }

  it('knows every program of a rival', () => {
    const programs = questions.flatMap(({ name, rivals }) => rivals.map((rival) => `${name}${endings[rival]}`));
    const found = files.filter(
      (file) => /\.(py|cc|tfjs\.ts)$/.test(file) && !['stopwatch.py', 'peak.py'].includes(file),
    );
    expect(found).to.have.members(programs);
  });

  it('asks each question once', () => {
    const names = questions.map(({ name }) => name);
    expect(names).to.deep.equal([...new Set(names)]);
  });
});
