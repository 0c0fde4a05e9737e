import { expect } from 'chai';
import * as torch from '../lib/index.ts';

const draw = (generator?: torch.Generator) => torch.rand([4], generator === undefined ? {} : { generator }).tolist();

describe('the default generator', () => {
  it('repeats its stream for the same seed', () => {
    torch.manualSeed(3);
    const first = [draw(), draw()];
    torch.manualSeed(3);
    expect([draw(), draw()]).to.deep.equal(first);
    torch.manualSeed(4);
    expect(draw()).to.not.deep.equal(first[0]);
  });

  it("gives PyTorch's numbers", () => {
    torch.manualSeed(0);
    const digits = (torch.rand([3]).tolist() as number[]).map((each) => each.toFixed(4));
    expect(digits).to.deep.equal(['0.4963', '0.7682', '0.0885']);
  });

  it('tells its seed', () => {
    torch.manualSeed(42);
    expect(torch.initialSeed()).to.equal(42n);
    torch.manualSeed(2n ** 63n);
    expect(torch.initialSeed()).to.equal(2n ** 63n);
    torch.manualSeed(-1);
    expect(torch.initialSeed()).to.equal(2n ** 64n - 1n);
    expect(torch.seed()).to.equal(torch.initialSeed());
    torch.manualSeed(0);
  });

  it('goes on from a state', () => {
    torch.manualSeed(5);
    draw();
    const state = torch.getRngState();
    const next = draw();
    torch.setRngState(state);
    expect(draw()).to.deep.equal(next);
    expect(state.dtype).to.equal('uint8');
  });

  it('refuses a seed that is none', () => {
    for (const seed of [1.5, Number.NaN, 2n ** 64n, -(2n ** 63n) - 1n, '1', null, undefined]) {
      expect(() => torch.manualSeed(seed as never), String(seed)).to.throw(RangeError, 'manualSeed: seed must be');
    }
  });
});

describe('a generator', () => {
  it('has a stream of its own', () => {
    torch.manualSeed(1);
    const expected = draw();
    torch.manualSeed(1);
    const own = new torch.Generator().manualSeed(9);
    const mine = draw(own);
    expect(draw()).to.deep.equal(expected);
    expect(draw(new torch.Generator().manualSeed(9))).to.deep.equal(mine);
    expect(mine).to.not.deep.equal(expected);
  });

  it('keeps and takes its state', () => {
    const generator = new torch.Generator().manualSeed(2);
    const state = generator.getState();
    const first = draw(generator);
    expect(draw(generator.setState(state))).to.deep.equal(first);
    expect(draw(new torch.Generator().setState(state))).to.deep.equal(first);
    expect(() => generator.setState(torch.zeros([3]))).to.throw(torch.TorchError);
    expect(() => generator.setState(1 as never)).to.throw(TypeError, 'state must be a Tensor, got 1');
  });

  it('draws a fresh seed', () => {
    const generator = new torch.Generator();
    const seed = generator.seed();
    expect(seed).to.be.a('bigint').that.equals(generator.initialSeed());
    const first = draw(generator);
    expect(draw(new torch.Generator().manualSeed(seed))).to.deep.equal(first);
  });

  it('outlives the scope it was made in', () => {
    const generator = torch.scope(() => {
      const made = new torch.Generator().manualSeed(1);
      draw(made);
      return () => made;
    });
    expect(draw(generator())).to.have.lengthOf(4);
  });

  it('belongs to a device', () => {
    expect(new torch.Generator().device).to.equal('cpu');
    expect(() => new torch.Generator('gpu' as never)).to.throw(TypeError, 'Generator: device');
    expect(() => torch.rand([2], { generator: {} as never })).to.throw(TypeError);
  });
});
