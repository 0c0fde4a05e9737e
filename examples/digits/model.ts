import * as torch from '../../lib/index.ts';

const { nn } = torch;

/** Images `[N, 1, 28, 28]` to unit vectors `[N, 64]`. */
export class DigitEmbedding extends nn.Module {
  features = new nn.Sequential(
    new nn.Conv2d(1, 16, 3, { padding: 1 }),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Conv2d(16, 32, 3, { padding: 1 }),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Flatten(),
  );
  out = new nn.Linear(32 * 7 * 7, 64);

  override forward(images: torch.Tensor): torch.Tensor {
    return nn.functional.normalize(this.out(this.features(images)));
  }
}

/** The embeddings of many images, without recording gradients. */
export function embed(model: DigitEmbedding, images: torch.Tensor): torch.Tensor {
  return torch.noGrad(() => torch.scope(() => torch.cat(images.split(512).map((batch) => model(batch)))));
}
