import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { loadDigits } from '../../examples/digits/dataset.ts';
import { DigitEmbedding, embed } from '../../examples/digits/model.ts';
import * as torch from '../../lib/index.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

function demo(...argv: string[]) {
  const main = join(root, 'examples', 'digits', 'main.ts');
  return spawnSync(process.execPath, ['--import=tsx', main, ...argv], { cwd: root, encoding: 'utf8' });
}

interface Metrics {
  readonly seen: readonly { readonly name: string; readonly accuracies: torch.evaluation.Accuracies }[];
  readonly unseen: Metrics['seen'];
}

describe('the digits demo', () => {
  let folder: string;
  let run: ReturnType<typeof demo>;
  let metrics: Metrics;
  let report: string;

  before(function () {
    this.timeout(120_000);
    folder = mkdtempSync(join(tmpdir(), 'digits-'));
    run = demo('--quick', '--out', join(folder, 'a'));
    expect(run.status, run.stderr).to.equal(0);
    metrics = JSON.parse(readFileSync(join(folder, 'a', 'metrics.json'), 'utf8')) as Metrics;
    report = readFileSync(join(folder, 'a', 'report.html'), 'utf8');
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('shows its progress and prints what it measured', () => {
    expect(run.stderr).to.match(/ten digits +12\/12 +loss \d\.\d{4} +violating \d+\.\d\d %/);
    expect(run.stderr).to.match(/without 7 8 9 +6\/6/);
    for (const { name, accuracies } of [...metrics.seen, ...metrics.unseen]) {
      const { precisionAt1, rPrecision, meanAveragePrecisionAtR } = accuracies;
      const numbers = [precisionAt1, rPrecision, meanAveragePrecisionAtR].map((value) => value.toFixed(4));
      expect(run.stdout).to.match(new RegExp(`${name} +${numbers.join(' +').replaceAll('.', '\\.')}\n`));
    }
  });

  it('gets better than raw pixels after a few steps', () => {
    for (const part of [metrics.seen, metrics.unseen]) {
      expect(part.map(({ name }) => name)).to.deep.equal(['raw pixels', 'untrained network', 'trained embedding']);
      const [raw, , trained] = part.map(({ accuracies }) => accuracies.meanAveragePrecisionAtR);
      expect(trained).to.be.greaterThan(raw!);
    }
  });

  it('leaves a checkpoint that measures the same', () => {
    const model = new DigitEmbedding();
    model.loadStateDict(torch.safetensors.loadFile(join(folder, 'a', 'model.safetensors')));
    const { test } = loadDigits(60);
    const accuracies = new torch.evaluation.AccuracyCalculator().getAccuracy(embed(model, test.images), test.labels);
    expect(accuracies).to.deep.equal(metrics.seen.at(-1)!.accuracies);
  });

  it('writes a report that needs nothing but itself', () => {
    const withoutNamespaces = report.replaceAll(/xmlns(:\w+)?="[^"]*"/g, '');
    for (const outside of [/https?:/i, /<script/i, /<link/i, /<iframe/i, /@import/i, /url\(/i, /src="(?!data:)/i]) {
      expect(withoutNamespaces).to.not.match(outside);
    }
  });

  it('shows curves, the embedding, mistakes and settings in the report', () => {
    for (const title of ['Training', 'The embedding in two dimensions', 'The hardest mistakes', 'This run']) {
      expect(report).to.contain(`<h2>${title}</h2>`);
    }
    expect(report.match(/<svg /g)).to.have.length(4);
    expect(report).to.contain(metrics.unseen.at(-1)!.accuracies.meanAveragePrecisionAtR.toFixed(4));
    expect(report.match(/<img src="data:image\/png;base64,[^"]+"/g)).to.have.length.within(3, 36);
    expect(report).to.not.match(/\b(NaN|undefined|null|Infinity)\b/);
  });

  it('computes the same twice, and something else with another seed', function () {
    this.timeout(120_000);
    const checkpoint = (name: string, seed: string) => {
      const { status, stderr } = demo('--quick', '--steps', '3', '--seed', seed, '--out', join(folder, name));
      expect(status, stderr).to.equal(0);
      return torch.safetensors.loadFile(join(folder, name, 'model.safetensors'));
    };
    const [first, again, other] = [checkpoint('b', '5'), checkpoint('c', '5'), checkpoint('d', '6')];
    for (const [name, tensor] of first) {
      expect(again.get(name)!.equal(tensor), name).to.equal(true);
      expect(other.get(name)!.equal(tensor), name).to.equal(false);
    }
  });

  it('explains its options, and what is wrong with one', () => {
    expect(demo('--help').stdout).to.contain('--steps N');
    for (const [argv, message] of [
      [['--steps', '1.5'], "--steps must be an integer of at least 2, got '1.5'"],
      [['--unseen', '7'], "--unseen must be two to eight different digits such as 789, got '7'"],
      [['--fast'], "Unknown option '--fast'"],
    ] as const) {
      const { status, stderr } = demo(...argv);
      expect(status).to.equal(2);
      expect(stderr).to.contain(message);
      expect(stderr).to.not.contain('    at ');
    }
  });
});

describe('the digits demo: data', () => {
  it('holds every fifth image of each digit out, and shares none', () => {
    const { train, test } = loadDigits(null);
    expect(train.images.shape).to.deep.equal([7996, 1, 28, 28]);
    expect(test.images.shape).to.deep.equal([2004, 1, 28, 28]);
    expect(test.labels.dtype).to.equal('int64');
    expect(torch.bincount(torch.cat([train.labels, test.labels])).tolist()).to.deep.equal([
      1001, 1127, 991, 1032, 980, 863, 1014, 1070, 944, 978,
    ]);
    const keys = (images: torch.Tensor) =>
      images
        .flatten(1)
        .unbind(0)
        .map((image) => Buffer.from(image.toTypedArray().buffer).toString('base64'));
    const trained = new Set(keys(train.images));
    expect(keys(test.images).filter((key) => trained.has(key))).to.have.length(0);
  });
});
