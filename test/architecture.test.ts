import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const filesIn = (folder: string, ending: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ending) && !path.includes('node_modules'))
    .map((path) => join(folder, path));

const sources = filesIn('lib', '.ts');

/** The files that a file of lib imports or exports from; `atRunTime` leaves out `import type`. */
function importsOf(path: string, atRunTime: boolean): string[] {
  const statements = read(path).matchAll(
    /^(?:import|export)\s+(type\s)?[^;'"]*?from '(\.[^']+)';|^import '(\.[^']+)';/gm,
  );
  return [...statements]
    .filter(([, type]) => !(atRunTime && type !== undefined))
    .map(([, , from, alone]) => relative(root, resolve(root, dirname(path), (from ?? alone) as string)));
}

/** `nn` for lib/nn/linear.ts, `core` for what lies in lib itself. */
function folderOf(path: string): string {
  const parts = path.split('/');
  if (parts.length > 2) return parts[1] as string;
  return parts[1] === 'index.ts' ? 'index' : 'core';
}

// Tensors, their operators, gradients and text know each other; what is above them may use all four.
const tensors = ['core', 'generated', 'autograd', 'printing'];
const uses: Readonly<Record<string, readonly string[]>> = {
  core: tensors,
  generated: ['core'],
  autograd: ['core', 'generated'],
  printing: tensors,
  nn: tensors,
  data: tensors,
  utils: ['data', 'tensorboard'],
  distances: tensors,
  selection: tensors,
  reducers: tensors,
  func: ['nn', ...tensors],
  optim: ['nn', ...tensors],
  amp: ['nn', ...tensors],
  jit: ['io', 'nn', ...tensors],
  io: ['nn', ...tensors],
  miners: ['selection', 'distances', 'nn', ...tensors],
  evaluation: ['distances', ...tensors],
  regularizers: ['distances', 'reducers', 'nn', ...tensors],
  losses: ['amp', 'selection', 'distances', 'reducers', 'nn', ...tensors],
  samplers: ['data', ...tensors],
  margins: ['losses', 'miners', 'selection', 'distances', 'nn', ...tensors],
  plots: ['distances', 'evaluation', ...tensors],
  tensorboard: tensors,
  training: ['io', 'nn', 'tensorboard', ...tensors],
};

describe('architecture', () => {
  it('has arrows that point down only', () => {
    for (const path of sources) {
      const from = folderOf(path);
      if (from === 'index') continue;
      const allowed = uses[from];
      if (allowed === undefined) throw new Error(`${path}: the folder ${from} has no entry in this test`);
      for (const target of importsOf(path, false)) {
        expect([from, ...allowed], `${path} imports ${target}`).to.include(folderOf(target));
      }
    }
  });

  it('has no import cycle at run time, but among the parts of a module', () => {
    const cycles: string[] = [];
    const done = new Set<string>();
    const walk = (path: string, trail: readonly string[]) => {
      if (trail.includes(path)) {
        const cycle = trail.slice(trail.indexOf(path));
        if (!cycle.every((each) => folderOf(each) === 'nn')) cycles.push([...cycle, path].join(' > '));
      } else if (!done.has(path)) {
        for (const target of importsOf(path, true)) walk(target, [...trail, path]);
        done.add(path);
      }
    };
    for (const path of sources) walk(path, []);
    expect(cycles).to.deep.equal([]);
  });

  it('has one door to the addon', () => {
    const doors = sources.filter((path) => /\.node'|node-gyp-build/.test(read(path)));
    expect(doors).to.deep.equal(['lib/native.ts']);
  });

  it('names files after one noun, in kebab-case', () => {
    const names = ['lib', 'test', 'bench', 'examples', 'scripts']
      .filter((folder) => existsSync(join(root, folder)))
      .flatMap((folder) => [...filesIn(folder, '.ts'), ...filesIn(folder, '.mjs')]);
    for (const path of names) {
      const name = (path.split('/').at(-1) as string).replace(/(\.[a-z]+)?\.(ts|mjs)$/, '');
      expect(name, path).to.match(/^[a-z0-9]+(-[a-z0-9]+)*$/);
      expect(['utils', 'util', 'helpers', 'helper', 'common', 'misc'], path).to.not.include(name);
    }
  });
});

describe('documentation', () => {
  // Bases, and what is handed to them, are explained where they are declared.
  const internal = [
    'AngularMarginLoss',
    'BlockMiner',
    'ClassLoss',
    'LossBatch',
    'MetricLoss',
    'Miner',
    'Reducer',
    'Regularizer',
    'SeededSampler',
  ];
  for (const [folder, page] of [
    ['lib/losses', 'docs/losses.md'],
    ['lib/miners', 'docs/mining.md'],
    ['lib/samplers', 'docs/mining.md'],
    ['lib/regularizers', 'docs/losses/heads.md'],
    ['lib/reducers', 'docs/losses.md'],
  ] as const) {
    it(`of ${folder} has all of it in ${page}`, () => {
      const text = read(page);
      const exported = [...read(`${folder}/index.ts`).matchAll(/^export \{([^}]*)\}/gm)]
        .flatMap(([, names]) => (names as string).split(',').map((name) => name.trim()))
        .filter((name) => name !== '' && !name.startsWith('type ') && !internal.includes(name));
      expect(exported).to.not.be.empty;
      const missing = exported.filter((name) => !text.includes(`\`${name}`));
      expect(missing).to.deep.equal([]);
    });
  }
});

describe('links', () => {
  const pages = [...readdirSync(root).filter((name) => name.endsWith('.md')), ...filesIn('docs', '.md')].concat(
    ['binding', 'bench', 'examples', 'test'].flatMap((folder) =>
      existsSync(join(root, folder)) ? filesIn(folder, '.md') : [],
    ),
  );
  for (const page of pages) {
    it(`of ${page} lead somewhere`, () => {
      for (const [, target] of read(page).matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^(https?|mailto):/.test(target as string)) continue;
        const [file, anchor] = (target as string).split('#') as [string, string?];
        const path = file === '' ? join(root, page) : resolve(root, dirname(page), file);
        expect(existsSync(path), `${page}: ${target}`).to.equal(true);
        if (anchor === undefined || !path.endsWith('.md')) continue;
        const anchors = [...readFileSync(path, 'utf8').matchAll(/^#+ (.+)$/gm)].map((match) =>
          (match[1] as string)
            .toLowerCase()
            .replace(/[^\w\- ]/g, '')
            .replaceAll(' ', '-'),
        );
        expect(anchors, `${page}: ${target}`).to.include(anchor);
      }
    });
  }
});
