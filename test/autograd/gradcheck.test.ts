import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

type Context = torch.autograd.FunctionContext;
type Tensor = torch.Tensor;
const { gradcheck, gradgradcheck, GradcheckError } = torch.autograd;

function leaf(values: torch.NestedArray | number, dtype: 'float64' | 'complex128' | 'float32' = 'float64'): Tensor {
  return torch.tensor(values, { dtype, requiresGrad: true });
}

/** `x * x` with a gradient of one's own. */
function square(backward: (x: Tensor, gradOutput: Tensor) => Tensor): (x: Tensor) => Tensor {
  class Square extends torch.autograd.Function {
    static forward(ctx: Context, x: Tensor): Tensor {
      ctx.saveForBackward(x);
      return x.mul(x);
    }
    static backward(ctx: Context, gradOutput: Tensor): Tensor {
      return backward(ctx.savedTensors[0], gradOutput);
    }
  }
  return (x) => Square.apply(x);
}

describe('gradcheck', () => {
  const right = square((x, gradOutput) => gradOutput.mul(x).mul(2));
  const wrong = square((x, gradOutput) => gradOutput.mul(x).mul(2.01));

  it('passes right gradients', () => {
    expect(gradcheck(right, [leaf([1, -2, 0.5])])).to.equal(true);
    expect(
      gradcheck(
        (x, y) => [x.matmul(y), x.sum()],
        [
          leaf([
            [1, 2],
            [3, 4],
          ]),
          leaf([[0.5], [2]]),
        ],
      ),
    ).to.equal(true);
  });

  it('finds a gradient that is one percent off and shows both Jacobians', () => {
    expect(() => gradcheck(wrong, [leaf([1, -2])])).to.throw(
      GradcheckError,
      /output 0 with respect to input 0.*numerical: tensor\(.*2\.0.*analytical: tensor\(.*2\.01/s,
    );
    expect(gradcheck(wrong, [leaf([1, -2])], { raiseException: false })).to.equal(false);
    expect(gradcheck(wrong, [leaf([1, -2])], { rtol: 0.1 })).to.equal(true);
  });

  it('finds it in fast mode, too', () => {
    expect(gradcheck(right, [leaf([1, -2, 3])], { fastMode: true })).to.equal(true);
    expect(() => gradcheck(wrong, [leaf([1, -2, 3])], { fastMode: true })).to.throw(
      GradcheckError,
      'Jacobian mismatch',
    );
  });

  it('checks complex inputs and outputs', () => {
    const z = leaf([new torch.Complex(1, 2), new torch.Complex(-0.5, 0.3)], 'complex128');
    expect(gradcheck((each) => each.mul(each).exp(), [z])).to.equal(true);
    expect(gradcheck((each) => each.abs(), [z])).to.equal(true);
    expect(gradcheck((each) => each.conj(), [z])).to.equal(true);
    expect(gradcheck((each) => torch.complex(each, each.mul(2)), [leaf([1, 2])])).to.equal(true);
    const unconjugated = square((x, gradOutput) => gradOutput.mul(x).mul(2));
    expect(() => gradcheck(unconjugated, [z])).to.throw(GradcheckError, 'Jacobian mismatch');
  });

  it('names the input and the output', () => {
    class SecondIsWrong extends torch.autograd.Function {
      static forward(_ctx: Context, x: Tensor, y: Tensor): Tensor[] {
        return [x.mul(2), x.add(y)];
      }
      static backward(_ctx: Context, first: Tensor, second: Tensor): Tensor[] {
        return [first.mul(2).add(second), second.mul(3)];
      }
    }
    expect(() => gradcheck((x, _, y) => SecondIsWrong.apply(x, y), [leaf([1]), 'text', leaf([2])])).to.throw(
      GradcheckError,
      'output 1 with respect to input 2',
    );
  });

  it('finds gradients that differ from pass to pass', () => {
    let passes = 0;
    const noisy = square((x, gradOutput) => gradOutput.mul(x).mul(2 + 1e-7 * passes++));
    expect(() => gradcheck(noisy, [leaf([1])])).to.throw(GradcheckError, 'not deterministic');
    expect(gradcheck(noisy, [leaf([1])], { nondetTol: 1e-5 })).to.equal(true);
  });

  it('finds a backward that forgets the gradient of its output', () => {
    const forgetful = square((x) => x.mul(2));
    expect(() => gradcheck(forgetful, [leaf(1)], { rtol: 1 })).to.throw(GradcheckError, 'multiply by the gradient');
  });

  it('finds a backward that cannot do without gradients of its outputs', () => {
    class Strict extends torch.autograd.Function {
      static forward(ctx: Context, x: Tensor): Tensor {
        ctx.setMaterializeGrads(false);
        return x.mul(2);
      }
      static backward(_ctx: Context, gradOutput: Tensor): Tensor {
        return gradOutput.mul(2);
      }
    }
    const call = (x: Tensor) => Strict.apply(x);
    expect(() => gradcheck(call, [leaf([1])])).to.throw(GradcheckError, 'undefined');
    expect(gradcheck(call, [leaf([1])], { checkUndefinedGrad: false })).to.equal(true);
  });

  it('finds an output that moves but has no graph', () => {
    expect(() => gradcheck((x) => x.detach().mul(2), [leaf([1])])).to.throw(GradcheckError, 'has no graph');
    expect(gradcheck((x) => torch.ones([2], { dtype: x.dtype }), [leaf([1])])).to.equal(true);
  });

  it('leaves inputs and random numbers as they were', () => {
    const x = leaf([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const columns = x.detach().t().requiresGrad_();
    torch.manualSeed(3);
    const expected = torch.rand([2]).tolist();
    torch.manualSeed(3);
    expect(gradcheck((each) => each.mul(each), [columns], { fastMode: true })).to.equal(true);
    expect(gradcheck((each) => each.mul(each), [columns])).to.equal(true);
    expect(torch.rand([2]).tolist()).to.deep.equal(expected);
    expect(x.tolist()).to.deep.equal([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(columns.grad).to.equal(null);
  });

  it('puts inputs back after an error', () => {
    const x = leaf([1, 2]);
    let calls = 0;
    const failing = (each: Tensor) => {
      if (++calls === 2) throw new Error('second call');
      return each.mul(2);
    };
    expect(() => gradcheck(failing, [x])).to.throw('second call');
    expect(x.tolist()).to.deep.equal([1, 2]);
  });

  it('works inside a scope and frees what it made', () => {
    const x = leaf([1, 2]);
    globalThis.gc?.(); // what earlier tests left
    const before = torch.memory().tensors;
    torch.scope(() => gradcheck((each) => each.mul(each), [x]));
    expect(torch.memory().tensors).to.equal(before);
  });

  it('checks shapes without elements', () => {
    expect(gradcheck((x) => x.mul(2), [torch.zeros([0, 3], { dtype: 'float64', requiresGrad: true })])).to.equal(true);
  });

  it('says what is wrong with its arguments', () => {
    expect(() => gradcheck((x) => x, [torch.ones([1])])).to.throw(
      TypeError,
      'at least one Tensor that requires a gradient',
    );
    expect(() => gradcheck((_: Tensor) => 3 as unknown as Tensor, [leaf([1])])).to.throw(
      TypeError,
      'fn must return a Tensor',
    );
    const shared = torch.ones([1], { dtype: 'float64' }).expand([3]).requiresGrad_();
    expect(() => gradcheck((x) => x.mul(2), [shared])).to.throw(RangeError, 'share memory');
  });
});

describe('gradgradcheck', () => {
  it('passes right second derivatives', () => {
    expect(gradgradcheck((x) => x.sin().mul(x), [leaf([1, 2])])).to.equal(true);
    expect(gradgradcheck((x, y) => x.matmul(y), [leaf([[1, 2]]), leaf([[3], [4]])])).to.equal(true);
    expect(gradgradcheck((x) => x.exp(), [leaf([0.5])], { gradOutputs: leaf([2]), fastMode: true })).to.equal(true);
  });

  it('finds a backward that is right but cannot be differentiated', () => {
    const detached = square((x, gradOutput) => gradOutput.mul(x.detach()).mul(2));
    expect(gradcheck(detached, [leaf([1, 2])])).to.equal(true);
    expect(() => gradgradcheck(detached, [leaf([1, 2])])).to.throw(GradcheckError, 'Jacobian mismatch');
    expect(gradgradcheck(detached, [leaf([1, 2])], { raiseException: false })).to.equal(false);
  });
});
