import { expect } from 'chai';
import { bandOf, golden, outside, type RowName } from '../../bench/mnist/golden.ts';
import { recipes } from '../../bench/mnist/recipes.ts';
import { runRow } from '../../bench/mnist/training.ts';
import * as torch from '../../lib/index.ts';

const names = Object.keys(golden) as RowName[];
const options = { steps: 1, seed: 0, onStep: () => {} };

describe('bench: embeddings of digits', () => {
  it('has a recipe for each row that is trained', () => {
    expect(Object.keys(recipes)).to.deep.equal(names.filter((name) => !['raw pixels', 'untrained'].includes(name)));
  });

  it('has losses that are finite, and have gradients, where the library has them', () => {
    torch.manualSeed(0);
    const labels = torch.arange(40).remainder(10);
    for (const [name, make] of Object.entries(recipes)) {
      const monitor = new torch.margins.MarginMonitor({ margin: 0.2 });
      const embeddings = torch.randn([40, 64], { requiresGrad: true });
      let loss: torch.Tensor;
      try {
        loss = make(monitor)(embeddings, labels);
      } catch (error) {
        expect((error as Error).message, name).to.match(/^there is no /);
        continue;
      }
      loss.backward();
      expect(loss.item(), name).to.be.greaterThan(0);
      expect(embeddings.grad!.abs().sum().item(), name).to.be.greaterThan(0);
    }
  });

  it('knows its bands', () => {
    for (const name of names) expect(outside(name, golden[name])).to.deep.equal([]);
    const { precisionAt1 } = golden.ArcFace;
    expect(outside('ArcFace', { ...golden.ArcFace, precisionAt1: precisionAt1 - 0.02 })).to.deep.equal([
      'precisionAt1',
    ]);
    expect(outside('ArcFace', { ...golden.ArcFace, rPrecision: NaN })).to.deep.equal(['rPrecision']);
    expect(bandOf('raw pixels').precisionAt1).to.be.lessThan(1e-3);
  });

  it('measures raw pixels to the last digit', function () {
    this.timeout(60_000);
    expect(outside('raw pixels', runRow('raw pixels', options).measured)).to.deep.equal([]);
  });

  it('trains', function () {
    this.timeout(60_000);
    const losses: number[] = [];
    const { violations } = runRow('all triplets by violators', {
      ...options,
      steps: 3,
      onStep: (_step, loss) => losses.push(loss),
    });
    expect(losses).to.have.length(3);
    expect(losses.every((loss) => loss > 0)).to.equal(true);
    expect(violations?.[0]).to.be.within(0.1, 1);
  });
});
