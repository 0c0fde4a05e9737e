/** What every optimizer must satisfy. */

import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

const { optim } = torch;

type Make = (params: torch.Tensor[]) => torch.optim.Optimizer;

const optimizers: Record<string, Make> = {
  Adadelta: (p) => new optim.Adadelta(p, { lr: 10 }),
  Adafactor: (p) => new optim.Adafactor(p, { lr: 0.1 }),
  Adagrad: (p) => new optim.Adagrad(p, { lr: 0.5 }),
  'Adagrad fused': (p) => new optim.Adagrad(p, { lr: 0.5, fused: true }),
  Adam: (p) => new optim.Adam(p, { lr: 0.1, amsgrad: true }),
  'Adam foreach': (p) => new optim.Adam(p, { lr: 0.1, foreach: true }),
  'AdamW fused': (p) => new optim.AdamW(p, { lr: 0.1, fused: true }),
  Adamax: (p) => new optim.Adamax(p, { lr: 0.1 }),
  ASGD: (p) => new optim.ASGD(p, { lr: 0.1, t0: 2 }),
  'ASGD foreach': (p) => new optim.ASGD(p, { lr: 0.1, t0: 2, foreach: true }),
  LBFGS: (p) => new optim.LBFGS(p, { lineSearchFn: 'strong_wolfe', maxIter: 4 }),
  'LBFGS without search': (p) => new optim.LBFGS(p, { lr: 0.2, maxIter: 2 }),
  Muon: (p) => new optim.Muon(p, { lr: 0.1 }),
  NAdam: (p) => new optim.NAdam(p, { lr: 0.1 }),
  'NAdam foreach': (p) => new optim.NAdam(p, { lr: 0.1, foreach: true }),
  RAdam: (p) => new optim.RAdam(p, { lr: 0.1 }),
  'RAdam foreach': (p) => new optim.RAdam(p, { lr: 0.1, foreach: true }),
  RMSprop: (p) => new optim.RMSprop(p, { lr: 0.1, momentum: 0.5, centered: true }),
  Rprop: (p) => new optim.Rprop(p, { lr: 0.1 }),
  SGD: (p) => new optim.SGD(p, { lr: 0.1, momentum: 0.5 }),
  'SGD one by one': (p) => new optim.SGD(p, { lr: 0.1, momentum: 0.5, foreach: false }),
  SparseAdam: (p) => new optim.SparseAdam(p, { lr: 0.1 }),
  SparseSGD: (p) => new optim.SparseSGD(p, { lr: 0.1, momentum: 0.5 }),
};

function leaves(): torch.Tensor[] {
  torch.manualSeed(7);
  return [torch.randn([3, 2], { requiresGrad: true }), torch.randn([2, 4], { requiresGrad: true })];
}

/** Half the sum of squares, whose gradient is the parameter. */
function loss(params: readonly torch.Tensor[]): torch.Tensor {
  return torch.stack(params.map((each) => each.pow(2).sum().div(2))).sum();
}

function step(name: string, optimizer: torch.optim.Optimizer, params: readonly torch.Tensor[]): unknown {
  const evaluate = () => {
    optimizer.zeroGrad();
    const value = loss(params);
    value.backward();
    if (name.startsWith('Sparse')) {
      for (const each of params) each.grad = torch.keep((each.grad as torch.Tensor).toSparse(1));
    }
    return value;
  };
  return optimizer.step(evaluate);
}

const values = (params: readonly torch.Tensor[]) => params.map((each) => each.detach().tolist());

describe('every optimizer', () => {
  for (const [name, make] of Object.entries(optimizers)) {
    describe(name, () => {
      it('descends', () => {
        const params = leaves();
        const optimizer = make(params);
        const before = loss(params).item() as number;
        for (let i = 0; i < 20; i++) torch.scope(() => void step(name, optimizer, params));
        expect(loss(params).item()).to.be.below(0.9 * before);
      });

      it('keeps its state through scopes, and leaves no tensors behind', () => {
        const params = leaves();
        const optimizer = make(params);
        const run = () => torch.scope(() => void step(name, optimizer, params));
        for (let i = 0; i < 3; i++) run();
        globalThis.gc?.(); // what earlier steps and tests left
        const before = torch.memory().tensors;
        for (let i = 0; i < 20; i++) run();
        globalThis.gc?.();
        // LBFGS remembers its last moves: up to five tensors for each.
        expect(torch.memory().tensors).to.be.at.most(before + (name.startsWith('LBFGS') ? 20 * 4 * 5 : 0));
      });

      it('goes on from its state dict', () => {
        const [params, copies] = [leaves(), leaves()];
        const [one, two] = [make(params), make(copies)];
        for (let i = 0; i < 3; i++) step(name, one, params);
        torch.noGrad(() => {
          for (const [i, each] of copies.entries()) each.copy_(params[i] as torch.Tensor);
        });
        two.loadStateDict(torch.scope(() => one.stateDict()));
        for (let i = 0; i < 3; i++) {
          step(name, one, params);
          step(name, two, copies);
        }
        expect(values(copies)).to.deep.equal(values(params));
      });

      it('passes over what has no gradient, and tensors without elements', () => {
        const params = [
          ...leaves(),
          torch.randn([2, 2], { requiresGrad: true }),
          torch.zeros([0, 2], { requiresGrad: true }),
        ];
        const optimizer = make(params);
        const idle = values([params[2] as torch.Tensor]);
        const evaluate = () => {
          optimizer.zeroGrad();
          const value = loss(params.slice(0, 2));
          value.backward();
          const sparse = (each: torch.Tensor) => (name.startsWith('Sparse') ? each.toSparse(1) : each);
          for (const each of params.slice(0, 2)) each.grad = sparse(each.grad as torch.Tensor);
          if (name !== 'Muon' && name !== 'Adafactor') (params[3] as torch.Tensor).grad = sparse(torch.zeros([0, 2]));
          return value;
        };
        optimizer.step(evaluate);
        expect(values([params[2] as torch.Tensor])).to.deep.equal(idle);
      });

      it('refuses parameters that were disposed', () => {
        const params = leaves();
        const optimizer = make(params);
        (params[0] as torch.Tensor).dispose();
        expect(() => optimizer.step(() => torch.zeros([]))).to.throw(torch.DisposedError);
      });

      it('refuses steps that autograd or graphs record', () => {
        const optimizer = make(leaves());
        if (!('differentiable' in optimizer.defaults)) return;
        for (const option of ['differentiable', 'capturable']) {
          Object.assign(optimizer.paramGroups[0] as object, { [option]: true });
          expect(() => optimizer.step()).to.throw(RangeError, `${option} must be false`);
          Object.assign(optimizer.paramGroups[0] as object, { [option]: false });
        }
      });
    });
  }
});
