import type { Experiment, Part } from './experiment.ts';

const digits = (part: Part) =>
  part.measuredOn.length === 10 ? 'all ten digits' : `digits ${part.measuredOn.join(', ')}, never seen in training`;

/** What was measured, as text for a terminal. */
export function formatTable({ seen, unseen }: Experiment): string {
  const lines = [`${''.padEnd(22)}${['P@1', 'R-precision', 'MAP@R'].map((name) => name.padStart(13)).join('')}`];
  for (const part of [seen, unseen]) {
    const images = part.measurements[0]?.accuracies.queries;
    lines.push('', `held-out images of ${digits(part)} (${images})`);
    for (const { name, accuracies } of part.measurements) {
      const { precisionAt1, rPrecision, meanAveragePrecisionAtR } = accuracies;
      const numbers = [precisionAt1, rPrecision, meanAveragePrecisionAtR].map((value) => value.toFixed(4).padStart(13));
      lines.push(`  ${name.padEnd(20)}${numbers.join('')}`);
    }
  }
  return lines.join('\n');
}
