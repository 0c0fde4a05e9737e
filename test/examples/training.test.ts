import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { fineTune, Network, pretrainedFile } from '../../examples/training/fine-tuning.ts';
import { trainClassifier } from '../../examples/training/image-classifier.ts';
import { partsOf, trainLanguages } from '../../examples/training/language-embedding.ts';
import { killAndResume } from '../../examples/training/resume.ts';
import * as torch from '../../lib/index.ts';
import { expectSameBits, usePython } from '../parity/oracle.ts';

const examples = fileURLToPath(new URL('../../examples/training', import.meta.url));

describe('the training examples', function () {
  this.timeout(180_000);
  const { log, error } = console;
  let folder: string;
  before(() => {
    console.log = console.error = () => {};
    folder = mkdtempSync(join(tmpdir(), 'hinge-examples-'));
  });
  after(() => {
    Object.assign(console, { log, error });
    rmSync(folder, { recursive: true, force: true });
  });

  it('train an image classifier, and leave checkpoints and metrics', async () => {
    const run = join(folder, 'classifier');
    const { metrics, history } = await trainClassifier({ epochs: 2, imagesPerDigit: 200, folder: run });
    expect(history).to.have.length(2);
    expect(metrics['validation/accuracy']).to.be.above(0.8);
    expect(readdirSync(run)).to.include.members(['best.pt', 'metrics.jsonl', 'tensorboard']);
    const lines = readFileSync(join(run, 'metrics.jsonl'), 'utf8').trim().split('\n');
    const { metrics: written } = JSON.parse(lines.at(-1) as string);
    expect(written['validation/accuracy']).to.equal(metrics['validation/accuracy']);
  });

  it('embed sentences of languages that training never saw', async () => {
    const { losses, before, after } = await trainLanguages(60);
    expect(losses).to.have.length(60);
    expect(after.meanAveragePrecisionAtR).to.be.above(before.meanAveragePrecisionAtR + 0.1);
    expect(after.precisionAt1).to.be.above(before.precisionAt1);
  });

  it('see the same parts in the same words', () => {
    expect(partsOf('Ab')).to.deep.equal(partsOf('ab'));
    expect(partsOf('ab')).to.have.length(2);
    expect(partsOf('')).to.deep.equal([]);
  });

  it('go on after kills with the same bits', async () => {
    const { whole, resumed, kills } = await killAndResume(3);
    expect(kills).to.be.above(0);
    expect(resumed).to.equal(whole);
  });

  describe('beside Python', () => {
    const python = usePython();

    it('tune a network of Python, and Python loads the tuned one', async () => {
      const file = join(folder, 'tuned.pt');
      const { scratch, frozen, tuned } = fineTune(file);
      expect(Math.min(frozen, tuned)).to.be.above(scratch + 0.05);
      const images = torch.rand([4, 1, 28, 28]);
      const results = await python.run(
        `
import sys as _sys
_sys.path.insert(0, folder)
import pretrained as _pretrained
_first = _pretrained.Network(7)
_first.load_state_dict(torch.load(pretrained_file))
first = _first(images).detach()
_tuned = _pretrained.Network(3)
_tuned.load_state_dict(torch.load(file))
tuned = _tuned(images).detach()
`,
        { folder: examples, file, images, pretrained_file: pretrainedFile },
      );
      const ours = (path: string, classes: number) => {
        const model = new Network(classes);
        model.loadStateDict(torch.load(path));
        return torch.noGrad(() => model(images));
      };
      expectSameBits(ours(pretrainedFile, 7), results.first);
      expectSameBits(ours(file, 3), results.tuned);
    });
  });
});
