import { SingleBar } from 'cli-progress';
import type { StepReport } from './training.ts';

/** Shows how a training goes: a bar on a terminal, a line now and then elsewhere. */
export interface Progress {
  update(report: StepReport): void;
  stop(): void;
}

const percent = (share: number) => `${(100 * share).toFixed(2)} %`;

export function showProgress(title: string, steps: number, stream: NodeJS.WriteStream = process.stderr): Progress {
  if (!stream.isTTY) {
    const every = Math.max(1, Math.ceil(steps / 8));
    return {
      update({ step, loss, violating }) {
        if (step % every !== 0 && step !== steps) return;
        stream.write(`${title}  ${step}/${steps}  loss ${loss.toFixed(4)}  violating ${percent(violating)}\n`);
      },
      stop() {},
    };
  }
  const bar = new SingleBar({
    format: `${title}  {bar} {value}/{total}  loss {loss}  violating {violating}  {eta_formatted} left`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 28,
    hideCursor: true,
    stream,
  });
  bar.start(steps, 0, { loss: '-', violating: '-' });
  return {
    update: ({ step, loss, violating }) => bar.update(step, { loss: loss.toFixed(4), violating: percent(violating) }),
    stop: () => bar.stop(),
  };
}
