/** What the textbook's examples export, by file. */

import './quiet.ts';

import * as contrastiveMargin from '../../examples/textbook/contrastive-margin.ts';
import * as gradientBehavior from '../../examples/textbook/gradient-behavior.ts';
import * as hinge from '../../examples/textbook/hinge.ts';
import * as multiclassMargin from '../../examples/textbook/multiclass-margin.ts';
import * as normalizedEmbeddings from '../../examples/textbook/normalized-embeddings.ts';
import * as pairwiseRanking from '../../examples/textbook/pairwise-ranking.ts';
import * as sequentialClassifier from '../../examples/textbook/sequential-classifier.ts';
import * as squaredHinge from '../../examples/textbook/squared-hinge.ts';
import * as tripletMargin from '../../examples/textbook/triplet-margin.ts';
import { restore } from './quiet.ts';

restore();

export const textbookExamples: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'contrastive-margin.ts': contrastiveMargin,
  'gradient-behavior.ts': gradientBehavior,
  'hinge.ts': hinge,
  'multiclass-margin.ts': multiclassMargin,
  'normalized-embeddings.ts': normalizedEmbeddings,
  'pairwise-ranking.ts': pairwiseRanking,
  'sequential-classifier.ts': sequentialClassifier,
  'squared-hinge.ts': squaredHinge,
  'triplet-margin.ts': tripletMargin,
};
