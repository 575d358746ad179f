import { closest, distance } from 'fastest-levenshtein';

/** The known name that was probably meant, if one is near enough. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const candidate = closest(name, known);
  const near = distance(name, candidate) <= Math.max(1, Math.floor(candidate.length / 3));
  return near || areSwapped(name, candidate) ? candidate : undefined;
}

/** Whether two letters of one are swapped in the other. */
function areSwapped(one: string, other: string): boolean {
  const at = [...one].findIndex((letter, index) => letter !== other[index]);
  return at >= 0 && one.slice(0, at) + (one[at + 1] ?? '') + one[at] + one.slice(at + 2) === other;
}

/** The end of an error about an unknown name: what was probably meant, or all that there is. */
export function didYouMean(name: string, known: readonly string[]): string {
  const candidate = nearest(name, known);
  if (candidate !== undefined) return `did you mean "${candidate}"?`;
  return known.length === 0 ? 'there are none' : `there are ${known.map((each) => `"${each}"`).join(', ')}`;
}
