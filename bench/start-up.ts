/** A program that loads the library and makes one tensor: its whole life is measured from outside. */

import * as torch from '../lib/index.ts';
import { Stopwatch } from './stopwatch.ts';

const stopwatch = new Stopwatch();
stopwatch.number('sum', torch.tensor([1, 2, 3]).sum().item() as number);
stopwatch.print();
