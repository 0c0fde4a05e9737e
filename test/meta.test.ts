import { expect } from 'chai';
import * as nn from '../lib/generated/nn.ts';
import * as torch from '../lib/index.ts';

const { linalg } = torch;

const x = torch.ones([4, 6]);
const y = torch.ones([4, 6]);
const s = torch.eye(4);
const b = torch.ones([2, 3, 4]);
const c = torch.ones([2, 4, 5]);
const v = torch.ones([6]);
const image = torch.ones([2, 4, 8, 8]);
const rows = torch.tensor([1n, 0n, 2n]);
const mask = x.gt(0);
const inputs = { x, y, s, b, c, v, image, rows, mask };
type Inputs = typeof inputs;

const cases: readonly ((inputs: Inputs) => unknown)[] = [
  ({ x, y }) => torch.add(x, y),
  ({ x }) => torch.sub(1, x),
  ({ x, v }) => torch.mul(x, v),
  ({ x, y }) => torch.div(x, y),
  ({ x }) => torch.pow(x, 2),
  ({ x, y }) => torch.maximum(x, y),
  ({ x, y }) => torch.atan2(x, y),
  ({ x, y }) => torch.lerp(x, y, 0.5),
  ({ x, y }) => torch.addcmul(x, y, y),
  ({ x }) => torch.clamp(x, 0, 1),
  ({ x }) => torch.clamp(x, { min: 0 }),
  ({ x }) => torch.exp(x),
  ({ x }) => torch.log(x),
  ({ x }) => torch.sqrt(x),
  ({ x }) => torch.sin(x),
  ({ x }) => torch.sigmoid(x),
  ({ x }) => torch.tanh(x),
  ({ x }) => torch.erf(x),
  ({ x }) => torch.sign(x),
  ({ x }) => torch.floor(x),
  ({ x, y }) => torch.eq(x, y),
  ({ x }) => torch.neg(x),
  ({ x }) => torch.cos(x),
  ({ x }) => torch.round(x),
  ({ x }) => torch.rsqrt(x),
  ({ x }) => torch.reciprocal(x),
  ({ x, y }) => torch.hypot(x, y),
  ({ x, y }) => torch.fmod(x, y),
  ({ x }) => torch.ge(x, 2),
  ({ x }) => torch.cumprod(x, 0),
  ({ x }) => torch.clampMin(x, 0),
  ({ x }) => torch.triu(x, 1),
  ({ x }) => torch.unflatten(x, 1, [2, 3]),
  ({ b }) => torch.movedim(b, 0, 2),
  ({ b, c }) => torch.baddbmm(torch.matmul(b, c), b, c),
  ({ x, v }) => torch.addmv(torch.mv(x, v), x, v),
  ({ x }) => nn.elu(x),
  ({ x }) => nn.softplus(x),
  ({ x }) => torch.aminmax(x, { dim: 1 }),
  ({ x }) => torch.lt(x, 1),
  ({ x }) => torch.sum(x),
  ({ x }) => torch.sum(x, 1, { keepdim: true }),
  ({ x }) => torch.mean(x, 0),
  ({ x }) => torch.prod(x, 1),
  ({ x }) => torch.max(x, 1),
  ({ x }) => torch.amax(x, [0, 1]),
  ({ x }) => torch.argmax(x, 1),
  ({ x }) => torch.all(x, 0),
  ({ x }) => torch.any(x),
  ({ x }) => torch.norm(x, 2, 1),
  ({ x }) => torch.cumsum(x, 1),
  ({ x }) => torch.sort(x, { dim: 1 }),
  ({ x }) => torch.argsort(x),
  ({ x }) => torch.topk(x, 2),
  ({ x }) => torch.reshape(x, [6, 4]),
  ({ x }) => x.view([-1]),
  ({ x }) => x.t(),
  ({ b }) => torch.permute(b, [2, 0, 1]),
  ({ b }) => torch.transpose(b, 0, 2),
  ({ b }) => torch.flatten(b, 1),
  ({ b }) => b.unsqueeze(1),
  ({ b }) => b.unsqueeze(1).squeeze(1),
  ({ v }) => v.expand([3, 6]),
  ({ v }) => v.repeat([2, 2]),
  ({ x, y }) => torch.cat([x, y], 1),
  ({ x, y }) => torch.stack([x, y]),
  ({ x }) => torch.split(x, 4, { dim: 1 }),
  ({ x }) => torch.chunk(x, 3, 1),
  ({ b }) => torch.unbind(b, 1),
  ({ x }) => torch.tril(x),
  ({ x }) => torch.diagonal(x),
  ({ v }) => torch.diagEmbed(v),
  ({ x }) => torch.narrow(x, 1, 2, 3),
  ({ x }) => torch.select(x, 0, 1),
  ({ v }) => v.unfold(0, 3, 1),
  ({ x }) => x.index([torch.slice(1, 3), null, 2]),
  ({ x, rows }) => x.index([rows]),
  ({ x, rows }) => torch.gather(x, 1, rows.expand([4, 3])),
  ({ x, mask }) => torch.maskedFill(x, mask, 0),
  ({ x, rows }) => torch.scatter(x, 1, rows.expand([4, 3]), 1),
  ({ x, rows }) => torch.indexAdd(x, 1, rows, torch.onesLike(x).narrow(1, 0, 3)),
  ({ x, y }) => torch.matmul(x, y.t()),
  ({ x, y }) => torch.mm(x, y.t()),
  ({ b, c }) => torch.bmm(b, c),
  ({ x, v }) => torch.mv(x, v),
  ({ v }) => torch.outer(v, v),
  ({ s, x, y }) => torch.addmm(s, x, y.t()),
  ({ b, c }) => torch.einsum('bij,bjk->bik', [b, c]),
  ({ s }) => linalg.inv(s),
  ({ s, x }) => linalg.solve(s, x),
  ({ s }) => linalg.det(s),
  ({ x }) => linalg.qr(x),
  ({ x }) => linalg.svd(x, { fullMatrices: false }),
  ({ s }) => linalg.eigh(s),
  ({ s }) => linalg.cholesky(s),
  ({ x }) => linalg.vectorNorm(x, { dim: 1 }),
  ({ x }) => linalg.matrixNorm(x),
  ({ x }) => torch.softmax(x, 1),
  ({ x }) => torch.logSoftmax(x, 1),
  ({ x }) => nn.gelu(x),
  ({ x }) => nn.silu(x),
  ({ x }) => nn.leakyRelu(x),
  ({ x }) => nn.linear(x, x),
  ({ image }) => torch.maxPool2d(image, 2),
  ({ image }) => nn.avgPool2d(image, 3, 2),
  ({ image }) => nn.adaptiveAvgPool2d(image, 1),
  ({ image }) => nn.pad(image, [1, 1, 2, 2]),
  ({ image }) => nn.upsampleNearest2d(image, [16, 16]),
  ({ x, y }) => nn.mseLoss(x, y),
  ({ x, y }) => nn.smoothL1Loss(x, y, { reduction: 0 }),
  ({ x, rows }) => nn.crossEntropyLoss(x.narrow(0, 0, 3), rows),
  ({ x, y }) => torch.tripletMarginLoss(x, y, y),
  ({ x }) => torch.zerosLike(x),
  ({ x }) => torch.randnLike(x),
  ({ x }) => x.newFull([2, 2], 3),
  ({ x }) => torch.bernoulli(x),
  ({ x }) => torch.dropout(x, 0.5, true),
  ({ x }) => x.to('int64'),
  ({ x }) => x.clone().add_(1),
  ({ x, y }) => torch.add(x, y, { out: torch.emptyLike(x) }),
];

/** Shape, strides and dtype of everything that an operator returned. */
function facts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(facts);
  const { shape, dtype, strides } = value as torch.Tensor;
  return { shape, dtype, strides };
}

function devices(value: unknown): unknown[] {
  return Array.isArray(value) ? value.flatMap(devices) : [(value as torch.Tensor).device];
}

describe('meta tensors', () => {
  const onMeta = Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [name, value.to('meta')]),
  ) as unknown as Inputs;

  for (const run of cases) {
    const name = String(run).replace(/^\(\{.*?\}\)\s*=>\s*/, '');
    it(`have the shape of ${name}`, () => {
      const result = run(onMeta);
      expect(facts(result)).to.deep.equal(facts(run(inputs)));
      expect(new Set(devices(result))).to.deep.equal(new Set(['meta']));
    });
  }

  it('take no memory', () => {
    const huge = torch.zeros([1e6, 1e6, 1e3], { device: 'meta' });
    expect(huge.add(1).sum([0, 1]).shape).to.deep.equal([1000]);
    huge.dispose();
  });

  it('are refused where only Python knows the shape', () => {
    // Python adds such kernels when torch is imported; libtorch alone has none for these.
    expect(() => torch.relu(onMeta.x)).to.throw(torch.TorchError, 'no fake impl or Meta kernel');
  });

  it('refuse what needs values', () => {
    expect(() => torch.nonzero(onMeta.x)).to.throw(torch.TorchError);
    expect(() => onMeta.x.item()).to.throw(torch.TorchError);
  });
});
