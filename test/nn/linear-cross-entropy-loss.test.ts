import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { refuse } from './refusals.ts';

const { nn } = torch;
const F = nn.functional;
const ids = (...values: number[]) => torch.tensor(values, { dtype: 'int64' });

describe('LinearCrossEntropyLoss', () => {
  const inputs = () => torch.randn([9, 3], { dtype: 'float64', requiresGrad: true });
  const targets = ids(0, 1, 2, 3, 0, 1, 2, 3, 0);
  const table = () => torch.randn([4, 3], { dtype: 'float64', requiresGrad: true });

  it('in chunks has the gradients that finite differences confirm', () => {
    for (const reduction of ['mean', 'sum', 'none'] as const) {
      const options = { reduction, options: { batchChunkSize: 4, chunkingMethod: null, allowRetainGraph: true } };
      const loss = (x: torch.Tensor, w: torch.Tensor) => F.linearCrossEntropy(x, w, targets, options);
      expect(torch.autograd.gradcheck(loss, [inputs(), table()]), reduction).to.equal(true);
    }
  });

  it('is the cross entropy of the linear layer', () => {
    const module = new nn.LinearCrossEntropyLoss(3, 4, { bias: true, options: { batchChunkSize: 2 } });
    const x9 = torch.randn([9, 3]);
    const expected = F.crossEntropy(module.linear(x9), targets).item();
    expect(module(x9, targets).item()).to.be.closeTo(expected as number, 1e-6);
  });

  it('leaves no tensors of its chunks behind', () => {
    const module = new nn.LinearCrossEntropyLoss(3, 4, { options: {} });
    const x9 = torch.randn([9, 3]);
    globalThis.gc?.(); // what earlier tests left
    const before = torch.memory().tensors;
    torch.scope(() => void module(x9, targets).backward());
    module.zeroGrad();
    globalThis.gc?.();
    expect(torch.memory().tensors).to.be.at.most(before + 1);
  });

  it('goes backward twice only where it may', () => {
    const twice = (allowRetainGraph: boolean) => {
      const loss = F.linearCrossEntropy(inputs(), table(), targets, { options: { allowRetainGraph } });
      loss.backward({ retainGraph: true });
      loss.backward();
    };
    expect(() => twice(false)).to.throw(torch.TorchError);
    twice(true);
  });

  const three = () => torch.randn([9, 3]);
  refuse([
    [
      'weights of another shape',
      () => new nn.LinearCrossEntropyLoss(3, 4, { weight: torch.ones([3]) }),
      torch.ShapeError,
      'LinearCrossEntropyLoss: weight must be [4], got [3]',
    ],
    [
      'too much smoothing',
      () => new nn.LinearCrossEntropyLoss(3, 4, { labelSmoothing: 2 }),
      RangeError,
      'labelSmoothing must be between 0 and 1, got 2',
    ],
    [
      'another policy',
      () => new nn.LinearCrossEntropyLoss(3, 4, { options: { accPolicy: 'fast' as never } }),
      RangeError,
      'accPolicy must be one of accurate',
    ],
    [
      'another method',
      () => new nn.LinearCrossEntropyLoss(3, 4, { options: { chunkingMethod: 'aspect_ratio:0' } }),
      RangeError,
      'chunkingMethod must be',
    ],
    [
      'chunks of nothing',
      () => new nn.LinearCrossEntropyLoss(3, 4, { options: { batchChunkSize: 0 } }),
      RangeError,
      'batchChunkSize must be an integer above 0',
    ],
    [
      'sums of integers',
      () => new nn.LinearCrossEntropyLoss(3, 4, { options: { accDtype: 'int64' } }),
      RangeError,
      'accDtype must be one of',
    ],
    [
      'methods that differ',
      () =>
        F.linearCrossEntropy(three(), torch.randn([4, 3]), targets, {
          options: { batchChunkSize: 3, chunkingMethod: 'aspect_ratio' },
        }),
      RangeError,
      'differ; pass one of them',
    ],
    [
      'other features',
      () => F.linearCrossEntropy(three(), torch.randn([4, 2]), targets),
      torch.ShapeError,
      'linearWeight must be [C, …, 3] to match input, got [4, 2]',
    ],
    [
      'a bias of another shape',
      () => F.linearCrossEntropy(three(), torch.randn([4, 3]), targets, { linearBias: torch.ones([3]) }),
      torch.ShapeError,
      'linearBias must be [4] to match linearWeight, got [3]',
    ],
    [
      'an index to pass over of probabilities',
      () => F.linearCrossEntropy(three(), torch.randn([4, 3]), torch.rand([9, 4]), { ignoreIndex: 1 }),
      TypeError,
      'ignoreIndex must be null',
    ],
  ]);
});
