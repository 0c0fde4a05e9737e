/**
 * Every module in PyTorch's own database of modules: for each entry and its inputs, training modes and dtypes, the same
 * seed gives Python's initial state, printed form, outputs, gradients and state, bit for bit, and fails where Python fails.
 */

import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { type Exceptional, expectExcept, expectFew, type Failure } from './exceptions.ts';
import { compareCase, type ModuleCase } from './module-case.ts';
import { usePython } from './oracle.ts';

const modules = `
  AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveAvgPool3d AdaptiveMaxPool1d AdaptiveMaxPool2d AdaptiveMaxPool3d AvgPool1d
  AvgPool2d AvgPool3d BatchNorm1d BatchNorm2d BatchNorm3d CELU Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d
  ConvTranspose3d CosineEmbeddingLoss ELU FractionalMaxPool2d FractionalMaxPool3d L1Loss SmoothL1Loss Linear Bilinear
  LPPool1d LPPool2d LPPool3d MaxPool1d MaxPool2d MaxPool3d KLDivLoss MSELoss MarginRankingLoss MultiLabelMarginLoss
  MultiMarginLoss SoftMarginLoss MultiLabelSoftMarginLoss NLLLoss GaussianNLLLoss PoissonNLLLoss HingeEmbeddingLoss
  HuberLoss BCELoss BCEWithLogitsLoss CrossEntropyLoss LinearCrossEntropyLoss CTCLoss GELU GLU GroupNorm Hardshrink
  Hardswish Hardtanh InstanceNorm1d InstanceNorm2d InstanceNorm3d LocalResponseNorm LayerNorm RMSNorm TransformerEncoder
  TransformerEncoderLayer TransformerDecoderLayer Transformer MultiheadAttention Embedding ReLU LeakyReLU ReLU6 PReLU
  RNNCell GRUCell LSTMCell Sigmoid LogSigmoid SiLU Softmax Softmax2d LogSoftmax Softmin Softplus Softshrink Softsign Tanh
  Tanhshrink Threshold Mish RNN GRU LSTM ReflectionPad1d ReflectionPad2d ReflectionPad3d ReplicationPad1d ReplicationPad2d
  ReplicationPad3d SELU ZeroPad1d ZeroPad2d ZeroPad3d CircularPad1d CircularPad2d CircularPad3d ConstantPad1d
  ConstantPad2d ConstantPad3d`
  .trim()
  .split(/\s+/);

/** Entries of the database that are not compared. */
const excluded: Readonly<Record<string, string>> = {
  LazyConv1d: 'lazy',
  LazyConv2d: 'lazy',
  LazyConv3d: 'lazy',
  LazyConvTranspose1d: 'lazy',
  LazyConvTranspose2d: 'lazy',
  LazyConvTranspose3d: 'lazy',
};

const exceptions: Readonly<Record<string, Exceptional>> = {};

describe("every module of PyTorch's database", () => {
  const python = usePython();
  const folder = fileURLToPath(new URL('.', import.meta.url));
  const run = (code: string, inputs = {}) =>
    python.run(
      `import sys\nif _folder not in sys.path: sys.path.insert(0, _folder)\nimport module_db as _db\n${code}`,
      {
        _folder: folder,
        ...inputs,
      },
    );

  it('is among those that are compared here, or excluded for a reason', async function () {
    this.timeout(120_000);
    const { names } = await run('names = _db.names()');
    expect([...modules, ...Object.keys(excluded)].sort()).to.deep.equal([...(names as string[])].sort());
  });

  it('has few exceptions', () => {
    expectFew(exceptions, modules);
  });

  for (const name of modules) {
    it(name, async function () {
      this.timeout(240_000);
      const failures: Failure[] = [];
      const { modes } = await run('modes = _db.modes(_name)', { _name: name });
      for (const [training, dtype] of modes as unknown as [boolean, torch.DType][]) {
        const inputs = { _name: name, _training: training, _dtype: dtype };
        const { cases } = await run('cases = _db.cases(_name, _training, _dtype)', inputs);
        expect(cases).to.not.deep.equal([]);
        for (const [number, each] of (cases as unknown as ModuleCase[]).entries()) {
          const place = `${training ? 'training' : 'evaluating'} ${dtype} input ${number} (${each.description})`;
          torch.scope(() => {
            compareCase(name, each, training, dtype, (part, body) => {
              try {
                body();
              } catch (error) {
                failures.push({ where: `${place} ${part}`, what: (error as Error).message });
              }
            });
          });
        }
      }
      expectExcept(exceptions[name], failures);
    });
  }
});
