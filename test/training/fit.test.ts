import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

const { nn, optim, training } = torch;
type Batch = readonly [torch.Tensor, torch.Tensor];

function task(seed = 0) {
  torch.manualSeed(seed);
  const model = new nn.Sequential(new nn.Linear(6, 8), new nn.ReLU(), new nn.Linear(8, 3));
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });
  const lossFn = new nn.MultiMarginLoss();
  const data: Batch[] = Array.from({ length: 5 }, () => [torch.randn([4, 6]), torch.randint(0, 3, [4])]);
  const loss = ([x, y]: Batch) => lossFn(model(x), y);
  return { model, optimizer, data, loss };
}

function bits(model: torch.nn.Module): string {
  return [...model.stateDict().values()].map((each) => Buffer.from(each.toTypedArray().buffer).toString('hex')).join();
}

describe('fit', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'hinge-fit-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('takes the steps that a plain loop takes', async () => {
    const plain = task();
    for (let epoch = 0; epoch < 3; epoch++) {
      for (const batch of plain.data) {
        torch.scope(() => {
          plain.optimizer.zeroGrad();
          plain.loss(batch).backward();
          plain.optimizer.step();
        });
      }
    }
    const fitted = task();
    const result = await training.fit({ ...fitted, epochs: 3 });
    expect(bits(fitted.model)).to.equal(bits(plain.model));
    expect(result).to.include({ step: 15, epoch: 3, stopped: undefined });
    expect(result.history).to.have.length(3);
    expect(result.metrics.loss).to.be.lessThan(result.history[0]!.loss!);
  });

  it('adds gradients up over several batches, the last few included', async () => {
    const plain = task();
    for (const group of [plain.data.slice(0, 2), plain.data.slice(2, 4), plain.data.slice(4)]) {
      plain.optimizer.zeroGrad();
      for (const batch of group) plain.loss(batch).div(2).backward();
      plain.optimizer.step();
    }
    const fitted = task();
    const { step } = await training.fit({ ...fitted, epochs: 1, accumulate: 2 });
    expect(step).to.equal(3);
    expect(bits(fitted.model)).to.equal(bits(plain.model));
  });

  it('scales gradients down to a norm', async () => {
    const plain = task();
    plain.optimizer.zeroGrad();
    plain.loss(plain.data[0]!).backward();
    const norm = nn.utils.clipGradNorm_(plain.model.parameters(), 0.01).item();
    expect(norm).to.be.greaterThan(0.01);
    plain.optimizer.step();
    const fitted = task();
    await training.fit({ ...fitted, data: fitted.data.slice(0, 1), epochs: 1, clipGradNorm: 0.01 });
    expect(bits(fitted.model)).to.equal(bits(plain.model));
  });

  it('measures each batch, and validation in evaluation mode without gradients', async () => {
    const { data, ...rest } = task();
    const seen: unknown[] = [];
    const result = await training.fit({
      ...rest,
      data,
      loss: (batch) => ({ loss: rest.loss(batch), rows: 4, half: torch.tensor(0.5) }),
      validation: {
        data: [data[0]!, data[1]!],
        measure: ([x, y]) => {
          const scores = rest.model(x);
          seen.push([rest.model.training, scores.requiresGrad]);
          return { accuracy: scores.argmax(1).eq(y).float().mean() };
        },
      },
      epochs: 1,
    });
    expect(seen).to.deep.equal([
      [false, false],
      [false, false],
    ]);
    expect(rest.model.training).to.equal(true);
    expect(result.metrics).to.include({ rows: 4, half: 0.5 });
    expect(result.metrics['validation/accuracy']).to.be.within(0, 1);
  });

  it('steps a scheduler after epochs or steps, with a metric where it is asked for', async () => {
    const stepped: unknown[] = [];
    const scheduler = {
      step: (metric?: number) => stepped.push(metric),
      stateDict: () => ({}),
      loadStateDict: () => {},
    };
    await training.fit({ ...task(), epochs: 2, scheduler });
    expect(stepped).to.deep.equal([undefined, undefined]);
    await training.fit({ ...task(), epochs: 1, scheduler, schedule: { interval: 'step' } });
    expect(stepped).to.have.length(7);
    await training.fit({ ...task(), epochs: 1, scheduler, schedule: { metric: 'loss' } });
    expect(stepped.at(-1)).to.be.a('number');
    const wrong = training.fit({ ...task(), epochs: 1, scheduler, schedule: { metric: 'accuracy' } });
    expect(await refusal(wrong)).to.match(/schedule.metric 'accuracy' was not measured; there are loss/);
  });

  it('goes on from its newest checkpoint with the same bits', async () => {
    const whole = task();
    await training.fit({ ...whole, epochs: 4 });
    const first = task();
    await training.fit({ ...first, epochs: 2, checkpoints: { folder } });
    const second = task(5); // other weights, which the checkpoint replaces
    const { data } = task();
    const result = await training.fit({ ...second, data, epochs: 4, checkpoints: { folder } });
    expect(bits(second.model)).to.equal(bits(whole.model));
    expect(result.history).to.have.length(4);
    expect(readdirSync(folder).filter((name) => name.startsWith('step-'))).to.have.length(3);
  });

  it('stops early, and stays stopped', async () => {
    const callbacks = () => [new training.EarlyStopping({ metric: 'loss', patience: 2, minDelta: 10 })];
    const result = await training.fit({ ...task(), epochs: 9, callbacks: callbacks(), checkpoints: { folder } });
    expect(result.epoch).to.equal(3);
    expect(result.stopped).to.match(/loss has not become better/);
    const again = await training.fit({ ...task(), epochs: 9, callbacks: callbacks(), checkpoints: { folder } });
    expect(again).to.include({ epoch: 3, stopped: result.stopped });
  });

  it('writes metrics as lines, each step once, whatever a killed run wrote', async () => {
    const path = join(folder, 'logs', 'metrics.jsonl');
    const run = (epochs: number) =>
      training.fit({ ...task(), epochs, checkpoints: { folder }, callbacks: [training.jsonLines(path)] });
    await run(1);
    writeFileSync(path, `${readFileSync(path, 'utf8')}{"kind":"step","step":6,"epoch":1,"metrics":{}}\n{"kind":"st`);
    await run(2);
    const lines = readFileSync(path, 'utf8').trim().split('\n');
    const steps = lines.map((line) => JSON.parse(line) as torch.training.MetricLine);
    expect(steps.filter(({ kind }) => kind === 'step').map(({ step }) => step)).to.deep.equal([
      1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
    ]);
    expect(steps.filter(({ kind }) => kind === 'epoch').map(({ epoch }) => epoch)).to.deep.equal([1, 2]);
    expect(steps[5]!.metrics.loss).to.be.a('number');
  });

  it('draws curves for TensorBoard', async () => {
    await training.fit({ ...task(), epochs: 1, callbacks: [training.tensorboard(join(folder, 'curves'))] });
    const [name] = readdirSync(join(folder, 'curves'));
    const file = readFileSync(join(folder, 'curves', name!));
    expect(file.includes('step/loss')).to.equal(true);
    expect(file.includes('epoch/loss')).to.equal(true);
  });

  it('prints progress where there is no terminal', async () => {
    let text = '';
    const write = (line: string) => {
      text += line;
      return true;
    };
    const stream = { isTTY: false, write } as unknown as NodeJS.WriteStream;
    await training.fit({ ...task(), epochs: 2, callbacks: [training.progressBar({ stream, interval: 0 })] });
    expect(text).to.match(/^epoch 1\/2 {2}batch 1\/5 {2}loss \d/);
    expect(text.split('\n')).to.have.length(13);
  });

  it('ends by its signal after a step, telling its callbacks', async () => {
    const controller = new AbortController();
    const events: string[] = [];
    const run = training.fit({
      ...task(),
      epochs: 5,
      signal: controller.signal,
      callbacks: [
        {
          onStart: () => void events.push('start'),
          onStep: ({ step }) => (step === 2 ? controller.abort(new Error('enough')) : undefined),
          onEnd: ({ step }) => void events.push(`end ${step}`),
        },
      ],
    });
    expect(await refusal(run)).to.equal('enough');
    expect(events).to.deep.equal(['start', 'end 2']);
    expect(await refusal(training.fit({ ...task(), epochs: 1, signal: AbortSignal.abort(new Error('no')) }))).to.equal(
      'no',
    );
  });

  it('lets other tasks run between steps, and leaves no tensors behind', async () => {
    const { data, ...rest } = task();
    let ticks = 0;
    const timer = setInterval(() => ticks++, 0);
    await training.fit({ ...rest, data, epochs: 1 });
    globalThis.gc?.();
    const before = torch.memory().tensors;
    await training.fit({ ...rest, data, epochs: 40 });
    clearInterval(timer);
    globalThis.gc?.();
    expect(torch.memory().tensors).to.equal(before);
    expect(ticks).to.be.greaterThan(20);
  });

  it('refuses what cannot be meant', async () => {
    const refused = async (change: object) => refusal(training.fit({ ...task(), epochs: 1, ...change } as never));
    expect(await refused({ epochs: 1.5 })).to.equal('fit: epochs must be a count, got 1.5');
    expect(await refused({ accumulate: 0 })).to.equal('fit: accumulate must be a count from 1, got 0');
    expect(await refused({ clipGradNorm: 0 })).to.equal('fit: clipGradNorm must be positive, got 0');
    expect(await refused({ loss: 3 })).to.equal('fit: loss must be a function of a batch, got 3');
    expect(await refused({ data: 3 })).to.equal('fit: data must be iterable, got 3');
    expect(await refused({ data: [] })).to.equal('fit: data gave no batch in epoch 1');
    expect(await refused({ loss: () => 3 })).to.match(
      /loss must return a Tensor, or an object with one as loss, got 3/,
    );
    expect(await refused({ checkpoints: { folder, every: 2 } })).to.match(/need data with stateDict/);
    expect(await refused({ checkpoints: { folder, metric: 'accuracy' } })).to.match(/'accuracy' was not measured/);
  });
});

async function refusal(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'nothing was thrown',
    (error: Error) => error.message,
  );
}
