import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

const { ArcFaceLoss, SubCenterArcFaceLoss } = torch.losses;
const ids = (labels: readonly number[]) => torch.tensor(BigInt64Array.from(labels, BigInt));
const at = (...degrees: number[]) =>
  torch.tensor(
    degrees.map((each) => [Math.cos((each * Math.PI) / 180), Math.sin((each * Math.PI) / 180)]),
    { dtype: 'float64' },
  );

describe('losses.SubCenterArcFaceLoss', () => {
  it('compares with the nearest centre of each class', () => {
    const loss = new SubCenterArcFaceLoss({ numClasses: 2, embeddingSize: 2, subCenters: 2, scale: 1 }).double();
    loss.W.data = at(0, 90, 180, 270).T;
    const logits = loss.getLogits(at(30, 80, 200)).tolist() as number[][];
    const cosine = (angle: number) => Math.cos((angle * Math.PI) / 180);
    const expected = [
      [cosine(30), cosine(120)],
      [cosine(10), cosine(100)],
      [cosine(110), cosine(20)],
    ];
    expected.forEach((row, i) => {
      row.forEach((value, j) => {
        expect(logits[i]![j]).to.be.closeTo(value, 1e-12);
      });
    });
  });

  it('is ArcFaceLoss with one centre a class', () => {
    torch.manualSeed(1);
    const loss = new SubCenterArcFaceLoss({ numClasses: 3, embeddingSize: 4, subCenters: 1 });
    const plain = new ArcFaceLoss({ numClasses: 3, embeddingSize: 4 });
    plain.W.data = loss.W.detach();
    const [x, y] = [torch.randn([5, 4]), ids([0, 1, 2, 0, 1])];
    expect(loss(x, y).item()).to.equal(plain(x, y).item());
  });

  it('finds rows far from the centre that most rows of their class are near', () => {
    const loss = new SubCenterArcFaceLoss({ numClasses: 3, embeddingSize: 2, subCenters: 2 }).double();
    // Class 0 has centres at 0 and 100 degrees, class 1 at 180 and 300, class 2 has no rows.
    loss.W.data = at(0, 100, 180, 300, 45, 60).T;
    const x = at(5, 100, 10, 185, 355, 310, 290, 305);
    const y = ids([0, 0, 0, 1, 0, 1, 1, 1]);
    const { outliers, dominantCenters } = loss.getOutliers(x, y, { threshold: 75 });
    expect(outliers.tolist()).to.deep.equal(torch.tensor([1n, 3n]).tolist());
    expect(outliers.dtype).to.equal('int64');
    const expected = torch.cat([at(0, 300), torch.zeros([1, 2], { dtype: 'float64' })]).T;
    expect(dominantCenters.sub(expected).abs().max().item()).to.be.below(1e-12);
    expect(loss.getOutliers(x, y, { threshold: 30 }).outliers.tolist()).to.deep.equal(torch.tensor([1n, 3n]).tolist());
    expect(loss.getOutliers(x, y, { threshold: 7 }).outliers.numel()).to.equal(5);
    expect(loss.getOutliers(x, y, { threshold: 121 }).outliers.numel()).to.equal(0);
  });

  it('refuses what it cannot take', () => {
    const loss = new SubCenterArcFaceLoss({ numClasses: 3, embeddingSize: 2 });
    expect(() => loss.getOutliers(at(1, 2).float(), ids([0, 3]))).to.throw(RangeError, 'getOutliers: labels must be');
    expect(() => loss.getOutliers(at(1, 2).float(), ids([0]))).to.throw(torch.ShapeError, 'getOutliers: labels');
    const make = () => new SubCenterArcFaceLoss({ numClasses: 3, embeddingSize: 2, subCenters: 0 });
    expect(make).to.throw(RangeError, 'subCenters must be a positive integer, got 0');
    expect(() => new SubCenterArcFaceLoss({ embeddingSize: 2 } as never)).to.throw(TypeError, 'numClasses');
  });
});
