import { expect } from 'chai';
import { judge } from '../../bench/contest.ts';
import type { Question } from '../../bench/question.ts';
import { failures, formatAnswer, formatMachine, formatValue } from '../../bench/report.ts';
import type { Trial } from '../../bench/trial.ts';

const question: Question = {
  name: 'step',
  asks: 'What does a step cost?',
  rivals: ['python', 'cpp'],
  comparisons: [
    {
      title: 'a step',
      ours: 'step',
      unit: 'time',
      rivals: { python: { row: 'step', target: 0.6 }, cpp: { row: 'step' } },
    },
    { title: 'peak', ours: 'peak', unit: 'megabytes', limit: 400, rivals: {} },
  ],
};

function trial(step: number, peak: number, loss: number, noise = 1): Trial {
  return {
    rows: { step: { best: step, median: step * noise }, peak: { best: peak, median: peak } },
    numbers: { loss },
  };
}

const ours = [trial(50_000, 300, 0.25), trial(60_000, 410, 0.25), trial(55_000, 350, 0.25)];
const slow = [trial(100_000, 0.1, 0.25), trial(110_000, 0.1, 0.25), trial(100_000, 0.1, 0.25)];

describe('bench: judging trials', () => {
  it('compares trial by trial and judges the median', () => {
    const { lines } = judge(question, 3, { ours, python: slow }, { cpp: 'g++ does not run' });
    expect(lines.map(({ title, rival, pass }) => ({ title, rival, pass }))).to.deep.equal([
      { title: 'a step', rival: 'python', pass: true },
      { title: 'peak', rival: undefined, pass: true },
    ]);
    expect(lines[0]?.values).to.deep.equal([0.5, 60 / 110, 0.55]);
    expect(lines[0]?.spread).to.deep.equal({ min: 0.5, median: 60 / 110, max: 0.55 });
    expect(lines[1]?.spread).to.deep.equal({ min: 300, median: 350, max: 410 });
  });

  it('misses a target that the median exceeds', () => {
    const fast = slow.map((_, i) => trial(80_000 + i, 0.1, 0.25));
    const answer = judge(question, 3, { ours, python: fast }, {});
    expect(answer.lines[0]?.pass).to.equal(false);
    expect(failures([answer], [question])).to.deep.equal(['step: a step against python missed its target']);
    expect(formatAnswer(answer)).to.match(/python .* <= 0\.60 +MISSED/);
  });

  it('counts targets that nobody could measure as failures', () => {
    const answer = judge(question, 3, { ours }, { python: 'python3 has no torch' });
    expect(failures([answer], [question])).to.deep.equal(['step: 1 of its targets could not be measured']);
    const nothing = judge(question, 3, {}, { ours: 'it crashed' });
    expect(failures([nothing], [question])).to.deep.equal(['step: 2 of its targets could not be measured']);
    expect(formatAnswer(nothing)).to.contain('skipped ours: it crashed');
  });

  it('does not accept a ratio of different work', () => {
    const other = slow.map(() => trial(100_000, 0.1, 0.26));
    const answer = judge(question, 3, { ours, python: other }, {});
    expect(answer.disagreements).to.deep.equal(['loss: ours 0.25, python 0.26']);
    expect(formatAnswer(answer)).to.contain('DIFFERENT WORK, loss');
    expect(failures([answer], [question])).to.include('step: different work, loss: ours 0.25, python 0.26');
  });

  it('says when a machine was too busy to trust', () => {
    const disturbed = slow.map(() => trial(100_000, 0.1, 0.25, 1.5));
    expect(formatAnswer(judge(question, 3, { ours, python: disturbed }, {}))).to.contain('pass (noisy)');
    expect(formatAnswer(judge(question, 3, { ours, python: slow }, {}))).not.to.contain('noisy');
  });

  it('names the rows there are when a program did not print one', () => {
    const [first] = slow as [Trial];
    const without = { ...first, rows: { stride: { best: 1, median: 1 } } };
    expect(() => judge(question, 1, { ours: ours.slice(0, 1), python: [without] }, {})).to.throw(
      "no row 'step' was measured, only stride",
    );
  });
});

describe('bench: the report', () => {
  it('shows min, median and max under their headings', () => {
    const [title, heading, row] = formatAnswer(judge(question, 3, { ours, python: slow }, {})).split('\n') as [
      string,
      string,
      string,
    ];
    expect(title).to.equal('step: What does a step cost?');
    const columns = heading.trim().split(/ {2,}/);
    expect(columns).to.deep.equal(['against', 'ours', 'theirs', 'min', 'median', 'max', 'target']);
    expect(row.trim().split(/ {2,}/)).to.deep.equal([
      'a step',
      'python',
      '55.0 us',
      '100 us',
      '0.50',
      '0.55',
      '0.55',
      '<= 0.60',
      'pass',
    ]);
  });

  it('writes durations with three digits', () => {
    expect([551.4, 55_000, 123_456, 2_345_678, 2.61e9].map((value) => formatValue(value, 'time'))).to.deep.equal([
      '551 ns',
      '55.0 us',
      '123 us',
      '2.35 ms',
      '2.61 s',
    ]);
    expect(formatValue(396.6, 'megabytes')).to.equal('397 MB');
  });

  it('names the machine once', () => {
    const machine = { cpu: 'A chip', cores: 2, system: 'linux x64', node: 'v20.1.0', libtorch: '2.13.0', threads: 1 };
    expect(formatMachine(machine)).to.equal('A chip, 2 cores, linux x64, Node v20.1.0, libtorch 2.13.0, 1 thread');
  });
});
