import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

function records(): boolean {
  return torch.ones([1], { requiresGrad: true }).mul(2).requiresGrad;
}

describe('modes of autograd', () => {
  it('noGrad stops recording and gives back what its function returns', () => {
    expect(torch.noGrad(() => [records(), torch.isGradEnabled()])).to.deep.equal([false, false]);
    expect([records(), torch.isGradEnabled()]).to.deep.equal([true, true]);
  });

  it('modes nest', () => {
    const seen: boolean[] = [];
    torch.noGrad(() => {
      seen.push(records());
      torch.enableGrad(() => {
        seen.push(records());
        torch.setGradEnabled(false, () => seen.push(records()));
        seen.push(records());
      });
      seen.push(records());
    });
    expect(seen).to.deep.equal([false, true, false, true, false]);
  });

  it('the mode before comes back after an error', () => {
    const error = new Error('from inside');
    for (const mode of [torch.noGrad, torch.enableGrad, torch.inferenceMode, torch.scope]) {
      let caught: unknown;
      try {
        mode(() => {
          throw error;
        });
      } catch (each) {
        caught = each;
      }
      expect(caught).to.equal(error);
      expect([torch.isGradEnabled(), torch.isInferenceModeEnabled()]).to.deep.equal([true, false]);
    }
  });

  it('setGradEnabled without a function stays', () => {
    torch.setGradEnabled(false);
    try {
      expect(records()).to.equal(false);
    } finally {
      torch.setGradEnabled(true);
    }
    expect(records()).to.equal(true);
  });

  it('what inferenceMode makes can never be part of a graph', () => {
    const x = torch.ones([2], { requiresGrad: true });
    const made = torch.inferenceMode(() => {
      expect(torch.isInferenceModeEnabled()).to.equal(true);
      return x.mul(2);
    });
    expect(torch.isInferenceModeEnabled()).to.equal(false);
    expect(made.requiresGrad).to.equal(false);
    expect(() => x.mul(made)).to.throw(torch.TorchError, /[Ii]nference tensor/);
    torch.inferenceMode(() => torch.inferenceMode(false, () => expect(records()).to.equal(true)));
    expect(records()).to.equal(true);
  });

  it('a leaf made without recording still requires gradients', () => {
    const x = torch.noGrad(() => torch.ones([1], { requiresGrad: true }));
    expect(x.requiresGrad).to.equal(true);
  });

  it('refuses async functions and says what to do instead', () => {
    const body = async () => 1;
    for (const [name, mode] of Object.entries({
      noGrad: torch.noGrad,
      enableGrad: torch.enableGrad,
      inferenceMode: (inner: () => unknown) => torch.inferenceMode(inner),
      setGradEnabled: (inner: () => unknown) => torch.setGradEnabled(false, inner),
      scope: torch.scope,
    })) {
      expect(() => mode(body), name).to.throw(
        TypeError,
        new RegExp(`^${name}: the function must be synchronous.*Await`, 's'),
      );
      expect(torch.isGradEnabled(), name).to.equal(true);
    }
  });

  it('refuses what is no function', () => {
    expect(() => torch.noGrad(3 as unknown as () => void)).to.throw(TypeError, 'noGrad: expected a function, got 3');
  });
});
