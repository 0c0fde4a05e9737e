/** Any batch size through an encoder whose activations fit for a part of it only. */

import { autocast } from '../amp/autocast.ts';
import { type AutocastState, autocastState, isAutocastAvailable } from '../amp/state.ts';
import { expectInteger } from '../arguments.ts';
import { AutogradFunction, type FunctionContext } from '../autograd/function.ts';
import { enableGrad, isGradEnabled, noGrad } from '../autograd/modes.ts';
import type { DeviceLike, DeviceType } from '../device.ts';
import { describeValue, ShapeError } from '../errors.ts';
import { cat, zeros } from '../generated/torch.ts';
import { defaultGenerator, type Generator } from '../generator.ts';
import { Module } from '../nn/module.ts';
import { scope } from '../scope.ts';
import { Tensor } from '../tensor.ts';

/** Makes embeddings `[n, D]` of a part of a batch. */
export type Encoder<Chunk> = (chunk: Chunk) => Tensor;

/** The devices whose random numbers an encoder may draw. */
function devicesOf(encoder: unknown, chunk: unknown): readonly DeviceLike[] {
  const found = new Set<DeviceLike>(['cpu']);
  const visit = (value: unknown): void => {
    if (value instanceof Tensor) found.add(value.device);
    else if (Array.isArray(value)) value.forEach(visit);
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(visit);
  };
  visit(chunk);
  if (encoder instanceof Module) for (const parameter of encoder.parameters()) found.add(parameter.device);
  return [...found].filter((device) => device !== 'meta');
}

const generators = new Map<DeviceLike, Generator>();

/** The generator that operators of a device use: one object for each, because no scope frees them. */
function generatorOf(device: DeviceLike): Generator {
  const known = generators.get(device);
  if (known !== undefined) return known;
  const generator = defaultGenerator(device);
  generators.set(device, generator);
  return generator;
}

interface Casting {
  readonly type: DeviceType;
  readonly state: AutocastState;
}

function castingOf(devices: readonly DeviceLike[]): Casting[] {
  const types = new Set(devices.map((device) => String(device).split(':')[0] as DeviceType));
  return [...types]
    .filter(isAutocastAvailable)
    .map((type) => ({ type, state: autocastState('GradientCache', type) }))
    .filter(({ state }) => state.enabled);
}

function cast<T>(casting: readonly Casting[], body: () => T): T {
  return casting.reduce(
    (inner: () => T, { type, state }) =>
      () =>
        autocast(type, { dtype: state.dtype, enabled: true, cacheEnabled: state.cacheEnabled }, inner),
    body,
  )();
}

/** The parts of a batch, made when they are asked for, so that views of it need not outlive a scope. */
interface Chunks<Chunk> {
  readonly count: number;
  at(i: number): Chunk;
}

/** What is needed to encode the chunks a second time as the first. No plain object, so that scopes do not walk it. */
class Replay<Chunk> {
  readonly encoder: Encoder<Chunk>;
  readonly chunks: Chunks<Chunk>;
  /** Of each chunk, before it was encoded for the first time. */
  readonly #devices: (readonly DeviceLike[])[] = [];
  readonly #sizes: number[] = [];
  #casting: readonly Casting[] = [];

  constructor(encoder: Encoder<Chunk>, chunks: Chunks<Chunk>) {
    this.encoder = encoder;
    this.chunks = chunks;
  }

  /** The embeddings, without a graph, and the states of the generators before each chunk. */
  first(): { embeddings: Tensor; states: Tensor[] } {
    const states: Tensor[] = [];
    const parts: Tensor[] = [];
    for (let i = 0; i < this.chunks.count; i++) {
      const part = scope(() => {
        const chunk = this.chunks.at(i);
        const devices = devicesOf(this.encoder, chunk);
        this.#devices.push(devices);
        return {
          before: devices.map((device) => generatorOf(device).getState()),
          embeddings: expectPart(i, this.encoder(chunk)),
        };
      });
      states.push(...part.before);
      parts.push(part.embeddings);
      this.#sizes.push(part.embeddings.shape[0] as number);
    }
    this.#casting = castingOf(this.#devices.flat());
    return { embeddings: cat(parts), states };
  }

  /** Encodes again, with a graph this time, and sends each chunk's gradient through it. */
  again(gradient: Tensor, states: readonly Tensor[]): void {
    const all = [...new Set(this.#devices.flat())];
    const present = all.map((device) => generatorOf(device).getState());
    const gradients = gradient.split(this.#sizes);
    let next = 0;
    try {
      for (const [i, devices] of this.#devices.entries()) {
        for (const device of devices) generatorOf(device).setState(states[next++] as Tensor);
        scope(() => {
          const part = enableGrad(() => cast(this.#casting, () => this.encoder(this.chunks.at(i))));
          if (part.requiresGrad) part.backward((gradients[i] as Tensor).to(part.dtype));
        });
      }
    } finally {
      for (const [i, device] of all.entries()) generatorOf(device).setState(present[i] as Tensor);
    }
  }
}

function expectPart(i: number, part: unknown): Tensor {
  if (!(part instanceof Tensor)) {
    throw new TypeError(`GradientCache: the encoder must return a Tensor for chunk ${i}, got ${describeValue(part)}`);
  }
  if (part.shape.length !== 2) {
    throw new ShapeError(
      `GradientCache: the encoder must return [n, D] for chunk ${i}, got [${part.shape.join(', ')}]`,
    );
  }
  return part;
}

class EncodeTwice extends AutogradFunction {
  static forward(ctx: FunctionContext, _trigger: Tensor, replay: Replay<unknown>): Tensor {
    const { embeddings, states } = replay.first();
    ctx.replay = replay;
    ctx.saveForBackward(...states);
    return embeddings;
  }

  static backward(ctx: FunctionContext, gradient: Tensor): (Tensor | null)[] {
    (ctx.replay as Replay<unknown>).again(gradient, ctx.savedTensors);
    return [null, null];
  }
}

/**
 * The embeddings of all chunks, one after another, `[N, D]`. No graph of the encoder is kept: `backward` encodes each
 * chunk again, with the same random numbers (dropout) and autocast, and sends its part of the gradient through. Memory
 * is that of one chunk and of the loss, time that of one more forward pass; the gradients of parameters are those of
 * one batch.
 *
 * @param encoder makes `[n, D]` of a chunk: a module, or any function.
 * @param chunks what the encoder is called with. `backward` reads them again.
 */
function encodedTwice<Chunk>(encoder: Encoder<Chunk>, chunks: Chunks<Chunk>): Tensor {
  if (typeof encoder !== 'function') {
    throw new TypeError(`GradientCache: encoder must be a Module or function, got ${describeValue(encoder)}`);
  }
  const replay = new Replay(encoder, chunks) as Replay<unknown>;
  if (!isGradEnabled()) return noGrad(() => replay.first().embeddings);
  return EncodeTwice.apply(zeros([], { requiresGrad: true }), replay);
}

export interface GradientCacheOptions {
  /** Makes `[n, D]` of n inputs: a module, or any function. */
  encoder: Encoder<Tensor>;
  /** How many inputs are encoded at a time. */
  chunkSize: number;
}

/**
 * Trains with batches that are larger than what the encoder's activations leave room for, with the gradients of the
 * whole batch (Gao et al. 2021, "Scaling Deep Contrastive Learning Batch Size under Memory Limited Setup";
 * sentence-transformers' `Cached…Loss`, here for any loss and any encoder). Accumulating the gradients of small batches
 * does not do that: each would see its own negatives only.
 *
 * The encoder runs twice, so that batch normalisation sees chunks, and counts them twice. Gradients go into `.grad`, as
 * `backward` leaves them there; `torch.autograd.grad` does not get them, and there are no second derivatives.
 *
 * @example
 * const cache = new torch.losses.GradientCache({ encoder: model, chunkSize: 32 });
 * const embeddings = cache.embed(inputs); // [4096, D]
 * lossFn(embeddings, labels, { tuples: miner(embeddings, labels) }).backward();
 */
export class GradientCache {
  readonly encoder: Encoder<Tensor>;
  readonly chunkSize: number;

  constructor({ encoder, chunkSize }: GradientCacheOptions) {
    if (typeof encoder !== 'function') {
      throw new TypeError(`GradientCache: encoder must be a Module or function, got ${describeValue(encoder)}`);
    }
    this.encoder = encoder;
    this.chunkSize = expectInteger('GradientCache: chunkSize', chunkSize);
  }

  /** Embeddings `[N, D]` of inputs `[N, …]`, whose `backward` reaches the encoder's parameters chunk by chunk. */
  embed(inputs: Tensor): Tensor {
    if (!(inputs instanceof Tensor)) {
      throw new TypeError(`GradientCache: inputs must be a Tensor, got ${describeValue(inputs)}`);
    }
    const rows = inputs.size(0);
    const size = this.chunkSize;
    return encodedTwice(this.encoder, {
      count: Math.max(1, Math.ceil(rows / size)),
      at: (i) => inputs.narrow(0, i * size, Math.min(size, rows - i * size)),
    });
  }
}

/**
 * A loss over the embeddings of all chunks together, whose `backward` needs the memory of one chunk: see
 * `GradientCache`, which cuts a tensor into chunks; here they may be anything that the encoder takes.
 *
 * @param lossOnEmbeddings is called with the embeddings of all chunks one after another, `[N, D]`.
 * @returns what the loss returned; call `backward` on it.
 * @throws TypeError, ShapeError for an encoder that does not return `[n, D]`.
 * @example
 * const loss = torch.losses.gradientCached(
 *   ({ tower, tokens }) => towers[tower](tokens),
 *   [...questions.map((tokens) => ({ tower: 0, tokens })), ...answers.map((tokens) => ({ tower: 1, tokens }))],
 *   (embeddings) => {
 *     const [asked, answered] = embeddings.chunk(2);
 *     return lossFn(asked, labels, { reference: answered, referenceLabels: labels });
 *   },
 * );
 * loss.backward();
 */
export function gradientCached<Chunk>(
  encoder: Encoder<Chunk>,
  chunks: readonly Chunk[],
  lossOnEmbeddings: (embeddings: Tensor) => Tensor,
): Tensor {
  if (!Array.isArray(chunks) || chunks.length === 0) {
    throw new TypeError(`gradientCached: chunks must be an array that is not empty, got ${describeValue(chunks)}`);
  }
  const at = (i: number) => chunks[i] as Chunk;
  return lossOnEmbeddings(encodedTwice(encoder, { count: chunks.length, at }));
}
