/** Runs the benchmarks: `npm run bench -- --help` says how. */

import { writeFileSync } from 'node:fs';
import { readCommandLine, usage, type Wishes } from './command-line.ts';
import { type Answer, hold } from './contest.ts';
import { busyness, describeMachine } from './machine.ts';
import { compileLibrary } from './programs.ts';
import { questions } from './questions.ts';
import { failures, formatAnswer, formatMachine } from './report.ts';

function readWishes(): Wishes {
  try {
    return readCommandLine(process.argv.slice(2), questions);
  } catch (error) {
    console.error(`bench: ${(error as Error).message}\n\n${usage}`);
    process.exit(2);
  }
}

/** One line that is written over on a terminal, lines elsewhere. */
function showProgress(step: string): void {
  process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${step}` : `${step}\n`);
}

function clearProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
}

function warn(message: string): void {
  clearProgress();
  console.error(`bench: ${message}`);
}

async function main(wishes: Wishes): Promise<void> {
  const machine = describeMachine();
  console.log(`${formatMachine(machine)}\n`);
  const busy = busyness();
  if (busy !== undefined) warn(`the machine is busy: ${busy}; ratios of this run may mislead`);
  showProgress('compiling dist/');
  await compileLibrary();
  const answers: Answer[] = [];
  for (const question of wishes.questions) {
    const trials = Math.min(wishes.trials, question.mostTrials ?? wishes.trials);
    const answer = await hold(question, trials, (step) => showProgress(`${question.name}: ${step}`));
    clearProgress();
    console.log(`${formatAnswer(answer)}\n`);
    answers.push(answer);
  }
  const failed = failures(answers, wishes.questions);
  for (const failure of failed) console.log(failure);
  if (wishes.json !== undefined) {
    writeFileSync(wishes.json, `${JSON.stringify({ machine, busy, answers, failures: failed }, null, 2)}\n`);
  }
  if (wishes.check && failed.length > 0) process.exitCode = 1;
}

const wishes = readWishes();
if (wishes.help) console.log(usage);
else await main(wishes);
