// Lets work clean up after itself when the user or the system ends the process.
import { constants } from 'node:os';

/** Runs `work`; SIGINT, SIGTERM and SIGHUP abort its signal, and after its cleaning up the process ends with that code. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let received: NodeJS.Signals | undefined;
  const stop = (name: NodeJS.Signals) => {
    received = name;
    controller.abort(new Error(`interrupted by ${name}`));
  };
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of names) process.once(name, stop);
  try {
    return await work(controller.signal);
  } catch (error) {
    if (received) process.exit(128 + constants.signals[received]);
    throw error;
  } finally {
    for (const name of names) process.off(name, stop);
  }
}
