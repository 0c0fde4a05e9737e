/** The demo from its command line to the files it leaves. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as torch from '../../lib/index.ts';
import { runExperiment } from './experiment.ts';
import { type DemoOptions, readOptions, usage } from './options.ts';
import { renderReport } from './report.ts';
import { formatTable } from './table.ts';

/** Runs the demo with the arguments of a command line. */
export function runDemo(argv: readonly string[]): void {
  let options: DemoOptions | null;
  try {
    options = readOptions(argv);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    process.exitCode = 2;
    return;
  }
  if (options === null) {
    console.log(usage);
    return;
  }
  const experiment = runExperiment(options);
  mkdirSync(options.out, { recursive: true });
  const path = (name: string) => join(options.out, name);
  torch.safetensors.saveFile(experiment.model.stateDict(), path('model.safetensors'), {
    metadata: { model: 'DigitEmbedding', seed: String(options.seed), steps: String(options.steps) },
  });
  const { seen, unseen, seconds } = experiment;
  const metrics = { options, seconds, seen: seen.measurements, unseen: unseen.measurements };
  writeFileSync(path('metrics.json'), `${JSON.stringify(metrics, null, 2)}\n`);
  writeFileSync(path('report.html'), renderReport(options, experiment));
  console.log(`\n${formatTable(experiment)}\n`);
  for (const name of ['report.html', 'model.safetensors', 'metrics.json']) console.log(path(name));
  console.log(`${seconds.toFixed(1)} s`);
}
