/** Random number generators, with Python's streams for the same seed. */

import { type DeviceLike, deviceName, expectDevice } from './device.ts';
import { describeValue } from './errors.ts';
import { native, words, writeInteger } from './native.ts';
import { type Held, outsideScopes, own } from './scope.ts';
import { Tensor, wrap } from './tensor.ts';

const seedLimit = 1n << 64n;

function expectSeed(where: string, seed: number | bigint): bigint {
  if (
    !(typeof seed === 'bigint' || Number.isSafeInteger(seed)) ||
    BigInt(seed) >= seedLimit ||
    BigInt(seed) < -(seedLimit / 2n)
  ) {
    throw new RangeError(`${where}: seed must be an integer in [-2^63, 2^64), got ${describeValue(seed)}`);
  }
  return BigInt.asIntN(64, BigInt(seed));
}

/** A source of random numbers (`torch.Generator`). Pass it as `{ generator }` to operators that draw. */
export class Generator implements Held {
  readonly handle: number;
  readonly device: DeviceLike;

  constructor(device: DeviceLike = 'cpu', handle?: number) {
    const { type, index } = expectDevice('Generator: device', device);
    this.device = deviceName(type, type === 0 ? -1 : Math.max(index, 0));
    if (handle === undefined) {
      words[0] = type;
      words[1] = index;
      native.makeGenerator();
    }
    this.handle = handle ?? (words[0] as number);
    outsideScopes(() => own(this));
  }

  /** Starts the stream anew; a negative seed counts from 2^64 down, as in Python. */
  manualSeed(seed: number | bigint): this {
    const value = expectSeed('Generator.manualSeed', seed);
    words[0] = this.handle;
    writeInteger(1, value);
    native.seedGenerator();
    return this;
  }

  /** Draws a seed from the system, uses and returns it. */
  seed(): bigint {
    words[0] = this.handle;
    words[1] = 1;
    return native.generatorSeed();
  }

  initialSeed(): bigint {
    words[0] = this.handle;
    words[1] = 0;
    return native.generatorSeed();
  }

  /** The whole state, a uint8 tensor that `setState` and Python's `set_state` take. */
  getState(): Tensor {
    words[0] = this.handle;
    native.generatorState();
    return wrap(words[0] as number);
  }

  setState(state: Tensor): this {
    if (!(state instanceof Tensor)) {
      throw new TypeError(`Generator.setState: state must be a Tensor, got ${describeValue(state)}`);
    }
    words[0] = this.handle;
    words[1] = state.handle;
    native.setGeneratorState();
    return this;
  }
}

function deviceCount(type: number): number {
  words[0] = type;
  return native.deviceCount();
}

/** The generator that a device's operators use when none is given. */
export function defaultGenerator(device: DeviceLike = 'cpu'): Generator {
  const { type, index } = expectDevice('defaultGenerator: device', device);
  words[0] = type;
  words[1] = index;
  native.defaultGenerator();
  return new Generator(device, words[0] as number);
}

/** Seeds every device's default generator, with Python's streams (`torch.manual_seed`). */
export function manualSeed(seed: number | bigint): Generator {
  expectSeed('manualSeed', seed);
  for (const type of [1, 13]) {
    for (let index = 0; index < deviceCount(type); index++) {
      defaultGenerator(deviceName(type, type === 13 ? -1 : index)).manualSeed(seed);
    }
  }
  return defaultGenerator().manualSeed(seed);
}

/** Seeds from the system, and returns the seed (`torch.seed`). */
export function seed(): bigint {
  const drawn = defaultGenerator().seed();
  manualSeed(drawn);
  return drawn;
}

/** The seed of the CPU's stream (`torch.initial_seed`). */
export function initialSeed(): bigint {
  return defaultGenerator().initialSeed();
}

/** The state of the CPU's default generator (`torch.get_rng_state`). */
export function getRngState(): Tensor {
  return defaultGenerator().getState();
}

export function setRngState(state: Tensor): void {
  defaultGenerator().setState(state);
}
