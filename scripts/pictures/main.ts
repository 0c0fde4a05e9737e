/** Draws the pictures of the documentation, with the losses and miners themselves: `npm run pictures`. */

import { writeFileSync } from 'node:fs';
import * as torch from '../../lib/index.ts';
import { angularMargins } from './angular-margins.ts';
import { contrastive } from './contrastive.ts';
import { hingeShapes } from './hinge-shapes.ts';
import { multiSimilarity } from './multi-similarity.ts';
import { tripletZones } from './triplet-zones.ts';

const pictures: Readonly<Record<string, () => string>> = {
  'angular-margins': angularMargins,
  contrastive,
  'hinge-shapes': hingeShapes,
  'multi-similarity': multiSimilarity,
  'triplet-zones': tripletZones,
};

torch.setNumThreads(1);
for (const [name, picture] of Object.entries(pictures)) {
  writeFileSync(new URL(`../../docs/pictures/${name}.svg`, import.meta.url), picture());
}
