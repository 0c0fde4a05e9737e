// The libtorch builds that `npm run libtorch` may install. A PyTorch wheel is a zip that holds libtorch, its headers and
// its CMake package; nothing whose SHA-256 is not written here is ever unpacked.
import { LIBTORCH_VERSION } from '../../lib/libtorch.ts';

/** One pinned file. */
export interface Artefact {
  /** The version that its `version.py` must state. */
  version: string;
  file: string;
  bytes: number;
  sha256: string;
  /** The folder on the official download site that has the file. */
  site: string;
  /** What pip is asked for, so that every local Python is given this same file. */
  pip: readonly string[];
}

/** The pinned files by platform and architecture. */
export const ARTEFACTS: Readonly<Record<string, Artefact>> = {
  'linux-x64': {
    version: `${LIBTORCH_VERSION}+cpu`,
    file: `torch-${LIBTORCH_VERSION}+cpu-cp311-cp311-manylinux_2_28_x86_64.whl`,
    bytes: 191_794_682,
    sha256: '6746dbcbeb526eb61330b76b41ff1b4eb848951103a892eeb080dfa2b264667b',
    site: 'https://download.pytorch.org/whl/cpu',
    // The `+cpu` keeps pip from fetching the CUDA build of several hundred megabytes that a plain index offers.
    pip: [
      `torch==${LIBTORCH_VERSION}+cpu`,
      ...['--python-version', '3.11', '--implementation', 'cp', '--abi', 'cp311'],
      ...['--platform', 'manylinux_2_28_x86_64', '--only-binary=:all:'],
    ],
  },
};

/**
 * The file pinned for a platform.
 * @throws Error that says what to do where none is pinned
 */
export function artefactFor(platform: NodeJS.Platform = process.platform, arch: string = process.arch): Artefact {
  const artefact = ARTEFACTS[`${platform}-${arch}`];
  if (artefact) return artefact;
  throw new Error(
    `No libtorch is pinned for ${platform}-${arch} (only for ${Object.keys(ARTEFACTS).join(', ')}). ` +
      `Run python3 -m pip install torch==${LIBTORCH_VERSION}, or set HINGE_LIBTORCH to the folder of a libtorch ` +
      `${LIBTORCH_VERSION} that has lib/ and include/ in it.`,
  );
}
