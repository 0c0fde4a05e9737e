import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { bundle } from '../../scripts/build/bundle.ts';
import { expectEnd, reportOf, root, runNode } from '../hazards/program.ts';

describe('the bundled library', function () {
  this.timeout(60_000);
  const index = pathToFileURL(join(root, 'dist/index.js')).href;
  const run = (source: string) =>
    runNode(['--input-type=module', '--eval', `import * as torch from '${index}';\n${source}`]);

  before(() => bundle(root));

  it('is a few files', () => {
    const scripts = readdirSync(join(root, 'dist')).filter((name) => name.endsWith('.js'));
    expect(scripts).to.include.members(['index.js', 'plots.js', 'worker.js', 'data.js']);
    expect(scripts.length).to.be.below(30);
  });

  it('exports what the sources export, under the same names', async () => {
    // Classes print their names, which a bundler changes where two in a file are alike.
    const outline = `(torch) => {
      const lines = [];
      const isNamespace = (value) => typeof value === 'object' && value?.[Symbol.toStringTag] === 'Module';
      const nameOf = (value) => typeof value === 'function' && /^[A-Z]/.test(value.name) ? value.name : typeof value;
      const walk = (path, value) => {
        if (isNamespace(value)) for (const [name, each] of Object.entries(value)) walk(path + '.' + name, each);
        else lines.push(path + ' ' + nameOf(value));
      };
      walk('torch', torch);
      return lines.sort();
    }`;
    const ours = new Function(`return (${outline})`)()(torch) as string[];
    const theirs = reportOf(await run(`console.log(JSON.stringify((${outline})(torch)));`)) as string[];
    expect(ours.length).to.be.above(1200);
    expect(theirs).to.deep.equal(ours);
  });

  it('draws with the tensors of the library, by packages that it alone needs', async () => {
    const plots = pathToFileURL(join(root, 'dist/plots.js')).href;
    const ended = await run(`
      const { embeddingMap } = await import('${plots}');
      const labels = torch.arange(30).remainder(3);
      console.log(JSON.stringify([
        embeddingMap(torch.randn([30, 4]), { labels, method: 'umap', neighbors: 5 }).slice(0, 4),
      ]));`);
    expectEnd(ended);
    expect(reportOf(ended)).to.deep.equal(['<svg']);
    const needs = (file: string) =>
      /observablehq|linkedom|umap-js/.test(readFileSync(join(root, 'dist', file), 'utf8'));
    const scripts = readdirSync(join(root, 'dist')).filter((name) => name.endsWith('.js'));
    expect(scripts.filter(needs)).to.deep.equal(['plots-part.js', 'plots.js']);
  });

  it('loads data in worker threads', async () => {
    const ended = await run(`
      const { ConcatDataset, DataLoader, Subset, TensorDataset } = torch.data;
      const more = new Subset(new TensorDataset(torch.arange(20)), [10, 11]);
      const dataset = new ConcatDataset([new TensorDataset(torch.arange(10)), more]);
      const values = [];
      for await (const [x] of new DataLoader(dataset, 4, { numWorkers: 2 })) values.push(...x.tolist());
      console.log(JSON.stringify(values.map(Number)));`);
    expectEnd(ended);
    expect(reportOf(ended)).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });
});
