import { expect } from 'chai';
import type { DType, Tensor } from '../../lib/index.ts';
import {
  compareRow,
  dtypes,
  type Family,
  makeInputs,
  operatorOf,
  type PythonOutcome,
  pythonRunner,
} from './operators.ts';
import { activations } from './operators-activations.ts';
import { comparison } from './operators-comparison.ts';
import { convolution } from './operators-convolution.ts';
import { creation } from './operators-creation.ts';
import { fft } from './operators-fft.ts';
import { foreach } from './operators-foreach.ts';
import { indexing } from './operators-indexing.ts';
import { linearAlgebra } from './operators-linear-algebra.ts';
import { losses } from './operators-losses.ts';
import { normalisation } from './operators-normalisation.ts';
import { pointwise } from './operators-pointwise.ts';
import { pooling } from './operators-pooling.ts';
import { random } from './operators-random.ts';
import { reductions } from './operators-reductions.ts';
import { shape } from './operators-shape.ts';
import { sorting } from './operators-sorting.ts';
import { special } from './operators-special.ts';
import { unary } from './operators-unary.ts';
import { usePython } from './oracle.ts';

const families: readonly Family[] = [
  pointwise,
  unary,
  comparison,
  reductions,
  shape,
  linearAlgebra,
  indexing,
  sorting,
  activations,
  normalisation,
  convolution,
  pooling,
  losses,
  fft,
  special,
  random,
  creation,
  foreach,
];

describe('operators beside Python', () => {
  const python = usePython();

  for (const family of families) {
    describe(family.name, () => {
      const expected = new Map<DType, readonly PythonOutcome[]>();
      const inputs = new Map<DType, Record<string, Tensor>>();

      before(async function () {
        this.timeout(120_000);
        for (const dtype of dtypes) {
          const given = makeInputs(family, dtype);
          const sources = family.rows.map(([source, , settings]) => [source, settings?.gradients ?? true]);
          const { results } = await python.run(pythonRunner, { given, sources });
          inputs.set(dtype, given);
          expected.set(dtype, results as unknown as PythonOutcome[]);
        }
      });

      family.rows.forEach((row, i) => {
        it(row[0], () => {
          const tested = row[2]?.dtypes ?? dtypes;
          const accepted = tested.filter((dtype) => {
            const outcome = expected.get(dtype)?.[i];
            if (outcome === undefined) throw new Error(`Python ran nothing for ${dtype}`);
            return compareRow(row, inputs.get(dtype) ?? {}, dtype, outcome);
          });
          if (row[2]?.refused === true) expect(accepted, 'dtypes that Python accepts').to.deep.equal([]);
          else expect(accepted, 'dtypes that Python accepts').to.not.deep.equal([]);
        });
      });
    });
  }

  it('covers more than 600 operators', () => {
    const operators = new Set(families.flatMap(({ rows }) => rows.flatMap((row) => operatorOf(row) ?? [])));
    expect(operators.size).to.be.greaterThan(600);
  });

  it('runs no row twice', () => {
    for (const { name, rows } of families) {
      const sources = rows.map(([source]) => source);
      expect(
        sources.filter((source, i) => sources.indexOf(source) !== i),
        name,
      ).to.deep.equal([]);
    }
  });
});
