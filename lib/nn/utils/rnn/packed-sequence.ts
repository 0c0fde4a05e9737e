/** Sequences of different lengths without padding, as recurrent modules take them. */

import { inspect } from 'node:util';
import type { DeviceLike } from '../../../device.ts';
import type { DType } from '../../../dtype.ts';
import { DeviceError, describeValue } from '../../../errors.ts';
import { arange, emptyLike } from '../../../generated/torch.ts';
import { Tensor } from '../../../tensor.ts';
import type { ToOptions } from '../../../tensor-conversion.ts';

/** The inverse of a permutation, null of null (`torch.nn.utils.rnn.invert_permutation`). */
export function invertPermutation(permutation: Tensor): Tensor;
export function invertPermutation(permutation: Tensor | null): Tensor | null;
export function invertPermutation(permutation: Tensor | null): Tensor | null {
  if (permutation === null) return null;
  const positions = arange(0, permutation.numel(), { dtype: 'int64', device: permutation.device });
  return emptyLike(permutation).scatter_(0, permutation, positions);
}

function expectTensor(name: string, value: unknown): void {
  if (!(value instanceof Tensor)) {
    throw new TypeError(`PackedSequence: ${name} must be a Tensor, got ${describeValue(value)}`);
  }
}

/**
 * Sequences of different lengths, time step by time step (`torch.nn.utils.rnn.PackedSequence`); `packPaddedSequence` and
 * `packSequence` make them. It is an array of its four fields, as it is a tuple in Python.
 *
 * @throws DeviceError if `batchSizes` is not on the CPU.
 */
export class PackedSequence extends Array<Tensor | null> {
  /** Arrays made of this one's elements are plain ones. */
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  constructor(
    data: Tensor,
    batchSizes: Tensor,
    sortedIndices: Tensor | null = null,
    unsortedIndices: Tensor | null = null,
  ) {
    expectTensor('data', data);
    expectTensor('batchSizes', batchSizes);
    if (sortedIndices !== null) expectTensor('sortedIndices', sortedIndices);
    if (unsortedIndices !== null) expectTensor('unsortedIndices', unsortedIndices);
    if (batchSizes.device !== 'cpu') {
      throw new DeviceError(
        `PackedSequence: batchSizes must be on the CPU, got ${batchSizes.device}; packSequence and packPaddedSequence do so`,
      );
    }
    super(data, batchSizes, sortedIndices, unsortedIndices ?? invertPermutation(sortedIndices));
  }

  /** The elements of all sequences: those of the first step, those of the second, … `[sum of lengths, …]`. */
  get data(): Tensor {
    return this[0] as Tensor;
  }

  /** How many sequences there are at each step, int64 on the CPU. */
  get batchSizes(): Tensor {
    return this[1] as Tensor;
  }

  /** Where the sequences stood before they were sorted by length; null if they were. */
  get sortedIndices(): Tensor | null {
    return this[2] as Tensor | null;
  }

  /** Where the sorted sequences are to stand. */
  get unsortedIndices(): Tensor | null {
    return this[3] as Tensor | null;
  }

  /** With data of another dtype or device, in the forms of `Tensor.to`; this one where nothing changes. */
  to(dtype: DType, nonBlocking?: boolean, copy?: boolean): PackedSequence;
  to(device: DeviceLike, dtype?: DType | null, nonBlocking?: boolean, copy?: boolean): PackedSequence;
  to(other: Tensor, nonBlocking?: boolean, copy?: boolean): PackedSequence;
  to(options: ToOptions): PackedSequence;
  to(...target: unknown[]): PackedSequence {
    const data = this.data.to(...(target as [DType]));
    if (data === this.data) return this;
    const { device } = data;
    return new PackedSequence(
      data,
      this.batchSizes,
      this.sortedIndices?.to(device) ?? null,
      this.unsortedIndices?.to(device) ?? null,
    );
  }

  cpu(): PackedSequence {
    return this.to('cpu');
  }

  cuda(index?: number): PackedSequence {
    const device: DeviceLike = index === undefined ? 'cuda' : `cuda:${index}`;
    return index === undefined && this.isCuda ? this : this.to(device);
  }

  float(): PackedSequence {
    return this.to('float32');
  }

  double(): PackedSequence {
    return this.to('float64');
  }

  half(): PackedSequence {
    return this.to('float16');
  }

  long(): PackedSequence {
    return this.to('int64');
  }

  int(): PackedSequence {
    return this.to('int32');
  }

  short(): PackedSequence {
    return this.to('int16');
  }

  char(): PackedSequence {
    return this.to('int8');
  }

  byte(): PackedSequence {
    return this.to('uint8');
  }

  pinMemory(): PackedSequence {
    const { data, batchSizes, sortedIndices, unsortedIndices } = this;
    return new PackedSequence(
      data.pinMemory(),
      batchSizes,
      sortedIndices?.pinMemory() ?? null,
      unsortedIndices?.pinMemory() ?? null,
    );
  }

  get isCuda(): boolean {
    return this.data.isCuda;
  }

  isPinned(): boolean {
    return this.data.isPinned();
  }

  /** As Python prints it. */
  override toString(): string {
    const show = (tensor: Tensor | null) => (tensor === null ? 'None' : String(tensor));
    return (
      `PackedSequence(data=${show(this.data)}, batch_sizes=${show(this.batchSizes)}, ` +
      `sorted_indices=${show(this.sortedIndices)}, unsorted_indices=${show(this.unsortedIndices)})`
    );
  }
}

Object.defineProperty(PackedSequence.prototype, inspect.custom, {
  value: function (this: PackedSequence) {
    return this.some((each) => each?.isDisposed === true) ? '[disposed PackedSequence]' : this.toString();
  },
  writable: true,
  configurable: true,
});
