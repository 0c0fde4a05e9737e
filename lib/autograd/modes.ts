/** Modes of autograd: each takes a synchronous function and restores the mode before, whatever happens. */

import { describeValue } from '../errors.ts';
import { native } from '../native.ts';
import { isThenable } from '../scope.ts';

/** Runs `body` in the mode that `enter` sets and the function that it returns takes back. */
export function runIn<T>(where: string, body: () => T, enter: () => () => void): T {
  if (typeof body !== 'function') throw new TypeError(`${where}: expected a function, got ${describeValue(body)}`);
  const leave = enter();
  try {
    const result = body();
    if (isThenable(result)) {
      throw new TypeError(
        `${where}: the function must be synchronous, because the mode belongs to the thread and other tasks would run in ` +
          'it. Await first, and use the mode around the synchronous part.',
      );
    }
    return result;
  } finally {
    leave();
  }
}

/** Runs `body` with recording on or off; `where` names the function in errors. */
export function withGradMode<T>(where: string, enabled: boolean, body: () => T): T {
  return runIn(where, body, () => {
    const before = native.gradMode(enabled);
    return () => native.gradMode(before);
  });
}

/** Runs `body` without recording operations (`torch.no_grad`). */
export function noGrad<T>(body: () => T): T {
  return withGradMode('noGrad', false, body);
}

/** Runs `body` with recording on, inside of `noGrad` too (`torch.enable_grad`). */
export function enableGrad<T>(body: () => T): T {
  return withGradMode('enableGrad', true, body);
}

/** Sets recording for the whole thread, or while `body` runs (`torch.set_grad_enabled`). */
export function setGradEnabled(enabled: boolean): void;
export function setGradEnabled<T>(enabled: boolean, body: () => T): T;
export function setGradEnabled<T>(enabled: boolean, body?: () => T): T | undefined {
  if (body !== undefined) return withGradMode('setGradEnabled', enabled, body);
  native.gradMode(enabled);
  return undefined;
}

export function isGradEnabled(): boolean {
  return native.gradMode();
}

/** As `noGrad`, and what is made inside can never be part of a graph: less bookkeeping (`torch.inference_mode`). */
export function inferenceMode<T>(body: () => T): T;
export function inferenceMode<T>(enabled: boolean, body: () => T): T;
export function inferenceMode<T>(enabledOrBody: boolean | (() => T), body?: () => T): T {
  const enabled = typeof enabledOrBody === 'boolean' ? enabledOrBody : true;
  return runIn('inferenceMode', typeof enabledOrBody === 'boolean' ? (body as () => T) : enabledOrBody, () => {
    native.enterInferenceMode(enabled);
    return () => native.leaveInferenceMode();
  });
}

export function isInferenceModeEnabled(): boolean {
  return native.isInferenceMode();
}
