/** The batch triplet losses and the losses of columns against loops over plain numbers, and at their edges. */

import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

const losses = torch.losses;
const { AngleSimilarity, CosineDistance, CosineSimilarity, LpDistance } = torch.distances;
const ids = (labels: readonly number[]) => torch.tensor(BigInt64Array.from(labels, BigInt));
const mean = (values: readonly number[]) =>
  values.length === 0 ? 0 : values.reduce((a, b) => a + b, 0) / values.length;
const points = (...xs: number[]) =>
  torch.tensor(
    xs.map((x) => [x, 0]),
    { dtype: 'float64' },
  );

type Triple = [positive: number, negative: number];

/** Distances of positives and of negatives of each anchor. */
interface Row {
  readonly near: number[];
  readonly far: number[];
}

/** What each rule makes of distances, written from its description. */
const rules: Record<string, (rows: readonly Row[], margin: number) => number> = {
  tfa: (rows, margin) =>
    hinges(
      rows.flatMap(({ near, far }) =>
        far.length === 0 ? [] : near.map((p): Triple => [p, least(far.filter((n) => n > p)) ?? Math.max(...far)]),
      ),
      margin,
    ),
  pml: (rows, margin) =>
    hinges(
      rows.flatMap(({ near, far }) =>
        near.flatMap((p) => far.filter((n) => n - p > 0 && n - p <= margin).map((n): Triple => [p, n])),
      ),
      margin,
    ),
  'pml-easy-hard': (rows, margin) =>
    hinges(
      rows.flatMap(({ near, far }): Triple[] => {
        const p = least(near);
        const n = p === undefined ? undefined : least(far.filter((each) => each > p));
        return p === undefined || n === undefined ? [] : [[p, n]];
      }),
      margin,
    ),
  'tf-similarity': (rows, margin) =>
    hinges(
      rows.flatMap(({ near, far }): Triple[] => {
        if (near.length === 0 || far.length === 0) return [];
        const p = Math.max(...near);
        return [[p, least(far.filter((n) => n > p)) ?? Math.max(...far)]];
      }),
      margin,
    ),
};

function least(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : Math.min(...values);
}

function hinges(triples: readonly Triple[], margin: number): number {
  return mean(triples.map(([p, n]) => Math.max(0, p - n + margin)));
}

describe('batch triplet losses', () => {
  const labels = [0, 1, 2, 0, 1, 2, 0, 0, 3, 1, 2, 2];
  const referenceLabels = [1, 0, 2, 4, 0, 1];
  const raw = new LpDistance({ normalizeEmbeddings: false });
  let x: torch.Tensor;
  let reference: torch.Tensor;

  beforeEach(() => {
    torch.manualSeed(21);
    x = torch.randn([12, 3], { dtype: 'float64' });
    reference = torch.randn([6, 3], { dtype: 'float64' });
  });

  function rowsOf(distances: torch.Tensor, classes: readonly number[], isSelf: boolean): Row[] {
    return (distances.tolist() as number[][]).map((row, i) => {
      const where = (related: boolean) =>
        row.filter((_, j) => (classes[j] === labels[i]) === related && !(isSelf && i === j));
      return { near: where(true), far: where(false) };
    });
  }

  for (const [rule, formula] of Object.entries(rules)) {
    for (const margin of [0.4, 2]) {
      it(`BatchSemiHardTripletLoss by ${rule} is its description, margin ${margin}`, () => {
        const lossFn = new losses.BatchSemiHardTripletLoss({ margin, rule: rule as 'tfa' });
        const own = formula(rowsOf(raw.matrix(x), labels, true), margin);
        expect(own, 'a loss to compare').to.be.greaterThan(0);
        expect(lossFn(x, ids(labels)).item()).to.be.closeTo(own, 1e-12);
        const other = formula(rowsOf(raw.matrix(x, reference), referenceLabels, false), margin);
        const call = { reference, referenceLabels: ids(referenceLabels) };
        expect(lossFn(x, ids(labels), call).item()).to.be.closeTo(other, 1e-12);
      });
    }
  }

  it('BatchSemiHardTripletLoss by quaterion is its description', () => {
    for (const [candidates, classes] of [
      [undefined, labels],
      [reference, referenceLabels],
    ] as const) {
      const rows = rowsOf(raw.matrix(x, candidates), classes, candidates === undefined);
      const near = [...rows.flatMap((row) => row.near), ...(candidates === undefined ? labels.map(() => 0) : [])];
      const far = rows.flatMap((row) => row.far);
      for (const margin of [0.4, 2, 10]) {
        const expected = mean(near.flatMap((p) => far.map((n) => Math.min(margin, Math.max(0, p - n + margin)))));
        const lossFn = new losses.BatchSemiHardTripletLoss({ margin, rule: 'quaterion' });
        const call = candidates === undefined ? {} : { reference, referenceLabels: ids(referenceLabels) };
        expect(lossFn(x, ids(labels), call).item()).to.be.closeTo(expected, 1e-12);
      }
    }
  });

  it('the rules differ on five points of a line', () => {
    // Anchor 0 has positives at 1 and 3, negatives at 2 and 10.
    const line = points(0, 1, 3, 2, 10);
    const y = ids([0, 0, 0, 1, 2]);
    const gaps = (rule: 'tfa' | 'pml' | 'pml-easy-hard' | 'tf-similarity') => {
      const [part] = new losses.BatchSemiHardTripletLoss({ margin: 100, rule }).unreduced(line, y);
      const { anchor, positive, negative } = (part as { indices: torch.miners.Triplets }).indices;
      const all = torch.stack([anchor, positive, negative], 1).tolist() as number[][];
      return all.filter(([a]) => Number(a) === 0).map((each) => each.slice(1).map(Number));
    };
    expect(gaps('tfa')).to.deep.equal([
      [1, 3],
      [2, 4],
    ]);
    expect(gaps('pml')).to.deep.equal([
      [1, 3],
      [1, 4],
      [2, 4],
    ]);
    expect(gaps('pml-easy-hard')).to.deep.equal([[1, 3]]);
    expect(gaps('tf-similarity')).to.deep.equal([[2, 4]]);
  });

  it('a negative as far as the positive is not semi-hard', () => {
    const line = points(0, 1, -1, 2);
    const y = ids([0, 0, 1, 1]);
    const [part] = new losses.BatchSemiHardTripletLoss({ rule: 'tfa' }).unreduced(line, y);
    const { anchor, negative } = (part as { indices: torch.miners.Triplets }).indices;
    expect(negative.index([anchor.eq(0)]).tolist()).to.deep.equal([3]);
  });

  it('BatchHardTripletLoss takes the farthest positive and the nearest negative of each anchor', () => {
    const line = points(0, 1, 3, 2, 10);
    const y = ids([0, 0, 0, 1, 2]);
    const lossFn = new losses.BatchHardTripletLoss({ margin: 0.5 });
    const [part] = lossFn.unreduced(line, y);
    // 0: 3 - 2; 1: 2 - 1; 2: 3 - 1; the others have no positive.
    expect(part!.values.tolist()).to.deep.equal([1.5, 1.5, 2.5]);
    const [all] = new losses.BatchHardTripletLoss({ margin: 0.5, definition: 'sentence-transformers' }).unreduced(
      line,
      y,
    );
    expect(all!.values.tolist()).to.deep.equal([1.5, 1.5, 2.5, 0, 0]);
    const [soft] = new losses.BatchHardSoftMarginTripletLoss().unreduced(line, y);
    const expected = [1, 1, 2].map((gap) => Math.log(1 + Math.exp(gap)));
    (soft!.values.tolist() as number[]).forEach((value, i) => {
      expect(value).to.be.closeTo(expected[i]!, 1e-12);
    });
  });

  it('all of them look at the pairs that a miner left', () => {
    const tuples = { anchor: ids([0, 0]), positive: ids([3, 6]), negative: ids([1, 2]) };
    const d = raw.matrix(x).tolist() as number[][];
    const [p, n] = [Math.max(d[0]![3]!, d[0]![6]!), Math.min(d[0]![1]!, d[0]![2]!)];
    const hard = new losses.BatchHardTripletLoss()(x, ids(labels), { tuples });
    expect(hard.item()).to.be.closeTo(Math.max(0, p - n + 5), 1e-12);
    const all = new losses.BatchAllTripletLoss()(x, ids(labels), { tuples });
    const expected = mean([d[0]![3]! - d[0]![1]! + 5, d[0]![6]! - d[0]![2]! + 5]);
    expect(all.item()).to.be.closeTo(expected, 1e-12);
  });

  it('refuse other rules and definitions', () => {
    expect(() => new losses.BatchSemiHardTripletLoss({ rule: 'facenet' as never })).to.throw(
      RangeError,
      'rule must be one of',
    );
    expect(() => new losses.BatchHardTripletLoss({ definition: 'st' as never })).to.throw(
      RangeError,
      'definition must be',
    );
    expect(() => new losses.BatchHardTripletLoss({ margin: '1' as never })).to.throw(
      TypeError,
      'margin must be a number',
    );
  });
});

describe('distances of sentence losses', () => {
  it('AngleSimilarity is |Re + Im| of the inner product of complex rows', () => {
    torch.manualSeed(2);
    for (const size of [6, 5, 1]) {
      const [x, y] = [torch.randn([4, size], { dtype: 'float64' }), torch.randn([3, size], { dtype: 'float64' })];
      const half = Math.ceil(size / 2);
      const complex = (row: number[]) => {
        const norm = Math.hypot(...row);
        return Array.from({ length: half }, (_, i) => [row[i]! / norm, (row[half + i] ?? 0) / norm] as const);
      };
      const [a, b] = [x, y].map((rows) => (rows.tolist() as number[][]).map(complex)) as [
        (readonly [number, number])[][],
        (readonly [number, number])[][],
      ];
      const matrix = new AngleSimilarity().matrix(x, y).tolist() as number[][];
      for (const [i, row] of a.entries()) {
        for (const [j, other] of b.entries()) {
          // Sum of a times the conjugate of b.
          const sum = row.reduce((total, [re, im], k) => {
            const [c, d] = other[k]!;
            return total + re * c + im * d + (im * c - re * d);
          }, 0);
          expect(matrix[i]![j], `${size}: [${i}, ${j}]`).to.be.closeTo(Math.abs(sum), 1e-12);
        }
      }
    }
  });

  it('CosineDistance is 1 - cosine', () => {
    const x = torch.tensor(
      [
        [1, 0],
        [0, 2],
        [-3, 0],
        [0, 0],
      ],
      { dtype: 'float64' },
    );
    expect(new CosineDistance().matrix(x.narrow(0, 0, 1), x).tolist()).to.deep.equal([[0, 1, 2, 1]]);
  });
});

describe('losses of columns', () => {
  const unit = torch.eye(3, { dtype: 'float64' });

  it('MultipleNegativesRankingLoss counts what its directions say', () => {
    // Each anchor has similarity 1 to its positive and 0 to everything else.
    const of = (candidates: number) => Math.log(1 + candidates * Math.exp(-2));
    const lossFn = (options: torch.losses.MultipleNegativesRankingLossOptions) =>
      new losses.MultipleNegativesRankingLoss({ scale: 2, ...options })(unit, unit).item();
    expect(lossFn({})).to.be.closeTo(of(2), 1e-12);
    expect(lossFn({ directions: ['query_to_doc', 'query_to_query'] })).to.be.closeTo(of(4), 1e-12);
    expect(lossFn({ directions: ['query_to_query', 'query_to_doc', 'doc_to_doc'] })).to.be.closeTo(of(6), 1e-12);
    // The positive is there twice: once from either side.
    const both = Math.log(2 + 4 * Math.exp(-2));
    expect(lossFn({ directions: ['query_to_doc', 'doc_to_query'] })).to.be.closeTo(both, 1e-12);
    const each = { directions: ['query_to_doc', 'doc_to_query'], partitionMode: 'per_direction' } as const;
    expect(lossFn(each)).to.be.closeTo(of(2), 1e-12);
  });

  it('MultipleNegativesRankingLoss refuses options that make no loss', () => {
    const make = (options: object) => () => new losses.MultipleNegativesRankingLoss(options);
    expect(make({ scale: 0 })).to.throw(RangeError, 'scale must be a positive number');
    expect(make({ directions: ['doc_to_query'] })).to.throw(RangeError, 'must include query_to_doc');
    expect(make({ directions: ['up'] })).to.throw(RangeError, 'directions must be one of');
    expect(make({ directions: ['query_to_doc', 'doc_to_doc'], partitionMode: 'per_direction' })).to.throw(RangeError);
    expect(make({ hardnessMode: 'soft' })).to.throw(RangeError, 'hardnessMode must be one of');
    expect(make({ hardnessStrength: -1 })).to.throw(RangeError, 'hardnessStrength must be at least 0');
  });

  it('GISTEmbedLoss drops what the guide finds nearer than the pair', () => {
    const options = { temperature: 1, contrastAnchors: false, contrastPositives: false };
    const guide = [unit, unit.roll([1], [0])];
    // The guide finds each pair at 0, and one other positive at 1, which is dropped; the third stays.
    const loss = new losses.GISTEmbedLoss(options)(unit, unit, { guide });
    expect(loss.item()).to.be.closeTo(Math.log(1 + Math.exp(-1)), 1e-12);
    expect(() => (new losses.GISTEmbedLoss() as CallableFunction)(unit, unit)).to.throw(
      TypeError,
      'GISTEmbedLoss: after',
    );
    expect(() => new losses.GISTEmbedLoss()(unit, unit, { guide: [unit] })).to.throw(TypeError, 'got');
    const short = [unit.narrow(0, 0, 2), unit.narrow(0, 0, 2)];
    expect(() => new losses.GISTEmbedLoss()(unit, unit, { guide: short })).to.throw(torch.ShapeError, 'must be [3, G]');
  });

  it('OnlineContrastiveLoss keeps the hard pairs', () => {
    const [a, b] = [points(0, 0, 0, 0), points(1, 3, 2, 5)];
    const distance = new LpDistance({ normalizeEmbeddings: false });
    // Positives 1 and 3, negatives 2 and 5: of these 3 and 2 are hard.
    const loss = new losses.OnlineContrastiveLoss({ distance, margin: 6 })(a, b, ids([1, 1, 0, 0]));
    expect(loss.item()).to.be.closeTo(9 + 16, 1e-12);
    expect(() => new losses.OnlineContrastiveLoss()(a, b, ids([1, 1, -1, -1]))).to.throw(RangeError, 'must be 0 or 1');
    expect(() => new losses.OnlineContrastiveLoss({ distance: new CosineSimilarity() })).to.throw(
      TypeError,
      'CosineDistance',
    );
  });

  it('CoSENTLoss counts pairs of labels in the wrong order, without overflow', () => {
    const [a, b] = [
      unit,
      torch.tensor(
        [
          [1, 0, 0],
          [1, 0, 0],
          [0, 0, -1],
        ],
        { dtype: 'float64' },
      ),
    ];
    // Similarities 1, 0, -1 against labels 0, 1, 1: both exceed nothing that is higher.
    const expected = Math.log(1 + Math.exp(1 - 0) + Math.exp(1 + 1));
    expect(new losses.CoSENTLoss({ scale: 1 })(a, b, ids([0, 1, 1])).item()).to.be.closeTo(expected, 1e-12);
    expect(new losses.CoSENTLoss({ scale: 1e4 })(a, b, ids([0, 1, 1])).item()).to.be.closeTo(2e4, 1e-6);
    expect(new losses.CoSENTLoss()(a, b, ids([1, 1, 1])).item()).to.equal(0);
    expect(() => new losses.CoSENTLoss()(a, b, ids([0, 1]))).to.throw(
      torch.ShapeError,
      'CoSENTLoss: labels must be [3]',
    );
  });

  it('AnglELoss wants labels for pairs', () => {
    expect(() => new losses.AnglELoss()(unit, unit)).to.throw(TypeError, 'AnglELoss: pairs need labels');
  });

  it('MarginMSELoss takes margins or scores', () => {
    const lossFn = new losses.MarginMSELoss();
    const y = torch.tensor(
      [
        [3, 1],
        [3, 1],
        [3, 2],
      ],
      { dtype: 'float64' },
    );
    // s(q, p) - s(q, n) is 1: margins 2, 2, 1.
    expect(lossFn(unit, unit, unit.roll([1], [0]), y).item()).to.be.closeTo((1 + 1 + 0) / 3, 1e-12);
    const bad = torch.zeros([3, 4]);
    expect(() => lossFn(unit, unit, unit, bad)).to.throw(
      torch.ShapeError,
      'labels must be [3, 1] or [3, 2], got [3, 4]',
    );
    expect(() => lossFn(unit, unit, [], bad)).to.throw(torch.ShapeError, 'MarginMSELoss: labels');
  });

  describe('MatryoshkaLoss', () => {
    beforeEach(() => torch.manualSeed(4));

    it('is the weighted sum over sizes of the loss of cut embeddings', () => {
      const [x, reference] = [torch.randn([8, 6], { dtype: 'float64' }), torch.randn([5, 6], { dtype: 'float64' })];
      const [y, of] = [ids([0, 1, 2, 0, 1, 2, 0, 1]), ids([0, 1, 2, 0, 1])];
      const loss = new losses.TripletMarginLoss({
        margin: 0.3,
        distance: new LpDistance({ normalizeEmbeddings: false }),
      });
      for (const normalize of [true, false]) {
        const cut = (set: torch.Tensor, d: number) => {
          const part = set.narrow(1, 0, d);
          return normalize ? torch.nn.functional.normalize(part) : part;
        };
        const lossFn = new losses.MatryoshkaLoss({
          loss,
          matryoshkaDims: [2, 6],
          matryoshkaWeights: [3, 1],
          normalize,
        });
        const expected = [2, 6].map(
          (d) => loss(cut(x, d), y, { reference: cut(reference, d), referenceLabels: of }).item() as number,
        );
        const value = lossFn(x, y, { reference, referenceLabels: of }).item();
        expect(value).to.be.closeTo(3 * expected[0]! + expected[1]!, 1e-12);
      }
    });

    it('cuts lists of columns, and labels that look like embeddings not', () => {
      const [q, p, n] = [0, 1, 2].map(() => torch.randn([4, 3], { dtype: 'float64' })) as [
        torch.Tensor,
        torch.Tensor,
        torch.Tensor,
      ];
      const labels = torch.randn([4, 3], { dtype: 'float64' });
      const loss = new losses.MarginMSELoss();
      const lossFn = new losses.MatryoshkaLoss({ loss, matryoshkaDims: [2], normalize: false });
      const cut = (each: torch.Tensor) => each.narrow(1, 0, 2);
      const expected = loss(cut(q), cut(p), [cut(n), cut(p)], labels).item() as number;
      expect(lossFn(q, p, [n, p], labels).item()).to.be.closeTo(expected, 1e-12);
    });

    it('draws sizes by the generator of torch', () => {
      const [a, b] = [torch.randn([5, 4]), torch.randn([5, 4])];
      const options = { loss: new losses.MultipleNegativesRankingLoss(), matryoshkaDims: [4, 3, 2, 1] };
      const lossFn = new losses.MatryoshkaLoss({ ...options, nDimsPerStep: 1 });
      const single = [4, 3, 2, 1].map((d) =>
        new losses.MatryoshkaLoss({ ...options, matryoshkaDims: [d] })(a, b).item(),
      );
      const drawn = () => {
        torch.manualSeed(1);
        return Array.from({ length: 12 }, () => lossFn(a, b).item());
      };
      const once = drawn();
      expect(drawn()).to.deep.equal(once);
      for (const value of once) expect(single).to.include(value);
      expect(new Set(once).size).to.be.greaterThan(1);
    });

    it('refuses sizes that there are not', () => {
      const loss = new losses.CoSENTLoss();
      const make = (options: object) => () => new losses.MatryoshkaLoss({ loss, ...options } as never);
      expect(make({ matryoshkaDims: [] })).to.throw(RangeError, 'matryoshkaDims must list sizes');
      expect(make({ matryoshkaDims: [0] })).to.throw(RangeError, 'matryoshkaDims must be a positive integer');
      expect(make({ matryoshkaDims: [2, 1], matryoshkaWeights: [1] })).to.throw(RangeError, 'must be 2 like');
      expect(make({ loss: 1, matryoshkaDims: [2] })).to.throw(TypeError, 'loss must be a loss');
      const lossFn = new losses.MatryoshkaLoss({ loss, matryoshkaDims: [8] });
      expect(() => lossFn(unit, unit, ids([0, 1, 2]))).to.throw(RangeError, 'D of at least 8, got [3, 3]');
    });
  });
});
