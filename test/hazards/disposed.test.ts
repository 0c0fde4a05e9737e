import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

/** What can be done with a tensor. */
const uses: Record<string, (x: torch.Tensor) => unknown> = {
  method: (x) => x.add(1),
  'second argument': (x) => torch.ones([2]).add(x),
  'element of a list': (x) => torch.cat([torch.ones([2]), x]),
  'in place': (x) => x.add_(1),
  out: (x) => torch.add(torch.ones([2]), 1, { out: x }),
  shape: (x) => x.shape,
  dtype: (x) => x.dtype,
  requiresGrad: (x) => x.requiresGrad,
  'set requiresGrad': (x) => x.requiresGrad_(),
  grad: (x) => x.grad,
  'set grad': (x) => {
    x.grad = null;
  },
  backward: (x) => x.sum().backward(),
  'torch.autograd.grad': (x) => torch.autograd.grad(torch.ones([1], { requiresGrad: true }), x),
  retainGrad: (x) => x.retainGrad(),
  registerHook: (x) => x.registerHook(() => {}),
  item: (x) => x.select(0, 0).item(),
  tolist: (x) => x.tolist(),
  toTypedArray: (x) => x.toTypedArray(),
  dataPtr: (x) => x.dataPtr(),
  version: (x) => x.version,
  index: (x) => x.index(0),
  'as an index': (x) => torch.ones([2]).index([x]),
  indexPut_: (x) => x.indexPut_(0, 1),
  to: (x) => x.to('float64'),
  'target of to': (x) => torch.ones([1]).to(x),
  'copy by torch.tensor': (x) => torch.tensor(x),
  iteration: (x) => [...x],
  'as a string': (x) => x.toString(),
  share: (x) => torch.share(x),
};

describe('a disposed tensor', () => {
  for (const [name, use] of Object.entries(uses)) {
    it(`is refused: ${name}`, () => {
      const x = torch.ones([2]);
      x.dispose();
      expect(() => use(x)).to.throw(torch.DisposedError, /disposed/);
    });
  }

  it('may be disposed again', () => {
    const x = torch.ones([2]);
    x.dispose();
    x.dispose();
    x[Symbol.dispose]();
    expect(x.isDisposed).to.equal(true);
  });

  it('leaves views and graphs alive', () => {
    const x = torch.ones([2, 2], { requiresGrad: true });
    const y = x.mul(3);
    const row = y.select(0, 1);
    y.dispose();
    expect(row.tolist()).to.deep.equal([3, 3]);
    row.sum().backward();
    expect(x.grad?.tolist()).to.deep.equal([
      [0, 0],
      [3, 3],
    ]);
  });

  it('does not count among the live', () => {
    const before = torch.memory();
    const x = torch.ones([1000]);
    expect(torch.memory().tensors).to.equal(before.tensors + 1);
    expect(torch.memory().bytes).to.equal(before.bytes + 4000);
    x.dispose();
    x.dispose();
    expect(torch.memory().tensors).to.equal(before.tensors);
    expect(torch.memory().bytes).to.equal(before.bytes);
  });

  it('is what `using` leaves behind', () => {
    let outside: torch.Tensor;
    {
      using x = torch.ones([2]);
      outside = x;
      expect(x.sum().item()).to.equal(2);
    }
    expect(outside.isDisposed).to.equal(true);
  });

  it('never comes back in the place of a new one', () => {
    const old = torch.ones([2]);
    old.dispose();
    const others = Array.from({ length: 1000 }, () => torch.ones([1]));
    expect(old.isDisposed).to.equal(true);
    expect(() => old.sum()).to.throw(torch.DisposedError);
    for (const each of others) each.dispose();
  });
});

describe('a tensor of a scope', () => {
  it('is refused after its end', () => {
    let lost: torch.Tensor | undefined;
    torch.scope(() => {
      lost = torch.ones([2]);
    });
    expect(() => lost?.sum()).to.throw(torch.DisposedError);
  });

  it('may be disposed inside', () => {
    const kept = torch.scope(() => {
      const x = torch.ones([2]);
      const y = x.add(1);
      x.dispose();
      return y;
    });
    expect(kept.tolist()).to.deep.equal([2, 2]);
  });

  it('survives in what is returned, nested in arrays, objects, maps and sets', () => {
    const result = torch.scope(() => ({
      list: [torch.ones([1]), [torch.ones([1])]],
      map: new Map([['a', torch.ones([1])]]),
      set: new Set([torch.ones([1])]),
    }));
    const all = [result.list[0], (result.list[1] as torch.Tensor[])[0], result.map.get('a'), ...result.set];
    expect(all.map((each) => (each as torch.Tensor).isDisposed)).to.deep.equal([false, false, false, false]);
  });

  it('survives in kept ones, and belongs to the scope around when returned', () => {
    let inner: torch.Tensor | undefined;
    let kept: torch.Tensor | undefined;
    torch.scope(() => {
      inner = torch.scope(() => {
        kept = torch.keep(torch.ones([1]));
        return torch.ones([1]);
      });
      expect(inner.isDisposed).to.equal(false);
    });
    expect([inner?.isDisposed, kept?.isDisposed]).to.deep.equal([true, false]);
  });
});

describe('a forged handle', () => {
  const live = torch.ones([2]);
  const generation = 2 ** 28;
  const forged: Record<string, number> = {
    zero: 0,
    negative: -1,
    'negative zero': -0,
    'not a number': Number.NaN,
    'a fraction': 0.5,
    'a fraction of a live one': live.handle + 0.25,
    infinite: Number.POSITIVE_INFINITY,
    'negative and infinite': Number.NEGATIVE_INFINITY,
    huge: 1e300,
    'beyond 2^53': 2 ** 60,
    'just below 2^52': 2 ** 52 - 1,
    'the next generation': live.handle + generation,
    'the generation before': live.handle - generation,
    'a slot that was never used': generation - 1 + generation,
    tiny: Number.MIN_VALUE,
  };
  for (const [name, handle] of Object.entries(forged)) {
    it(`is refused: ${name}`, () => {
      if (!(handle > 0)) {
        expect(() => new torch.Tensor(handle)).to.throw(TypeError, 'Tensor: tensors are made with torch.tensor');
        return;
      }
      const x = new torch.Tensor(handle);
      for (const [use, run] of Object.entries(uses)) {
        expect(() => run(x), use)
          .to.throw(Error)
          .that.satisfies((error: Error) => error instanceof torch.DisposedError || error instanceof TypeError);
      }
      expect(x.isDisposed).to.equal(true);
      x.dispose();
    });
  }

  it('of another type is refused', () => {
    for (const handle of [
      undefined,
      null,
      'x',
      {},
      [],
      true,
      3n,
      Symbol('handle'),
      { valueOf: () => live.handle + 0.5 },
    ]) {
      expect(() => new torch.Tensor(handle as unknown as number).add(1), typeof handle).to.throw();
    }
    expect(live.tolist()).to.deep.equal([1, 1]);
  });

  it('of a generator does not pass for a tensor, nor the other way round', () => {
    const generator = new torch.Generator();
    expect(() => new torch.Tensor(generator.handle).shape).to.throw(torch.DisposedError);
    const fake = Object.assign(Object.create(torch.Generator.prototype) as torch.Generator, { handle: live.handle });
    expect(() => torch.rand([2], { generator: fake })).to.throw(torch.DisposedError);
  });
});
