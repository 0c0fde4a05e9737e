/** What attention makes of its inputs first: projections of queries, keys and values. */

import { ShapeError } from '../../errors.ts';
import { linear } from '../../generated/nn.ts';
import type { Tensor } from '../../tensor.ts';

type Three<T> = [query: T, key: T, value: T];
/** What attention takes. */
export type Inputs = readonly [query: Tensor, key: Tensor, value: Tensor];

/** `[N, L, E]` as `[L, N, E]`; what is the same object stays so, since it is projected together. */
export function exchangeFirst([query, key, value]: Inputs): Inputs {
  if (key !== value) return [query.transpose(1, 0), key.transpose(1, 0), value.transpose(1, 0)];
  const turned = query.transpose(1, 0);
  if (query === key) return [turned, turned, turned];
  const turnedKey = key.transpose(1, 0);
  return [turned, turnedKey, turnedKey];
}

/** `count` projections of one input at once, by a weight that holds them all. */
function projectTogether(input: Tensor, weight: Tensor, bias: Tensor | null, count: number): Tensor[] {
  const size = input.shape.at(-1) as number;
  const projected = linear(input, weight, bias)
    .unflatten(-1, [count, size])
    .unsqueeze(0)
    .transpose(0, -2)
    .squeeze(-2)
    .contiguous();
  return Array.from({ length: count }, (_, i) => projected.select(0, i));
}

/** Projections by one weight `[3·E, E]`; inputs that are the same object are projected together. */
export function projectPacked([query, key, value]: Three<Tensor>, weight: Tensor, bias: Tensor | null): Three<Tensor> {
  const size = query.shape.at(-1) as number;
  if (key !== value) {
    const [wq, wk, wv] = weight.chunk(3) as Three<Tensor>;
    const [bq, bk, bv] = (bias?.chunk(3) ?? [null, null, null]) as Three<Tensor | null>;
    return [linear(query, wq, bq), linear(key, wk, bk), linear(value, wv, bv)];
  }
  if (query === key) return projectTogether(query, weight, bias, 3) as Three<Tensor>;
  const [wq, wkv] = weight.split([size, 2 * size]) as [Tensor, Tensor];
  const [bq, bkv] = (bias?.split([size, 2 * size]) ?? [null, null]) as [Tensor | null, Tensor | null];
  return [linear(query, wq, bq), ...(projectTogether(key, wkv, bkv, 2) as [Tensor, Tensor])];
}

/** Projections by a weight each, to the size of the queries. @throws ShapeError for weights that do not fit. */
export function projectApart(where: string, inputs: Inputs, weights: Inputs, bias: Tensor | null): Three<Tensor> {
  const biases = (bias?.chunk(3) ?? [null, null, null]) as Three<Tensor | null>;
  const size = inputs[0].shape.at(-1) as number;
  return (['q', 'k', 'v'] as const).map((name, i) => {
    const [input, weight] = [inputs[i] as Tensor, weights[i] as Tensor];
    const expected = [size, input.shape.at(-1)];
    if (String(weight.shape) !== String(expected)) {
      throw new ShapeError(`${where}: ${name}ProjWeight must be [${expected}], got [${weight.shape}]`);
    }
    return linear(input, weight, biases[i] ?? null);
  }) as Three<Tensor>;
}
