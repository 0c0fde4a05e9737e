/** How tensors are printed: PyTorch's settings, for the whole process. */

import { describeValue } from '../errors.ts';

export interface PrintOptions {
  /** Digits behind the point of a float; 4. */
  precision: number;
  /** Tensors of more elements are summarised; 1000. */
  threshold: number;
  /** How many elements a summary shows at each end of a dimension; 3. */
  edgeitems: number;
  /** Characters of a line; 80. */
  linewidth: number;
  /** Scientific notation: always, never, or (null) where the values ask for it. */
  sciMode: boolean | null;
}

/** Settings to change, and the profile that they start from. */
export interface PrintOptionChanges extends Partial<PrintOptions> {
  profile?: 'default' | 'short' | 'full';
}

const profiles: Readonly<Record<'default' | 'short' | 'full', Omit<PrintOptions, 'sciMode'>>> = {
  default: { precision: 4, threshold: 1000, edgeitems: 3, linewidth: 80 },
  short: { precision: 2, threshold: 1000, edgeitems: 2, linewidth: 80 },
  full: { precision: 4, threshold: Number.POSITIVE_INFINITY, edgeitems: 3, linewidth: 80 },
};

export let printOptions: Readonly<PrintOptions> = { ...profiles.default, sciMode: null };

const limits: Readonly<Record<keyof (typeof profiles)['default'], number>> = {
  precision: 1000,
  threshold: Number.POSITIVE_INFINITY,
  edgeitems: Number.MAX_SAFE_INTEGER,
  linewidth: Number.MAX_SAFE_INTEGER,
};

function checked(options: PrintOptionChanges): Partial<PrintOptions> {
  const { profile, sciMode, ...numbers } = options;
  if (profile !== undefined && !Object.hasOwn(profiles, profile)) {
    throw new RangeError(
      `setPrintoptions: profile must be 'default', 'short' or 'full', got ${describeValue(profile)}`,
    );
  }
  if (sciMode !== undefined && sciMode !== null && typeof sciMode !== 'boolean') {
    throw new TypeError(`setPrintoptions: sciMode must be a boolean or null, got ${describeValue(sciMode)}`);
  }
  const changes: Partial<PrintOptions> = profile === undefined ? {} : { ...profiles[profile] };
  for (const [name, value] of Object.entries(numbers)) {
    if (!Object.hasOwn(limits, name)) throw new TypeError(`setPrintoptions: there is no option ${name}`);
    if (value === undefined) continue;
    const key = name as keyof typeof limits;
    if (typeof value !== 'number' || Number.isNaN(value)) {
      throw new TypeError(`setPrintoptions: ${name} must be a number, got ${describeValue(value)}`);
    }
    if (value < 0 || !(Number.isInteger(value) || key === 'threshold')) {
      throw new RangeError(`setPrintoptions: ${name} must be an integer of at least 0, got ${describeValue(value)}`);
    }
    if (value > limits[key]) {
      throw new RangeError(`setPrintoptions: ${name} must be at most ${limits[key]}, got ${describeValue(value)}`);
    }
    changes[key] = value;
  }
  return changes;
}

/**
 * Changes how tensors are printed, for the whole process (`torch.set_printoptions`). What is not named stays, but
 * `sciMode`, which goes back to null as in PyTorch.
 *
 * @throws TypeError or RangeError for values that are not numbers in range, and for unknown names.
 * @example
 * torch.setPrintoptions({ precision: 2 });
 */
export function setPrintoptions(options: PrintOptionChanges): void {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`setPrintoptions: options must be an object, got ${describeValue(options)}`);
  }
  printOptions = { ...printOptions, ...checked(options), sciMode: options.sciMode ?? null };
}

/** A copy of the settings in force (`torch.get_printoptions`). */
export function getPrintoptions(): PrintOptions {
  return { ...printOptions };
}
