import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { expectSameBits, type PythonValue, usePython } from './oracle.ts';

const { nn } = torch;

class Net extends nn.Module {
  conv = new nn.Conv2d(1, 4, 3, { padding: 1, bias: false });
  body = new nn.Sequential(new nn.ReLU(), new nn.MaxPool2d(2), new nn.Flatten(), new nn.Linear(36, 5));
  again = this.body;
  gain = new nn.Parameter(torch.ones([1]));
  offset = this.registerBuffer('offset', torch.ones([5]));
  forward(image: torch.Tensor, weights: torch.Tensor): [torch.Tensor, torch.Tensor] {
    const features = this.body(this.conv(image)).mul(this.gain).add(this.offset);
    return [features, features.mul(weights).sum(1)];
  }
}

const plain = (list: PythonValue | undefined) =>
  (list as PythonValue[]).map((each) => ({ ...(each as object), requiresGrad: false })) as PythonValue;

describe('jit beside Python', () => {
  const python = usePython();
  const models = fileURLToPath(new URL('./scripted-model.py', import.meta.url));
  let folder = '';
  let path = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'hinge-jit-'));
    path = join(folder, 'model.pt');
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('traces a module that Python runs to the same bits, gradients included', async () => {
    torch.manualSeed(3);
    const model = new Net();
    const [image, weights] = [torch.randn([2, 1, 6, 6]), torch.randn([2, 5])];
    torch.jit.trace(model, [image, weights]).save(path);
    const [features, sums] = model(image, weights);
    sums.sum().backward();
    const theirs = await python.run(
      `_model = torch.jit.load(path)
features, sums = _model(image, weights)
sums.sum().backward()
keys = list(_model.state_dict())
state = list(_model.state_dict().values())
names = [name for name, _ in _model.named_parameters()]
grads = [each.grad for each in _model.parameters()]
buffers = [name for name, _ in _model.named_buffers()]
training = [_model.training, _model.eval().body.training]
inner = _model.body(_model.conv(image))
text = repr(_model)`,
      { path, image, weights },
    );
    expectSameBits([features, sums], [theirs.features, theirs.sums] as PythonValue);
    expect(theirs.keys).to.have.members([...model.stateDict().keys()]);
    const state = (theirs.keys as string[]).map((key) => model.stateDict().get(key) as torch.Tensor);
    expectSameBits(state, theirs.state);
    const named = new Map(model.namedParameters());
    expect(theirs.names).to.have.members([...named.keys()]);
    expectSameBits(
      (theirs.names as string[]).map((name) => named.get(name)?.grad ?? null),
      theirs.grads,
    );
    expect(theirs.buffers).to.deep.equal(['offset']);
    expect(theirs.training).to.deep.equal([true, false]);
    expectSameBits(model.body(model.conv(image)), theirs.inner);
    expect(String(torch.jit.load(path))).to.equal(theirs.text);
  });

  it('traces a function that Python runs, with tuples and dicts for inputs', async () => {
    const combine = (pair: [torch.Tensor, torch.Tensor], named: Map<string, torch.Tensor>) => {
      const [left, right] = pair;
      const third = named.get('third') as torch.Tensor;
      return [left.matmul(right), [third.softmax(0), left]];
    };
    const [a, b, c] = [torch.randn([3, 3]), torch.randn([3, 3]), torch.randn([3])];
    const traced = torch.jit.trace(combine, [[a, b], new Map([['third', c]])]);
    traced.save(path);
    const theirs = await python.run(`result = torch.jit.load(path)((a, b), {'third': c})`, { path, a, b, c });
    const ours = combine([a, b], new Map([['third', c]])) as never[];
    expectSameBits(ours.flat(), (theirs.result as PythonValue[]).flat() as PythonValue);
    expectSameBits(
      (traced([a, b], { third: c } as never) as never as never[]).flat(),
      (theirs.result as PythonValue[]).flat() as PythonValue,
    );
  });

  it('has modules that Python traced, printed alike, with the same bits in every run', async () => {
    const x = torch.randn([4, 6]);
    const theirs = await python.run(
      `torch.manual_seed(1)
_model = nn.Sequential(nn.Linear(6, 8), nn.LayerNorm(8), nn.GELU(), nn.Linear(8, 2))
torch.jit.save(torch.jit.trace(_model, x), path)
_loaded = torch.jit.load(path)
text = repr(_loaded)
keys = list(_loaded.state_dict())
results, grads = [], []
for _ in range(4):
    _loaded.zero_grad()
    results.append(_loaded(x).detach())
    _loaded(x).pow(2).sum().backward()
    grads.append([each.grad.clone() for each in _loaded.parameters()])`,
      { path, x },
    );
    const loaded = torch.jit.load(path);
    expect(String(loaded)).to.equal(theirs.text);
    expect([...loaded.stateDict().keys()]).to.deep.equal(theirs.keys);
    for (let run = 0; run < 4; run++) {
      loaded.zeroGrad();
      expectSameBits(loaded(x).detach(), (theirs.results as PythonValue[])[run], `run ${run}`);
      loaded(x).pow(2).sum().backward();
      const grads = [...loaded.parameters()].map(({ grad }) => (grad as torch.Tensor).clone());
      expectSameBits(grads, (theirs.grads as PythonValue[])[run], `gradients of run ${run}`);
    }
  });

  describe('a scripted module', () => {
    const imports = `import importlib.util as _util
_spec = _util.spec_from_file_location('scripted_model', models)
_module = _util.module_from_spec(_spec)
import sys as _sys
_sys.modules['scripted_model'] = _module
_spec.loader.exec_module(_module)
`;
    const load = async () => {
      await python.run(
        `${imports}torch.manual_seed(5)\n_model = torch.jit.script(_module.Scripted())\n_model.save(path)`,
        { path, models },
      );
      return torch.jit.load<(...inputs: torch.jit.ScriptValue[]) => torch.Tensor>(path);
    };

    it('has its members', async () => {
      const model = await load();
      const { keys, text } = await python.run(
        '_model = torch.jit.load(path)\nkeys = list(_model.state_dict())\ntext = repr(_model)',
        { path },
      );
      expect([...model.stateDict().keys()]).to.deep.equal(keys);
      expect(String(model)).to.equal(text);
      expect(model.methodNames).to.include.members(['forward', 'pair', 'values', 'fail']);
      const attributes = ['width', 'scale', 'label', 'sizes'].map((name) => model.getAttribute(name));
      expect(attributes).to.deep.equal([3, 0.5, 'a label', [1, 2]]);
      expect(Reflect.get(model, 'scale')).to.equal(0.5);
      model.setAttribute('scale', 0.25);
      expect(model.getAttribute('scale')).to.equal(0.25);
      expect(() => model.setAttribute('scale', 'x')).to.throw(TypeError, 'scale cannot be "x"');
      expect(() => model.setAttribute('width', 4)).to.throw(TypeError, 'a constant');
      expect(() => model.getAttribute('no')).to.throw(RangeError, 'no attribute "no"');
    });

    it('takes and returns values of every type', async () => {
      const model = await load();
      const [a, b] = [torch.ones([2]), torch.tensor([1, 2])];
      const [scaled, count] = model.runMethod('pair', a, 3) as [torch.Tensor, number];
      expect([scaled.tolist(), count]).to.deep.equal([[3, 3], 3]);
      const result = model.runMethod('values', [a, b], { a }, [4, 0.5], ['x', 'y'], true) as unknown[];
      const [total, named, floats, none, joined, off] = result as [
        torch.Tensor,
        Map<string, torch.Tensor>,
        ...unknown[],
      ];
      expect(total.tolist()).to.deep.equal([2, 3]);
      expect([...named.keys()]).to.deep.equal(['a', 'total']);
      expect([floats, none, joined, off]).to.deep.equal([[4, 0.5], null, 'x-y', false]);
      expect(() => model.runMethod('values', [a, 3] as never)).to.throw(TypeError, 'values: tensors must be Tensor[]');
      expect(() => model.runMethod('pair', a, 1.5)).to.throw(TypeError, 'pair: count must be int, got 1.5');
      expect(() => model.runMethod('pair', a)).to.throw(TypeError, 'pair: count (int) is missing');
      expect(() => model.runMethod('no')).to.throw(RangeError, 'there is no method "no"');
    });

    it('trains to the same bits, and goes back to Python', async () => {
      const model = await load();
      const [x, mask] = [torch.randn([6, 4]), torch.rand([6, 3]).gt(0.3)];
      const optimizer = new torch.optim.Adam(model.parameters(), { lr: 0.05 });
      for (let step = 0; step < 5; step++) {
        optimizer.zeroGrad();
        model(x, { gain: 2, mask } as never)
          .pow(2)
          .sum()
          .backward();
        optimizer.step();
      }
      const back = join(folder, 'back.pt');
      torch.jit.save(model, back);
      const evaluated = model.eval()(x);
      const theirs = await python.run(
        `_model = torch.jit.load(path)
_optimizer = torch.optim.Adam(_model.parameters(), lr=0.05)
for _ in range(5):
    _optimizer.zero_grad()
    _model(x, gain=2.0, mask=mask).pow(2).sum().backward()
    _optimizer.step()
state = [each.detach().clone() for each in _model.state_dict().values()]
evaluated = _model.eval()(x).detach()
_back = torch.jit.load(back)
returned = [each.detach().clone() for each in _back.state_dict().values()]
again = _back.eval()(x).detach()`,
        { path, back, x, mask },
      );
      // Calling the module in evaluation mode has moved `seen` on.
      const state = [...torch.jit.load(back).stateDict().values()].map((each) => each.detach());
      expectSameBits(state, plain(theirs.state), 'state');
      expectSameBits(evaluated.detach(), theirs.evaluated);
      expectSameBits(state, plain(theirs.returned), 'state in Python');
      expectSameBits(evaluated.detach(), theirs.again);
    });

    it('fails with the words of TorchScript, and no C++ stack', async () => {
      const model = await load();
      for (const [x, words] of [
        [torch.ones([2]), 'a word of TorchScript'],
        [torch.zeros([2]), 'RuntimeError'],
      ] as const) {
        try {
          model.runMethod('fail', x);
          expect.fail('it did not throw');
        } catch (error) {
          expect(error).to.be.instanceOf(torch.TorchError);
          expect((error as Error).message).to.include(words);
          expect((error as Error).message).to.not.match(/frame #|Exception raised from|\.cpp:\d+/);
        }
      }
    });
  });
});
