/**
 * Every optimizer in PyTorch's own database: for each of its inputs, variants (all parameters together, one by one, fused,
 * sparse gradients, groups, names) and dtypes, ten steps give Python's parameters bit for bit, the state dict is Python's,
 * and each side goes on where the other stopped.
 */

import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { type Exceptional, expectExcept, expectFew, type Failure } from './exceptions.ts';
import { compareError, compareOptimizer, type OptimCase, type OptimError, type Resumed } from './optim-case.ts';
import { usePython } from './oracle.ts';

const optimizers =
  `Adadelta Adafactor Adagrad Adam Adamax AdamW ASGD LBFGS Muon NAdam RAdam RMSprop Rprop SGD SparseAdam`.split(' ');

const exceptions: Readonly<Record<string, Exceptional>> = {};

describe("every optimizer of PyTorch's database", () => {
  const python = usePython();
  const folder = fileURLToPath(new URL('.', import.meta.url));
  const run = (code: string, inputs = {}) =>
    python.run(`import sys\nif _folder not in sys.path: sys.path.insert(0, _folder)\nimport optim_db as _db\n${code}`, {
      _folder: folder,
      ...inputs,
    });

  it('is among those that are compared here', async function () {
    this.timeout(120_000);
    const { names } = await run('names = _db.names()');
    expect([...optimizers].sort()).to.deep.equal([...(names as string[])].sort());
  });

  it('has few exceptions', () => {
    expectFew(exceptions, optimizers);
  });

  for (const name of optimizers) {
    it(name, async function () {
      this.timeout(240_000);
      const failures: Failure[] = [];
      const attempt = <R>(where: string, body: () => R): R | undefined => {
        try {
          return torch.scope(body);
        } catch (error) {
          failures.push({ where, what: (error as Error).message });
          return undefined;
        }
      };
      const { variants } = await run('variants = _db.variants(_name)', { _name: name });
      for (const [variant, dtype, number] of variants as [string, string, number][]) {
        const inputs = { _name: name, _variant: variant, _dtype: dtype, _number: number };
        const { theirs } = await run('theirs = _db.case(_name, _variant, _dtype, _number)', inputs);
        const found = theirs as unknown as OptimCase;
        const place = `${variant} ${dtype} input ${number} (${found.description})`;
        const left = attempt(place, () => compareOptimizer(name, variant, found));
        if (left === undefined) continue;
        const code = 'on = _db.resumed(_name, _variant, _dtype, _number, _parameters, _state)';
        const { on } = await run(code, { ...inputs, _parameters: left.parameters, _state: left.state });
        attempt(`${place}: Python goes on from our state`, () => {
          expect((on as unknown as Resumed).steps).to.deep.equal(found.resumed?.steps);
        });
      }
      for (const dtype of ['float32', 'float64']) {
        const { errors } = await run('errors = _db.errors(_name, _dtype)', { _name: name, _dtype: dtype });
        for (const each of errors as unknown as OptimError[]) {
          attempt(`${dtype} error (${each.description})`, () => compareError(name, each));
        }
      }
      expectExcept(exceptions[name], failures);
    });
  }
});
