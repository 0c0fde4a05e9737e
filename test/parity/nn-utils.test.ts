import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { expectSameBits, usePython } from './oracle.ts';

const { nn } = torch;
const { utils } = nn;

/** Parameters of several shapes with gradients, one without. */
function parameters(dtypes: readonly torch.DType[]): torch.nn.Parameter[] {
  return [[3, 4], [5], [2, 2, 2], [1]].map((shape, i) => {
    const dtype = dtypes[i % dtypes.length] as torch.DType;
    const parameter = new nn.Parameter(torch.randn(shape, { dtype }));
    if (i < 3) parameter.grad = torch.randn(shape, { dtype }).mul(3);
    return parameter;
  });
}

describe('nn.utils beside Python', () => {
  const python = usePython();
  const pythonParameters = `
_p = [nn.Parameter(v) for v in values]
for _each, _grad in zip(_p, grads): _each.grad = _grad
`;
  const gradients = (list: readonly torch.nn.Parameter[]) => list.map(({ grad }) => grad?.clone() ?? null);

  const clips: [string, (p: torch.nn.Parameter[]) => torch.Tensor | void][] = [
    ['clip_grad_norm_(_p, 1.5)', (p) => utils.clipGradNorm_(p, 1.5)],
    ['clip_grad_norm_(_p, 100)', (p) => utils.clipGradNorm_(p, 100)],
    ['clip_grad_norm_(iter(_p), 2, 1)', (p) => utils.clipGradNorm_(p.values(), 2, 1)],
    ['clip_grad_norm_(_p, 2, norm_type=math.inf)', (p) => utils.clipGradNorm_(p, 2, { normType: Infinity })],
    ['clip_grad_norm_(_p[0], 0.3, 3, True)', (p) => utils.clipGradNorm_(p[0]!, 0.3, 3, true)],
    ['clip_grad_norm_(_p, 0.7, foreach=True)', (p) => utils.clipGradNorm_(p, 0.7, { foreach: true })],
    ['clip_grad_norm_(_p[3:], 0.7)', (p) => utils.clipGradNorm_(p.slice(3), 0.7)],
    ['clip_grad_value_(_p, 0.5)', (p) => utils.clipGradValue_(p, 0.5)],
    ['clip_grad_value_(_p, 1, True)', (p) => utils.clipGradValue_(p, 1, true)],
    [
      'clip_grads_with_norm_(_p, 2, nn.utils.get_total_norm([each.grad for each in _p[:2]], 1.5))',
      (p) =>
        utils.clipGradsWithNorm_(
          p,
          2,
          utils.getTotalNorm(
            p.slice(0, 2).map(({ grad }) => grad!),
            1.5,
          ),
        ),
    ],
  ];
  for (const dtypes of [['float32'], ['float32', 'float64'], ['bfloat16', 'float32']] as const) {
    for (const [source, clip] of clips) {
      it(`${source} of ${dtypes}`, async () => {
        torch.manualSeed(1);
        const ours = parameters(dtypes);
        const inputs = { values: ours.map((each) => each.detach()), grads: gradients(ours) };
        const result = torch.scope(() => clip(ours));
        const theirs = await python.run(
          `${pythonParameters}result = nn.utils.${source}\ngradients = [each.grad for each in _p]`,
          inputs,
        );
        if (result === undefined) expect(theirs.result).to.equal(null);
        else expectSameBits(result, theirs.result);
        expectSameBits(gradients(ours), theirs.gradients);
      });
    }
  }

  it('parametersToVector and vectorToParameters', async () => {
    const [a, b] = [torch.randn([2, 3], { requiresGrad: true }), torch.randn([4], { requiresGrad: true })];
    const vector = utils.parametersToVector([a, b]);
    vector.pow(2).sum().backward();
    const targets = [new nn.Parameter(torch.zeros([4, 1])), new nn.Parameter(torch.zeros([2]))];
    utils.vectorToParameters(vector.detach(), targets);
    const theirs = await python.run(
      `_v = nn.utils.parameters_to_vector([a, b])
_v.pow(2).sum().backward()
_t = [nn.Parameter(torch.zeros(4, 1)), nn.Parameter(torch.zeros(2))]
nn.utils.vector_to_parameters(_v.detach(), _t)
vector, gradients, targets = _v.detach(), [a.grad, b.grad], [each.detach() for each in _t]`,
      { a, b },
    );
    expectSameBits(vector.detach(), theirs.vector);
    expectSameBits([a.grad, b.grad], theirs.gradients);
    expectSameBits(
      targets.map((each) => each.detach()),
      theirs.targets,
    );
  });

  const pairs: Record<
    string,
    () => [torch.nn.Module, torch.nn.BatchNorm2d | torch.nn.BatchNorm1d, () => torch.nn.Module]
  > = {
    'nn.Conv2d(2, 4, 3, bias=False), nn.BatchNorm2d(4)': () => {
      const [conv, bn] = [new nn.Conv2d(2, 4, 3, { bias: false }), new nn.BatchNorm2d(4)] as const;
      return [conv, bn, () => utils.fuseConvBnEval(conv, bn)];
    },
    'nn.Conv2d(2, 4, 3, dtype=torch.bfloat16), nn.BatchNorm2d(4, affine=False, eps=1e-3)': () => {
      const conv = new nn.Conv2d(2, 4, 3, { dtype: 'bfloat16' });
      const bn = new nn.BatchNorm2d(4, { affine: false, eps: 1e-3 });
      return [conv, bn, () => utils.fuseConvBnEval(conv, bn)];
    },
    'nn.ConvTranspose2d(2, 4, 3), nn.BatchNorm2d(4), True': () => {
      const [conv, bn] = [new nn.ConvTranspose2d(2, 4, 3), new nn.BatchNorm2d(4)] as const;
      return [conv, bn, () => utils.fuseConvBnEval(conv, bn, true)];
    },
    'nn.Linear(3, 4), nn.BatchNorm1d(4)': () => {
      const [linear, bn] = [new nn.Linear(3, 4), new nn.BatchNorm1d(4)] as const;
      return [linear, bn, () => utils.fuseLinearBnEval(linear, bn)];
    },
    'nn.Linear(3, 4, bias=False), nn.BatchNorm1d(1)': () => {
      const [linear, bn] = [new nn.Linear(3, 4, { bias: false }), new nn.BatchNorm1d(1)] as const;
      return [linear, bn, () => utils.fuseLinearBnEval(linear, bn)];
    },
  };
  for (const [source, make] of Object.entries(pairs)) {
    it(`fuses ${source}`, async () => {
      torch.manualSeed(2);
      const [layer, bn, fuse] = make();
      const statistics = torch.rand([2, bn.numFeatures]).add(0.5);
      torch.noGrad(() => {
        bn.running_mean!.copy_(statistics.select(0, 0));
        bn.running_var!.copy_(statistics.select(0, 1));
      });
      layer.eval();
      bn.eval();
      const fused = torch.scope(fuse) as torch.nn.Linear;
      const kind = source.startsWith('nn.Linear') ? 'linear' : 'conv';
      const theirs = await python.run(
        `torch.manual_seed(2)
_layer, _bn, *_rest = ${source},
with torch.no_grad(): _bn.running_mean.copy_(statistics[0]); _bn.running_var.copy_(statistics[1])
_fused = nn.utils.fuse_${kind}_bn_eval(_layer.eval(), _bn.eval(), *_rest)
weight, bias, text = _fused.weight.detach(), _fused.bias.detach(), repr(_fused)
grads = [_fused.weight.requires_grad, _fused.bias.requires_grad]`,
        { statistics },
      );
      expectSameBits(fused.weight.detach(), theirs.weight);
      expectSameBits(fused.bias!.detach(), theirs.bias);
      expect([fused.weight.requiresGrad, fused.bias!.requiresGrad]).to.deep.equal(theirs.grads);
      expect(fused).to.not.equal(layer);
    });
  }

  it('calls a module with other parameters', async () => {
    torch.manualSeed(3);
    const model = new nn.Sequential(new nn.Linear(3, 3), new nn.BatchNorm1d(3));
    const x = torch.randn([4, 3]);
    const w = torch.randn([3, 3], { requiresGrad: true });
    const mean = torch.zeros([3]);
    const output = torch.func.functionalCall(
      model,
      { '0.weight': w.mul(2), '1.running_mean': mean },
      x,
    ) as torch.Tensor;
    output
      .pow(2)
      .mul(torch.arange(12).reshape([4, 3]))
      .sum()
      .backward();
    const theirs = await python.run(
      `torch.manual_seed(3)
_m = nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3))
_mean = torch.zeros(3)
_y = torch.func.functional_call(_m, {'0.weight': w * 2, '1.running_mean': _mean}, x)
(_y.pow(2) * torch.arange(12.).reshape(4, 3)).sum().backward()
y, dw, mean, own = _y.detach(), w.grad, _mean, _m[1].running_mean`,
      { x, w },
    );
    expectSameBits(output.detach(), theirs.y);
    expectSameBits(w.grad, theirs.dw);
    expectSameBits(mean, theirs.mean);
    expectSameBits((model[1] as unknown as torch.nn.BatchNorm1d).running_mean, theirs.own);
  });

  it('lays weights out in another format', () => {
    const model = new nn.Sequential(new nn.Conv2d(2, 3, 2), new nn.Conv1d(3, 3, 1) as never);
    const before = model[0]!.stateDict().get('weight')!.clone();
    utils.convertConv2dWeightMemoryFormat(model, 'channels_last');
    const { weight } = model[0] as torch.nn.Conv2d;
    expect(weight.stride()).to.deep.equal([8, 1, 4, 2]);
    expect(torch.equal(weight.detach(), before)).to.equal(true);
  });
});
