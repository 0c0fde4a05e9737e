import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { least, type PlainBatch, plainBatch, plainKinds, rowsOf, sorted } from './plain.ts';

const { SemiHardMiner } = torch.miners;
const margin = 0.3;

type Definition = (batch: PlainBatch, hasSelf: boolean) => ReturnType<typeof rowsOf>;

const at =
  ({ d }: PlainBatch, a: number) =>
  (i: number) =>
    d[a]?.[i] as number;
const farthest = (of: (i: number) => number) => (i: number) => -of(i);

/** The definitions, one after another as their authors give them. */
const definitions: Readonly<Record<torch.miners.SemiHardRule, Definition>> = {
  tfa: (batch) => {
    const triplets: number[][] = [];
    for (const [a, positives] of batch.positives.entries()) {
      const negatives = batch.negatives[a] as readonly number[];
      const of = at(batch, a);
      for (const p of positives) {
        const beyond = negatives.filter((n) => of(n) > of(p));
        const n = least(beyond, of) ?? least(negatives, farthest(of));
        if (n !== undefined) triplets.push([a, p, n]);
      }
    }
    return sorted(triplets);
  },
  pml: (batch) => {
    const triplets: number[][] = [];
    for (const [a, positives] of batch.positives.entries()) {
      for (const p of positives) {
        for (const n of batch.negatives[a] as readonly number[]) {
          const gap = at(batch, a)(n) - at(batch, a)(p);
          if (gap > 0 && gap <= margin) triplets.push([a, p, n]);
        }
      }
    }
    return sorted(triplets);
  },
  'pml-easy-hard': (batch) => {
    const triplets: number[][] = [];
    for (const [a, positives] of batch.positives.entries()) {
      const of = at(batch, a);
      const p = least(positives, of);
      if (p === undefined) continue;
      const n = least(
        (batch.negatives[a] as readonly number[]).filter((each) => of(each) > of(p)),
        of,
      );
      if (n !== undefined) triplets.push([a, p, n]);
    }
    return sorted(triplets);
  },
  'tf-similarity': (batch) => {
    const triplets: number[][] = [];
    for (const [a, positives] of batch.positives.entries()) {
      const of = at(batch, a);
      const negatives = batch.negatives[a] as readonly number[];
      const p = least(positives, farthest(of));
      if (p === undefined) continue;
      const beyond = negatives.filter((each) => of(each) > of(p));
      const n = least(beyond, of) ?? least(negatives, farthest(of));
      if (n !== undefined) triplets.push([a, p, n]);
    }
    return sorted(triplets);
  },
  quaterion: (batch, hasSelf) => {
    const pairs = (lists: PlainBatch['positives']) => lists.flatMap((each, a) => each.map((i) => [a, i] as const));
    const [positives, negatives] = [pairs(batch.positives), pairs(batch.negatives)];
    const own = hasSelf ? batch.d.map((_, a) => [a, a] as const) : [];
    const value = ([a, i]: readonly [number, number]) => at(batch, a)(i);
    const together = (p: readonly [number, number], n: readonly [number, number]) => {
      const gap = value(n) - value(p);
      return gap > 0 && gap < margin;
    };
    return {
      positives: sorted(positives.filter((p) => negatives.some((n) => together(p, n)))),
      negatives: sorted(negatives.filter((n) => [...positives, ...own].some((p) => together(p, n)))),
    };
  },
};

describe('SemiHardMiner', () => {
  beforeEach(() => torch.manualSeed(2));

  for (const [rule, definition] of Object.entries(definitions) as [torch.miners.SemiHardRule, Definition][]) {
    for (const [kind, options] of Object.entries(plainKinds)) {
      it(`chooses as ${rule} does among ${kind}`, () => {
        const batch = plainBatch(options);
        const expected = definition(batch, options.columns === undefined);
        expect(expected).to.not.be.empty;
        for (const rowsPerBlock of [undefined, 4]) {
          const miner = new SemiHardMiner({ rule, margin, distance: options.distance, rowsPerBlock });
          expect(rowsOf(miner(batch.embeddings, batch.labels, batch.call))).to.deep.equal(expected);
        }
      });
    }
  }

  it('shows in five points how the rules differ', () => {
    // The anchor at 0 has positives at 1 and 4, and negatives at 2, 3 and -3.5.
    const x = torch.tensor([[0], [1], [4], [2], [3], [-3.5]]);
    const labels = torch.tensor([0n, 0n, 0n, 1n, 2n, 3n]);
    const distance = new torch.distances.LpDistance({ normalizeEmbeddings: false });
    const ofFirst = (rule: 'tfa' | 'pml' | 'pml-easy-hard' | 'tf-similarity') =>
      (rowsOf(new SemiHardMiner({ rule, margin: 2, distance })(x, labels)) as number[][])
        .filter(([a]) => a === 0)
        .map(([, p, n]) => [p, n]);
    expect(ofFirst('tfa')).to.deep.equal([
      [1, 3],
      [2, 5],
    ]);
    expect(ofFirst('pml')).to.deep.equal([
      [1, 3],
      [1, 4],
    ]);
    expect(ofFirst('pml-easy-hard')).to.deep.equal([[1, 3]]);
    expect(ofFirst('tf-similarity')).to.deep.equal([[2, 5]]);
  });

  it('takes a negative as far as the positive for none that is farther', () => {
    const x = torch.tensor([[0], [2], [-2], [1]]);
    const labels = torch.tensor([0n, 0n, 1n, 1n]);
    const distance = new torch.distances.LpDistance({ normalizeEmbeddings: false });
    const mined = new SemiHardMiner({ distance })(x, labels);
    // Of anchor 0 both negatives are within 2: the farthest.
    expect((rowsOf(mined) as number[][])[0]).to.deep.equal([0, 1, 2]);
    const none = new SemiHardMiner({ rule: 'pml-easy-hard', distance })(x, labels);
    expect((rowsOf(none) as number[][]).filter(([a]) => a === 0)).to.deep.equal([]);
  });

  it('passes over a negative as far as the positive for one that is farther', () => {
    const x = torch.tensor([[0], [2], [-2], [3]]);
    const labels = torch.tensor([0n, 0n, 1n, 2n]);
    const distance = new torch.distances.LpDistance({ normalizeEmbeddings: false });
    for (const rule of ['tfa', 'pml', 'pml-easy-hard', 'tf-similarity'] as const) {
      const mined = rowsOf(new SemiHardMiner({ rule, margin: 1, distance })(x, labels)) as number[][];
      expect(
        mined.filter(([a]) => a === 0),
        rule,
      ).to.deep.equal([[0, 1, 3]]);
    }
    // A gap of the margin is within it for one rule and beyond it for the other.
    const { negative } = new SemiHardMiner({ rule: 'quaterion', margin: 1, distance })(x, labels);
    expect(negative.tolist()).to.not.include(3);
  });

  it('shows NaN of an anchor', () => {
    const x = torch.randn([6, 3]);
    x.narrow(0, 0, 1).fill_(Number.NaN);
    const labels = torch.tensor([0n, 0n, 1n, 1n, 2n, 2n]);
    for (const rule of ['tfa', 'pml-easy-hard', 'tf-similarity'] as const) {
      const { anchor } = new SemiHardMiner({ rule })(x, labels);
      expect(anchor.tolist(), rule).to.include(0);
    }
  });

  it('refuses rules and margins that are none', () => {
    expect(() => new SemiHardMiner({ rule: 'facenet' as never })).to.throw(RangeError, 'rule must be one of tfa, pml');
    expect(() => new SemiHardMiner({ rule: 'pml', margin: Number.NaN })).to.throw(TypeError, 'margin');
  });
});
