import * as torch from '../../lib/index.ts';

const { nn } = torch;

/** A transformer encoder for sequences `[N, 32]` of a thousand words, of ten classes. */
export class SmallTransformer extends nn.Module {
  words = new nn.Embedding(1000, 64);
  positions = new nn.Parameter(torch.randn([32, 64]).mul(0.02));
  encoder = new nn.TransformerEncoder(
    new nn.TransformerEncoderLayer(64, 4, { dimFeedforward: 128, dropout: 0.1, batchFirst: true, normFirst: true }),
    2,
    { norm: new nn.LayerNorm(64), enableNestedTensor: false },
  );
  out = new nn.Linear(64, 10);

  override forward(sequences: torch.Tensor): torch.Tensor {
    const x = this.words(sequences).add(this.positions);
    return this.out(this.encoder(x).mean(1));
  }
}
