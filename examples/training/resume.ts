/**
 * A training run that is killed three times, at random moments, and ends with the bits of one that was not.
 *
 *     npx tsx examples/training/resume.ts [seed of the moments]
 *
 * Shows checkpoints within an epoch: the model, the optimizer, the scheduler, where the loader is, every generator.
 */

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import * as torch from 'hinge';
import { isMain } from './is-main.ts';

const { nn } = torch;
const epochs = 3;

/** Trains, or goes on with training, and returns a digest of all weights. */
export async function train(folder: string): Promise<string> {
  torch.setNumThreads(1);
  torch.manualSeed(0);
  const points = torch.randn([2000, 20]);
  const labels = points.matmul(torch.randn([20, 5])).argmax(1);
  const data = new torch.data.DataLoader(new torch.data.TensorDataset(points, labels), 20, { shuffle: true });

  const model = new nn.Sequential(new nn.Linear(20, 64), new nn.ReLU(), new nn.Dropout(0.2), new nn.Linear(64, 5));
  const optimizer = new torch.optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });
  const scheduler = new torch.optim.lrScheduler.CosineAnnealingLR(optimizer, epochs);
  const lossFn = new nn.MultiMarginLoss();
  await torch.training.fit({
    model,
    optimizer,
    scheduler,
    data,
    loss: ([x, y]) => lossFn(model(x), y),
    epochs,
    checkpoints: { folder, every: 5 },
    callbacks: [
      {
        onStart: ({ step }, resumed) => console.log(resumed ? `  goes on after step ${step}` : '  begins'),
      },
    ],
  });
  const digest = createHash('sha256');
  for (const tensor of model.stateDict().values()) digest.update(tensor.toTypedArray() as Float32Array);
  return digest.digest('hex').slice(0, 16);
}

/** Runs `train` in a process of its own, which is killed after some ms unless it ends before. Returns what it printed last. */
async function runChild(folder: string, killAfter: number): Promise<string | undefined> {
  const child = spawn(process.execPath, ['--import=tsx', fileURLToPath(import.meta.url), '--train', folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    // The time counts from the beginning of the training, not from that of the process.
    if (output === '' && Number.isFinite(killAfter)) void sleep(killAfter).then(() => child.kill('SIGKILL'));
    output += text;
    console.log(text.trimEnd());
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  if (signal === 'SIGKILL') return undefined;
  if (code !== 0) throw new Error(`the run ended with code ${code}`);
  return output.trim().split('\n').at(-1);
}

export async function killAndResume(seed: number) {
  const folder = mkdtempSync(join(tmpdir(), 'hinge-resume-'));
  const moments = torch
    .rand([3], { generator: new torch.Generator().manualSeed(seed) })
    .mul(400)
    .toArray() as number[];
  try {
    console.log('a run that nothing stops');
    const whole = await runChild(join(folder, 'whole'), Number.POSITIVE_INFINITY);
    let resumed: string | undefined;
    let kills = 0;
    for (const moment of [...moments, Number.POSITIVE_INFINITY]) {
      console.log(`a run that is ${Number.isFinite(moment) ? `killed after ${moment.toFixed(0)} ms` : 'left alone'}`);
      resumed = await runChild(join(folder, 'killed'), moment);
      if (resumed !== undefined) break;
      kills++;
    }
    return { whole, resumed, kills };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (isMain(import.meta.url)) {
  const [first, second] = process.argv.slice(2);
  if (first === '--train') {
    console.log(await train(second as string));
  } else {
    const { whole, resumed, kills } = await killAndResume(Number(first ?? 1));
    console.log(`killed ${kills} times: weights ${resumed}; never killed: weights ${whole}`);
    process.exitCode = whole === resumed ? 0 : 1;
  }
}
