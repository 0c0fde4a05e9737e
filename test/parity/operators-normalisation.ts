import * as torch from '../../lib/index.ts';
import { family, positive, real } from './operators.ts';

export const normalisation = family(
  'normalisation',
  {
    x: real(2, 4, 3),
    m: real(5, 4),
    weight: positive(4),
    bias: real(4),
    mean: real(4),
    variance: positive(4),
    last: positive(3),
  },
  [
    [
      'F.batch_norm(m, mean, variance, weight, bias)',
      ({ m, mean, variance, weight, bias }) =>
        torch.batchNorm(m, weight, bias, mean, variance, false, 0.1, 1e-5, false),
    ],
    [
      'F.batch_norm(x, None, None, training=True, eps=1e-3)',
      ({ x }) => torch.batchNorm(x, null, null, null, null, true, 0.1, 1e-3, false),
    ],
    [
      'F.batch_norm(m, mean.detach(), variance.detach(), weight, bias, True, 0.3)',
      ({ m, mean, variance, weight, bias }) =>
        torch.batchNorm(m, weight, bias, mean.detach(), variance.detach(), true, 0.3, 1e-5, false),
    ],
    ['F.layer_norm(x, (3,))', ({ x }) => torch.layerNorm(x, [3])],
    ['F.layer_norm(x, (4, 3))', ({ x }) => torch.layerNorm(x, [4, 3])],
    ['F.layer_norm(m, (4,), weight, bias, 1e-3)', ({ m, weight, bias }) => torch.layerNorm(m, [4], weight, bias, 1e-3)],
    ['F.layer_norm(m, (4,), weight=weight)', ({ m, weight }) => torch.layerNorm(m, [4], { weight })],
    ['F.group_norm(x, 2)', ({ x }) => torch.groupNorm(x, 2)],
    [
      'F.group_norm(x, 2, weight, bias, eps=1e-4)',
      ({ x, weight, bias }) => torch.groupNorm(x, 2, weight, bias, { eps: 1e-4 }),
    ],
    [
      'torch.instance_norm(x, weight, bias, None, None, True, 0.1, 1e-5, False)',
      ({ x, weight, bias }) => torch.instanceNorm(x, weight, bias, null, null, true, 0.1, 1e-5, false),
    ],
    ['torch.rms_norm(x, (3,))', ({ x }) => torch.rmsNorm(x, [3])],
    ['F.rms_norm(x, (3,), last, eps=1e-3)', ({ x, last }) => torch.rmsNorm(x, [3], last, { eps: 1e-3 })],
    [
      'torch.native_layer_norm(x, (3,), last, None, 1e-5)',
      ({ x, last }) => torch.nativeLayerNorm(x, [3], last, null, 1e-5),
    ],
    ['torch.norm_except_dim(m, 2, 0)', ({ m }) => torch.normExceptDim(m, 2, 0)],
    ['F.normalize(m)', ({ m }) => m.div(m.norm(2, 1, { keepdim: true }).clampMin(1e-12).expandAs(m))],
    ['torch.renorm(m, 1, 1, 2.0)', ({ m }) => torch.renorm(m, 1, 1, 2)],
  ],
);
