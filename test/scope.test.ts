import { expect } from 'chai';
import * as torch from '../lib/index.ts';

const live = () => torch.memory().tensors;

describe('scope', () => {
  it('frees what was made inside', () => {
    globalThis.gc?.(); // what earlier tests left
    const before = live();
    const inside: torch.Tensor[] = [];
    const total = torch.scope(() => {
      inside.push(torch.ones([3]), torch.zeros([2]).add(1));
      return (inside[0] as torch.Tensor).sum().item();
    });
    expect(total).to.equal(3);
    expect(inside.map((each) => each.isDisposed)).to.deep.equal([true, true]);
    expect(live()).to.equal(before);
  });

  it('leaves alone what was made before', () => {
    const x = torch.ones([2]);
    torch.scope(() => x.add(1));
    expect(x.isDisposed).to.equal(false);
  });

  it('keeps what is returned, in arrays, objects, maps and sets, nested', () => {
    const { list, map, set, nothing } = torch.scope(() => ({
      list: [torch.ones([1]), [torch.ones([2])]] as const,
      map: new Map([['a', { b: torch.ones([3]) }]]),
      set: new Set([torch.ones([4])]),
      nothing: [null, undefined, 1, 'x'],
    }));
    const all = [list[0], list[1][0], map.get('a')?.b, ...set];
    expect(all.map((each) => each?.numel())).to.deep.equal([1, 2, 3, 4]);
    expect(nothing).to.deep.equal([null, undefined, 1, 'x']);
  });

  it('follows a structure that contains itself', () => {
    const result = torch.scope(() => {
      const knot: { x: torch.Tensor; self?: unknown } = { x: torch.ones([1]) };
      knot.self = knot;
      return knot;
    });
    expect(result.x.isDisposed).to.equal(false);
  });

  it('hands what it returns to the scope around', () => {
    let inner: torch.Tensor | undefined;
    const outer = torch.scope(() => {
      inner = torch.scope(() => torch.ones([2]));
      expect(inner.isDisposed).to.equal(false);
      return inner.add(1);
    });
    expect(inner?.isDisposed).to.equal(true);
    expect(outer.tolist()).to.deep.equal([2, 2]);
  });

  it('frees what was made before a throw', () => {
    globalThis.gc?.(); // what earlier tests left
    const before = live();
    let inside: torch.Tensor | undefined;
    expect(() =>
      torch.scope(() => {
        inside = torch.ones([2]);
        throw new Error('halfway');
      }),
    ).to.throw('halfway');
    expect(inside?.isDisposed).to.equal(true);
    expect(live()).to.equal(before);
    expect(torch.memory().inScope).to.equal(0);
  });

  it('refuses an async function, and says what to do', () => {
    globalThis.gc?.(); // what earlier tests left
    const before = live();
    expect(() => torch.scope(async () => torch.ones([1]))).to.throw(TypeError, 'Await first');
    expect(() => torch.scope(() => Promise.resolve(1))).to.throw(TypeError, 'synchronous');
    expect(() => torch.scope(3 as never)).to.throw(TypeError, 'scope: expected a function, got 3');
    expect(live()).to.equal(before);
  });

  it('does not free gradients', () => {
    const w = torch.ones([2], { requiresGrad: true });
    torch.scope(() => w.mul(3).sum().backward());
    expect(w.grad?.tolist()).to.deep.equal([3, 3]);
    torch.scope(() => w.mul(3).sum().backward());
    expect(w.grad?.tolist()).to.deep.equal([6, 6]);
  });

  it('frees a graph with its tensors', () => {
    globalThis.gc?.(); // what earlier tests left
    const before = live();
    torch.scope(() => {
      const w = torch.ones([2], { requiresGrad: true });
      return w.mul(2).sum().item();
    });
    expect(live()).to.equal(before);
  });
});

describe('keep', () => {
  it('takes tensors out of every open scope', () => {
    let kept: torch.Tensor | undefined;
    torch.scope(() => {
      torch.scope(() => {
        kept = torch.keep(torch.ones([2]));
      });
    });
    expect(kept?.tolist()).to.deep.equal([1, 1]);
  });

  it('takes nested values and returns its argument', () => {
    const kept = torch.scope(() => {
      const pair = { a: torch.ones([1]), b: [torch.ones([2])] };
      expect(torch.keep(pair)).to.equal(pair);
      return [pair];
    });
    expect(kept[0]?.b[0]?.isDisposed).to.equal(false);
    const outside = torch.ones([1]);
    expect(torch.keep(outside)).to.equal(outside);
  });

  it('works on a tensor of a scope around', () => {
    let kept: torch.Tensor | undefined;
    torch.scope(() => {
      const outer = torch.ones([2]);
      torch.scope(() => {
        kept = torch.keep(outer);
      });
    });
    expect(kept?.isDisposed).to.equal(false);
  });
});

describe('memory', () => {
  it('counts tensors, bytes, and what scopes freed', () => {
    const before = torch.memory();
    const x = torch.zeros([1000]);
    const during = torch.memory();
    expect(during.tensors - before.tensors).to.equal(1);
    expect(during.bytes - before.bytes).to.be.within(4000, 4100);
    expect(during.made - before.made).to.equal(1);
    x.dispose();
    expect(torch.memory().bytes).to.equal(before.bytes);
    expect(torch.memory().freed - before.freed).to.equal(1);
    torch.scope(() => {
      torch.ones([1]);
      expect(torch.memory().inScope).to.equal(1);
    });
    expect(torch.memory().scopesClosed - before.scopesClosed).to.equal(1);
    expect(torch.memory().freedByScopes - before.freedByScopes).to.equal(2);
  });

  it('ends a loop of operators with as many tensors as it began', () => {
    const x = torch.ones([4]);
    globalThis.gc?.(); // what earlier tests left
    const before = live();
    for (let i = 0; i < 1000; i++) torch.scope(() => x.add(1).mul(2).sum().item());
    expect(live()).to.equal(before);
  });
});
