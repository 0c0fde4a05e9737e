import { expect } from 'chai';
import * as torch from '../../lib/index.ts';

const { GradientCache, gradientCached, TripletMarginLoss } = torch.losses;
const { nn } = torch;

const rows = 23;
const labels = () => torch.randint(0, 5, [rows], { dtype: 'int64' });

function network(dropout: number): torch.nn.Sequential {
  return new nn.Sequential(new nn.Linear(6, 16), new nn.Tanh(), new nn.Dropout(dropout), new nn.Linear(16, 4)).double();
}

const gradientsOf = (module: torch.nn.Module) =>
  [...module.parameters()].map(({ grad }) => (grad as torch.Tensor).clone());

function expectNear(actual: torch.Tensor[], expected: torch.Tensor[]): void {
  expect(actual.length).to.equal(expected.length);
  for (const [i, gradient] of actual.entries()) {
    const other = expected[i] as torch.Tensor;
    expect(other.abs().max().item()).to.be.above(0);
    expect(gradient.sub(other).abs().max().item(), `gradient ${i}`).to.be.below(1e-10);
  }
}

/** The gradients of a batch in one piece. */
function plain(model: torch.nn.Module, loss: () => torch.Tensor): { value: number; gradients: torch.Tensor[] } {
  model.zeroGrad();
  const result = loss();
  result.backward();
  const gradients = gradientsOf(model);
  model.zeroGrad();
  return { value: result.item() as number, gradients };
}

describe('gradient cache', () => {
  beforeEach(() => torch.manualSeed(41));

  const losses: Record<string, () => torch.losses.MetricLoss> = {
    'all triplets': () => new TripletMarginLoss({ margin: 0.3 }),
    'swapped triplets': () => new TripletMarginLoss({ margin: 0.3, swap: true }),
    'smooth triplets of a similarity': () =>
      new TripletMarginLoss({ smoothLoss: true, distance: new torch.distances.CosineSimilarity() }),
  };
  for (const [kind, make] of Object.entries(losses)) {
    for (const chunkSize of [1, 5, 23, 100]) {
      it(`has the gradients of one batch: ${kind}, ${chunkSize} at a time`, () => {
        const [model, x, y, lossFn] = [network(0), torch.randn([rows, 6], { dtype: 'float64' }), labels(), make()];
        const one = plain(model, () => lossFn(model(x), y));
        const cached = plain(model, () => lossFn(new GradientCache({ encoder: model, chunkSize }).embed(x), y));
        expect(cached.value).to.be.closeTo(one.value, 1e-12);
        expectNear(cached.gradients, one.gradients);
      });
    }
  }

  it('has the gradients of one batch with dropout, each chunk with its own', () => {
    const [model, x, y] = [network(0.4), torch.randn([rows, 6], { dtype: 'float64' }), labels()];
    const lossFn = new TripletMarginLoss({ margin: 0.3, swap: true });
    const chunks = () => x.split(4);
    torch.manualSeed(7);
    const one = plain(model, () => lossFn(torch.cat(chunks().map((chunk) => model(chunk))), y));
    const after = torch.rand([3]).tolist();
    torch.manualSeed(7);
    const cached = plain(model, () => gradientCached(model, chunks(), (embeddings) => lossFn(embeddings, y)));
    expect(cached.value).to.be.closeTo(one.value, 1e-12);
    expectNear(cached.gradients, one.gradients);
    // The second pass leaves the generator as if it had not been.
    expect(torch.rand([3]).tolist()).to.deep.equal(after);
    torch.manualSeed(8);
    const other = plain(model, () => lossFn(torch.cat(chunks().map((chunk) => model(chunk))), y));
    expect(other.value).to.not.be.closeTo(one.value, 1e-6);
  });

  it('reaches the parameters of the loss, inputs that want a gradient, and scales with the loss', () => {
    const [model, y] = [network(0), labels()];
    const scale: torch.nn.Parameter = new nn.Parameter(torch.tensor(1.5, { dtype: 'float64' }));
    const lossFn = new TripletMarginLoss({ margin: 0.5 });
    const [x, again] = [0, 1].map(() => torch.randn([rows, 6], { dtype: 'float64' })) as [torch.Tensor, torch.Tensor];
    again.copy_(x);
    for (const each of [x, again]) each.requiresGrad_();
    const one = plain(model, () => lossFn(model(x), y).mul(scale).mul(1000));
    const ofScale = (scale.grad as torch.Tensor).item() as number;
    scale.grad = null;
    const cache = new GradientCache({ encoder: model, chunkSize: 6 });
    const cached = plain(model, () => lossFn(cache.embed(again), y).mul(scale).mul(1000));
    for (const [i, gradient] of cached.gradients.entries()) {
      expect(
        gradient
          .sub(one.gradients[i] as torch.Tensor)
          .abs()
          .max()
          .item(),
      ).to.be.below(1e-8);
    }
    expect((scale.grad as unknown as torch.Tensor).item()).to.be.closeTo(ofScale, 1e-8);
    expect(
      again.grad
        ?.sub(x.grad as torch.Tensor)
        .abs()
        .max()
        .item(),
    ).to.be.below(1e-8);
  });

  it('takes chunks of any kind and an encoder of two towers', () => {
    const towers = { asked: network(0), answered: network(0.2) };
    const both = new nn.ModuleList([towers.asked, towers.answered]);
    const [questions, answers] = [0, 1].map(() => torch.randn([12, 6], { dtype: 'float64' })) as [
      torch.Tensor,
      torch.Tensor,
    ];
    const lossFn = new TripletMarginLoss({ margin: 0.3 });
    const ids = torch.arange(12);
    const lossOf = (a: torch.Tensor, b: torch.Tensor) => lossFn(a, ids, { reference: b, referenceLabels: ids });
    type Chunk = { tower: 'asked' | 'answered'; x: torch.Tensor };
    const chunks: Chunk[] = [
      ...questions.split(5).map((x) => ({ tower: 'asked', x }) as const),
      ...answers.split(4).map((x) => ({ tower: 'answered', x }) as const),
    ];
    const encode = ({ tower, x }: Chunk) => towers[tower](x);
    torch.manualSeed(3);
    const one = plain(both, () => {
      const [a, b] = torch.cat(chunks.map(encode)).chunk(2) as [torch.Tensor, torch.Tensor];
      return lossOf(a, b);
    });
    torch.manualSeed(3);
    const cached = plain(both, () =>
      gradientCached(encode, chunks, (embeddings) => {
        const [a, b] = embeddings.chunk(2) as [torch.Tensor, torch.Tensor];
        return lossOf(a, b);
      }),
    );
    expectNear(cached.gradients, one.gradients);
  });

  it('casts the second time as the first', () => {
    const model = network(0).float();
    const [x, y] = [torch.randn([rows, 6]), labels()];
    const lossFn = new TripletMarginLoss({ margin: 0.3 });
    const seen: torch.DType[] = [];
    const encode = (chunk: torch.Tensor) => {
      const embeddings = model(chunk);
      seen.push(embeddings.dtype);
      return embeddings;
    };
    const cache = new GradientCache({ encoder: encode, chunkSize: 10 });
    torch.autocast('cpu', { dtype: 'bfloat16' }, () => lossFn(cache.embed(x), y)).backward();
    expect(seen).to.deep.equal(new Array(6).fill('bfloat16'));
    expect(gradientsOf(model).every((gradient) => gradient.isfinite().all().item())).to.equal(true);
  });

  it('keeps no graph of the encoder, and leaves no tensors behind in a scope', () => {
    const [model, x] = [network(0.1), torch.randn([rows, 6], { dtype: 'float64' })];
    let recorded = 0;
    const encode = (chunk: torch.Tensor) => {
      if (torch.isGradEnabled()) recorded++;
      return model(chunk);
    };
    const cache = new GradientCache({ encoder: encode, chunkSize: 8 });
    const step = () =>
      torch.scope(() => {
        const loss = cache.embed(x).square().sum();
        expect(recorded).to.equal(0);
        loss.backward();
        expect(recorded).to.equal(3);
        recorded = 0;
        return loss.item();
      });
    step();
    const before = torch.memory().tensors;
    step();
    step();
    expect(torch.memory().tensors).to.equal(before);
    expect(torch.noGrad(() => cache.embed(x)).requiresGrad).to.equal(false);
  });

  it('works across scopes: a loss that one returned', () => {
    const [model, x, y] = [network(0.1), torch.randn([rows, 6], { dtype: 'float64' }), labels()];
    const loss = torch.scope(() =>
      new TripletMarginLoss()(new GradientCache({ encoder: model, chunkSize: 8 }).embed(x), y),
    );
    loss.backward();
    expect(gradientsOf(model).length).to.equal(4);
  });

  it('refuses what it cannot take', () => {
    const x = torch.randn([4, 6]);
    expect(() => new GradientCache({ encoder: {} as never, chunkSize: 2 })).to.throw(TypeError, 'encoder');
    expect(() => new GradientCache({ encoder: (y) => y, chunkSize: 0 })).to.throw(RangeError, 'chunkSize');
    expect(() =>
      gradientCached(
        (y: torch.Tensor) => y,
        [],
        (y) => y.sum(),
      ),
    ).to.throw(TypeError, 'chunks');
    expect(() =>
      gradientCached(
        (y: torch.Tensor) => y.sum(),
        [x],
        (y) => y.sum(),
      ),
    ).to.throw(torch.ShapeError, '[n, D]');
    expect(() =>
      gradientCached(
        () => 3 as never,
        [x],
        (y) => y.sum(),
      ),
    ).to.throw(TypeError, 'must return a Tensor');
  });
});
