/**
 * Learns an embedding of handwritten digits with the triplet margin loss, measures it on images and on digits that training
 * never saw, and writes a checkpoint and a report: `npm run demo -- --help`.
 */

import { runDemo } from './demo.ts';

runDemo(process.argv.slice(2));
