import * as torch from '../../lib/index.ts';
import { family, floats, indices, real } from './operators.ts';

// Ties may come in any order where a sort is not stable, but in one build always in the same.
const ordered = [...floats, 'int64', 'int32', 'uint8'] as const;

export const sorting = family(
  'sorting and searching',
  { x: real(4, 6), v: real(9), w: real(5), edges: indices([-2n, 0n, 1n, 3n]) },
  [
    ['torch.sort(x)', ({ x }) => torch.sort(x)],
    ['x.sort(0)', ({ x }) => x.sort(0)],
    ['x.sort(dim=1, descending=True)', ({ x }) => x.sort({ dim: 1, descending: true })],
    ['torch.sort(x, dim=0, stable=True)', ({ x }) => torch.sort(x, { dim: 0, stable: true })],
    ['torch.argsort(v)', ({ v }) => torch.argsort(v)],
    ['v.argsort(descending=True)', ({ v }) => v.argsort({ descending: true })],
    ['torch.argsort(x, dim=1, stable=True)', ({ x }) => torch.argsort(x, { dim: 1, stable: true })],
    ['torch.msort(x)', ({ x }) => torch.msort(x)],
    ['torch.topk(v, 3)', ({ v }) => torch.topk(v, 3)],
    ['x.topk(2, dim=0, largest=False)', ({ x }) => x.topk(2, { dim: 0, largest: false })],
    ['x.topk(k=3, sorted=True)', ({ x }) => x.topk({ k: 3, sorted: true })],
    ['torch.kthvalue(v, 4)', ({ v }) => torch.kthvalue(v, 4)],
    ['x.kthvalue(2, 0, keepdim=True)', ({ x }) => x.kthvalue(2, 0, { keepdim: true })],
    ['torch.searchsorted(v.sort()[0], w)', ({ v, w }) => torch.searchsorted(v.sort()[0], w)],
    [
      'torch.searchsorted(v.sort()[0], w, right=True)',
      ({ v, w }) => torch.searchsorted(v.sort()[0], w, { right: true }),
    ],
    [
      "torch.searchsorted(v.sort()[0], w, side='right', out_int32=True)",
      ({ v, w }) => torch.searchsorted(v.sort()[0], w, { side: 'right', outInt32: true }),
    ],
    ['torch.searchsorted(v.sort()[0], 0.5)', ({ v }) => torch.searchsorted(v.sort()[0], 0.5)],
    ['torch.bucketize(w, edges)', ({ w, edges }) => torch.bucketize(w, edges)],
    ['torch.bucketize(0.5, edges)', ({ edges }) => torch.bucketize(0.5, edges)],
    ['torch.max(v, 0)', ({ v }) => torch.max(v, 0)],
    ['torch.median(x, 0)', ({ x }) => torch.median(x, 0), { dtypes: ordered }],
    ['torch.mode(v)', ({ v }) => torch.mode(v)],
  ],
);
