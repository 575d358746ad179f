import { closest, distance } from 'fastest-levenshtein';

/** What is compared and listed at most: nobody means a name of a thousand letters, or reads a thousand names. */
const limits = { letters: 100, compared: 1000, listed: 20 };

/** The known name that was probably meant, if one is near enough. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  if (known.length === 0 || name.length > limits.letters) return undefined;
  const candidate = closest(name, known.slice(0, limits.compared));
  const near = distance(name, candidate) <= Math.max(1, Math.floor(candidate.length / 3));
  return near || areSwapped(name, candidate) ? candidate : undefined;
}

/** Whether two letters of one are swapped in the other. */
function areSwapped(one: string, other: string): boolean {
  const at = [...one].findIndex((letter, index) => letter !== other[index]);
  return at >= 0 && one.slice(0, at) + (one[at + 1] ?? '') + one[at] + one.slice(at + 2) === other;
}

/** The end of an error about an unknown name: what was probably meant, or what there is. */
export function didYouMean(name: string, known: readonly string[]): string {
  const candidate = nearest(name, known);
  if (candidate !== undefined) return `did you mean "${candidate}"?`;
  if (known.length === 0) return 'there are none';
  const listed = known.slice(0, limits.listed).map((each) => `"${each}"`);
  const rest = known.length - listed.length;
  return `there are ${listed.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
