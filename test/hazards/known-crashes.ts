/** Public operators of libtorch that end the process by arguments that Python does not refuse either. */
export const knownCrashes: Readonly<Record<string, string>> = {};
