/**
 * The cross entropy of a linear layer and its gradients, chunk by chunk of the batch, so that the logits of the whole batch
 * are never there at once. Operators and dtypes are those of PyTorch.
 */

import type { DType } from '../../dtype.ts';
import { addmm, empty, mm as mmOperator, where, zeros } from '../../generated/torch.ts';
import { scope } from '../../scope.ts';
import type { Tensor } from '../../tensor.ts';
import type { Chunking } from './linear-cross-entropy-options.ts';
import type { Reduction } from './reduction.ts';

/** What is computed. */
export interface LinearProblem {
  readonly reduction: Reduction;
  readonly ignoreIndex: number;
  readonly chunking: Chunking;
}

/** `[B, F]`, `[C, F]`, int64 `[B]`, `[C]` and `[C]`. */
export interface Operands {
  readonly input: Tensor;
  readonly linearWeight: Tensor;
  readonly target: Tensor;
  readonly linearBias: Tensor | null;
  readonly weight: Tensor | null;
}

/** Of which operands gradients are computed. */
export interface Wanted {
  readonly input: boolean;
  readonly weight: boolean;
  readonly bias: boolean;
}

const nothing: Wanted = { input: false, weight: false, bias: false };

export type Gradients = [input: Tensor | null, linearWeight: Tensor | null, linearBias: Tensor | null];

/** Which dtype each part has. */
interface Dtypes {
  readonly mixed: boolean;
  readonly output: DType;
  readonly gradInput: DType;
  readonly logits: DType;
  /** Of the linear weight in products with logits. */
  readonly cast: DType;
  readonly acc: DType;
}

function dtypesOf({ input }: Operands, { policy, accDtype: acc }: Chunking, wanted: Wanted): Dtypes {
  const dtype = input.dtype;
  if (dtype === acc) return { mixed: false, output: dtype, gradInput: dtype, logits: dtype, cast: dtype, acc };
  const sparing = policy !== 'accurate';
  const gradInput = sparing ? dtype : acc;
  const logits = dtype === 'float16' && sparing ? dtype : acc;
  const casts = !input.isCuda || (wanted.input && gradInput === logits);
  const output = dtype === 'float16' ? acc : dtype;
  return { mixed: true, output, gradInput, logits, cast: casts ? logits : dtype, acc };
}

/** A product with a result of another dtype where it is asked for. */
function mm(a: Tensor, b: Tensor, dtype: DType): Tensor {
  return a.dtype === dtype ? mmOperator(a, b) : mmOperator(a, b, dtype);
}

/** Targets that can be looked up, and the factor of each, negated where it enters a sum. */
function readTargets(
  { target, weight, linearWeight }: Operands,
  { reduction, ignoreIndex }: LinearProblem,
  acc: DType,
  gradOutput: Tensor | null,
): [targets: Tensor, factors: Tensor] {
  const ignored = target.eq(ignoreIndex);
  const inside = ignoreIndex >= 0 && ignoreIndex < (linearWeight.shape[0] as number);
  const targets = inside ? target : where(ignored, 0, target);
  let factors: Tensor;
  if (weight === null) factors = ignored.bitwiseNot().to(acc);
  else if (target.numel() > weight.numel()) factors = where(ignored, 0, weight.to(acc).indexSelect(0, targets));
  else factors = where(ignored, 0, weight.indexSelect(0, targets).to(acc));
  if (reduction === 'mean') {
    const total = factors.sum();
    factors.div_(where(total.eq(0), Number.NaN, total.neg()));
  } else if (reduction === 'sum') factors.neg_();
  else if (gradOutput !== null) factors.neg_().mul_(gradOutput.to(acc));
  return [targets, factors];
}

/** Calls `visit` with the beginning and length of each chunk, and frees what it made. */
function eachChunk(batch: number, rows: number, visit: (start: number, count: number) => void): void {
  for (let start = 0; start < batch; start += rows) {
    scope(() => {
      visit(start, Math.min(rows, batch - start));
    });
  }
}

/** What the chunks share. */
interface Shared {
  readonly operands: Operands;
  readonly dtypes: Dtypes;
  readonly targets: Tensor;
  readonly factors: Tensor;
  readonly cast: Tensor;
  readonly bias: Tensor | null;
}

function share(operands: Operands, problem: LinearProblem, wanted: Wanted, gradOutput: Tensor | null): Shared {
  const dtypes = dtypesOf(operands, problem.chunking, wanted);
  const [targets, factors] = readTargets(operands, problem, dtypes.acc, gradOutput);
  const { linearWeight, linearBias } = operands;
  return {
    operands,
    dtypes,
    targets,
    factors,
    cast: linearWeight.to(dtypes.cast),
    bias: linearBias?.to(dtypes.logits) ?? null,
  };
}

/** Logits of a chunk, less the greatest of each row. */
function shiftedLogits({ operands, dtypes, cast, bias }: Shared, rows: Tensor): Tensor {
  const { linearWeight } = operands;
  const upcast = dtypes.mixed && !rows.isCuda && dtypes.logits !== rows.dtype;
  const table = rows.isCuda && dtypes.mixed ? linearWeight : cast;
  const logits = mm(upcast ? rows.to(dtypes.acc) : rows, table.t(), dtypes.logits);
  if (bias !== null) logits.add_(bias);
  return logits.sub_(logits.amax(1, true));
}

function gather(logits: Tensor, targets: Tensor): Tensor {
  return logits.gather(1, targets.unsqueeze(1)).squeeze(1);
}

/** The loss of each row. */
export function unreduced(operands: Operands, problem: LinearProblem): Tensor {
  const shared = share(operands, problem, nothing, null);
  const { input } = operands;
  const { acc } = shared.dtypes;
  const batch = input.shape[0] as number;
  const out = empty([batch], { dtype: input.dtype, device: input.device });
  eachChunk(batch, problem.chunking.rows, (start, count) => {
    const targets = shared.targets.narrow(0, start, count);
    const logits = shiftedLogits(shared, input.narrow(0, start, count));
    const ofTarget = gather(logits, targets);
    const sums = logits.exp_().sum(1, { dtype: acc });
    const loss = sums
      .log_()
      .sub_(ofTarget.to(acc))
      .mul_(shared.factors.narrow(0, start, count).to(acc));
    out.narrow(0, start, count).copy_(loss);
  });
  return out;
}

/** The gradients of all chunks, filled one after the other. */
class Accumulator {
  readonly #shared: Shared;
  readonly #chunking: Chunking;
  readonly input: Tensor | null;
  readonly weight: Tensor | null;
  readonly bias: Tensor | null;

  constructor(shared: Shared, chunking: Chunking, wanted: Wanted) {
    this.#shared = shared;
    this.#chunking = chunking;
    const { input, linearWeight } = shared.operands;
    const { dtype, device } = input;
    this.input = wanted.input ? empty(input.shape, { dtype: shared.dtypes.gradInput, device }) : null;
    this.weight = wanted.weight ? zeros(linearWeight.shape, { dtype, device }) : null;
    this.bias = wanted.bias ? zeros(linearWeight.shape.slice(0, 1), { dtype, device }) : null;
  }

  /** Adds those of one chunk; `scaled` are its probabilities times the factors. */
  add(start: number, scaled: Tensor, targets: Tensor, factors: Tensor): void {
    if (this.bias !== null) this.#addBias(this.bias, scaled, targets, factors);
    if (this.input !== null)
      this.#setInput(this.input.narrow(0, start, targets.shape[0] as number), scaled, targets, factors);
    if (this.weight !== null) this.#addWeight(this.weight, start, scaled, targets, factors);
  }

  #addBias(bias: Tensor, scaled: Tensor, targets: Tensor, factors: Tensor): void {
    const { mixed, acc } = this.#shared.dtypes;
    const sum = mixed ? zeros(bias.shape, { dtype: acc, device: bias.device }) : bias;
    sum.sub_(scaled.sum(0, { dtype: acc })).indexAdd_(0, targets, factors);
    if (mixed) bias.add_(sum.to(bias.dtype));
  }

  #setInput(out: Tensor, scaled: Tensor, targets: Tensor, factors: Tensor): void {
    const { cast, dtypes, operands } = this.#shared;
    const narrowed = operands.input.isCuda && dtypes.logits !== dtypes.gradInput;
    const [logits, table] = narrowed ? [scaled.to(operands.input.dtype), operands.linearWeight] : [scaled, cast];
    const rows = cast.indexSelect(0, targets);
    const own = rows.mul(factors.to(rows.dtype).unsqueeze(1));
    out.copy_(addmm(own, logits, table, { alpha: -1 }));
  }

  #addWeight(weight: Tensor, start: number, scaled: Tensor, targets: Tensor, factors: Tensor): void {
    const { dtypes, operands } = this.#shared;
    const { acc, logits } = dtypes;
    const { input } = operands;
    const rows = input.narrow(0, start, targets.shape[0] as number);
    const scratch = this.#chunking.policy !== 'compact' || !(input.isCuda || logits === input.dtype);
    const own = rows.to(acc).mul(factors.unsqueeze(1));
    if (!scratch) {
      weight.addmm_(scaled.to(input.dtype).t(), rows, { alpha: -1 });
      weight.indexAdd_(0, targets, own.to(input.dtype));
      return;
    }
    const same = logits === acc;
    const left = input.isCuda || same ? scaled : scaled.to(acc);
    const right = input.isCuda && !same ? rows : rows.to(acc);
    weight.sub_(mm(left.t(), right, acc).indexAdd_(0, targets, own, { alpha: -1 }));
  }
}

/** The loss, and the gradients that are wanted; `gradOutput` is that of each row's loss, whose own value is then left out. */
export function reduced(
  operands: Operands,
  problem: LinearProblem,
  wanted: Wanted,
  gradOutput: Tensor | null,
): [loss: Tensor, gradients: Gradients] {
  const shared = share(operands, problem, wanted, gradOutput);
  const { input } = operands;
  const { dtypes } = shared;
  const batch = input.shape[0] as number;
  const output = zeros([], { dtype: dtypes.output, device: input.device });
  if (problem.reduction === 'mean' && batch === 0) output.fill_(Number.NaN);
  const accumulator = new Accumulator(shared, problem.chunking, wanted);
  const differentiates = wanted.input || wanted.weight || wanted.bias;
  eachChunk(batch, problem.chunking.rows, (start, count) => {
    const targets = shared.targets.narrow(0, start, count);
    const factors = shared.factors.narrow(0, start, count);
    const logits = shiftedLogits(shared, input.narrow(0, start, count));
    output.add_(factors.dot(gather(logits, targets).to(factors.dtype)));
    const sums = logits.exp_().sum(1, { dtype: dtypes.acc });
    if (differentiates) logits.mul_(factors.div(sums).to(dtypes.logits).unsqueeze(1));
    output.sub_(factors.to(sums.dtype).dot(sums.log_()));
    if (differentiates) accumulator.add(start, logits, targets, factors);
  });
  const { dtype } = input;
  return [output.to(dtype), [accumulator.input?.to(dtype) ?? null, accumulator.weight, accumulator.bias]];
}
