/** The report: a table of ratios for each question. */

import type { Answer, Line } from './contest.ts';
import type { Machine } from './machine.ts';
import type { Question } from './question.ts';

const noisy = 1.2;

/** A duration in nanoseconds, or megabytes, with three significant digits. */
export function formatValue(value: number, unit: Line['unit']): string {
  if (unit === 'megabytes') return `${value.toFixed(0)} MB`;
  const [divisor, name] = value < 1e4 ? [1, 'ns'] : value < 1e6 ? [1e3, 'us'] : value < 1e9 ? [1e6, 'ms'] : [1e9, 's'];
  const scaled = value / divisor;
  return `${scaled.toFixed(name === 'ns' || scaled >= 100 ? 0 : scaled >= 10 ? 1 : 2)} ${name}`;
}

export function formatMachine(machine: Machine): string {
  const { cpu, cores, system, node, libtorch, threads } = machine;
  return `${cpu}, ${cores} cores, ${system}, Node ${node}, libtorch ${libtorch}, ${threads} thread${threads === 1 ? '' : 's'}`;
}

const heading = ['', 'against', 'ours', 'theirs', 'min', 'median', 'max', 'target', ''];

function cells(line: Line): string[] {
  const { unit, spread, target, pass } = line;
  const show = (value: number) => (line.rival === undefined ? formatValue(value, unit) : value.toFixed(2));
  return [
    line.title,
    line.rival ?? 'a limit',
    formatValue(line.ours, unit),
    line.theirs === undefined ? '' : formatValue(line.theirs, unit),
    show(spread.min),
    show(spread.median),
    show(spread.max),
    target === undefined ? '' : `<= ${line.rival === undefined ? formatValue(target, unit) : target.toFixed(2)}`,
    (pass === undefined ? '' : pass ? 'pass' : 'MISSED') + (line.noise > noisy ? ' (noisy)' : ''),
  ];
}

/** One question's table, with those who did not take part below it. */
export function formatAnswer(answer: Answer): string {
  const table = [heading, ...answer.lines.map(cells)];
  const widths = heading.map((_, column) => Math.max(...table.map((row) => (row[column] as string).length)));
  const rows = table.map((row) =>
    row
      .map((cell, column) =>
        column < 2 ? cell.padEnd(widths[column] as number) : cell.padStart(widths[column] as number),
      )
      .join('  ')
      .trimEnd(),
  );
  const notes = [
    ...Object.entries(answer.skipped).map(([contestant, reason]) => `skipped ${contestant}: ${reason}`),
    ...answer.disagreements.map((what) => `DIFFERENT WORK, ${what}`),
  ];
  const lines = [`${answer.name}: ${answer.asks}`, ...(answer.lines.length > 0 ? rows : []), ...notes];
  return lines.map((line, i) => (i === 0 ? line : `  ${line}`)).join('\n');
}

/** What keeps a run from being a success: missed targets, targets that nobody measured, different work. */
export function failures(answers: readonly Answer[], questions: readonly Question[]): string[] {
  return answers.flatMap((answer) => {
    const missed = answer.lines.filter(({ pass }) => pass === false);
    const asked = questions.find(({ name }) => name === answer.name)?.comparisons ?? [];
    const targets = asked.flatMap(({ limit, rivals }) => [limit, ...Object.values(rivals).map(({ target }) => target)]);
    const unmeasured =
      targets.filter((target) => target !== undefined).length -
      answer.lines.filter(({ target }) => target !== undefined).length;
    return [
      ...missed.map(({ title, rival }) => `${answer.name}: ${title} against ${rival ?? 'its limit'} missed its target`),
      ...(unmeasured > 0 ? [`${answer.name}: ${unmeasured} of its targets could not be measured`] : []),
      ...answer.disagreements.map((what) => `${answer.name}: different work, ${what}`),
    ];
  });
}
