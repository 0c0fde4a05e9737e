import { expect } from 'chai';
import { readCommandLine } from '../../bench/command-line.ts';
import { questions } from '../../bench/questions.ts';

const read = (...args: string[]) => readCommandLine(args, questions);
const names = (...args: string[]) => read(...args).questions.map(({ name }) => name);

describe('bench: the command line', () => {
  it('asks everything, five times, unless told otherwise', () => {
    const wishes = read();
    expect(wishes).to.deep.equal({ questions, trials: 5, json: undefined, check: false, help: false });
  });

  it('takes the beginnings of names, in the order of the table', () => {
    expect(names('--only', 'textbook,operator')).to.deep.equal(['operator-call', 'textbook-step']);
    expect(names('--only=memory')).to.deep.equal(['memory']);
  });

  it('takes trials, a file and --check', () => {
    const { trials, json, check } = read('--trials', '7', '--json', 'out.json', '--check');
    expect({ trials, json, check }).to.deep.equal({ trials: 7, json: 'out.json', check: true });
  });

  it('says what is wrong with a question that is not there', () => {
    expect(() => read('--only', 'operator,speed')).to.throw(
      /--only must name questions \(operator-call, .*got 'speed'/,
    );
    expect(() => read('--only', 'operator,')).to.throw("got ''");
  });

  for (const wrong of ['0', '-1', '1.5', 'many', '']) {
    it(`refuses --trials '${wrong}'`, () => {
      expect(() => read(`--trials=${wrong}`)).to.throw(`--trials must be a positive integer, got '${wrong}'`);
    });
  }

  it('refuses options that it does not know', () => {
    expect(() => read('--tirals', '3')).to.throw('--tirals');
    expect(() => read('operator')).to.throw('operator');
  });
});
