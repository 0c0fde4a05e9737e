import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

const { VerificationCurve, VerificationThreshold, scoreAllPairs, scorePairs } = torch.evaluation;

const bools = (values: readonly boolean[]) => torch.tensor(values as boolean[]);

/** Every distinct threshold, by counting. Small scores are near. */
function counted(scores: readonly number[], same: readonly boolean[]) {
  const genuine = same.filter(Boolean).length;
  const impostors = same.length - genuine;
  const thresholds = [Number.NEGATIVE_INFINITY, ...[...new Set(scores)].sort((a, b) => a - b)];
  return thresholds.map((threshold) => {
    const accepted = scores.filter((score, i) => same[i] && score <= threshold).length;
    const falsely = scores.filter((score, i) => !same[i] && score <= threshold).length;
    return {
      threshold,
      far: falsely / impostors,
      tar: accepted / genuine,
      accuracy: (accepted + impostors - falsely) / same.length,
      balancedAccuracy: (accepted / genuine + 1 - falsely / impostors) / 2,
      f1: (2 * accepted) / (accepted + falsely + genuine),
    };
  });
}

describe('VerificationCurve', () => {
  beforeEach(() => torch.manualSeed(0));

  const sets: Record<string, () => { scores: torch.Tensor; same: torch.Tensor }> = {
    'without ties': () => {
      const same = torch.rand([200]).lt(0.3);
      return { scores: torch.randn([200]).double().sub(same.double()), same };
    },
    'with many ties': () => {
      const same = torch.rand([200]).lt(0.3);
      return { scores: torch.randint(0, 12, [200]).double().sub(same.double().mul(3)), same };
    },
    'of float32': () => {
      const same = torch.rand([100]).lt(0.5);
      return { scores: torch.randn([100]).sub(same.float().mul(2)), same };
    },
    'that are all equal': () => ({ scores: torch.ones([10]), same: torch.arange(10).lt(4) }),
    'with infinite ones': () => ({
      scores: torch.tensor([0, 1, 2, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]),
      same: bools([true, false, true, true, false]),
    }),
    'that are told apart': () => ({ scores: torch.arange(10).double(), same: torch.arange(10).lt(4) }),
    'that are the wrong way round': () => ({ scores: torch.arange(10).double(), same: torch.arange(10).ge(4) }),
  };

  for (const [name, make] of Object.entries(sets)) {
    for (const similarity of [false, true]) {
      it(`counts what thresholds accept, scores ${name}, similarity: ${similarity}`, () => {
        const { scores, same } = make();
        const curve = VerificationCurve.ofScores(similarity ? scores.neg() : scores, same, { similarity });
        const [values, kinds] = [scores.tolist() as number[], same.tolist() as boolean[]];
        const points = counted(values, kinds);

        // Corners are points, and every point is a corner or lies straight between two.
        const roc = curve.roc();
        const after = points.findIndex(({ far, tar }) => far >= 1 - tar - 1e-12);
        const corners = points.filter(({ far, tar }, i) => {
          if (i === 0 || i === points.length - 1 || i === after - 1 || i === after) return true;
          const [before, behind] = [points[i - 1]!, points[i + 1]!];
          return !((before.far === far && behind.far === far) || (before.tar === tar && behind.tar === tar));
        });
        const turned = (value: number) => (similarity ? -value : value);
        expect([...roc.thresholds]).to.deep.equal(corners.map(({ threshold }) => turned(threshold)));
        expect([...roc.falseAcceptRate]).to.deep.equal(corners.map(({ far }) => far));
        expect([...roc.trueAcceptRate]).to.deep.equal(corners.map(({ tar }) => tar));

        let order = 0;
        values.forEach((a, i) => {
          values.forEach((b, j) => {
            if (kinds[i] && !kinds[j]) order += a < b ? 1 : a === b ? 0.5 : 0;
          });
        });
        expect(curve.areaUnderCurve).to.be.closeTo(order / curve.genuine / curve.impostors, 1e-12);

        for (const rate of [0, 0.001, 0.1, 0.25, 0.5, 1]) {
          const best = Math.max(...points.filter(({ far }) => far <= rate).map(({ tar }) => tar));
          expect(curve.tarAtFar(rate), `TAR at ${rate}`).to.equal(best);
          expect(curve.fnmrAtFmr(rate), `FNMR at ${rate}`).to.be.closeTo(1 - best, 1e-12);
          const threshold = curve.threshold({ falseAcceptRate: rate });
          const measured = threshold.measure(similarity ? scores.neg() : scores, same);
          expect(measured.recall).to.equal(best);
          expect(measured.falseAcceptRate).to.be.at.most(rate);
        }

        for (const criterion of ['accuracy', 'balancedAccuracy', 'f1'] as const) {
          const best = Math.max(...points.map((point) => point[criterion]));
          const measured = curve.threshold(criterion).measure(similarity ? scores.neg() : scores, same);
          expect(measured[criterion], criterion).to.be.closeTo(best, 1e-12);
        }

        // The rate where the polyline crosses far = 1 - tar.
        const [p, q] = [points[after - 1]!, points[after]!];
        const t = (1 - p.tar - p.far) / (q.far - p.far + q.tar - p.tar);
        expect(curve.equalErrorRate).to.be.closeTo(p.far + t * (q.far - p.far), 1e-12);
        const equal = curve.threshold('equal error').measure(similarity ? scores.neg() : scores, same);
        const gaps = points.map(({ far, tar }) => Math.abs(far - 1 + tar));
        expect(Math.abs(equal.falseAcceptRate - equal.falseRejectRate)).to.be.closeTo(Math.min(...gaps), 1e-12);
      });
    }
  }

  it('keeps few points of many pairs', () => {
    const same = torch.arange(100_000).lt(50);
    const curve = VerificationCurve.ofScores(torch.randn([100_000]), same);
    expect(curve.roc().thresholds.length).to.be.within(50, 104);
  });

  it('chooses a threshold halfway between pairs, that JSON keeps, for new data', () => {
    const curve = VerificationCurve.ofScores(torch.tensor([1, 2, 4, 7]), bools([true, true, false, false]));
    const threshold = curve.threshold('accuracy');
    expect(threshold.value).to.equal(3);
    const kept = new VerificationThreshold(JSON.parse(JSON.stringify(threshold)));
    expect(kept.accepts(torch.tensor([2.5, 3, 3.5])).tolist()).to.deep.equal([true, true, false]);
    expect(kept.measure(torch.tensor([0, 5, 1, 9]), bools([true, true, false, false]))).to.deep.equal({
      accuracy: 0.5,
      balancedAccuracy: 0.5,
      precision: 0.5,
      recall: 0.5,
      f1: 0.5,
      falseAcceptRate: 0.5,
      falseRejectRate: 0.5,
    });
  });

  it('chooses a number that accepts nothing where nothing may be accepted', () => {
    for (const nearest of [0, 1, -1, 5e-324, 1e300]) {
      const scores = torch.tensor(Float64Array.of(nearest, 2e300, 3e300));
      const same = bools([false, true, false]);
      for (const similarity of [false, true]) {
        const given = similarity ? scores.neg() : scores;
        const threshold = VerificationCurve.ofScores(given, same, { similarity }).threshold({ falseAcceptRate: 0 });
        const kept = new VerificationThreshold(JSON.parse(JSON.stringify(threshold)));
        expect(kept.accepts(given).any().item()).to.equal(false);
        expect(
          kept
            .accepts(given.sub(similarity ? -1e300 : 1e300))
            .any()
            .item(),
        ).to.equal(true);
      }
    }
    expect(() => new VerificationThreshold(JSON.parse('{ "value": null, "similarity": false }'))).to.throw(
      TypeError,
      'VerificationThreshold: value must be a number, got null',
    );
  });

  it('chooses between neighbouring numbers', () => {
    const [a, b] = [1, 1 + 2 ** -23];
    for (const similarity of [false, true]) {
      const scores = torch.tensor(similarity ? [b, a] : [a, b]);
      const same = bools([true, false]);
      const threshold = VerificationCurve.ofScores(scores, same, { similarity }).threshold('accuracy');
      expect(threshold.accepts(scores).tolist()).to.deep.equal([true, false]);
    }
  });

  it('refuses what has no curve', () => {
    const scores = torch.tensor([1, 2]);
    expect(() => VerificationCurve.ofScores(scores, bools([true, true]))).to.throw(
      RangeError,
      'VerificationCurve: pairs must be of both kinds, got no impostor pair among 2',
    );
    expect(() => VerificationCurve.ofScores(torch.tensor([1, Number.NaN]), bools([true, false]))).to.throw(
      RangeError,
      'scores must be numbers, got NaN',
    );
    expect(() => VerificationCurve.ofScores(scores, torch.ones([2]))).to.throw(torch.DTypeError, 'same must be bool');
    expect(() => VerificationCurve.ofScores(scores, bools([true]))).to.throw(torch.ShapeError, 'same must be [2]');
    const curve = VerificationCurve.ofScores(scores, bools([true, false]));
    expect(() => curve.tarAtFar(1.5)).to.throw(RangeError, 'a rate must be from 0 to 1, got 1.5');
    expect(() => curve.threshold('best' as never)).to.throw(RangeError, 'criterion must be');
  });
});

describe('scores of pairs', () => {
  beforeEach(() => torch.manualSeed(0));

  const listed = ({ scores, same }: torch.evaluation.PairScores) => {
    const kinds = same.tolist() as boolean[];
    return (scores.tolist() as number[]).map((score, i) => `${score.toFixed(9)} ${kinds[i]}`).sort();
  };

  it('are of every two rows once', () => {
    const points = torch.randn([30, 4], { dtype: 'float64' });
    const labels = torch.randint(0, 4, [30]);
    const [x, of] = [points.tolist() as number[][], labels.tolist() as number[]];
    const expected: string[] = [];
    for (let i = 0; i < 30; i++) {
      for (let j = i + 1; j < 30; j++) {
        const distance = Math.hypot(...x[i]!.map((value, d) => value - x[j]![d]!));
        expected.push(`${distance.toFixed(9)} ${of[i] === of[j]}`);
      }
    }
    const all = scoreAllPairs(points, labels);
    expect(all.similarity).to.equal(false);
    expect(listed(all)).to.deep.equal(expected.sort());
    // A relation has each pair twice, which no rate can tell.
    const relation = scoreAllPairs(points, torch.Relation.ofLabels(labels));
    expect(relation.scores.numel()).to.equal(2 * expected.length);
    const [curve, twice] = [all, relation].map(({ scores, same }) => VerificationCurve.ofScores(scores, same));
    expect(twice!.areaUnderCurve).to.be.closeTo(curve!.areaUnderCurve, 1e-12);
    expect(torch.evaluation.VerificationCurve.ofEmbeddings(points, labels).roc()).to.deep.equal(curve!.roc());
  });

  it('are the same of pairs that are named', () => {
    const [points, reference] = [torch.randn([20, 4]).double(), torch.randn([9, 4]).double()];
    const [labels, referenceLabels] = [torch.randint(0, 3, [20]), torch.randint(0, 3, [9])];
    const distance = new torch.distances.CosineSimilarity();
    const block = torch.Relation.ofLabels(labels, referenceLabels).block();
    const [positiveAnchor, positive] = block.positives.nonzero().unbind(1) as [torch.Tensor, torch.Tensor];
    const [negativeAnchor, negative] = block.negatives.nonzero().unbind(1) as [torch.Tensor, torch.Tensor];
    const pairs = { positiveAnchor, positive, negativeAnchor, negative };
    const named = scorePairs(points, pairs, { reference, distance });
    expect(named.similarity).to.equal(true);
    expect(listed(named)).to.deep.equal(
      listed(scoreAllPairs(points, labels, { reference, referenceLabels, distance })),
    );
    const curve = VerificationCurve.ofPairs(points, pairs, { reference, distance });
    expect(curve.genuine + curve.impostors).to.equal(180);
    expect(curve.similarity).to.equal(true);
  });

  it('leave no tensors behind', () => {
    const [points, labels] = [torch.randn([30, 4]), torch.randint(0, 3, [30])];
    globalThis.gc?.(); // what earlier tests left
    const before = torch.memory().tensors;
    const threshold = VerificationCurve.ofEmbeddings(points, labels).threshold('f1');
    expect(torch.memory().tensors).to.equal(before);
    expect(threshold.value).to.be.greaterThan(0);
  });
});
