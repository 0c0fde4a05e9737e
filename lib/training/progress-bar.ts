import { SingleBar } from 'cli-progress';
import type { Callback, Progress } from './callback.ts';

export interface ProgressBarOptions {
  /** Where it is drawn; stderr by default. Where that is no terminal, a line now and then is printed. */
  stream?: NodeJS.WriteStream;
  /** The least time between two lines where there is no terminal, in ms; 2,000 by default. */
  interval?: number;
}

function metricsText(metrics: Progress['metrics']): string {
  return Object.entries(metrics)
    .map(([name, value]) => `${name} ${value.toPrecision(4)}`)
    .join('  ');
}

/** Shows how far a loop is, and its metrics. */
export function progressBar({ stream = process.stderr, interval = 2000 }: ProgressBarOptions = {}): Callback {
  const place = ({ epoch, epochs, batch, batches, step }: Progress, done: boolean) => {
    const at = batches === undefined ? `step ${step}` : `batch ${done ? batches : batch}/${batches}`;
    return `epoch ${done ? epoch : epoch + 1}/${epochs}  ${at}`;
  };
  if (!stream.isTTY) {
    let last = 0;
    return {
      onStep(progress) {
        const now = performance.now();
        if (now - last < interval) return;
        last = now;
        stream.write(`${place(progress, false)}  ${metricsText(progress.metrics)}\n`);
      },
      onEpoch(progress) {
        stream.write(`${place(progress, true)}  ${metricsText(progress.metrics)}\n`);
      },
    };
  }
  const bar = new SingleBar({
    format: '{place}  {bar}  {metrics}  {eta_formatted} left',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 28,
    hideCursor: true,
    stream,
  });
  const show = (progress: Progress, done: boolean) => {
    const { batches = 0, epoch, batch, epochs } = progress;
    const size = batches || 1;
    bar.setTotal(epochs * size);
    bar.update(epoch * size + (done ? 0 : batch), {
      place: place(progress, done),
      metrics: metricsText(progress.metrics),
    });
  };
  return {
    onStart(progress) {
      bar.start(1, 0, { place: place(progress, false), metrics: '' });
    },
    onStep: (progress) => show(progress, false),
    onEpoch: (progress) => show(progress, true),
    onEnd() {
      bar.stop();
    },
  };
}
