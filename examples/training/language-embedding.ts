/**
 * Sentences to unit vectors of which those of one language lie together, also for languages that training never saw.
 *
 *     npx tsx examples/training/language-embedding.ts [steps]
 *
 * Shows a bag of embeddings over the three-letter parts of a text, a loader with a collate function, and the loss over all
 * triplets of a batch, in a plain for-loop.
 */

import * as torch from 'hinge';
import { isMain } from './is-main.ts';
import { loadSentences, type Sentences } from './languages.ts';

const { nn } = torch;

// All in Latin letters, several of one family, or it would be too easy.
const seen =
  'fra ita spa cat por_PT ron_2006 deu_1996 nld dan swe isl eng pol ces hrv fin est hun eus tur cym gle swh som zul';
const unseen = 'glg afr nob slk lit ind xho tgl mlt als';

const buckets = 1 << 14;

/** The hashes (FNV-1a) of all parts of three letters. */
export function partsOf(text: string): number[] {
  const letters = [...` ${text.toLowerCase()} `];
  return letters.slice(2).map((_, i) => {
    let hash = 0x811c9dc5;
    for (let k = 0; k < 3; k++) hash = Math.imul(hash ^ (letters[i + k]?.codePointAt(0) ?? 0), 0x01000193) >>> 0;
    return hash % buckets;
  });
}

interface Batch {
  /** int64: the parts of all texts, one after the other. */
  readonly parts: torch.Tensor;
  /** int64 `[N]`: where each text begins. */
  readonly offsets: torch.Tensor;
  /** int64 `[N]` */
  readonly labels: torch.Tensor;
}

function collate(samples: (readonly [text: string, label: bigint])[]): Batch {
  const texts = samples.map(([text]) => partsOf(text));
  const offsets: number[] = [];
  let begin = 0;
  for (const parts of texts) {
    offsets.push(begin);
    begin += parts.length;
  }
  const int64 = (values: number[]) => torch.tensor(values, { dtype: 'int64' });
  return {
    parts: int64(texts.flat()),
    offsets: int64(offsets),
    labels: torch.tensor(samples.map(([, label]) => label)),
  };
}

/** The mean of the parts' vectors, bent once and normalised: `[N, 64]`. */
class LanguageEmbedding extends nn.Module {
  bag = new nn.EmbeddingBag(buckets, 64, { mode: 'mean' });
  out = new nn.Sequential(new nn.ReLU(), new nn.Linear(64, 64));

  override forward(parts: torch.Tensor, offsets: torch.Tensor): torch.Tensor {
    return nn.functional.normalize(this.out(this.bag(parts, offsets)));
  }
}

function accuracyOf(model: LanguageEmbedding, { texts, labels }: Sentences): torch.evaluation.Accuracies {
  return torch.noGrad(() =>
    torch.scope(() => {
      const batch = collate(texts.map((text, i) => [text, labels[i] as bigint]));
      return new torch.evaluation.AccuracyCalculator().getAccuracy(model(batch.parts, batch.offsets), batch.labels);
    }),
  );
}

/** Trains on some languages; returns how well neighbours agree before and after, in languages that were never seen. */
export async function trainLanguages(steps: number) {
  torch.manualSeed(0);
  const sentences = loadSentences(seen.split(' '));
  const others = loadSentences(unseen.split(' '));
  const samples = sentences.texts.map((text, i) => [text, sentences.labels[i] as bigint] as const);
  const loader = new torch.data.DataLoader(samples, 128, { shuffle: true, dropLast: true, collateFn: collate });

  const model = new LanguageEmbedding();
  const optimizer = new torch.optim.Adam(model.parameters(), { lr: 1e-2 });
  const lossFn = new torch.losses.TripletMarginLoss({ margin: 0.2 });
  const before = accuracyOf(model, others);
  const losses: number[] = [];
  while (losses.length < steps) {
    for await (const { parts, offsets, labels } of loader) {
      const loss = torch.scope(() => {
        optimizer.zeroGrad();
        const loss = lossFn(model(parts, offsets), labels);
        loss.backward();
        optimizer.step();
        return loss.item() as number;
      });
      losses.push(loss);
      if (losses.length % 20 === 0) console.error(`step ${losses.length}/${steps}  loss ${loss.toFixed(4)}`);
      if (losses.length === steps) break;
    }
  }
  return { losses, before, after: accuracyOf(model, others), languages: others.languages };
}

if (isMain(import.meta.url)) {
  const { before, after, languages } = await trainLanguages(Number(process.argv[2] ?? 100));
  console.log(`never seen: ${languages.join('; ')}`);
  for (const [name, { precisionAt1, meanAveragePrecisionAtR }] of Object.entries({
    untrained: before,
    trained: after,
  })) {
    console.log(
      `${name.padEnd(10)} precision@1 ${precisionAt1.toFixed(4)}  MAP@R ${meanAveragePrecisionAtR.toFixed(4)}`,
    );
  }
}
