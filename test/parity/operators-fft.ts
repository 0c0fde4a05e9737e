import * as torch from '../../lib/index.ts';
import { family, floats, real } from './operators.ts';

const { fft: t } = torch;

export const fft = family(
  'fft',
  {
    x: real(3, 8),
    z: real(2, 4, 4),
    v: real(10),
    spectrum: {
      values: [new torch.Complex(1, 0), new torch.Complex(0.5, -1), new torch.Complex(2, 0)],
      dtype: 'complex64',
    },
  },
  [
    ['torch.fft.fft(v)', ({ v }) => t.fft(v)],
    ['torch.fft.fft(x, n=6, dim=0)', ({ x }) => t.fft(x, { n: 6, dim: 0 })],
    ["torch.fft.fft(v, norm='ortho')", ({ v }) => t.fft(v, { norm: 'ortho' })],
    ['torch.fft.ifft(x)', ({ x }) => t.ifft(x)],
    ["torch.fft.ifft(x, 5, 1, 'forward')", ({ x }) => t.ifft(x, 5, 1, 'forward')],
    ['torch.fft.rfft(x)', ({ x }) => t.rfft(x)],
    ['torch.fft.irfft(x)', ({ x }) => t.irfft(x)],
    ['torch.fft.irfft(spectrum, n=5)', ({ spectrum }) => t.irfft(spectrum, { n: 5 })],
    ['torch.fft.hfft(x)', ({ x }) => t.hfft(x)],
    ['torch.fft.ihfft(x)', ({ x }) => t.ihfft(x)],
    ['torch.fft.fft2(z)', ({ z }) => t.fft2(z)],
    ['torch.fft.ifft2(z, s=(2, 3))', ({ z }) => t.ifft2(z, { s: [2, 3] })],
    ['torch.fft.rfft2(z, dim=(0, 1))', ({ z }) => t.rfft2(z, { dim: [0, 1] })],
    ['torch.fft.irfft2(z)', ({ z }) => t.irfft2(z)],
    ['torch.fft.fftn(z)', ({ z }) => t.fftn(z)],
    ['torch.fft.ifftn(z, dim=(0, 2))', ({ z }) => t.ifftn(z, { dim: [0, 2] })],
    ['torch.fft.rfftn(z)', ({ z }) => t.rfftn(z)],
    ["torch.fft.irfftn(z, norm='backward')", ({ z }) => t.irfftn(z, { norm: 'backward' })],
    ['torch.fft.hfft2(z)', ({ z }) => t.hfft2(z)],
    ['torch.fft.hfftn(z)', ({ z }) => t.hfftn(z)],
    ['torch.fft.ihfft2(z)', ({ z }) => t.ihfft2(z)],
    ['torch.fft.ihfftn(z)', ({ z }) => t.ihfftn(z)],
    ['torch.fft.fftshift(x)', ({ x }) => t.fftshift(x)],
    ['torch.fft.ifftshift(x, dim=1)', ({ x }) => t.ifftshift(x, { dim: 1 })],
    ['torch.fft.fftfreq(6)', () => t.fftfreq(6)],
    ['torch.fft.fftfreq(5, d=0.5, dtype=torch.float64)', () => t.fftfreq(5, { d: 0.5, dtype: 'float64' })],
    ['torch.fft.rfftfreq(7, 2.0)', () => t.rfftfreq(7, 2)],
    [
      'torch.stft(v, 4, hop_length=2, return_complex=True)',
      ({ v }) => torch.stft(v, 4, { hopLength: 2, returnComplex: true }),
      { dtypes: [...floats, 'complex64'] },
    ],
    [
      'torch.stft(v, 4, window=torch.hann_window(4, dtype=v.dtype), center=False, return_complex=True)',
      ({ v }) =>
        torch.stft(v, 4, { window: torch.hannWindow(4, { dtype: v.dtype }), center: false, returnComplex: true }),
      { dtypes: floats },
    ],
  ],
);
