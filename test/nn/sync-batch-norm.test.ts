import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

const { nn } = torch;

describe('SyncBatchNorm', () => {
  it('is batch normalisation in one process', () => {
    const x = torch.randn([5, 4, 3]);
    expect(torch.equal(new nn.SyncBatchNorm(4)(x), new nn.BatchNorm1d(4)(x))).to.equal(true);
  });

  it('replaces a module that is one itself', () => {
    const norm = new nn.BatchNorm2d(4).eval();
    const converted = nn.SyncBatchNorm.convertSyncBatchnorm(norm) as torch.nn.SyncBatchNorm;
    expect(converted).to.be.an.instanceOf(nn.SyncBatchNorm);
    expect(converted.running_mean).to.equal(norm.running_mean);
    expect(converted.training).to.equal(false);
    expect(nn.SyncBatchNorm.convertSyncBatchnorm(converted)).to.be.an.instanceOf(nn.SyncBatchNorm);
  });

  it('says what is wrong with its arguments', () => {
    expect(() => new nn.SyncBatchNorm(4)(torch.ones([4]))).to.throw(torch.ShapeError, 'must be [N, C, …]');
    expect(() => new nn.SyncBatchNorm(4, { processGroup: {} as never })).to.throw(
      TypeError,
      'processGroup must be null',
    );
    expect(() => nn.SyncBatchNorm.convertSyncBatchnorm(3 as never)).to.throw(TypeError, 'must be a Module, got 3');
  });
});

describe('group normalisation', () => {
  it('refuses groups of one value, and what has no channels', () => {
    const one = torch.ones([1, 2]);
    expect(() => new nn.GroupNorm(2, 2)(one)).to.throw(torch.ShapeError, 'more than 1 value per group, got [1, 2]');
    expect(() => nn.functional.groupNorm(torch.ones([2]), 1)).to.throw(torch.ShapeError, 'at least 2 dimensions');
  });
});
