/** Normalisation and embeddings beside Python: construction, training, evaluation, state and printed form. */

import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { compareModule, type ModuleRow } from './module-row.ts';
import { expectSameBits, type PythonInput, usePython } from './oracle.ts';

const { nn } = torch;
const normal = (...shape: number[]) => torch.randn(shape, { requiresGrad: true });
const ids = (...shape: number[]) => torch.randint(0, 7, shape);
type Inputs = () => readonly PythonInput[];

const shapes: Readonly<Record<'1d' | '2d' | '3d', readonly number[]>> = {
  '1d': [3, 4, 5],
  '2d': [3, 4, 5, 2],
  '3d': [3, 4, 2, 3, 2],
};

function ofDimensions(): ModuleRow[] {
  return (Object.keys(shapes) as (keyof typeof shapes)[]).flatMap((dim): ModuleRow[] => {
    const [Batch, Instance] = [nn[`BatchNorm${dim}`], nn[`InstanceNorm${dim}`]];
    const inputs = () => [normal(...shapes[dim])];
    const [b, i] = [`nn.BatchNorm${dim}`, `nn.InstanceNorm${dim}`];
    return [
      [`${b}(4)`, () => new Batch(4), inputs],
      [`${b}(4, momentum=None)`, () => new Batch(4, { momentum: null }), inputs],
      [`${b}(4, 1e-3, 0.2, False)`, () => new Batch(4, 1e-3, 0.2, false), inputs],
      [`${b}(4, track_running_stats=False)`, () => new Batch(4, { trackRunningStats: false }), inputs],
      [`${b}(4, bias=False)`, () => new Batch(4, { bias: false }), inputs],
      ['nn.SyncBatchNorm(4, momentum=None)', () => new nn.SyncBatchNorm(4, { momentum: null }), inputs],
      [`${i}(4)`, () => new Instance(4), inputs],
      [`${i}(4, 1e-3, 0.3, True, bias=False)`, () => new Instance(4, 1e-3, 0.3, true, { bias: false }), inputs],
      [
        `${i}(4, affine=True, track_running_stats=True)`,
        () => new Instance(4, { affine: true, trackRunningStats: true }),
        inputs,
      ],
      ['nn.GroupNorm(2, 4)', () => new nn.GroupNorm(2, 4), inputs],
      [
        'nn.LocalResponseNorm(3, 0.5, beta=0.5, k=2.0)',
        () => new nn.LocalResponseNorm(3, 0.5, { beta: 0.5, k: 2 }),
        inputs,
      ],
    ];
  });
}

function others(): ModuleRow[] {
  const three: Inputs = () => [normal(3, 4, 5)];
  return [
    ['nn.BatchNorm1d(4)', () => new nn.BatchNorm1d(4), () => [normal(6, 4)]],
    ['nn.SyncBatchNorm(4)', () => new nn.SyncBatchNorm(4), () => [normal(6, 4)]],
    ['nn.InstanceNorm1d(4)', () => new nn.InstanceNorm1d(4), () => [normal(4, 5)]],
    ['nn.InstanceNorm2d(7)', () => new nn.InstanceNorm2d(7), () => [normal(4, 5, 3)]],
    ['nn.GroupNorm(4, 4, affine=False)', () => new nn.GroupNorm(4, 4, { affine: false }), three],
    ['nn.GroupNorm(1, 4, 1e-3, bias=False)', () => new nn.GroupNorm(1, 4, 1e-3, { bias: false }), three],
    ['nn.LayerNorm(5)', () => new nn.LayerNorm(5), three],
    ['nn.LayerNorm([4, 5], 1e-3, bias=False)', () => new nn.LayerNorm([4, 5], 1e-3, { bias: false }), three],
    ['nn.LayerNorm(5, elementwise_affine=False)', () => new nn.LayerNorm(5, { elementwiseAffine: false }), three],
    ['nn.RMSNorm(5)', () => new nn.RMSNorm(5), three],
    ['nn.RMSNorm([4, 5], 1e-3)', () => new nn.RMSNorm([4, 5], 1e-3), three],
    ['nn.RMSNorm(5, elementwise_affine=False)', () => new nn.RMSNorm(5, { elementwiseAffine: false }), three],
    ['nn.LocalResponseNorm(2)', () => new nn.LocalResponseNorm(2), three],
  ];
}

function embeddings(): ModuleRow[] {
  const rows: Inputs = () => [ids(4, 5)];
  const bags: Inputs = () => [ids(9), torch.tensor([0n, 4n, 4n])];
  const table = () => torch.arange(21).float().reshape([7, 3]);
  const pythonTable = 'torch.arange(21.).reshape(7, 3)';
  const modes = (['sum', 'mean', 'max'] as const).flatMap((mode): ModuleRow[] => [
    [`nn.EmbeddingBag(7, 3, mode="${mode}")`, () => new nn.EmbeddingBag(7, 3, { mode }), rows],
    [
      `nn.EmbeddingBag(7, 3, 1.0, mode="${mode}", padding_idx=-1)`,
      () => new nn.EmbeddingBag(7, 3, 1, { mode, paddingIdx: -1 }),
      bags,
    ],
    [
      `nn.EmbeddingBag(7, 3, mode="${mode}", include_last_offset=True)`,
      () => new nn.EmbeddingBag(7, 3, { mode, includeLastOffset: true }),
      () => [ids(9), torch.tensor([0n, 4n, 9n])],
    ],
  ]);
  return [
    ...modes,
    ['nn.Embedding(7, 3)', () => new nn.Embedding(7, 3), rows],
    [
      'nn.Embedding(7, 3, padding_idx=-2, max_norm=1.0, scale_grad_by_freq=True)',
      () => new nn.Embedding(7, 3, { paddingIdx: -2, maxNorm: 1, scaleGradByFreq: true }),
      rows,
    ],
    [
      'nn.Embedding(7, 3, 0, 0.5, 1.0, sparse=True)',
      () => new nn.Embedding(7, 3, 0, 0.5, 1, { sparse: true }),
      () => [ids(4)],
    ],
    [
      `nn.Embedding.from_pretrained(${pythonTable}, False, 1)`,
      () => nn.Embedding.fromPretrained(table(), false, 1),
      rows,
    ],
    [
      `nn.Embedding.from_pretrained(${pythonTable}, max_norm=0.5)`,
      () => nn.Embedding.fromPretrained(table(), { maxNorm: 0.5 }),
      rows,
    ],
    [
      'nn.EmbeddingBag(7, 3, scale_grad_by_freq=True)',
      () => new nn.EmbeddingBag(7, 3, { scaleGradByFreq: true }),
      rows,
    ],
    [
      'nn.EmbeddingBag(7, 3, mode="sum", sparse=True)',
      () => new nn.EmbeddingBag(7, 3, { mode: 'sum', sparse: true }),
      () => [ids(4, 5), null, torch.rand([4, 5])],
    ],
    [
      'nn.EmbeddingBag(7, 3, mode="sum")',
      () => new nn.EmbeddingBag(7, 3, { mode: 'sum' }),
      () => [ids(4, 5), null, normal(4, 5)],
    ],
    [
      `nn.EmbeddingBag.from_pretrained(${pythonTable}, False)`,
      () => nn.EmbeddingBag.fromPretrained(table(), false),
      rows,
    ],
  ];
}

describe('normalisation and embeddings beside Python', () => {
  const { run } = usePython();
  for (const row of [...ofDimensions(), ...others(), ...embeddings()]) it(row[0], () => compareModule(run, row));

  it('refuse running statistics that are not kept, in the words of Python', async () => {
    const state = { 'norm.running_mean': torch.zeros([4]), 'norm.running_var': torch.ones([4]) };
    const { message } = await run(
      `message = None
try:
    nn.Sequential(__import__('collections').OrderedDict(norm=nn.InstanceNorm1d(4))).load_state_dict(state)
except RuntimeError as _error:
    message = str(_error)`,
      { state },
    );
    expect(message).to.be.a('string');
    expect(() => new nn.Sequential({ norm: new nn.InstanceNorm1d(4) }).loadStateDict(state))
      .to.throw(torch.CheckpointError)
      .with.property('message', message);
  });

  it('take states from before batches were counted', () => {
    const state = new nn.BatchNorm1d(4).stateDict();
    state.delete('num_batches_tracked');
    expect(new nn.BatchNorm1d(4).loadStateDict(state)).to.deep.equal({ missingKeys: [], unexpectedKeys: [] });
  });

  it('converts batch normalisation, and keeps what it has learned', async () => {
    torch.manualSeed(1);
    const model = new nn.Sequential(new nn.Linear(3, 4), new nn.BatchNorm1d(4, { bias: false }));
    const weight = (model[1] as torch.nn.BatchNorm1d).weight;
    const converted = nn.SyncBatchNorm.convertSyncBatchnorm(model);
    expect(converted).to.equal(model);
    expect((model[1] as torch.nn.SyncBatchNorm).weight).to.equal(weight);
    const x = normal(5, 3);
    const { text, y } = await run(
      `torch.manual_seed(1)
_m = nn.SyncBatchNorm.convert_sync_batchnorm(nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4, bias=False)))
text, y = repr(_m), _m(x).detach()`,
      { x },
    );
    expect(String(converted)).to.equal(text);
    expectSameBits(model(x).detach(), y);
  });
});
