/** Samplers that draw as sentence-transformers', batch for batch. */

import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { usePython } from './oracle.ts';

describe('samplers beside sentence-transformers', () => {
  const python = usePython('sentence_transformers');

  it('gives the batches of group_by_label', async () => {
    const labels = Array.from({ length: 83 }, (_, i) => (i * i) % 11);
    for (const batchSize of [4, 10, 16]) {
      for (const dropLast of [false, true]) {
        const source = `
from sentence_transformers.base.sampler import GroupByLabelBatchSampler as _S
class _Rows:
    column_names = ['label']
    def __len__(self):
        return len(labels)
    def __getitem__(self, name):
        return labels
_sampler = _S(_Rows(), batchSize, dropLast, ['label'], torch.Generator(), seed=12)
batches = list(_sampler)
length = len(_sampler)`;
        const { batches, length } = await python.run(source, { labels, batchSize, dropLast });
        const generator = new torch.Generator().manualSeed(12);
        const sampler = new torch.samplers.GroupByLabelSampler({ labels, batchSize, dropLast, generator });
        expect([...sampler]).to.deep.equal(batches);
        expect(sampler.length).to.equal(length);
      }
    }
  });

  it('gives the batches of no_duplicates', async () => {
    const keys = Array.from({ length: 61 }, (_, i) => [`question ${i % 30}`, `answer ${i % 13}`]);
    for (const batchSize of [3, 8, 20]) {
      for (const dropLast of [false, true]) {
        const source = `
from sentence_transformers.base.sampler import NoDuplicatesBatchSampler as _S
class _Rows(list):
    column_names = ['question', 'answer']
_rows = [{'question': _q, 'answer': _a} for _q, _a in keys]
_sampler = _S(_Rows(_rows), batchSize, dropLast, [], torch.Generator(), seed=12)
batches = list(_sampler)
length = len(_sampler)`;
        const { batches, length } = await python.run(source, { keys, batchSize, dropLast });
        const generator = new torch.Generator().manualSeed(12);
        const sampler = new torch.samplers.NoDuplicatesSampler({ keys, batchSize, dropLast, generator });
        expect([...sampler]).to.deep.equal(batches);
        expect(sampler.length).to.equal(length);
      }
    }
  });
});
