import type { Finding } from './finding.ts';
import type { Path } from './positions.ts';

/** Keys of one mapping that are named one by one: more of them are a file of another kind, or meant to harm. */
const namedKeys = 20;

/** Findings about the keys of the mapping at `path` that are not known: the first ones by name, the others as a number. */
export function unknownKeys(path: Path, keys: readonly string[], findingOf: (key: string) => Finding): Finding[] {
  const named = keys.slice(0, namedKeys).map(findingOf);
  const rest = keys.length - named.length;
  if (rest <= 0) return named;
  const message = `expected keys that are known, got ${rest} more that are not; correct these first`;
  return [...named, { path, message }];
}
