/** Optimizers as Python writes them and as they are written here. */

import * as torch from '../../lib/index.ts';

const { optim } = torch;

export type Make = (params: Iterable<torch.Tensor>) => torch.optim.Optimizer;

/** Those that take gradients. */
export const variants: Record<string, Make> = {
  'SGD(_p, lr=0.1)': (p) => new optim.SGD(p, { lr: 0.1 }),
  'SGD(_p)': (p) => new optim.SGD(p),
  'SGD(_p, 0.05, 0.9)': (p) => new optim.SGD(p, 0.05, 0.9),
  'SGD(_p, lr=0.05, momentum=0.9, dampening=0.3)': (p) => new optim.SGD(p, { lr: 0.05, momentum: 0.9, dampening: 0.3 }),
  'SGD(_p, lr=0.05, momentum=0.9, nesterov=True, weight_decay=0.01)': (p) =>
    new optim.SGD(p, { lr: 0.05, momentum: 0.9, nesterov: true, weightDecay: 0.01 }),
  'SGD(_p, lr=0.05, momentum=0.9, nesterov=True)': (p) => new optim.SGD(p, { lr: 0.05, momentum: 0.9, nesterov: true }),
  'SGD(_p, lr=0.01, momentum=0.5, weight_decay=0.1, maximize=True)': (p) =>
    new optim.SGD(p, { lr: 0.01, momentum: 0.5, weightDecay: 0.1, maximize: true }),
  'SGD(_p, lr=0.05, momentum=0.9, foreach=True)': (p) => new optim.SGD(p, { lr: 0.05, momentum: 0.9, foreach: true }),
  'SGD(_p, lr=0.05, momentum=0.9, foreach=False)': (p) => new optim.SGD(p, { lr: 0.05, momentum: 0.9, foreach: false }),
  'SGD(_p, lr=0.05, fused=True)': (p) => new optim.SGD(p, { lr: 0.05, fused: true }),
  'SGD(_p, lr=0.05, momentum=0.9, dampening=0.2, weight_decay=0.01, fused=True)': (p) =>
    new optim.SGD(p, { lr: 0.05, momentum: 0.9, dampening: 0.2, weightDecay: 0.01, fused: true }),
  'SGD(_p, lr=1.0)': (p) => new optim.SGD(p, { lr: 1 }),
  'Adam(_p)': (p) => new optim.Adam(p),
  'Adam(_p, lr=0.01)': (p) => new optim.Adam(p, { lr: 0.01 }),
  'Adam(_p, 0.01, (0.8, 0.95), 1e-6)': (p) => new optim.Adam(p, 0.01, [0.8, 0.95], 1e-6),
  'Adam(_p, lr=0.01, weight_decay=0.05)': (p) => new optim.Adam(p, { lr: 0.01, weightDecay: 0.05 }),
  'Adam(_p, lr=0.01, amsgrad=True, betas=(0.5, 0.6))': (p) =>
    new optim.Adam(p, { lr: 0.01, amsgrad: true, betas: [0.5, 0.6] }),
  'Adam(_p, lr=0.01, maximize=True)': (p) => new optim.Adam(p, { lr: 0.01, maximize: true }),
  'Adam(_p, lr=0.01, weight_decay=0.1, decoupled_weight_decay=True)': (p) =>
    new optim.Adam(p, { lr: 0.01, weightDecay: 0.1, decoupledWeightDecay: true }),
  'Adam(_p, lr=0.01, foreach=True)': (p) => new optim.Adam(p, { lr: 0.01, foreach: true }),
  'Adam(_p, lr=0.01, foreach=False)': (p) => new optim.Adam(p, { lr: 0.01, foreach: false }),
  'Adam(_p, lr=0.01, amsgrad=True, fused=True)': (p) => new optim.Adam(p, { lr: 0.01, amsgrad: true, fused: true }),
  'Adam(_p, lr=0.01, betas=(0.0, 0.99))': (p) => new optim.Adam(p, { lr: 0.01, betas: [0, 0.99] }),
  'SGD(_p, lr=torch.tensor(0.05), momentum=0.9)': (p) => new optim.SGD(p, { lr: torch.tensor(0.05), momentum: 0.9 }),
  'SGD(_p, lr=torch.tensor(0.05), fused=True)': (p) => new optim.SGD(p, { lr: torch.tensor(0.05), fused: true }),
  'SGD(_p, lr=0.05, momentum=0.9, nesterov=True, foreach=True)': (p) =>
    new optim.SGD(p, { lr: 0.05, momentum: 0.9, nesterov: true, foreach: true }),
  'Adam(_p, lr=torch.tensor(0.01), weight_decay=0.1)': (p) =>
    new optim.Adam(p, { lr: torch.tensor(0.01), weightDecay: 0.1 }),
  'AdamW(_p)': (p) => new optim.AdamW(p),
  'AdamW(_p, 3e-3, (0.8, 0.99), 1e-6, 0.2, True)': (p) => new optim.AdamW(p, 3e-3, [0.8, 0.99], 1e-6, 0.2, true),
  'AdamW(_p, lr=0.01, foreach=True, maximize=True)': (p) =>
    new optim.AdamW(p, { lr: 0.01, foreach: true, maximize: true }),
  'AdamW(_p, lr=0.01, fused=True)': (p) => new optim.AdamW(p, { lr: 0.01, fused: true }),
  'AdamW(_p, lr=torch.tensor([0.01]), fused=True)': (p) =>
    new optim.AdamW(p, { lr: torch.tensor([0.01]), fused: true }),
  'Adadelta(_p)': (p) => new optim.Adadelta(p),
  'Adadelta(_p, 0.5, 0.8, 1e-5, 0.1, True)': (p) => new optim.Adadelta(p, 0.5, 0.8, 1e-5, 0.1, true),
  'Adadelta(_p, maximize=True, lr=torch.tensor(0.3))': (p) =>
    new optim.Adadelta(p, { maximize: true, lr: torch.tensor(0.3) }),
  'Adafactor(_p)': (p) => new optim.Adafactor(p),
  'Adafactor(_p, 0.1, -0.7, (1e-20, 1e-2), 1.5, 0.1)': (p) =>
    new optim.Adafactor(p, 0.1, -0.7, [1e-20, 1e-2], 1.5, 0.1),
  'Adafactor(_p, foreach=True, maximize=True, weight_decay=0.1)': (p) =>
    new optim.Adafactor(p, { foreach: true, maximize: true, weightDecay: 0.1 }),
  'Adafactor(_p, lr=torch.tensor(0.05))': (p) => new optim.Adafactor(p, { lr: torch.tensor(0.05) }),
  'Adagrad(_p)': (p) => new optim.Adagrad(p),
  'Adagrad(_p, 0.05, 0.01, 0.1, 0.3)': (p) => new optim.Adagrad(p, 0.05, 0.01, 0.1, 0.3),
  'Adagrad(_p, foreach=True, lr_decay=0.1, maximize=True)': (p) =>
    new optim.Adagrad(p, { foreach: true, lrDecay: 0.1, maximize: true }),
  'Adagrad(_p, fused=True, lr_decay=0.1, weight_decay=0.1)': (p) =>
    new optim.Adagrad(p, { fused: true, lrDecay: 0.1, weightDecay: 0.1 }),
  'Adamax(_p)': (p) => new optim.Adamax(p),
  'Adamax(_p, 0.01, (0.8, 0.97), weight_decay=0.1, foreach=True)': (p) =>
    new optim.Adamax(p, 0.01, [0.8, 0.97], { weightDecay: 0.1, foreach: true }),
  'Adamax(_p, lr=torch.tensor(0.01), maximize=True)': (p) =>
    new optim.Adamax(p, { lr: torch.tensor(0.01), maximize: true }),
  'ASGD(_p)': (p) => new optim.ASGD(p),
  'ASGD(_p, 0.05, 1e-3, 0.7, t0=10, weight_decay=0.1)': (p) =>
    new optim.ASGD(p, 0.05, 1e-3, 0.7, { t0: 10, weightDecay: 0.1 }),
  'ASGD(_p, 0.05, 1e-3, 0.7, t0=10, foreach=True, maximize=True)': (p) =>
    new optim.ASGD(p, 0.05, 1e-3, 0.7, { t0: 10, foreach: true, maximize: true }),
  'ASGD(_p, lr=torch.tensor(0.05), t0=7)': (p) => new optim.ASGD(p, { lr: torch.tensor(0.05), t0: 7 }),
  'NAdam(_p)': (p) => new optim.NAdam(p),
  'NAdam(_p, 0.01, (0.8, 0.97), weight_decay=0.1, momentum_decay=0.02, decoupled_weight_decay=True)': (p) =>
    new optim.NAdam(p, 0.01, [0.8, 0.97], { weightDecay: 0.1, momentumDecay: 0.02, decoupledWeightDecay: true }),
  'NAdam(_p, foreach=True, maximize=True, weight_decay=0.1)': (p) =>
    new optim.NAdam(p, { foreach: true, maximize: true, weightDecay: 0.1 }),
  'NAdam(_p, lr=torch.tensor(0.01))': (p) => new optim.NAdam(p, { lr: torch.tensor(0.01) }),
  'RAdam(_p)': (p) => new optim.RAdam(p),
  'RAdam(_p, 0.01, (0.8, 0.97), weight_decay=0.1, decoupled_weight_decay=True)': (p) =>
    new optim.RAdam(p, 0.01, [0.8, 0.97], { weightDecay: 0.1, decoupledWeightDecay: true }),
  'RAdam(_p, foreach=True, maximize=True, weight_decay=0.1)': (p) =>
    new optim.RAdam(p, { foreach: true, maximize: true, weightDecay: 0.1 }),
  'RAdam(_p, lr=torch.tensor(0.01))': (p) => new optim.RAdam(p, { lr: torch.tensor(0.01) }),
  'RMSprop(_p)': (p) => new optim.RMSprop(p),
  'RMSprop(_p, 0.02, 0.9, 1e-6, 0.1, 0.8, True)': (p) => new optim.RMSprop(p, 0.02, 0.9, 1e-6, 0.1, 0.8, true),
  'RMSprop(_p, foreach=True, momentum=0.5, centered=True, maximize=True)': (p) =>
    new optim.RMSprop(p, { foreach: true, momentum: 0.5, centered: true, maximize: true }),
  'Rprop(_p)': (p) => new optim.Rprop(p),
  'Rprop(_p, 0.02, (0.4, 1.3), (1e-5, 0.5))': (p) => new optim.Rprop(p, 0.02, [0.4, 1.3], [1e-5, 0.5]),
  'Rprop(_p, foreach=True, maximize=True)': (p) => new optim.Rprop(p, { foreach: true, maximize: true }),
};

/** With a closure. */
export const withClosure: Record<string, Make> = {
  'LBFGS(_p)': (p) => new optim.LBFGS(p),
  'LBFGS(_p, 0.3, 4, None, 1e-5, 1e-7, 3)': (p) => new optim.LBFGS(p, 0.3, 4, null, 1e-5, 1e-7, 3),
  "LBFGS(_p, line_search_fn='strong_wolfe')": (p) => new optim.LBFGS(p, { lineSearchFn: 'strong_wolfe' }),
  "LBFGS(_p, lr=torch.tensor(0.5), max_iter=7, history_size=5, line_search_fn='strong_wolfe')": (p) =>
    new optim.LBFGS(p, { lr: torch.tensor(0.5), maxIter: 7, historySize: 5, lineSearchFn: 'strong_wolfe' }),
  'SGD(_p, lr=0.1)': (p) => new optim.SGD(p, { lr: 0.1 }),
};
