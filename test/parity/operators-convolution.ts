import * as torch from '../../lib/index.ts';
import { family, real } from './operators.ts';

export const convolution = family(
  'convolution',
  {
    line: real(2, 4, 9),
    image: real(1, 4, 7, 6),
    cube: real(1, 2, 4, 4, 4),
    w1: real(6, 4, 3),
    w2: real(6, 4, 3, 3),
    w3: real(2, 2, 2, 2, 2),
    grouped: real(4, 2, 3, 3),
    depthwise: real(4, 1, 3, 3),
    t1: real(4, 2, 3),
    t2: real(4, 2, 3, 3),
    t3: real(2, 2, 2, 2, 2),
    b6: real(6),
    b4: real(4),
    b2: real(2),
  },
  [
    ['F.conv1d(line, w1)', ({ line, w1 }) => torch.conv1d(line, w1)],
    [
      'F.conv1d(line, w1, b6, stride=2, padding=1)',
      ({ line, w1, b6 }) => torch.conv1d(line, w1, b6, { stride: 2, padding: 1 }),
    ],
    ["F.conv1d(line, w1, padding='same')", ({ line, w1 }) => torch.conv1d(line, w1, { padding: 'same' })],
    ['F.conv2d(image, w2)', ({ image, w2 }) => torch.conv2d(image, w2)],
    ['F.conv2d(image, w2, b6, 2, 1)', ({ image, w2, b6 }) => torch.conv2d(image, w2, b6, 2, 1)],
    [
      'F.conv2d(image, w2, b6, stride=(2, 1), padding=(0, 2), dilation=(1, 2))',
      ({ image, w2, b6 }) => torch.conv2d(image, w2, b6, { stride: [2, 1], padding: [0, 2], dilation: [1, 2] }),
    ],
    [
      'F.conv2d(image, grouped, b4, groups=2)',
      ({ image, grouped, b4 }) => torch.conv2d(image, grouped, b4, { groups: 2 }),
    ],
    [
      'F.conv2d(image, depthwise, padding=1, groups=4)',
      ({ image, depthwise }) => torch.conv2d(image, depthwise, { padding: 1, groups: 4 }),
    ],
    ["F.conv2d(image, w2, padding='valid')", ({ image, w2 }) => torch.conv2d(image, w2, { padding: 'valid' })],
    ['F.conv3d(cube, w3, b2)', ({ cube, w3, b2 }) => torch.conv3d(cube, w3, b2)],
    [
      'F.conv_transpose1d(line, t1, b2, stride=2)',
      ({ line, t1, b2 }) => torch.convTranspose1d(line, t1, b2, { stride: 2 }),
    ],
    ['F.conv_transpose2d(image, t2)', ({ image, t2 }) => torch.convTranspose2d(image, t2)],
    [
      'F.conv_transpose2d(image, t2, b2, stride=2, padding=1, output_padding=1)',
      ({ image, t2, b2 }) => torch.convTranspose2d(image, t2, b2, { stride: 2, padding: 1, outputPadding: 1 }),
    ],
    ['F.conv_transpose3d(cube, t3)', ({ cube, t3 }) => torch.convTranspose3d(cube, t3)],
    [
      'torch.convolution(image, w2, b6, (1, 1), (1, 1), (1, 1), False, (0, 0), 1)',
      ({ image, w2, b6 }) => torch.convolution(image, w2, b6, [1, 1], [1, 1], [1, 1], false, [0, 0], 1),
    ],
    [
      'torch.conv_tbc(line.permute(2, 0, 1).contiguous(), w1.permute(2, 1, 0).contiguous(), b6, 1)',
      ({ line, w1, b6 }) =>
        torch.convTbc(line.permute([2, 0, 1]).contiguous(), w1.permute([2, 1, 0]).contiguous(), b6, 1),
    ],
  ],
);
