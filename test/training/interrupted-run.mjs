// A training run with dropout, schedule, shuffled batches and checkpoints in mid-epoch, for tests that kill it. Prints the
// digest of everything that it ends with.
import { createHash } from 'node:crypto';

const [library, folder, epochs] = process.argv.slice(2);
const torch = await import(library);
const { nn, optim } = torch;

torch.setNumThreads(1);

/** Batches in a new order each epoch, which can be taken up in the middle of one. */
class Batches {
  #generator = new torch.Generator().manualSeed(3);
  #order = [];
  #next = 0;
  #x = torch.randn([96, 64]);
  #y = torch.randint(0, 4, [96]);

  get length() {
    return 12;
  }

  *[Symbol.iterator]() {
    if (this.#next === 0) this.#order = torch.scope(() => torch.randperm(96, { generator: this.#generator }).tolist());
    while (this.#next < 12) {
      const rows = this.#order.slice(8 * this.#next, 8 * this.#next + 8);
      this.#next++;
      yield [this.#x.index([rows]), this.#y.index([rows])];
    }
    this.#next = 0;
  }

  stateDict() {
    return { generator: this.#generator.getState(), order: this.#order, next: this.#next };
  }

  loadStateDict({ generator, order, next }) {
    this.#generator.setState(generator);
    this.#order = order;
    this.#next = next;
  }
}

torch.manualSeed(1);
const model = new nn.Sequential(new nn.Linear(64, 256), new nn.ReLU(), new nn.Dropout(0.2), new nn.Linear(256, 4));
const data = new Batches();
const optimizer = new optim.Adam(model.parameters(), { lr: 1e-2 });
const lossFn = new nn.MultiMarginLoss();
const losses = [];
const result = await torch.training.fit({
  model,
  optimizer,
  data,
  loss: ([x, y]) => lossFn(model(x), y),
  epochs: Number(epochs),
  checkpoints: { folder, every: 2, keepLast: 2 },
  callbacks: [
    torch.training.jsonLines(`${folder}/metrics.jsonl`),
    { onStep: ({ metrics }) => void losses.push(metrics.loss) },
  ],
});

const digest = createHash('sha256');
for (const [name, tensor] of model.stateDict()) digest.update(name).update(tensor.toTypedArray());
for (const state of Object.values(optimizer.stateDict().state)) {
  for (const name of ['step', 'exp_avg', 'exp_avg_sq']) digest.update(state[name].toTypedArray());
}
digest.update(torch.getRngState().toTypedArray()).update(data.stateDict().generator.toTypedArray());
console.log(JSON.stringify({ digest: digest.digest('hex'), step: result.step, metrics: result.metrics }));
