import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { least, type PlainBatch, plainBatch, plainKinds, rowsOf, sorted } from './plain.ts';

const { BatchEasyHardMiner, BatchHardMiner } = torch.miners;

type Strategy = torch.miners.MiningStrategy;

function chosen({ d, positives, negatives }: PlainBatch, posStrategy: Strategy, negStrategy: Strategy) {
  const [ps, ns]: [number[][], number[][]] = [[], []];
  for (const [a, row] of d.entries()) {
    const at = (i: number) => row[i] as number;
    const far = (i: number) => -at(i);
    let [ownP, ownN] = [positives[a] as readonly number[], negatives[a] as readonly number[]];
    if (posStrategy === 'semihard') {
      const n = least(ownN, negStrategy === 'easy' ? far : at);
      ownP = n === undefined ? [] : ownP.filter((p) => at(p) < at(n));
    }
    const p = posStrategy === 'all' ? undefined : least(ownP, posStrategy === 'easy' ? at : far);
    if (negStrategy === 'semihard') ownN = p === undefined ? [] : ownN.filter((n) => at(n) > at(p));
    const n = negStrategy === 'all' ? undefined : least(ownN, negStrategy === 'easy' ? far : at);
    const single = posStrategy !== 'all' && negStrategy !== 'all';
    if (single && (p === undefined || n === undefined)) continue;
    if (posStrategy === 'all') ps.push(...ownP.map((each) => [a, each]));
    else if (p !== undefined) ps.push([a, p]);
    if (negStrategy === 'all') ns.push(...ownN.map((each) => [a, each]));
    else if (n !== undefined) ns.push([a, n]);
  }
  return { positives: sorted(ps), negatives: sorted(ns) };
}

describe('BatchEasyHardMiner', () => {
  beforeEach(() => torch.manualSeed(1));

  const strategies: [Strategy, Strategy][] = [];
  for (const p of ['easy', 'semihard', 'hard', 'all'] as const) {
    for (const n of ['easy', 'semihard', 'hard', 'all'] as const) {
      const impossible = (p === 'semihard' && n !== 'easy' && n !== 'hard') || (p === 'all' && n === 'semihard');
      if (impossible) expect(() => new BatchEasyHardMiner({ posStrategy: p, negStrategy: n })).to.throw(RangeError);
      else strategies.push([p, n]);
    }
  }

  for (const [kind, options] of Object.entries(plainKinds)) {
    it(`chooses by each pair of strategies among ${kind}`, () => {
      const batch = plainBatch(options);
      for (const [posStrategy, negStrategy] of strategies) {
        const miner = new BatchEasyHardMiner({ posStrategy, negStrategy, distance: options.distance, rowsPerBlock: 5 });
        const mined = rowsOf(miner(batch.embeddings, batch.labels, batch.call));
        expect(mined, `${posStrategy}, ${negStrategy}`).to.deep.equal(chosen(batch, posStrategy, negStrategy));
      }
    });
  }

  it('keeps to the ranges, in which similarities are what they are', () => {
    const distance = new torch.distances.CosineSimilarity();
    const batch = plainBatch({ distance });
    const within = (low: number, high: number) => (a: number) => (i: number) => {
      const s = -(batch.d[a]?.[i] as number);
      return s >= low && s <= high;
    };
    const [inP, inN] = [within(-0.9, 0.4), within(-0.5, 0.8)];
    const limited = {
      ...batch,
      positives: batch.positives.map((each, a) => each.filter(inP(a))),
      negatives: batch.negatives.map((each, a) => each.filter(inN(a))),
    };
    const ranges = { allowedPosRange: [-0.9, 0.4], allowedNegRange: [-0.5, 0.8] } as const;
    for (const [posStrategy, negStrategy] of [
      ['hard', 'hard'],
      ['easy', 'semihard'],
      ['semihard', 'easy'],
    ] as const) {
      const miner = new BatchEasyHardMiner({ posStrategy, negStrategy, distance, ...ranges });
      const expected = chosen(limited, posStrategy, negStrategy);
      expect(rowsOf(miner(batch.embeddings, batch.labels)), posStrategy).to.deep.equal(expected);
    }
    const hard = new BatchHardMiner({ distance, ...ranges })(batch.embeddings, batch.labels);
    expect(hard.anchor.numel()).to.equal(chosen(limited, 'hard', 'hard').positives.length);
  });

  it('refuses strategies and ranges that are none', () => {
    expect(() => new BatchEasyHardMiner({ posStrategy: 'harder' as never })).to.throw(
      RangeError,
      'easy, semihard, hard',
    );
    expect(() => new BatchEasyHardMiner({ allowedPosRange: [1, 0] })).to.throw(RangeError, 'allowedPosRange');
    expect(() => new BatchHardMiner({ allowedNegRange: 3 as never })).to.throw(RangeError, 'allowedNegRange');
    expect(() => new BatchHardMiner({ rowsPerBlock: 0 })).to.throw(RangeError, 'rowsPerBlock');
  });
});

describe('BatchHardMiner', () => {
  beforeEach(() => torch.manualSeed(1));

  for (const [kind, options] of Object.entries(plainKinds)) {
    it(`chooses the farthest positive and the nearest negative among ${kind}`, () => {
      const batch = plainBatch(options);
      const { positives, negatives } = chosen(batch, 'hard', 'hard');
      const expected = positives.map(([a, p], i) => [a, p, negatives[i]?.[1]]);
      const mined = new BatchHardMiner({ distance: options.distance })(batch.embeddings, batch.labels, batch.call);
      expect(rowsOf(mined)).to.deep.equal(expected);
    });
  }

  // pytorch-metric-learning#476: rows without positives or negatives got triplets made of whatever stood there.
  it('leaves out an anchor without a positive, or without a negative', () => {
    const x = torch.tensor([[0], [1], [3], [7]]);
    const distance = new torch.distances.LpDistance({ normalizeEmbeddings: false });
    const mined = new BatchHardMiner({ distance })(x, torch.tensor([0n, 0n, 1n, 2n]));
    expect(rowsOf(mined)).to.deep.equal([
      [0, 1, 2],
      [1, 0, 2],
    ]);
  });
});
