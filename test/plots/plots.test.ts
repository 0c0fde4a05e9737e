import { expect } from 'chai';
import { parseHTML } from 'linkedom';
import * as torch from '../../lib/index.ts';
import {
  distanceHistogram,
  embeddingMap,
  htmlReport,
  retrievalGrid,
  trainingCurve,
  violationCurve,
} from '../../lib/plots/index.ts';
import { neighborPlane, principalPlane } from '../../lib/plots/plane.ts';

interface Elements extends Iterable<{ readonly textContent: string; getAttribute(name: string): string | null }> {
  readonly length: number;
}

/** The parts of one SVG. */
function parse(svg: string) {
  const { document } = parseHTML(`<html><body>${svg}</body></html>`) as unknown as {
    document: { querySelectorAll(selector: string): Elements };
  };
  expect(document.querySelectorAll('svg').length).to.equal(1);
  expect(svg).to.match(/^<svg [^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/);
  expect(svg).to.not.match(/\b(NaN|undefined|Infinity)\b/);
  return {
    count: (selector: string) => document.querySelectorAll(selector).length,
    texts: () => [...document.querySelectorAll('text')].map(({ textContent }) => textContent),
    all: (selector: string, name: string) =>
      [...document.querySelectorAll(selector)].map((each) => each.getAttribute(name)),
  };
}

const blobs = (each: number) => {
  const labels = torch.arange(3 * each).remainder(3);
  const centers = torch.randn([3, 10]).mul(8);
  return { embeddings: centers.index([labels]).add(torch.randn([3 * each, 10])), labels };
};

describe('planes', () => {
  beforeEach(() => torch.manualSeed(0));

  it('lie on the axes of largest variance', () => {
    const spread = torch.tensor([0.1, 5, 1, 0.01]);
    const points = torch.randn([500, 4]).mul(spread).add(3);
    const { points: plane, explained } = principalPlane(points);
    const columns = points.sub(points.mean(0)).tolist() as number[][];
    // Axes are turned so that their largest coordinate is positive.
    const error = plane.map(([x, y], i) => Math.abs(x - columns[i]![1]!) + Math.abs(y - columns[i]![2]!));
    expect(Math.max(...error)).to.be.lessThan(0.6);
    expect(explained![0]).to.be.closeTo(25 / 26.01, 0.01);
    expect(explained![0] + explained![1]).to.be.closeTo(26 / 26.01, 0.01);
  });

  it('are those of the singular values', () => {
    const points = torch.randn([80, 30], { dtype: 'float64' });
    const centred = points.sub(points.mean(0));
    const [, singular] = torch.linalg.svd(centred, false);
    const variance = (singular as torch.Tensor).square();
    const shares = variance.div(variance.sum()).tolist() as number[];
    const { explained } = principalPlane(points);
    expect(explained![0]).to.be.closeTo(shares[0]!, 5e-3);
    expect(explained![1]).to.be.closeTo(shares[1]!, 5e-3);
  });

  it('are made of one dimension, one row, and rows that are all equal', () => {
    expect(principalPlane(torch.tensor([[1], [3]])).points).to.deep.equal([
      [-1, 0],
      [1, 0],
    ]);
    for (const points of [torch.ones([1, 5]), torch.ones([6, 5])]) {
      const { points: plane, explained } = principalPlane(points);
      expect(plane.flat().every((value) => value === 0)).to.equal(true);
      expect(explained).to.deep.equal([0, 0]);
    }
  });

  it('keep neighbours together by UMAP, the same for the same seed', function () {
    this.timeout(60_000);
    const { embeddings, labels } = blobs(30);
    const run = (seed: number) => {
      torch.manualSeed(seed);
      return neighborPlane(embeddings, 10).points.map(([x, y]) => [x, y]);
    };
    const plane = run(1);
    const { precisionAt1 } = new torch.evaluation.AccuracyCalculator().getAccuracy(torch.tensor(plane), labels);
    expect(precisionAt1).to.equal(1);
    expect(run(1)).to.deep.equal(plane);
    expect(run(2)).to.not.deep.equal(plane);
  });
});

describe('plots', () => {
  beforeEach(() => torch.manualSeed(0));

  it('map embeddings as dots with names', () => {
    const { embeddings, labels } = blobs(40);
    const svg = parse(embeddingMap(embeddings, { labels, nameOf: (label) => `class <${label}>` }));
    expect(svg.count('circle')).to.equal(120);
    expect(new Set(svg.all('circle', 'fill')).size).to.equal(3);
    expect(svg.texts()).to.include.members(['class <0>', 'class <1>', 'class <2>']);
    expect(svg.texts().some((text) => /component 1: \d+ % of the variance/.test(text))).to.equal(true);
    expect(parse(embeddingMap(embeddings)).count('circle')).to.equal(120);
  });

  it('map embeddings as names, in colours of the caller', () => {
    const { embeddings, labels } = blobs(5);
    const svg = parse(embeddingMap(embeddings, { labels, marks: 'names', colorOf: (label) => `#00000${label}` }));
    expect(svg.count('circle')).to.equal(0);
    expect(svg.texts().filter((text) => /^[012]$/.test(text)).length).to.be.at.least(15);
    expect(svg.all('text', 'fill')).to.include('#000002');
  });

  it('show the distances of both kinds of pairs, and a threshold', () => {
    const { embeddings, labels } = blobs(20);
    const pairs = torch.evaluation.scoreAllPairs(embeddings, labels);
    const svg = parse(distanceHistogram(pairs, { bins: 25, threshold: 9 }));
    expect(svg.texts()).to.include.members(['same class', 'different classes', 'distance']);
    const heights = svg.all('rect', 'height').map(Number);
    expect(heights.filter((height) => height > 0).length).to.be.within(10, 50);
    expect(svg.count('[stroke-dasharray]')).to.equal(1);
    const equal = { scores: torch.ones([4]), same: torch.tensor([true, false, true, false]), similarity: true };
    expect(parse(distanceHistogram(equal)).texts()).to.include('similarity');
    const oneKind = { ...equal, same: torch.ones([4]).bool() };
    expect(() => distanceHistogram(oneKind)).to.throw(RangeError, 'distanceHistogram: pairs must be of both kinds');
  });

  const curve = (name: string, values: readonly number[]) => ({
    name,
    points: values.map((value, step) => ({ step, value })),
  });

  it('show losses and violations', () => {
    const svg = parse(trainingCurve([curve('a & b', [3, 2, 1]), curve('c', [4, 3])], { label: 'loss' }));
    expect(svg.texts()).to.include.members(['a & b', 'c', 'loss', 'step']);
    const violations = parse(violationCurve([curve('m = 0.2', [0.9, 0.02, 0])]));
    expect(violations.texts()).to.include.members(['100 %', '5 %', '2 %', 'm = 0.2']);
    expect(() => trainingCurve([curve('empty', [])])).to.throw(RangeError, '"empty" must have points');
    expect(() => violationCurve([curve('bad', [Number.NaN])])).to.throw(RangeError, 'violationCurve: "bad" must');
  });

  it('show queries with their neighbours, right and wrong', () => {
    const images = torch.rand([6, 3, 8, 8]);
    const labels = torch.tensor([0n, 0n, 1n, 1n, 2n, 2n]);
    const neighbors = torch.tensor([
      [1n, 2n],
      [3n, 5n],
    ]);
    const distances = torch.tensor([
      [0.125, 1],
      [2, 3],
    ]);
    const svg = parse(
      retrievalGrid(images, labels, { neighbors, distances, queries: [0, 2], nameOf: (i) => `"${i}"` }),
    );
    expect(svg.count('image')).to.equal(6);
    const [query, ...frames] = svg.all('rect', 'stroke');
    expect(query).to.equal('currentColor');
    expect([frames[0], frames[1]]).to.deep.equal([frames[3], frames[4]]);
    expect(frames[0]).to.not.equal(frames[1]);
    expect(svg.texts()).to.deep.equal(['"0"', '"0" 0.125', '"1" 1.00', '"1"', '"1" 2.00', '"2" 3.00']);
    for (const [options, type, message] of [
      [{ neighbors: neighbors.float() }, torch.DTypeError, 'neighbors must be int64, got float32'],
      [{ neighbors, queries: [0] }, RangeError, 'queries must be 2, as neighbors has rows, got 1'],
      [{ neighbors: neighbors.add(9) }, RangeError, 'rows must be from 0 to 5, got 10'],
      [{ neighbors, distances: distances.select(0, 0) }, torch.ShapeError, 'distances must be [2, 2] to match'],
    ] as const) {
      expect(() => retrievalGrid(images, labels, options)).to.throw(type, message);
    }
  });

  it('make a page that needs nothing but itself', () => {
    const svg = trainingCurve([curve('a', [1, 2])]);
    const page = htmlReport({
      title: 'A <report>',
      text: 'One.\n\nTwo & three.',
      sections: [
        { title: 'S', text: 'a < b', figures: [{ caption: 'c > d', svg }], html: '<b>as is</b>' },
        {
          title: 'T',
          table: [
            ['metric', 'value'],
            ['MAP@R', 0.123456],
            ['queries', 20],
          ],
        },
      ],
      styles: 'b { color: red; }',
    });
    expect(page).to.match(/^<!doctype html>/);
    const { document } = parseHTML(page) as unknown as { document: { querySelectorAll(selector: string): Elements } };
    const texts = (selector: string) => [...document.querySelectorAll(selector)].map(({ textContent }) => textContent);
    expect(texts('h1')).to.deep.equal(['A <report>']);
    expect(texts('h2')).to.deep.equal(['S', 'T']);
    expect(texts('p')).to.deep.equal(['One.', 'Two & three.', 'a < b']);
    expect(texts('figcaption')).to.deep.equal(['c > d']);
    expect(texts('b')).to.deep.equal(['as is']);
    expect(texts('td')).to.deep.equal(['0.1235', '20']);
    expect(document.querySelectorAll('figure svg').length).to.equal(1);
    expect(page).to.contain('b { color: red; }');
    expect(page.replaceAll(/xmlns(:\w+)?="[^"]*"/g, '')).to.not.match(/https?:|<script|<link|@import|url\(/i);
  });

  it('leave no tensors behind', () => {
    const { embeddings, labels } = blobs(10);
    const pairs = torch.evaluation.scoreAllPairs(embeddings, labels);
    globalThis.gc?.(); // what earlier tests left
    const before = torch.memory().tensors;
    embeddingMap(embeddings, { labels });
    distanceHistogram(pairs);
    expect(torch.memory().tensors).to.equal(before);
  });
});
