import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import * as torch from '../../lib/index.ts';
import { usePython } from './oracle.ts';

const helpers = readFileSync(new URL('./files.py', import.meta.url), 'utf8');
const count = 1000;

describe('files, there and back', function () {
  this.timeout(180_000);
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'files-'));
  });
  const python = usePython();
  after(() => rmSync(folder, { recursive: true, force: true }));

  const run = (code: string, inputs: Record<string, string | number> = {}) =>
    python.run(`${helpers}\n${code}`, { folder, count, ...inputs });

  it(`brings ${count} nested checkpoints from Python to Node to Python unchanged`, async () => {
    await run(`
for seed in range(count):
    torch.save(checkpoint(seed), f"{folder}/{seed}.pt", pickle_protocol=2 if seed % 10 else 5 - seed // 10 % 3)
`);
    for (let i = 0; i < count; i++) {
      torch.scope(() => {
        const loaded = torch.load(join(folder, `${i}.pt`), { mmap: i % 5 === 0 });
        torch.save(loaded, join(folder, `${i}.back.pt`));
      });
    }
    const { found } = await run(`
found = differences(range(count), checkpoint, lambda seed: torch.load(f"{folder}/{seed}.back.pt", weights_only=True))
`);
    expect((found as string[]).slice(0, 20)).to.deep.equal([]);
  });

  it(`brings ${count} safetensors files from Python to Node to Python unchanged`, async () => {
    await run(`
from safetensors.torch import save_file
for seed in range(count):
    save_file(named_tensors(seed), f"{folder}/{seed}.safetensors", metadata={"seed": str(seed)} if seed % 2 else None)
`);
    for (let i = 0; i < count; i++) {
      torch.scope(() => {
        const path = join(folder, `${i}.safetensors`);
        const loaded = torch.safetensors.loadFile(path, { mmap: i % 3 !== 0 });
        const metadata = Object.fromEntries(torch.safetensors.fileMetadata(path));
        torch.safetensors.saveFile(loaded, join(folder, `${i}.back.safetensors`), { metadata });
      });
    }
    const { found } = await run(`
from safetensors import safe_open
from safetensors.torch import load_file
found = differences(range(count), lambda seed: {**named_tensors(seed)},
                    lambda seed: {**load_file(f"{folder}/{seed}.back.safetensors")}, memory=False)
for seed in range(1, count, 2):
    with safe_open(f"{folder}/{seed}.back.safetensors", "pt") as file:
        if file.metadata() != {"seed": str(seed)}: found.append(f"{seed}: metadata {file.metadata()}")
`);
    expect((found as string[]).slice(0, 20)).to.deep.equal([]);
  });

  it('brings arrays from NumPy to Node to NumPy unchanged', async () => {
    const { names } = await run(`
import numpy as np
from numpy.lib import format as npy_format
rng = np.random.default_rng(0)
_arrays = {}
for _dtype in "?bBhHiIqQefdFD":
    for _order in "<>":
        for _shape in [(), (0, 3), (5,), (2, 3), (2, 3, 4)]:
            _raw = rng.integers(0, 2 if _dtype == "?" else 256, 16 * int(np.prod(_shape)), dtype=np.uint8)
            _flat = np.frombuffer(_raw.tobytes(), np.dtype(_dtype))[: int(np.prod(_shape))]
            _array = _flat.astype(np.dtype(_dtype).newbyteorder(_order)).reshape(_shape)
            for _layout in "CF":
                for _version in [(1, 0), (2, 0), (3, 0)]:
                    _name = f"{np.dtype(_dtype).name}-{'be' if _order == '>' else 'le'}-{len(_shape)}{0 in _shape}-{_layout}-{_version[0]}"
                    _arrays[_name] = np.asarray(_array, order=_layout)
                    with open(f"{folder}/{_name}.npy", "wb") as _file:
                        npy_format.write_array(_file, _arrays[_name], _version)
np.savez(f"{folder}/all.npz", **_arrays)
np.savez_compressed(f"{folder}/packed.npz", **_arrays)
names = list(_arrays)
`);
    for (const name of names as string[]) {
      const array = torch.numpy.load(join(folder, `${name}.npy`), { mmap: name.length % 2 === 0 }) as torch.Tensor;
      torch.numpy.save(join(folder, `${name}.back.npy`), array);
    }
    for (const name of ['all', 'packed']) {
      const arrays = torch.numpy.load(join(folder, `${name}.npz`)) as Map<string, torch.Tensor>;
      torch.numpy.savez(join(folder, `${name}.back.npz`), arrays);
    }
    const { found } = await run(`
import glob
import numpy as np
found = []
def _check(name, a, b):
    a = a.astype(a.dtype.newbyteorder("<"))
    if (a.dtype, a.shape, a.flags.c_contiguous, a.tobytes()) != (b.dtype, b.shape, b.flags.c_contiguous, b.tobytes()):
        found.append(name)
for _path in sorted(glob.glob(f"{folder}/*.npy")):
    if ".back." not in _path: _check(_path, np.load(_path), np.load(_path.replace(".npy", ".back.npy")))
for _name in ["all", "packed"]:
    _a, _b = np.load(f"{folder}/{_name}.npz"), np.load(f"{folder}/{_name}.back.npz")
    if list(_a) != list(_b): found.append(_name)
    for _key in _a: _check(_key, _a[_key], _b[_key])
`);
    expect((found as string[]).slice(0, 20)).to.deep.equal([]);
    expect(names).to.have.lengthOf(14 * 2 * 5 * 2 * 3);
  });

  it('hands a training run to Python and takes it back, bit for bit', async () => {
    const path = join(folder, 'run.pt');
    torch.manualSeed(0);
    const model = new torch.nn.Sequential(new torch.nn.Linear(3, 4), new torch.nn.ReLU(), new torch.nn.Linear(4, 2));
    const optimizer = new torch.optim.Adam(model.parameters(), { lr: 0.1, foreach: false });
    const x = torch.randn([5, 3]);
    const step = () => {
      optimizer.zeroGrad();
      model(x).square().mean().backward();
      optimizer.step();
    };
    step();
    torch.save({ model: model.stateDict(), optimizer: optimizer.stateDict() }, path);
    await python.run(
      `
_run = torch.load(path, weights_only=True)
_model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
_optimizer = torch.optim.Adam(_model.parameters(), lr=0.1, foreach=False)
_model.load_state_dict(_run["model"])
_optimizer.load_state_dict(_run["optimizer"])
_model(x).square().mean().backward()
_optimizer.step()
torch.save({"model": _model.state_dict(), "optimizer": _optimizer.state_dict()}, path)
`,
      { path, x },
    );
    step();
    step();
    const expected = [...model.stateDict().values()].map((value) => value.tolist());
    const run = torch.load<{ model: Map<string, torch.Tensor>; optimizer: ReturnType<typeof optimizer.stateDict> }>(
      path,
    );
    model.loadStateDict(run.model);
    optimizer.loadStateDict(run.optimizer);
    step();
    expect([...model.stateDict().values()].map((value) => value.tolist())).to.deep.equal(expected);
  });

  it('lays an archive out so that Python finds storages without looking', async () => {
    const path = join(folder, 'layout.pt');
    const tensors = [3, 0, 100, 1].map((size) => torch.arange(size));
    torch.save(tensors, path);
    const { found } = await run(
      `
from torch.utils.serialization import config
os.environ["TORCH_SERIALIZATION_DEBUG"] = "1"
try:
    with config.patch({"load.calculate_storage_offsets": True}):
        found = [_tensor.tolist() for _tensor in torch.load(path, mmap=True)]
finally:
    del os.environ["TORCH_SERIALIZATION_DEBUG"]
`,
      { path },
    );
    expect(found).to.deep.equal(tensors.map((tensor) => tensor.tolist()));
  });

  it('refuses what Python wrote to be run, and runs nothing', async () => {
    const path = join(folder, 'refused');
    const proof = join(folder, 'proof');
    await run(
      `
class _Harm:
    def __reduce__(self):
        return (os.mkdir, (proof,))
torch.save({"x": torch.ones(1), "harm": _Harm()}, path + "-call.pt")
torch.save(nn.Linear(2, 2), path + "-module.pt")
torch.save(torch.ones(1), path + "-legacy.pt", _use_new_zipfile_serialization=False)
torch.jit.script(nn.Linear(2, 2)).save(path + "-script.pt")
`,
      { path, proof },
    );
    const refused = {
      call: 'asks for posix.mkdir, which is not data',
      module: 'asks for torch.nn.modules.linear.Linear, which is not data',
      legacy: 'files from before PyTorch 1.6 must be saved anew',
      script: 'is a TorchScript model; load it with torch.jit.load',
    };
    for (const [name, message] of Object.entries(refused)) {
      expect(() => torch.load(`${path}-${name}.pt`), name).to.throw(torch.CheckpointError, message);
    }
    expect(existsSync(proof)).to.equal(false);
  });
});
