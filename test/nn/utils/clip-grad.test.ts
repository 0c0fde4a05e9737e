import { expect } from 'chai';
import * as torch from '../../../lib/index.ts';

const { nn } = torch;
const { utils } = nn;

function parameter(gradient: number[] | null): torch.nn.Parameter {
  const made = new nn.Parameter(torch.zeros([2]));
  if (gradient !== null) made.grad = torch.tensor(gradient);
  return made;
}

describe('nn.utils: clipping gradients', () => {
  it('scales them to the norm, and leaves smaller ones alone', () => {
    const list = [parameter([3, 0]), parameter([0, 4]), parameter(null)];
    expect(utils.clipGradNorm_(list, 1).item()).to.equal(5);
    expect(utils.getTotalNorm(list.slice(0, 2).map(({ grad }) => grad!)).item()).to.be.closeTo(1, 1e-5);
    const before = list[0]!.grad!.tolist();
    utils.clipGradNorm_(list, 10);
    expect(list[0]!.grad!.tolist()).to.deep.equal(before);
    utils.clipGradValue_(list, 0.5);
    expect(list.map(({ grad }) => grad?.abs().max().item() ?? null)).to.deep.equal([0.5, 0.5, null]);
    expect(utils.clipGradNorm_([], 1).item()).to.equal(0);
  });

  it('refuses a norm that is not finite where it is asked to', () => {
    const list = [parameter([NaN, 0])];
    expect(() => utils.clipGradNorm_(list, 1, { errorIfNonfinite: true })).to.throw(
      RangeError,
      'must be finite, got NaN',
    );
    expect(utils.clipGradNorm_(list, 1).item()).to.be.NaN;
  });

  it('leaves nothing behind', () => {
    const list = [parameter([3, 0]), parameter([0, 4])];
    const { tensors } = torch.memory();
    torch.scope(() => {
      utils.clipGradNorm_(list, 1);
      utils.clipGradValue_(list, 1);
    });
    expect(torch.memory().tensors).to.be.at.most(tensors);
  });

  it('refuses wrong arguments', () => {
    expect(() => utils.clipGradNorm_(3 as never, 1)).to.throw(
      TypeError,
      'parameters must be a Tensor or several, got 3',
    );
    expect(() => utils.clipGradNorm_([3 as never], 1)).to.throw(TypeError, 'parameters[0] must be a Tensor, got 3');
    expect(() => utils.clipGradNorm_([], '1' as never)).to.throw(TypeError, 'maxNorm must be a number, got "1"');
    expect(() => utils.clipGradNorm_([], 1, { norm: 2 } as never)).to.throw(TypeError, 'there is no option norm');
    expect(() => utils.clipGradValue_([], NaN)).to.throw(TypeError, 'clipValue must be a number, got NaN');
  });
});
