import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

const { nn, optim } = torch;
const { Checkpoints } = torch.training;

describe('Checkpoints', () => {
  let folder: string;
  beforeEach(() => {
    torch.manualSeed(0);
    folder = mkdtempSync(join(tmpdir(), 'hinge-checkpoints-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function objects() {
    const model = new nn.Linear(3, 2);
    const optimizer = new optim.Adam(model.parameters());
    const generator = new torch.Generator().manualSeed(9);
    return { model, optimizer, generator };
  }

  function step({ model, optimizer }: ReturnType<typeof objects>): void {
    model(torch.randn([4, 3]))
      .sum()
      .backward();
    optimizer.step();
    optimizer.zeroGrad();
  }

  it('brings objects, generators, counters and the default generator back', () => {
    const saved = objects();
    step(saved);
    torch.randn([3], { generator: saved.generator });
    new Checkpoints(folder, saved).save({ step: 7, epoch: 2, note: 'half-way', seen: [1, 2] });
    const next = [torch.randn([2]).tolist(), torch.randn([2], { generator: saved.generator }).tolist()];
    step(saved);

    const loaded = objects();
    const counters = new Checkpoints(folder, loaded).resume();
    expect(counters).to.deep.equal({ step: 7, epoch: 2, note: 'half-way', seen: [1, 2] });
    expect([torch.randn([2]).tolist(), torch.randn([2], { generator: loaded.generator }).tolist()]).to.deep.equal(next);
    step(loaded);
    expect(loaded.model.weight.equal(saved.model.weight)).to.equal(true);
  });

  it('keeps the last few, and the best', () => {
    const checkpoints = new Checkpoints(folder, objects(), { keepLast: 2, mode: 'max' });
    expect(checkpoints.latest()).to.equal(undefined);
    expect(checkpoints.resume()).to.equal(null);
    for (const [i, metric] of [0.5, 0.9, Number.NaN, 0.7].entries()) checkpoints.save({ step: i + 1 }, metric);
    const names = ['best.pt', 'step-0000000003.pt', 'step-0000000004.pt'];
    expect(readdirSync(folder).sort()).to.deep.equal(names);
    expect(checkpoints.best).to.equal(0.9);
    expect(checkpoints.load()).to.deep.equal({ step: 2 });
    const later = new Checkpoints(folder, objects(), { mode: 'max' });
    expect(later.resume()).to.deep.equal({ step: 4 });
    expect(later.best).to.equal(0.9);
    later.save({ step: 5 }, 0.8);
    expect(later.load()).to.deep.equal({ step: 2 });
  });

  it('uses the one before where the newest is damaged, and says so', async () => {
    const checkpoints = new Checkpoints(folder, objects());
    checkpoints.save({ step: 1 });
    const path = checkpoints.save({ step: 2 });
    writeFileSync(path, readFileSync(path).subarray(0, 400));
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
    expect(checkpoints.resume()).to.deep.equal({ step: 1 });
    expect((await warned).message).to.match(/step-0000000002\.pt is damaged/);
    rmSync(join(folder, 'step-0000000001.pt'));
    expect(() => checkpoints.resume()).to.throw(torch.CheckpointError);
  });

  it('clears away what a killed process had begun to write', () => {
    const stale = join(folder, 'step-0000000009.pt.123-0-4.partial');
    writeFileSync(stale, 'half');
    new Checkpoints(folder, objects()).resume();
    expect(existsSync(stale)).to.equal(false);
  });

  it('refuses what cannot be saved or loaded', () => {
    expect(() => new Checkpoints('', objects())).to.throw(TypeError, 'folder must be a path');
    expect(() => new Checkpoints(folder, { model: 3 } as never)).to.throw(
      TypeError,
      'Checkpoints: model must have stateDict()',
    );
    expect(() => new Checkpoints(folder, {}, { keepLast: 0 })).to.throw(
      RangeError,
      'keepLast must be at least 1, got 0',
    );
    expect(() => new Checkpoints(folder, {}, { mode: 'least' as never })).to.throw(
      RangeError,
      "mode must be 'min' or 'max'",
    );
    const checkpoints = new Checkpoints(folder, objects());
    expect(() => checkpoints.save({ step: -1 })).to.throw(TypeError, 'counters.step must be a count, got -1');
    expect(() => checkpoints.save({ step: 1, run: () => {} })).to.throw(
      TypeError,
      'save: value.counters.run must be data',
    );
    expect(readdirSync(folder)).to.deep.equal([]);
    torch.save({ other: 1 }, join(folder, 'step-0000000001.pt'));
    expect(() => checkpoints.resume()).to.throw(torch.CheckpointError, 'is no checkpoint of a run, it holds other');
    new Checkpoints(folder, { model: objects().model }).save({ step: 2 });
    expect(() => checkpoints.load(join(folder, 'step-0000000002.pt'))).to.throw(
      torch.CheckpointError,
      'has no state of optimizer, generator',
    );
  });
});
