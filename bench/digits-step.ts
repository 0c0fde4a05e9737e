/** One training step of the digits demo, with its model and its distortions, on images that are made up here. */

import { distort } from '../examples/digits/augmentation.ts';
import { DigitEmbedding } from '../examples/digits/model.ts';
import * as torch from '../lib/index.ts';
import { Stopwatch } from './stopwatch.ts';

torch.setNumThreads(1);
torch.manualSeed(0);
// The steps that are compared are computed in float64: Adam makes a whole step of a gradient that is 0 but for rounding.
torch.setDefaultDtype('float64');
const stopwatch = new Stopwatch();
const margin = 0.2;
const labels = torch.randint(0, 10, [256]);
const shapes = torch.rand([10, 1, 28, 28]);
let images = shapes.index([labels]).add(torch.rand([256, 1, 28, 28]).mul(0.5));
const model = new DigitEmbedding();
const distance = new torch.distances.LpDistance({ normalizeEmbeddings: false });
const miner = new torch.miners.TripletMarginMiner({ margin, distance });
const lossFn = new torch.losses.TripletMarginLoss({ margin, distance });
let optimizer = new torch.optim.Adam(model.parameters(), { lr: 1e-3 });

function step(): { loss: number; violating: number } {
  return torch.scope(() => {
    const embeddings = model(distort(images));
    const triplets = miner(embeddings, labels);
    const loss = lossFn(embeddings, labels, { tuples: triplets });
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    const { semihard, hard, total } = triplets.counts;
    return { loss: loss.item() as number, violating: (semihard + hard) / total };
  });
}

for (let i = 0; i < 9; i++) step();
const { loss, violating } = step();
stopwatch.number('loss of step 10', loss);
stopwatch.number('violating triplets of step 10', violating);

// From here on in float32, and the weights stay: each contestant takes as many steps as it can, and all must mine as many
// triplets.
torch.setDefaultDtype('float32');
images = images.float();
model.float();
optimizer = new torch.optim.Adam(model.parameters(), { lr: 0 });
stopwatch.number('violating triplets of the timed weights', step().violating);
stopwatch.time('step', (count) => {
  for (let i = 0; i < count; i++) step();
});
stopwatch.print();
