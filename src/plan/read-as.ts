import type { ClusterBundle } from '../bundle/bundle.ts';

/** What a cluster gets, read with other words in the place of these: as names of their own, and not within other words. */
export function readAs(part: ClusterBundle, words: readonly (readonly [word: string, other: string])[]): ClusterBundle {
  const text = words
    .filter(([word, other]) => word !== other)
    .reduce((read, [word, other]) => read.replace(wholeWord(word), other), JSON.stringify(part));
  return JSON.parse(text) as ClusterBundle;
}

function wholeWord(word: string): RegExp {
  return new RegExp(`(?<![A-Za-z0-9])${RegExp.escape(word)}(?![A-Za-z0-9])`, 'g');
}
