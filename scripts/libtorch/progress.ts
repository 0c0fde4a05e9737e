// What happens while libtorch is fetched, as events, and one way to show them.
import { Presets, SingleBar } from 'cli-progress';

/** One thing that happened. `done` and `total` are bytes of a download, entries of an archive. */
export type Progress =
  | { stage: 'route'; route: string }
  | { stage: 'refused'; route: string; reason: string }
  | { stage: 'download' | 'unpack'; done: number; total: number }
  | { stage: 'wait'; holder: string };

export type Report = (progress: Progress) => void;

/** A listener that shows progress on `stream`: a bar on a terminal, a line for each quarter elsewhere. */
export function showProgress(stream: NodeJS.WriteStream): Report {
  let bar: SingleBar | undefined;
  let quarter = 0;
  return (progress) => {
    if (!('done' in progress)) {
      bar?.stop();
      bar = undefined;
      stream.write(`libtorch: ${sentence(progress)}\n`);
      return;
    }
    const { stage, done, total } = progress;
    if (done === 0) quarter = 0;
    if (stream.isTTY) {
      bar ??= startBar(stream, stage, total);
      bar.update(done);
      if (done < total) return;
      bar.stop();
      bar = undefined;
    } else if (Math.floor((4 * done) / total) > quarter) {
      quarter = Math.floor((4 * done) / total);
      stream.write(`libtorch: ${stage} ${25 * quarter} %\n`);
    }
  };
}

function startBar(stream: NodeJS.WriteStream, stage: string, total: number): SingleBar {
  const format = `libtorch: ${stage} {bar} {percentage} %, {eta_formatted} left`;
  const bar = new SingleBar({ stream, format, clearOnComplete: true }, Presets.shades_classic);
  bar.start(total, 0);
  return bar;
}

function sentence(progress: Exclude<Progress, { done: number }>): string {
  if (progress.stage === 'route') return `fetching from ${progress.route}`;
  if (progress.stage === 'refused') return `${progress.route} did not serve: ${progress.reason}`;
  return `process ${progress.holder} is fetching it already; waiting for that`;
}
