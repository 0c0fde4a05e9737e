/**
 * Tells two handwritten digits apart with linear support vector machines, hinge and squared hinge, and all ten with that of
 * Crammer and Singer: `npx tsx examples/linear-svm/main.ts`.
 */

import * as torch from '../../lib/index.ts';
import { type Digits, loadDigits, showsOneOf, where } from '../digits/dataset.ts';
import { predict, type Svm, trainSvm } from './linear-svm.ts';
import type { SvmLoss } from './machine.ts';

const imagesPerDigit = 100;
// Matrices are so small that a second thread would only be waited for.
torch.setNumThreads(1);
const rowsOf = ({ images }: Digits) => torch.nn.functional.avgPool2d(images, 2).flatten(1).double();

function compare(title: string, losses: readonly SvmLoss[], digits: readonly number[]): void {
  const { train, test } = loadDigits(imagesPerDigit);
  const [seen, held] = [train, test].map((part) => where(part, showsOneOf(part, digits))) as [Digits, Digits];
  // Class ids count from 0.
  const ids = ({ labels }: Digits) => torch.searchsorted(torch.tensor(digits.map(BigInt)), labels);
  console.log(`\n${title}: ${seen.labels.numel()} images for training, ${held.labels.numel()} held out`);
  for (const loss of losses) {
    const begin = performance.now();
    const svm: Svm = trainSvm(rowsOf(seen), ids(seen), {
      loss,
      C: 0.1,
      tolerance: 1e-4,
      onRound: ({ round, objective, bound }) => {
        console.log(`  round ${round}: objective ${objective.toFixed(8)}, optimum at least ${bound.toFixed(8)}`);
      },
    });
    const accuracy = predict(svm, rowsOf(held)).eq(ids(held)).double().mean().item() as number;
    const seconds = ((performance.now() - begin) / 1000).toFixed(1);
    console.log(`${loss}: ${(100 * accuracy).toFixed(2)} % of held-out images, ${seconds} s\n`);
  }
}

compare('3 against 8', ['hinge', 'squared hinge'], [3, 8]);
compare('ten digits', ['crammer-singer'], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
