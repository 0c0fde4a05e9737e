// npm run libtorch: finds or fetches libtorch and prints where it is.
import { parseArgs } from 'node:util';
import { obtainLibtorch } from './install.ts';
import { interruptible } from './interruption.ts';
import { showProgress } from './progress.ts';

const USAGE = `Usage: npm run libtorch [-- --force]
Prints the folder of the libtorch that hinge is built against; fetches the pinned CPU build into the user cache if
there is none.
  --force   fetch it into the cache again, whatever is there`;

try {
  const { values } = parseArgs({ options: { force: { type: 'boolean' }, help: { type: 'boolean' } } });
  if (values.help) {
    console.log(USAGE);
  } else {
    const found = await interruptible((signal) =>
      obtainLibtorch({
        force: values.force,
        report: showProgress(process.stderr),
        showPip: process.stderr.isTTY,
        signal,
      }),
    );
    console.error(`libtorch ${found.version} (${found.source}):`);
    console.log(found.root);
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
