import { CheckpointError, TorchError } from '../errors.ts';

/** Runs `read`; where libtorch refuses what a file asks for, the file is to blame. */
export function refusing<T>(where: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const isLibtorch = error instanceof TorchError && error.code === 'ERR_TORCH';
    if (!isLibtorch) throw error;
    throw new CheckpointError(`${where}: ${error.message}`, { cause: error });
  }
}
