/** What every loss of embeddings and labels must satisfy. */

import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { columnLosses } from './loss-cases/columns.ts';
import { headCases } from './loss-cases/heads.ts';
import { listCases, unlabelled } from './loss-cases/lists.ts';
import type { LossCase } from './loss-cases/loss-case.ts';
import { pairCases } from './loss-cases/pairs.ts';
import { sentenceBatchCases } from './loss-cases/sentence-batches.ts';
import { tripletCases } from './loss-cases/triplets.ts';

const cases: readonly LossCase[] = [...tripletCases, ...pairCases, ...listCases, ...sentenceBatchCases, ...headCases];

// Not losses of one batch by themselves: bases, what wraps other losses, and what is called without labels.
const others = ['MetricLoss', 'ClassLoss', 'AngularMarginLoss', 'SelfSupervisedLoss', ...unlabelled, ...columnLosses];

const dimensions = 6;
const ids = (labels: readonly number[]) => torch.tensor(BigInt64Array.from(labels, BigInt));
const labelsOf = (rows: number) => ids(Array.from({ length: rows }, (_, i) => (i * 7) % 4));

function batch(rows: number, dtype: torch.DType = 'float64'): torch.Tensor {
  return torch.randn([rows, dimensions], { dtype });
}

/** The loss and its gradient, both shown to be finite. */
function run(lossFn: torch.losses.MetricLoss, x: torch.Tensor, labels: torch.Labels, call?: torch.losses.LossCall) {
  const leaf = x.detach().clone().requiresGrad_();
  const loss = lossFn(leaf, labels, call);
  expect(loss.shape, 'shape').to.deep.equal([]);
  expect(Number.isFinite(loss.item()), `loss ${loss.item()}`).to.equal(true);
  loss.backward();
  const gradient = leaf.grad ?? torch.zerosLike(leaf);
  expect(gradient.isfinite().all().item(), 'finite gradient').to.equal(true);
  for (const parameter of lossFn.parameters()) {
    if (parameter.grad !== null) {
      const dense = parameter.grad.isSparse ? parameter.grad.toDense() : parameter.grad;
      expect(dense.isfinite().all().item(), 'finite gradient of a parameter').to.equal(true);
      parameter.grad = null;
    }
  }
  return { loss: loss.item() as number, gradient };
}

function expectNear(actual: torch.Tensor, expected: torch.Tensor, tolerance: number, label: string): void {
  const difference = actual.double().sub(expected.double()).abs().max().item() as number;
  const scale = Math.max(1, expected.double().abs().max().item() as number);
  expect(difference, label).to.be.at.most(tolerance * scale);
}

// What similarities are multiplied by to be logits, or divided by; elsewhere the same names mean other things.
const factors = ['scale', 'softmaxScale', 'la'];
const factorsOf: Readonly<Record<string, readonly string[]>> = {
  CircleLoss: ['gamma'],
  InstanceLoss: ['gamma'],
  MultiSimilarityLoss: ['alpha', 'beta'],
  ProxyAnchorLoss: ['alpha'],
  RankedListLoss: ['Tn', 'Tp'],
};

/** Makes logits of so much; false where a loss has none. */
function sharpen(lossFn: torch.losses.MetricLoss, logit: number): boolean {
  const fields = lossFn as unknown as Record<string, number>;
  const has = (name: string) => typeof fields[name] === 'number';
  const multiplied = [...factors, ...(factorsOf[lossFn.constructor.name] ?? [])].filter(has);
  const divided = ['temperature', 'anneal'].filter(has);
  for (const name of multiplied) fields[name] = logit;
  for (const name of divided) fields[name] = 1 / logit;
  return multiplied.length + divided.length > 0;
}

/** A loss of float64, the same each time. */
function made(each: LossCase): torch.losses.MetricLoss {
  torch.manualSeed(3);
  const lossFn = each.make().double();
  torch.manualSeed(5);
  return lossFn;
}

describe('every loss', () => {
  it('has a case here', () => {
    const named = cases.map(({ name }) => name.replace(/,.*/, ''));
    const exported = Object.keys(torch.losses).filter((name) => /Loss$/.test(name) && !others.includes(name));
    expect([...new Set(named)].sort()).to.include.members(exported.sort());
  });
});

for (const each of cases) {
  describe(`loss contract: ${each.name}`, () => {
    it('is finite, and so are its gradients, for every kind of batch', () => {
      const unlike = batch(12);
      const alike = batch(1).expand([12, dimensions]).contiguous();
      const zeros = torch.zeros([12, dimensions], { dtype: 'float64' });
      const duplicates = torch.cat([batch(6), zeros.narrow(0, 0, 1), zeros.narrow(0, 0, 1)]).repeat([2, 1]);
      const distinct = ids(Array.from({ length: 12 }, (_, i) => i % 4));
      const kinds: [string, torch.Tensor, torch.Tensor][] = [
        ['random', unlike, distinct],
        ['duplicates and zeros', duplicates, labelsOf(16)],
        ['collapsed to one point', alike, distinct],
        ['collapsed to zero', zeros, distinct],
        ['opposite points', torch.cat([alike, alike.neg()]), labelsOf(24)],
        ['one class', unlike, torch.zeros([12], { dtype: 'int64' })],
        ['no positives', batch(4), ids([0, 1, 2, 3])],
        ['one row', batch(1), ids([2])],
        ['two rows of one class', batch(2), ids([2, 2])],
        ['huge', unlike.mul(1e4), distinct],
        ['tiny', unlike.mul(1e-6), distinct],
        ['25 rows', batch(25), labelsOf(25)],
        ['26 rows', batch(26), labelsOf(26)],
      ];
      for (const dtype of ['float64', 'float32'] as const) {
        for (const [kind, x, labels] of kinds) {
          const lossFn = made(each).to(dtype);
          try {
            run(lossFn, x.to(dtype), labels);
          } catch (error) {
            throw new Error(`${kind}, ${dtype}: ${(error as Error).message}`, { cause: error });
          }
        }
      }
    });

    if (sharpen(made(each), 1)) {
      it('is finite for logits of 1e2 and of 1e4', () => {
        const x = batch(12);
        const alike = batch(1).expand([12, dimensions]).contiguous();
        for (const dtype of ['float64', 'float32'] as const) {
          for (const logit of [1e2, 1e4]) {
            for (const rows of [x, alike, torch.cat([alike, alike.neg()]), x.mul(1e2)]) {
              const lossFn = made(each).to(dtype);
              sharpen(lossFn, logit);
              run(lossFn, rows.to(dtype), labelsOf(rows.shape[0] as number));
            }
          }
        }
      });
    }

    it('is 0 for an empty batch', () => {
      const { loss } = run(made(each), batch(0), ids([]));
      expect(loss).to.equal(0);
    });

    if (each.noGradcheck === undefined) {
      it('has the gradient that finite differences give', () => {
        const lossFn = made(each);
        const x = batch(9).requiresGrad_();
        const inputs = [x, ...lossFn.parameters()] as [torch.Tensor, ...torch.Tensor[]];
        const y = labelsOf(9);
        expect(
          torch.autograd.gradcheck((..._inputs: torch.Tensor[]) => lossFn(x, y), inputs, { eps: 1e-6, atol: 1e-5 }),
        ).to.equal(true);
      });
    }

    it('takes half precision and computes in float32', () => {
      for (const dtype of ['float16', 'bfloat16'] as const) {
        const lossFn = made(each).float();
        const x = batch(12, 'float32').to(dtype);
        torch.manualSeed(5);
        const half = run(lossFn, x, labelsOf(12));
        torch.manualSeed(5);
        const single = run(made(each).float(), x.float(), labelsOf(12));
        expect(half.gradient.dtype).to.equal(dtype);
        expect(half.loss).to.be.closeTo(single.loss, 1e-5 * Math.max(1, Math.abs(single.loss)));
      }
    });

    if (each.permutes !== false) {
      it('does not change with the order of rows', () => {
        const [x, y] = [batch(13), labelsOf(13)];
        const order = torch.randperm(13);
        const plain = run(made(each), x, y);
        const permuted = run(made(each), x.index([order]), y.index([order]));
        expect(permuted.loss).to.be.closeTo(plain.loss, 1e-9 * Math.max(1, Math.abs(plain.loss)));
        expectNear(permuted.gradient, plain.gradient.index([order]), 1e-9, 'gradient');
      });
    }

    if (each.rotates !== false) {
      it('does not change when all embeddings are turned', () => {
        const [x, y] = [batch(13), labelsOf(13)];
        const [rotation] = torch.linalg.qr(torch.randn([dimensions, dimensions], { dtype: 'float64' })) as [
          torch.Tensor,
          torch.Tensor,
        ];
        const plain = run(made(each), x, y);
        const turned = run(made(each), x.matmul(rotation), y);
        expect(turned.loss).to.be.closeTo(plain.loss, 1e-8 * Math.max(1, Math.abs(plain.loss)));
        expectNear(turned.gradient, plain.gradient.matmul(rotation), 1e-7, 'gradient');
      });
    }

    if (each.takesRelation !== false) {
      it('gives for a relation what it gives for the labels that it is of', () => {
        const [x, y] = [batch(12), labelsOf(12)];
        const matrix = torch.Relation.ofMatrix(y.unsqueeze(1).eq(y));
        const sets = torch.Relation.ofLabelSets(torch.nn.functional.oneHot(y, 4).to('bool'));
        const plain = run(made(each), x, y);
        for (const relation of [matrix, sets]) {
          const related = run(made(each), x, relation);
          expect(related.loss).to.be.closeTo(plain.loss, 1e-12 * Math.max(1, Math.abs(plain.loss)));
          expectNear(related.gradient, plain.gradient, 1e-12, 'gradient');
        }
      });
    }

    if (each.takesRelation !== false) {
      it('tells class ids apart that float32 would confuse', () => {
        const [x, y] = [batch(12), labelsOf(12)];
        const plain = run(made(each), x, y);
        expect(run(made(each), x, y.add(2 ** 24)).loss).to.equal(plain.loss);
      });
    }

    if (each.takesReference !== false) {
      it('takes a reference set, with a finite gradient for it', () => {
        const reference = batch(9).requiresGrad_();
        const lossFn = made(each);
        run(lossFn, batch(12), labelsOf(12), { reference, referenceLabels: labelsOf(9) });
        if (reference.grad !== null) expect(reference.grad.isfinite().all().item()).to.equal(true);
      });
    }

    it('leaves no tensors behind in a scope', () => {
      const lossFn = made(each);
      const [x, y] = [batch(12), labelsOf(12)];
      const step = () => torch.scope(() => lossFn(x, y).item());
      step();
      const before = torch.memory().tensors;
      step();
      expect(torch.memory().tensors).to.equal(before);
    });

    it('refuses what it cannot take', () => {
      const lossFn = made(each);
      const [x, y] = [batch(4), ids([0, 1, 0, 1])];
      const name = lossFn.constructor.name;
      expect(() => lossFn(x, ids([0, 1, 0]))).to.throw(torch.ShapeError, `${name}: labels must be [4]`);
      expect(() => lossFn(x, y.double())).to.throw(torch.DTypeError, `${name}: labels must be class ids`);
      expect(() => lossFn(x.long(), y)).to.throw(torch.DTypeError, `${name}: embeddings must be of a floating dtype`);
      expect(() => lossFn(x.flatten(), y)).to.throw(torch.ShapeError, `${name}: embeddings must be [N, D]`);
      expect(() => lossFn([[1]] as never, y)).to.throw(TypeError, `${name}: embeddings must be a Tensor`);
      expect(() => lossFn(x, y, { triplets: 1 } as never)).to.throw(TypeError, 'got triplets');
    });
  });
}
